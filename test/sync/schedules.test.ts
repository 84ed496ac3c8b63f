import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { createScheduler } from '../../src/platform/queue/scheduler.js';
import { syncSchedules } from '../../src/sync/run-schedule.job.js';
import { startTestApp, TEST_SECRETS, type TestApp, type TestClient } from '../support/app.js';

let t: TestApp;
let owner: TestClient;
beforeAll(async () => {
  t = await startTestApp({ simulator: { items: 30 } });
  owner = await t.as('OWNER');
});
afterAll(() => t.stop());

const waiting = `update tds_sync_queue set run_at = now() where status in ('pending', 'failed')`;
const settle = async (): Promise<void> => {
  for (let round = 0; round < 5; round += 1) {
    await t.drain();
    await t.db.sql(waiting);
  }
  await t.drain();
};

describe('schedules', () => {
  const schedulerOf = (kinds?: ReadonlySet<string>) =>
    createScheduler(t.app.services.transact, {
      schedules: syncSchedules,
      timeZone: 'Asia/Baghdad',
      log: t.app.services.log,
      kinds,
    });
  const known = new Set(['start-runs', 'start-stock-runs', 'start-full-runs']);
  const list = async () =>
    (await owner.query<any>('{ syncSchedules { name everyMinutes atTime timeZone enabled nextAt lastAt version } }'))
      .data.syncSchedules;
  const one = async (name: string) => (await list()).find((schedule: any) => schedule.name === name);
  const update = async (input: object, client = owner) =>
    client.query<any>(
      `mutation($input: UpdateSyncScheduleInput!) { updateSyncSchedule(input: $input) {
        __typename ... on SyncSchedule { name everyMinutes atTime enabled nextAt version }
        ... on StaleVersionError { currentVersion } ... on UserError { code faults { field } } } }`,
      { input },
    );
  beforeAll(async () => {
    const both = [schedulerOf(known), schedulerOf(known)];
    await Promise.all(both.map((scheduler) => scheduler.start()));
    await Promise.all(both.map((scheduler) => scheduler.stop()));
  });

  test('are listed by interval and by time of day in the zone of the organisation', async () => {
    expect((await list()).map(({ name, everyMinutes, atTime }: any) => [name, everyMinutes, atTime])).toEqual([
      ['certificate', null, '03:00'],
      ['runs-full', null, '02:00'],
      ['runs-incremental', 60, null],
      ['runs-stock', 15, null],
    ]);
    const full = await one('runs-full');
    expect(full.timeZone).toBe('Asia/Baghdad');
    // Two at night in Baghdad, where clocks are never changed.
    expect(full.nextAt.slice(11, 19)).toBe('23:00:00');
    const hours = (Date.parse(full.nextAt) - Date.now()) / 3_600_000;
    expect(hours).toBeGreaterThan(0);
    expect(hours).toBeLessThanOrEqual(24);
  });

  test('a time of day is due once over all processes, and on the next day again', async () => {
    await t.db.sql(`update schedules set next_at = now() + interval '1 hour'`);
    await t.db.sql(`update schedules set next_at = now() - interval '1 second' where name = 'runs-full'`);
    const many = Array.from({ length: 4 }, () => schedulerOf(known));
    await Promise.all(many.map((scheduler) => scheduler.tick()));
    const jobs = await t.db.sql<any>(`select lane, coalesced_count from tds_sync_queue where kind = 'start-full-runs'`);
    expect(jobs).toEqual([{ lane: 'start-full-runs', coalesced_count: 0 }]);
    const full = await one('runs-full');
    expect(full.nextAt.slice(11, 19)).toBe('23:00:00');
    expect(full.lastAt).not.toBeNull();
    await settle();
    const runs = await t.db.sql<any>('select entity_type, run_type, status, started_by from tds_sync_runs order by 1');
    expect(runs.map((run) => run.entity_type)).toEqual([...t.app.services.syncs.keys()].sort());
    expect(new Set(runs.map((run) => `${run.run_type} ${run.status} ${run.started_by}`))).toEqual(
      new Set(['full completed scheduler']),
    );
  });

  test('the one of a job that nobody knows is never due', async () => {
    await t.db.sql(`update schedules set next_at = now() - interval '1 second' where name = 'certificate'`);
    await schedulerOf(known).tick();
    expect(await t.db.sql(`select 1 from tds_sync_queue where kind = 'certify'`)).toEqual([]);
  });

  test('stock is asked for by itself', async () => {
    await t.db.sql(`update schedules set next_at = now() - interval '1 second' where name = 'runs-stock'`);
    await schedulerOf(known).tick();
    await t.drain();
    const [run] = await t.db.sql<any>(
      'select entity_type, run_type from tds_sync_runs order by created_at desc limit 1',
    );
    expect(run.run_type).toMatch(/incremental|full/);
    expect(['products', 'stock']).toContain(run.entity_type);
    await settle();
  });

  test('are changed by their version, with the next time counted from now, and keep the change over a start', async () => {
    const before = await one('runs-stock');
    const answer = (await update({ name: 'runs-stock', version: before.version, everyMinutes: 5 })).data
      .updateSyncSchedule;
    expect(answer).toMatchObject({ __typename: 'SyncSchedule', everyMinutes: 5, version: before.version + 1 });
    expect(Date.parse(answer.nextAt) - Date.now()).toBeLessThanOrEqual(300_000);
    expect(
      (await update({ name: 'runs-stock', version: before.version, everyMinutes: 7 })).data.updateSyncSchedule,
    ).toMatchObject({
      __typename: 'StaleVersionError',
      currentVersion: before.version + 1,
    });
    const scheduler = schedulerOf(known);
    await scheduler.start();
    await scheduler.stop();
    expect((await one('runs-stock')).everyMinutes).toBe(5);
    const [audit] = await t.db.sql<any>(`select changes from audit_log where entity_type = 'SyncSchedule'`);
    expect(audit.changes.everySeconds).toEqual([900, 300]);
    const daily = (await update({ name: 'runs-stock', version: before.version + 1, atTime: '06:30' })).data
      .updateSyncSchedule;
    expect(daily).toMatchObject({ everyMinutes: null, atTime: '06:30' });
    expect(daily.nextAt.slice(11, 16)).toBe('03:30');
  });

  test('are not due while they are disabled', async () => {
    const { version } = await one('runs-incremental');
    const off = (await update({ name: 'runs-incremental', version, enabled: false })).data.updateSyncSchedule;
    expect(off).toMatchObject({ enabled: false, nextAt: null });
    await t.db.sql(`update schedules set next_at = now() - interval '1 second' where name = 'runs-incremental'`);
    await schedulerOf(known).tick();
    expect(await t.db.sql(`select 1 from tds_sync_queue where kind = 'start-runs'`)).toEqual([]);
  });

  test('say everything that is wrong with a change, and are for those who manage the sync', async () => {
    const { version } = await one('runs-full');
    const bad = (await update({ name: 'runs-full', version, everyMinutes: 0, atTime: '25:00' })).data
      .updateSyncSchedule;
    expect(bad.faults.map((fault: any) => fault.field)).toEqual(['atTime', 'everyMinutes', 'atTime']);
    expect((await update({ name: 'prune', version: 1, everyMinutes: 1 })).data.updateSyncSchedule.code).toBe(
      'NOT_FOUND',
    );
    const manager = await t.as('MANAGER');
    expect(
      (await update({ name: 'runs-full', version, enabled: false }, manager)).errors?.[0]?.extensions['code'],
    ).toBe('FORBIDDEN');
  });
});

describe('pausing an entity', () => {
  const send = (index: number) =>
    t.simulator!.send({ url: t.url, secret: TEST_SECRETS.webhookSecret }, t.simulator!.items()[index]!);
  const pauseOf = async (reason: string) =>
    (
      await owner.query<any>(
        `mutation($reason: String!) { pauseSync(entity: ITEM, reason: $reason) {
        ... on SyncPauses { paused { entityType reason waiting } } ... on InvalidInputError { field } } }`,
        { reason },
      )
    ).data.pauseSync;

  test('keeps its deliveries, lets the others work, and applies them in order when it is resumed', async () => {
    expect(await pauseOf(' ')).toEqual({ field: 'reason' });
    expect(await pauseOf('the price list is being cleaned up')).toEqual({
      paused: [{ entityType: 'products', reason: 'the price list is being cleaned up', waiting: 0 }],
    });
    for (const index of [3, 1, 2]) {
      t.simulator!.edit(t.simulator!.items()[index]!.itemId, { rate: 40 + index });
      await send(index);
    }
    t.simulator!.edit(t.simulator!.items()[3]!.itemId, { rate: 77 });
    await send(3);
    await settle();
    expect(await t.db.sql('select 1 from products where base_price_usd in (41, 42, 77)')).toEqual([]);
    const run = await owner.query<any>(
      'mutation { startSyncRun(entity: LOCATION, mode: FULL) { ... on SyncRun { id } } }',
    );
    await settle();
    const [other] = await t.db.sql<any>('select status from tds_sync_runs where id = $1', [run.data.startSyncRun.id]);
    expect(other.status).toBe('completed');
    const paused = await owner.query<any>('{ syncPauses { entityType waiting oldestSeconds } }');
    expect(paused.data.syncPauses).toEqual([{ entityType: 'products', waiting: 3, oldestSeconds: expect.any(Number) }]);
    const resumed = await owner.query<any>(
      'mutation { resumeSync(entity: ITEM) { ... on SyncPauses { paused { entityType } } } }',
    );
    expect(resumed.data.resumeSync).toEqual({ paused: [] });
    await t.drain();
    const prices = await t.db.sql<any>(
      'select base_price_usd::float8 as price from products where base_price_usd in (41, 42, 77) order by 1',
    );
    expect(prices.map((row) => row.price)).toEqual([41, 42, 77]);
    const began = await t.db.sql<any>(
      `select zoho_entity_id as id, lease_token from tds_sync_queue where kind = 'pull' and outcome = 'applied'
       and zoho_entity_id = any ($1) order by queued_at desc limit 3`,
      [[1, 2, 3].map((index) => t.simulator!.items()[index]!.itemId)],
    );
    expect(began.map((row) => row.id).reverse()).toEqual([3, 1, 2].map((index) => t.simulator!.items()[index]!.itemId));
    const audited = await t.db.sql<any>(`select action from audit_log where entity_type = 'SyncPause' order by at, id`);
    expect(audited.map((row) => row.action)).toEqual(['create', 'delete']);
  });
});

describe('runs', () => {
  const runOf = async (id: string) =>
    (
      await owner.query<any>(
        'query($id: ID!) { syncRun(id: $id) { status mode totalItems expectedItems processedItems failedItems itemsPerMinute expectedEndAt } }',
        { id },
      )
    ).data.syncRun;

  test('show what is seen and expected, their rate and when they end', async () => {
    const started = await owner.query<any>(
      'mutation { startSyncRun(entity: ITEM, mode: FULL) { ... on SyncRun { id expectedItems } } }',
    );
    const { id, expectedItems } = started.data.startSyncRun;
    expect(expectedItems).toBe(30);
    await t.db.sql(
      `update tds_sync_runs set status = 'in_progress', started_at = now() - interval '2 minutes', processed_items = 10 where id = $1`,
      [id],
    );
    const under = await runOf(id);
    expect(under).toMatchObject({ expectedItems: 30, itemsPerMinute: 5 });
    expect(Math.round((Date.parse(under.expectedEndAt) - Date.now()) / 60_000)).toBe(4);
    await t.db.sql(
      `update tds_sync_runs set status = 'pending', started_at = null, processed_items = 0 where id = $1`,
      [id],
    );
    await settle();
    expect(await runOf(id)).toMatchObject({
      status: 'COMPLETED',
      totalItems: 30,
      expectedItems: 30,
      processedItems: 30,
      expectedEndAt: null,
    });
  });

  test('a selective one fetches the records that are named, and nothing else', async () => {
    const [one, two] = t
      .simulator!.items()
      .slice(4, 6)
      .map((item) => item.itemId);
    t.simulator!.edit(one as string, { rate: 91.5 });
    const lists = t.simulator!.calls().get('inventory GET items') ?? 0;
    const fetches = t.simulator!.calls().get('inventory GET items/:id') ?? 0;
    const started = await owner.query<any>(
      `mutation($ids: [ID!]) { startSyncRun(entity: ITEM, mode: SELECTIVE, ids: $ids) { ... on SyncRun { id mode expectedItems } } }`,
      { ids: [one, two, one] },
    );
    expect(started.data.startSyncRun).toMatchObject({ mode: 'SELECTIVE', expectedItems: 2 });
    await settle();
    expect(await runOf(started.data.startSyncRun.id)).toMatchObject({
      status: 'COMPLETED',
      totalItems: 2,
      processedItems: 2,
    });
    expect(t.simulator!.calls().get('inventory GET items')).toBe(lists);
    expect(t.simulator!.calls().get('inventory GET items/:id')).toBe(fetches + 2);
    expect((await t.db.sql('select 1 from products where base_price_usd = 91.5')).length).toBe(1);
    const none = await owner.query<any>(
      'mutation { startSyncRun(entity: ITEM, mode: SELECTIVE) { ... on UserError { code field } } }',
    );
    expect(none.data.startSyncRun).toEqual({ code: 'BAD_INPUT', field: 'ids' });
  });

  test('by REST too, with the ids beside the mode', async () => {
    const post = async (body: object) => {
      const response = await fetch(`${t.url}/api/zoho/bulk-sync`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', authorization: `Bearer ${owner.token ?? ''}` },
        body: JSON.stringify(body),
      });
      return { status: response.status, body: await response.json() };
    };
    const ids = [t.simulator!.items()[7]!.itemId];
    const started = await post({ entity_type: 'products', mode: 'selective', ids });
    expect(started).toMatchObject({ status: 202, body: { status: 'pending' } });
    await settle();
    expect(await runOf(started.body.run_id)).toMatchObject({ status: 'COMPLETED', processedItems: 1 });
    expect(await post({ entity_type: 'products', mode: 'selective', ids: 'all' })).toMatchObject({
      status: 400,
      body: { field: 'ids' },
    });
  });
});

describe('a permanent error', () => {
  test('dies at once and burns no try, where a transient one is tried again', async () => {
    const item = t.simulator!.items()[9]!;
    t.simulator!.switches.body = 'form_pairs';
    t.simulator!.faults.arm('refused', 1);
    await t.simulator!.send({ url: t.url, secret: TEST_SECRETS.webhookSecret }, item);
    await t.drain();
    const jobOf = async () =>
      (
        await t.db.sql<any>(
          `select status, retry_count, error_message from tds_sync_queue where zoho_entity_id = $1 order by queued_at desc limit 1`,
          [item.itemId],
        )
      )[0];
    expect(await jobOf()).toMatchObject({
      status: 'dead_letter',
      retry_count: 0,
      error_message: expect.stringMatching(/code 2/),
    });
    t.simulator!.edit(item.itemId, { rate: 12.75 });
    t.simulator!.faults.arm('server_error', 1);
    await t.simulator!.send({ url: t.url, secret: TEST_SECRETS.webhookSecret }, item);
    await t.drain();
    expect(['failed', 'completed']).toContain((await jobOf()).status);
    const [tried] = await t.db.sql<any>(`select count(*) as n from tds_sync_attempts where result = 'failed'`);
    expect(Number(tried.n)).toBe(1);
    await settle();
    expect(await jobOf()).toMatchObject({ status: 'completed', error_message: null });
  });
});
