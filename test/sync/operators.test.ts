import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { newId } from '../../src/kernel/ids.js';
import { startTestApp, TEST_SECRETS, type TestApp } from '../support/app.js';
import { sqlClient } from '../support/database.js';
import type { SimulatedItem } from '../../src/simulator/company.js';

/** The statements of the operators' guide, as they stand in it. */
const COUNTS = 'select status, count(*) from tds_sync_queue group by status';
const DELAYS = `select entity_type, avg(extract(epoch from (processing_completed_at - queued_at))) as delay
  from tds_sync_queue where status = 'completed' group by entity_type`;
const FAILURES = `select entity_type, error_message, count(*) from tds_sync_queue
  where status = 'failed' and queued_at > now() - interval '24 hours' group by entity_type, error_message`;
const INBOX = `select count(*) as total, sum(case when status = 'completed' then 1 else 0 end) as completed,
    sum(case when status = 'failed' then 1 else 0 end) as failed,
    round(100.0 * sum(case when status = 'completed' then 1 else 0 end) / count(*), 2) as rate
  from tds_inbox_events where received_at > now() - interval '24 hours'`;
const CLEAN_UP = `delete from tds_sync_queue
  where status in ('completed', 'dead_letter') and queued_at < now() - interval '30 days'`;

describe("the operators' statements on the operators' search path", () => {
  let t: TestApp;
  const asOperator = <Row>(text: string): Promise<Row[]> =>
    sqlClient(`${t.db.url}?options=-csearch_path%3Doperators,public`, async (client) => {
      const { rows } = await client.query(text);
      return rows as Row[];
    });
  beforeAll(async () => {
    t = await startTestApp({ simulator: { items: 30 } });
    const owner = await t.as('OWNER');
    // A run lists 30 records and prunes; one webhook comes beside it.
    await owner.query(
      'mutation { startSyncRun(entity: ITEM, mode: FULL) { ... on SyncRun { id } ... on UserError { message } } }',
    );
    await t.app.services.transact({ origin: 'system', actor: 'test' }, async (tx) =>
      tx.enqueue({ kind: 'prune', jobKey: 'prune' }),
    );
    const settle = async (): Promise<void> => {
      await t.drain();
      await t.db.sql(`update tds_sync_queue set run_at = now() where status in ('pending', 'failed')`);
    };
    for (let round = 0; round < 5; round += 1) await settle();
    const item = t.simulator!.items()[0] as SimulatedItem;
    t.simulator!.edit(item.itemId, { rate: 12.25 });
    await t.simulator!.send({ url: t.url, secret: TEST_SECRETS.webhookSecret }, item);
    await t.drain();
  });
  afterAll(() => t.stop());

  test('count the work on records and none of the system', async () => {
    expect(await asOperator(COUNTS)).toEqual([{ status: 'completed', count: '31' }]);
    const delays = await asOperator<{ entity_type: string; delay: string }>(DELAYS);
    expect(delays.map((row) => row.entity_type)).toEqual(['products']);
    expect(Number(delays[0]?.delay)).toBeGreaterThan(0);
    expect(await asOperator(FAILURES)).toEqual([]);
    const system = await t.db.sql<any>('select distinct kind from tds_sync_queue where system order by kind');
    expect(system.map((row) => row.kind)).toEqual(['prune', 'run']);
  });

  test('count webhooks and nothing that a run has listed', async () => {
    expect(await asOperator(INBOX)).toEqual([{ total: '1', completed: '1', failed: '0', rate: '100.00' }]);
  });

  test('the screens of the sync show the same, and the work of the system when it is asked for', async () => {
    const owner = await t.as('OWNER');
    const { data } = await owner.query(`{
      records: syncQueue(first: 100) { totalCount nodes { kind system } }
      system: syncQueue(first: 100, system: true) { nodes { kind system } }
      syncStats { completed byEntity { entityType } }
    }`);
    expect(data['records'].totalCount).toBe(31);
    expect(new Set(data['records'].nodes.map((node: any) => `${node.kind} ${node.system}`))).toEqual(
      new Set(['pull false']),
    );
    expect(new Set(data['system'].nodes.map((node: any) => `${node.kind} ${node.system}`))).toEqual(
      new Set(['run true', 'prune true']),
    );
    expect(data['syncStats']).toEqual({ completed: 31, byEntity: [{ entityType: 'products' }] });
  });

  test('the weekly clean-up takes closed rows of records that are older than 30 days', async () => {
    const old = `insert into tds_sync_queue (id, kind, lane, status, system, queued_at)
      values ($1, $2, $3, 'completed', $4, now() - interval '31 days')`;
    await t.db.sql(old, [newId(), 'pull', 'pull:products:old', false]);
    await t.db.sql(old, [newId(), 'prune', 'prune:old', true]);
    await asOperator(CLEAN_UP);
    const left = await t.db.sql(`select lane from tds_sync_queue where lane in ('pull:products:old', 'prune:old')`);
    expect(left).toEqual([{ lane: 'prune:old' }]);
  });
});
