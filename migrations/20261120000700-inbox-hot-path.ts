import { sqlMigration } from '../src/platform/db/migration.js';

/**
 * The door's hot path. Bodies up to 4 KB stay in the row as they are: an item's body is just above Postgres' 2 KB, and
 * compressing each one cost a quarter of the whole statement; pruning bounds what that takes. Indexes by status go: each
 * closing of a delivery had to write all of them anew.
 */
export const inboxHotPath = sqlMigration('20261120000700-inbox-hot-path', [
  `alter table "tds_inbox_events" set (toast_tuple_target = 4080)`,
  `drop index "tds_inbox_events_open"`,
  `drop index "tds_inbox_events_run"`,
  `create index "tds_inbox_events_of_run" on "tds_inbox_events" ("run_id") where ("run_id" is not null)`,
]);
