import { sqlMigration } from '../src/platform/db/migration.js';
import { references } from './frozen/references-20261123.js';

/**
 * A foreign key behind each reference that had none. NOT VALID takes its lock for an instant and holds from here on for
 * each new row; the next migration reads the old rows without blocking writers. Nothing that is referenced here is ever
 * deleted but draft orders' lines, queue rows and the deliveries of old runs; their columns have an index already.
 *
 * No foreign key, on purpose (test/references.test.ts holds this list; faultsOfBooks in test/support looks for orphans):
 * - account_entries.document_id, sync_links.local_id, record_metadata.entity_id: the table depends on another column.
 *   Each is written in the Tx that has locked the row it names.
 * - tds_inbox_events.opened_by: the id of a delivery, which is a row only when it was the first of its kind.
 * - tds_sync_queue.inbox_event_id: both rows are written by one statement and pruned at different times; a check of each
 *   webhook would cost more than the statement gains.
 * - orders.approved_by, orders.credit_override_by: a person or an API key; the order's audit rows name which.
 * - tds_sync_attempts.deployment_id, tds_sync_queue.first_failed_deployment_id, backups.deployment_id: a deployment is
 *   often recorded after it began, when the deployer's journal is replayed. The screens join what is there.
 */
export const foreignKeys = sqlMigration(
  '20261123000100-references',
  references.map(
    ([table, column, target, onDelete]) =>
      `alter table "${table}" add constraint "${table}_${column}_foreign" foreign key ("${column}")
         references "${target}" ("id") on update no action on delete ${onDelete} not valid`,
  ),
);
