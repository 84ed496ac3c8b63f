import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { prepareBudget, releaseBudget, takeBudget, type Taken } from '../../src/sync/zoho/budget.queries.js';
import { forecastDay, keptOfDay } from '../../src/sync/zoho/call-forecast.js';
import { bucketOf, type CallLane } from '../../src/sync/zoho/call-lanes.js';
import { simulateBackfill } from '../support/backfill.js';
import { startTestApp, TEST_SECRETS, type TestApp, type TestClient } from '../support/app.js';

const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;
const NOON = new Date('2026-11-20T12:00:00Z');
const at = (ms: number): Date => new Date(NOON.getTime() + ms);
const ANSWERED = { limit: null, remaining: null, resetSeconds: null, failed: false };

let t: TestApp;
let owner: TestClient;
beforeAll(async () => {
  t = await startTestApp({ simulator: { items: 20 } });
  owner = await t.as('OWNER');
});
afterAll(() => t.stop());

describe('the lanes of the budget', () => {
  let account = '';
  let made = 0;
  beforeEach(async () => {
    account = `lanes-${(made += 1)}`;
    await prepareBudget(t.app.services.db.read, account, 50, 10);
    await t.db.sql('update zoho_budget set refilled_at = $2 where account = $1', [account, NOON]);
  });
  const bucket = bucketOf({ requestsPerMinute: 100 });
  const take = (lane: CallLane, time: Date): Promise<Taken> =>
    takeBudget(t.app.services.db.read, account, { lane, bucket, slotSeconds: 25 }, time);
  const release = (slot: number, time: Date, end: object = {}): Promise<boolean> =>
    releaseBudget(t.app.services.db.read, account, slot, { ...ANSWERED, ...end }, time);
  /** Takes and gives back until the lane is refused. */
  const exhaust = async (lane: CallLane, time: Date): Promise<{ taken: number; refused: Taken }> => {
    for (let taken = 0; ; taken += 1) {
      const one = await take(lane, time);
      if (one.slot === null) return { taken, refused: one };
      await release(one.slot, time);
    }
  };

  test('a backfill leaves half of the minute, and whoever is refused comes behind those before', async () => {
    const { taken, refused } = await exhaust('backfill', NOON);
    expect(taken).toBe(25);
    expect(refused).toMatchObject({ reason: 'our own minute budget is used up', waitMs: 1200 });
    expect((await take('backfill', NOON)).waitMs).toBe(2400);
    expect((await take('backfill', NOON)).waitMs).toBe(3600);
    expect((await exhaust('incremental', NOON)).taken).toBe(13);
    expect((await exhaust('webhook', NOON)).taken).toBe(12);
  });

  test('a backfill leaves calls at once to the others', async () => {
    const slots = [];
    for (let index = 0; index < 7; index += 1) slots.push((await take('backfill', NOON)).slot);
    expect(slots.filter((slot) => slot !== null).length).toBe(6);
    expect((await take('backfill', NOON)).reason).toMatch(/concurrent/);
    expect((await take('incremental', NOON)).slot).not.toBeNull();
    for (let index = 0; index < 3; index += 1) expect((await take('webhook', NOON)).slot).not.toBeNull();
    expect((await take('webhook', NOON)).slot).toBeNull();
  });

  test('a backfill leaves a share of the day that shrinks as the day ends, and waits for its turn', async () => {
    const first = await take('webhook', NOON);
    await release(first.slot as number, NOON, { limit: 1000, remaining: 210, resetSeconds: 43_200 });
    // Half of the day is left: 200 of the 400 that are kept.
    expect((await exhaust('backfill', NOON)).taken).toBe(10);
    const refused = await take('backfill', NOON);
    expect(refused.reason).toMatch(/quota is kept/);
    expect(Math.round(refused.waitMs / 1000)).toBe(2 * 216);
    expect((await take('backfill', at(3 * 216_000))).slot).not.toBeNull();
    expect((await take('webhook', NOON)).slot).not.toBeNull();
    expect((await take('incremental', NOON)).slot).not.toBeNull();
  });

  test('when no call of the day is left all wait for the next one, which begins by itself', async () => {
    const first = await take('webhook', NOON);
    await release(first.slot as number, NOON, { limit: 1000, remaining: 0, resetSeconds: 600 });
    const refused = await take('webhook', NOON);
    expect(refused.waitMs).toBeGreaterThanOrEqual(600_000);
    expect(refused.waitMs).toBeLessThan(625_000);
    expect((await take('backfill', at(601_000))).slot).not.toBeNull();
    const [row] = await t.db.sql<any>('select day_remaining, day_resets_at from zoho_budget where account = $1', [
      account,
    ]);
    expect(row).toEqual({ day_remaining: 999, day_resets_at: at(600_000 + DAY_MS) });
  });

  test('ten failures in a row open the circuit, one call at a time probes it, and an answer closes it', async () => {
    for (let failures = 0; failures < 10; failures += 1) {
      const { slot } = await take('incremental', NOON);
      await release(slot as number, NOON, { failed: true });
    }
    expect(await take('webhook', NOON)).toMatchObject({ slot: null, waitMs: 15_000, reason: /failed too often/ });
    // Half open: one probes, the others wait for what it finds.
    const probe = await take('backfill', at(15_001));
    expect(probe.slot).not.toBeNull();
    expect(await take('webhook', at(15_001))).toMatchObject({ slot: null, waitMs: 25_000 });
    await release(probe.slot as number, at(16_000), { failed: true });
    expect((await take('webhook', at(16_000))).waitMs).toBe(30_000);
    const second = await take('webhook', at(46_001));
    await release(second.slot as number, at(46_002), { failed: false });
    expect((await take('webhook', at(46_003))).slot).not.toBeNull();
    expect((await take('backfill', at(46_003))).slot).not.toBeNull();
  });

  test('a probe that is given up here proves nothing, and another one may follow it', async () => {
    for (let failures = 0; failures < 10; failures += 1) {
      const { slot } = await take('incremental', NOON);
      await release(slot as number, NOON, { failed: true });
    }
    const probe = await take('webhook', at(15_001));
    await release(probe.slot as number, at(15_002), { failed: null });
    expect((await take('webhook', at(15_003))).slot).toBeNull();
    expect((await take('webhook', at(15_001 + 25_001))).slot).not.toBeNull();
  });
});

describe('a backfill on a simulated clock', () => {
  test('of 333 items at 150 calls a day never delays a webhook by more than 30 s', async () => {
    const load = { items: 333, perDay: 150, webhookMinutes: 60, burst: 3, incrementalMinutes: 120 };
    const result = await simulateBackfill(t.app.services.db, 'simulated', load);
    expect(result.itemsDone).toBe(333);
    expect(result.webhooksDone).toBeGreaterThan(80);
    expect(result.longestWaitMs).toBeLessThanOrEqual(30_000);
    expect(result.mostCallsADay).toBeLessThanOrEqual(150);
    expect(result.days).toBeLessThan(5);
    // Nobody asks again and again while the quota is kept.
    expect(result.asked).toBeLessThan(6 * 333);
  });
});

describe('the forecast', () => {
  const none = { webhook: 0, interactive: 0, incremental: 0, backfill: 0 };
  const quota = { limit: 1000, remaining: 500, resetsAt: at(10 * 60 * MINUTE_MS), callsOfDay: none };

  test('names the minute in which the day runs out, or none when the day ends before', () => {
    expect(forecastDay(quota, { ...none, webhook: 5 }, NOON).runsOutAt).toEqual(at(99 * MINUTE_MS));
    expect(forecastDay(quota, { ...none, webhook: 0.5 }, NOON).runsOutAt).toBeNull();
    expect(forecastDay({ ...quota, remaining: 0 }, none, NOON).runsOutAt).toEqual(NOON);
  });

  test('says when a backfill pauses for the others, who go on', () => {
    const { runsOutAt, pausesAt } = forecastDay(quota, { ...none, webhook: 0.1, backfill: 10 }, NOON);
    expect(runsOutAt).toBeNull();
    expect(pausesAt.webhook).toBeNull();
    const pause = pausesAt.backfill as Date;
    expect(pause.getTime() - NOON.getTime()).toBeGreaterThan(30 * MINUTE_MS);
    expect(pause.getTime() - NOON.getTime()).toBeLessThan(40 * MINUTE_MS);
  });

  test('a lane leaves more when those before it have used more, never all and never nothing', () => {
    expect(keptOfDay('backfill', { ...quota, resetsAt: at(DAY_MS) }, NOON)).toBe(400);
    const busy = { ...quota, resetsAt: at(DAY_MS), callsOfDay: { ...none, webhook: 500 } };
    expect(keptOfDay('backfill', busy, NOON)).toBe(600);
    expect(keptOfDay('backfill', { ...busy, callsOfDay: { ...none, webhook: 5000 } }, NOON)).toBe(900);
    expect(keptOfDay('backfill', quota, at(10 * 60 * MINUTE_MS))).toBe(40);
  });
});

describe('the budget of the company', () => {
  const FIELDS = `perMinute concurrency inFlight dayLimit dayRemaining dayResetsAt usedToday runsOutAt blockedReason circuit
    failuresInARow tokenSecondsLeft lanes { lane usedToday usedLastHour leavesOfDay pausesAt }`;
  const budget = async (client = owner) => (await client.query<any>(`{ zohoBudget { ${FIELDS} } }`)).data.zohoBudget;

  test('counts calls by lane, with what Zoho says of its day', async () => {
    const item = t.simulator!.items()[0]!;
    t.simulator!.switches.body = 'form_pairs';
    await t.simulator!.send({ url: t.url, secret: TEST_SECRETS.webhookSecret }, item);
    await t.drain();
    await owner.query('mutation { startSyncRun(entity: LOCATION, mode: FULL) { __typename } }');
    await t.drain();
    await fetch(`${t.url}/api/zoho/test-credentials`, {
      method: 'POST',
      headers: { authorization: `Bearer ${owner.token ?? ''}` },
    });
    const found = await budget();
    expect(found).toMatchObject({
      dayLimit: 1_000_000,
      inFlight: 0,
      circuit: 'CLOSED',
      blockedReason: null,
      runsOutAt: null,
    });
    const used = Object.fromEntries(found.lanes.map((lane: any) => [lane.lane, lane.usedToday]));
    expect(used).toEqual({ WEBHOOK: expect.any(Number), INTERACTIVE: 1, INCREMENTAL: 0, BACKFILL: expect.any(Number) });
    expect(used.WEBHOOK).toBeGreaterThanOrEqual(1);
    expect(used.BACKFILL).toBeGreaterThanOrEqual(1);
    expect(found.usedToday).toBe(used.WEBHOOK + 1 + used.BACKFILL);
    expect(found.dayRemaining).toBe(1_000_000 - found.usedToday);
    expect(found.tokenSecondsLeft).toBeGreaterThan(3000);
  });

  test('subscribers see that Zoho blocks, and learn when it calls again', async () => {
    const live = owner.subscribe<any>(`subscription { zohoBudgetUpdated { ${FIELDS} } }`);
    t.simulator!.faults.arm('minute_limit', 1);
    await t.simulator!.send({ url: t.url, secret: TEST_SECRETS.webhookSecret }, t.simulator!.items()[1]!);
    await t.drain();
    const frames = await live.untilTrue((received) =>
      received.some((one) => one.zohoBudgetUpdated.blockedReason !== null),
    );
    expect(frames.at(-1).zohoBudgetUpdated.blockedReason).toMatch(/429, code 44/);
    live.stop();
    const [job] = await t.db.sql<any>(
      `select retry_count, status from tds_sync_queue where status <> 'completed' and kind = 'pull'`,
    );
    expect(job).toEqual({ retry_count: 0, status: 'pending' });
  });

  test('an outage opens the circuit: no call is made, no try is burnt, and it heals by itself', async () => {
    await t.db.sql(`update zoho_budget set blocked_until = null`);
    t.simulator!.faults.arm('server_error', 1000);
    const items = t.simulator!.items().slice(2, 18);
    await Promise.all(items.map((item) => t.simulator!.send({ url: t.url, secret: TEST_SECRETS.webhookSecret }, item)));
    await t.drain();
    expect(await budget()).toMatchObject({ circuit: 'OPEN' });
    const before = t.simulator!.calls().get('inventory GET items/:id');
    await t.db.sql(`update tds_sync_queue set run_at = now() where status in ('pending', 'failed')`);
    await t.drain();
    expect(t.simulator!.calls().get('inventory GET items/:id')).toBe(before);
    expect(await t.db.sql(`select 1 from tds_sync_queue where status = 'dead_letter'`)).toEqual([]);
    t.simulator!.faults.clear();
    await t.db.sql(`update zoho_budget set circuit_until = now()`);
    for (let round = 0; round < 4; round += 1) {
      await t.db.sql(`update tds_sync_queue set run_at = now() where status in ('pending', 'failed')`);
      await t.drain();
    }
    expect(await budget()).toMatchObject({ circuit: 'CLOSED', failuresInARow: 0 });
    expect(await t.db.sql(`select 1 from tds_sync_queue where status <> 'completed' and not system`)).toEqual([]);
  });

  test('is for those who may see the sync', async () => {
    const viewer = await t.as('CASHIER');
    expect((await viewer.query('{ zohoBudget { perMinute } }')).errors?.[0]?.extensions['code']).toBe('FORBIDDEN');
  });
});
