import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { createTestDatabase, type TestDatabase } from './support/database.js';

const ID = '00000000-0000-7000-8000-00000000000';

/** One row of each append-only table, written past the services: only the table's own triggers stand in the way. */
const ROWS: Record<string, string> = {
  account_entries: `(id, customer_id, currency, kind, document_id, number, entered_on, amount)
    values ('${ID}1', '${ID}1', 'IQD', 'INVOICE', '${ID}1', 'INV-1', '2026-01-01', 1)`,
  allocations: `(id, invoice_id, payment_id, currency, amount, created_at) values ('${ID}1', '${ID}1', '${ID}1', 'IQD', 1, now())`,
  audit_log: `(id, at, actor, origin, entity_type, entity_id, action, changes)
    values ('${ID}1', now(), 'system', 'system', 'Product', '1', 'create', '{}')`,
  bill_allocations: `(id, bill_id, payment_id, currency, amount, created_at)
    values ('${ID}1', '${ID}1', '${ID}1', 'IQD', 1, now())`,
  bill_corrections: `(id, bill_id, position, corrected_on, amount, currency, reason, created_by, created_at)
    values ('${ID}1', '${ID}1', 0, '2026-01-01', 1, 'IQD', 'x', 'system', now())`,
  deployment_events: `(id, deployment_id, status, actor, at) values ('${ID}1', '${ID}1', 'QUEUED', 'system', now())`,
  price_changes: `(id, product_id, price_list_id, min_quantity, currency, actor, origin, at)
    values ('${ID}1', '${ID}1', '${ID}1', 1, 'USD', 'system', 'system', now())`,
  stock_movements: `(id, product_id, warehouse_id, type, quantity, on_hand_after, reserved_after, actor, origin, created_at)
    values ('${ID}1', '${ID}1', '${ID}1', 'ADJUSTMENT', 1, 1, 0, 'system', 'system', now())`,
  vendor_credit_allocations: `(id, bill_id, credit_id, currency, amount, created_at)
    values ('${ID}1', '${ID}1', '${ID}1', 'IQD', 1, now())`,
};

describe('append-only tables', () => {
  let t: TestDatabase;
  beforeAll(async () => {
    t = await createTestDatabase();
    // Rows without the records that they belong to: foreign keys look away while the replication role writes.
    for (const [table, row] of Object.entries(ROWS)) {
      await t.sql(`begin; set local session_replication_role = replica; insert into ${table} ${row}; commit`);
    }
    await t.sql(`insert into event_log values (1, 'productChanged', 'product', '1', '{}', now())`);
    await t.sql(`begin; set local session_replication_role = replica;
      insert into tds_sync_attempts (id, queue_id, result, worker, app_version) values ('${ID}1', '${ID}1', 'lost', 'w', '1');
      commit`);
  });
  afterAll(() => t.drop());

  test.each(Object.keys(ROWS))('%s refuses an update, a delete and a truncate', async (table) => {
    await expect(t.sql(`update ${table} set id = '${ID}2'`)).rejects.toThrow(/append-only|no update/);
    await expect(t.sql(`delete from ${table}`)).rejects.toThrow(/append-only|no update/);
    await expect(t.sql(`truncate ${table} cascade`)).rejects.toThrow('append-only');
    expect(await t.sql(`select count(*)::int as n from ${table}`)).toEqual([{ n: 1 }]);
  });

  test('the event log and the attempts refuse an update; only retention deletes from them', async () => {
    await expect(t.sql(`update event_log set name = 'other'`)).rejects.toThrow('no update');
    await expect(t.sql('truncate event_log')).rejects.toThrow('append-only');
    await expect(t.sql(`update tds_sync_attempts set result = 'completed'`)).rejects.toThrow('append-only');
    expect(await t.sql('delete from tds_sync_attempts returning result')).toEqual([{ result: 'lost' }]);
    expect(await t.sql('delete from event_log returning seq::int')).toEqual([{ seq: 1 }]);
  });

  test('an entry of the customer ledger moves with a merge of its customer, and with nothing else', async () => {
    const customer = (n: number, into: string | null) =>
      t.sql(
        `insert into customers (id, code, name, name_ar, merged_into_id, created_at, updated_at)
         values ('${ID}${n}', 'C${n}', 'C', 'C', $1, now(), now())`,
        [into],
      );
    await customer(3, null);
    await expect(t.sql(`update account_entries set customer_id = '${ID}3'`)).rejects.toThrow('append-only');
    await customer(1, `${ID}3`);
    await expect(t.sql(`update account_entries set customer_id = '${ID}3', amount = 2`)).rejects.toThrow('append-only');
    await t.sql(`update account_entries set customer_id = '${ID}3'`);
    expect(await t.sql('select customer_id, amount::int from account_entries')).toEqual([
      { customer_id: `${ID}3`, amount: 1 },
    ]);
  });
});
