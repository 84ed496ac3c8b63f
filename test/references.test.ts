import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { createTestDatabase, type TestDatabase } from './support/database.js';

/** A uuid that names a row and has no foreign key, and why; the migration `references` says the same. */
const WITHOUT_FOREIGN_KEY: Record<string, string> = {
  'account_entries.document_id': 'the table depends on the kind; written in the Tx that has locked the document',
  'backups.deployment_id': 'a deployment may be recorded after its backup, when the journal is replayed',
  'balance_assertions.party_id': 'the table depends on the account; it names what lines of the journal name',
  'journal_days.party_id': 'the table depends on the account; the nil id stands for the whole account',
  'journal_entries.document_id': 'the table depends on the event; written in the Tx that has locked the document',
  'journal_lines.party_id': 'the table depends on the account; written in the Tx that has locked the party',
  'queue_workers.deployment_id': 'comes from the settings of the process; the deployment may be recorded later',
  'record_metadata.entity_id': 'the table depends on the type; written in the Tx that has locked the record',
  'sales_days.branch_id': 'the nil id stands for none; it is that of lines, which have a foreign key',
  'sales_days.salesperson_id': 'as the branch',
  'sync_issues.first_seen_deployment_id': 'deployments is a downstream module, and deployments go before issues',
  'sync_links.local_id': 'the table depends on the type; written in the Tx that has written the record',
  'tds_sync_attempts.deployment_id': 'comes from the settings of the process; the deployment may be recorded later',
  'tds_sync_queue.first_failed_deployment_id': 'as that of the attempts',
  'tds_sync_queue.inbox_event_id': 'one statement writes both rows; each is pruned at its own time',
};

describe('references inside the database', () => {
  let t: TestDatabase;
  beforeAll(async () => {
    t = await createTestDatabase();
  });
  afterAll(() => t.drop());

  test('every uuid column that ends in _id has a foreign key or a reason', async () => {
    const columns = await t.sql<{ name: string }>(
      `select c.relname || '.' || a.attname as name
       from pg_attribute a join pg_class c on c.oid = a.attrelid join pg_namespace n on n.oid = c.relnamespace
       where n.nspname = 'public' and c.relkind = 'r' and a.atttypid = 'uuid'::regtype and a.attname like '%\\_id'
         and not a.attisdropped
         and not exists (select 1 from pg_constraint k where k.contype = 'f' and k.conrelid = c.oid and a.attnum = any (k.conkey))
       order by 1`,
    );
    expect(columns.map(({ name }) => name)).toEqual(Object.keys(WITHOUT_FOREIGN_KEY).sort());
  });

  test('every foreign key has been checked against the rows that were there before it', async () => {
    expect(await t.sql(`select conname from pg_constraint where contype = 'f' and not convalidated`)).toEqual([]);
  });

  test('what a delete cascades to, or a retention deletes from, is found by an index', async () => {
    const without = await t.sql<{ name: string }>(
      `select k.conrelid::regclass || '.' || a.attname as name
       from pg_constraint k join pg_attribute a on a.attrelid = k.conrelid and a.attnum = k.conkey[1]
       where k.contype = 'f' and k.confdeltype = 'c'
         and not exists (select 1 from pg_index i where i.indrelid = k.conrelid and i.indkey[0] = k.conkey[1])
       order by 1`,
    );
    expect(without).toEqual([]);
  });
});
