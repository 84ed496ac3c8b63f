import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { startTestApp, type TestApp } from '../support/app.js';

describe('runs', () => {
  let t: TestApp;
  let owner: Awaited<ReturnType<TestApp['as']>>;
  beforeAll(async () => {
    t = await startTestApp({ simulator: { items: 450 } });
    owner = await t.as('OWNER');
  });
  afterAll(() => t.stop());

  const start = async (mode: 'FULL' | 'INCREMENTAL') =>
    (
      await owner.query(
        `mutation($mode: SyncRunMode!) { startSyncRun(entity: ITEM, mode: $mode) {
          __typename ... on SyncRun { id status mode } ... on AlreadyRunningError { code runningId message } } }`,
        { mode },
      )
    ).data['startSyncRun'] as Record<string, string>;
  const runOf = async (id: string) =>
    (
      await owner.query(
        `query($id: ID!) { syncRun(id: $id) { status totalItems processedItems failedItems nextPage errorLog } }`,
        { id },
      )
    ).data['syncRun'];
  const settle = async (): Promise<void> => {
    for (let round = 0; round < 6; round += 1) {
      await t.db.sql(`update tds_sync_queue set run_at = now() where status in ('pending', 'failed')`);
      await t.drain();
    }
  };
  const count = async (): Promise<number> =>
    Number((await t.db.sql<{ n: string }>('select count(*) as n from products where archived_at is null'))[0]?.n);
  const calls = (name: string): number => t.simulator!.calls().get(name) ?? 0;

  test('a full run loads everything by pages and bulk details, one at a time', async () => {
    const run = await start('FULL');
    expect(run).toMatchObject({ __typename: 'SyncRun', status: 'PENDING', mode: 'FULL' });
    expect(await start('INCREMENTAL')).toMatchObject({ code: 'ALREADY_RUNNING', runningId: run['id'] });
    await settle();
    expect(await runOf(run['id'] as string)).toEqual({
      status: 'COMPLETED',
      totalItems: 450,
      processedItems: 450,
      failedItems: 0,
      nextPage: null,
      errorLog: null,
    });
    expect(await count()).toBe(450);
    expect([
      calls('inventory GET items'),
      calls('inventory GET itemdetails'),
      calls('inventory GET items/:id'),
    ]).toEqual([3, 5, 0]);
  });

  test('the same again finds nothing new, stores nothing twice and changes nothing', async () => {
    const versions = await t.db.sql('select id, version from products order by id');
    const [inbox] = await t.db.sql<{ n: string }>('select count(*) as n from tds_inbox_events');
    const run = await start('FULL');
    await settle();
    expect(await runOf(run['id'] as string)).toMatchObject({
      status: 'COMPLETED',
      totalItems: 450,
      processedItems: 450,
    });
    expect(await t.db.sql('select id, version from products order by id')).toEqual(versions);
    expect((await t.db.sql<{ n: string }>('select count(*) as n from tds_inbox_events'))[0]).toEqual(inbox);
  });

  test('an incremental run asks only for what changed since the last one', async () => {
    const sim = t.simulator!;
    const changed = sim.items().slice(0, 3);
    for (const item of changed) sim.edit(item.itemId, { rate: 987.65 });
    sim.add({ name: 'Brand New Item', modifiedMs: Date.now() });
    const before = calls('inventory GET itemdetails');
    const run = await start('INCREMENTAL');
    await settle();
    // The four, and the one at the mark itself: the window overlaps, because nobody says whether the bound is inclusive.
    expect((await runOf(run['id'] as string))!.totalItems).toBe(5);
    expect(calls('inventory GET itemdetails')).toBe(before + 1);
    expect((await t.db.sql('select 1 from products where base_price_usd = 987.65')).length).toBe(3);
    expect(await count()).toBe(451);
  });

  test('a run that is interrupted resumes at the page it had reached, and asks for no page twice', async () => {
    const sim = t.simulator!;
    const before = calls('inventory GET items');
    const run = await start('FULL');
    // The last page fails four times; the pages before it are not asked for again.
    sim.afterCalls('inventory GET items', 2, () => sim.faults.arm('server_error', 4));
    for (let round = 0; round < 6; round += 1) await settle();
    expect(await runOf(run['id'] as string)).toMatchObject({
      status: 'COMPLETED',
      totalItems: 451,
      processedItems: 451,
    });
    expect(calls('inventory GET items')).toBe(before + 3 + 4);
  });

  test('what the source deleted without a word is found by a full run and archived', async () => {
    const sim = t.simulator!;
    const gone = sim.items().slice(10, 15);
    for (const item of gone) sim.remove(item.itemId);
    const run = await start('FULL');
    await settle();
    expect(await runOf(run['id'] as string)).toMatchObject({ status: 'COMPLETED', totalItems: 446 });
    expect(await count()).toBe(446);
    const archived = await t.db.sql<any>('select external_ref from products where archived_at is not null order by 1');
    expect(archived.map((row) => row.external_ref)).toEqual(gone.map((item) => item.itemId).sort());
  });

  test('a list that lacks more than half is a fault of the list: nothing is swept', async () => {
    const sim = t.simulator!;
    const hidden = sim
      .items()
      .filter((item) => !item.deleted)
      .slice(0, 300);
    for (const item of hidden) item.deleted = true;
    const run = await start('FULL');
    await settle();
    for (const item of hidden) item.deleted = false;
    expect(await count()).toBe(446);
    expect(await runOf(run['id'] as string)).toMatchObject({
      status: 'PARTIAL',
      errorLog: expect.objectContaining({ sweepRefused: 300 }),
    });
  });

  test('a cancelled run lists no further page, and a new one may begin', async () => {
    const run = await start('FULL');
    const cancelled = await owner.query(
      `mutation($id: ID!) { cancelSyncRun(id: $id) { ... on SyncRun { status } ... on NotFoundError { code } } }`,
      { id: run['id'] },
    );
    expect(cancelled.data['cancelSyncRun']).toEqual({ status: 'CANCELLED' });
    const before = calls('inventory GET items');
    await settle();
    expect(calls('inventory GET items')).toBe(before);
    expect(await start('INCREMENTAL')).toMatchObject({ __typename: 'SyncRun' });
    await settle();
  });

  test('a run whose list stays broken fails and says at which page', async () => {
    t.simulator!.faults.arm('server_error', 100);
    const run = await start('FULL');
    await settle();
    t.simulator!.faults.clear();
    expect(await runOf(run['id'] as string)).toMatchObject({
      status: 'FAILED',
      errorLog: expect.objectContaining({ page: 1 }),
    });
  });

  test('the REST doors answer the same, with a token', async () => {
    const headers = { authorization: `Bearer ${owner.token}`, 'content-type': 'application/json' };
    const get = async (path: string) => (await fetch(`${t.url}${path}`, { headers })).json();
    expect(await get('/api/zoho/sync/stats')).toMatchObject({
      queue: { pending: 0, processing: 0 },
      sync_delay_avg_seconds: expect.any(Number),
    });
    expect((await get('/api/zoho/sync/runs?limit=2')).runs).toHaveLength(2);
    expect(await get('/api/zoho/webhooks/inbox/stats')).toMatchObject({
      total: expect.any(Number),
      success_rate: expect.any(Number),
    });
    const bulk = await fetch(`${t.url}/api/zoho/bulk-sync`, {
      method: 'POST',
      headers,
      body: JSON.stringify({ entity_type: 'products', mode: 'incremental' }),
    });
    expect(bulk.status).toBe(202);
    const bad = await fetch(`${t.url}/api/zoho/bulk-sync`, {
      method: 'POST',
      headers,
      body: JSON.stringify({ entity_type: 'ships' }),
    });
    expect([bad.status, (await bad.json()).code]).toEqual([400, 'BAD_INPUT']);
    expect((await fetch(`${t.url}/api/zoho/sync/stats`)).status).toBe(401);
    const test = await fetch(`${t.url}/api/zoho/test-credentials`, { method: 'POST', headers });
    expect(await test.json()).toMatchObject({ ok: true });
  });
});
