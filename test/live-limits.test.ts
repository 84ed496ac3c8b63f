import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import pg from 'pg';
import { LiveExecutions } from '../src/platform/graphql/live-executions.js';
import { startTestApp, type Subscription, type TestApp, type TestClient } from './support/app.js';

const EVENTS = 'subscription { syncQueueEvents { cursor itemId } }';
const PRODUCTS =
  'subscription($after: String) { entityChanged(types: ["product"], after: $after) { cursor product { name } } }';
/** Another text for the same answer: another group, and another execution. */
const variant = (number: number): string => `subscription { syncQueueEvents { a${number}: itemId } }`;

describe('what one person may take of the live part', () => {
  let t: TestApp;
  let owner: TestClient;
  let other: TestClient;
  const open: Subscription<any>[] = [];
  beforeAll(async () => {
    t = await startTestApp({
      limits: {
        live: { subscriptionsPerPerson: 12, distinctPerPerson: 4, subscribeBurst: 60, subscribesPerSecond: 0.001 },
      },
    });
    owner = await t.as('OWNER');
    other = await t.as('OWNER');
  });
  afterEach(async () => {
    for (const one of open.splice(0)) one.stop();
    await count(0);
  });
  afterAll(() => t.stop());

  const count = async (wanted: number): Promise<void> => {
    while (t.app.services.hub.stats().subscriptions !== wanted) await new Promise((resolve) => setImmediate(resolve));
  };
  const subscribe = (client: TestClient, query: string): Subscription<any> => {
    const live = client.subscribe<any>(query);
    open.push(live);
    return live;
  };
  const emit = async (itemId: string): Promise<void> => {
    await t.db.sql(
      `insert into event_outbox (name, entity_type, entity_id, data) values ('queueItemCompleted', 'queue', $1, '{}')`,
      [itemId],
    );
    t.app.services.events.nudge();
  };

  test('is so many subscriptions over all sockets; those that are open stay, and others have their own', async () => {
    const second = t.withToken(owner.token as string);
    const held = Array.from({ length: 12 }, (_, index) => subscribe(index % 2 === 0 ? owner : second, EVENTS));
    await count(12);
    const refused = subscribe(second, EVENTS);
    await refused.ended;
    expect(refused.errors).toEqual([
      {
        message: 'At most 12 subscriptions a person.',
        extensions: { code: 'LIMIT_EXCEEDED', limit: 12, retryable: false },
      },
    ]);
    const others = subscribe(other, EVENTS);
    await count(13);
    await emit('held');
    for (const one of [...held, others]) expect((await one.until(1))[0].syncQueueEvents.itemId).toBe('held');
    held[0]?.stop();
    await count(12);
    const again = subscribe(second, EVENTS);
    await count(13);
    expect(again.errors).toEqual([]);
  });

  test('is fewer different ones, because each is an execution for every event', async () => {
    const held = [1, 2, 3, 4].map((number) => subscribe(owner, variant(number)));
    await count(4);
    const refused = subscribe(owner, variant(5));
    await refused.ended;
    expect(refused.errors[0]).toMatchObject({ extensions: { code: 'LIMIT_EXCEEDED', limit: 4, retryable: false } });
    const equal = subscribe(owner, variant(1));
    await count(5);
    const before = t.app.services.hub.stats().executions;
    await emit('few');
    for (const one of [...held, equal]) await one.until(1);
    expect(t.app.services.hub.stats().executions - before).toBe(4);
  });

  test('is so many new ones in a time', async () => {
    let throttled: Subscription<any> | null = null;
    for (let index = 0; index < 61 && !throttled; index += 1) {
      const live = subscribe(owner, EVENTS);
      while (!live.closed && t.app.services.hub.stats().subscriptions === 0) {
        await new Promise((resolve) => setImmediate(resolve));
      }
      if (live.closed) throttled = live;
      live.stop();
      await count(0);
    }
    expect(throttled?.errors[0]).toMatchObject({
      extensions: { code: 'THROTTLED', retryAfterSeconds: 1, retryable: true },
    });
    subscribe(other, EVENTS);
    await count(1);
  });

  test.each([
    ['no type', '[]', /Name at least one type/],
    ['an unknown type', '["spaceship"]', /Unknown type spaceship/],
    ['one type over and over', `[${Array.from({ length: 40 }, () => '"product"').join(', ')}]`, /each type once/],
  ])('%s of entityChanged is refused with a typed error', async (_name, types, message) => {
    const live = subscribe(await t.as('OWNER'), `subscription { entityChanged(types: ${types}) { cursor } }`);
    await live.ended;
    expect(live.errors[0]).toMatchObject({
      message: expect.stringMatching(message),
      extensions: { code: 'BAD_INPUT', field: 'types' },
    });
  });

  test('a type that one may not follow is unknown, and the others are named', async () => {
    const live = subscribe(await t.as('CASHIER'), 'subscription { entityChanged(types: ["bill"]) { cursor } }');
    await live.ended;
    const { message } = live.errors[0];
    expect(message).toContain('tillSession');
    expect(message).not.toContain('vendor');
  });
});

describe('an expensive subscription', () => {
  let t: TestApp;
  let blocker: pg.Client;
  beforeAll(async () => {
    t = await startTestApp({ limits: { live: { executionDeadlineMs: 400 } } });
    blocker = new pg.Client({ connectionString: t.db.url });
    await blocker.connect();
    await t.db.sql(`insert into products (id, external_ref, name, search_text, base_price_usd, created_at, updated_at)
      values ('0190a0a0-0000-7000-8000-000000000001', 'slow', 'Slow', 'slow', 0, now(), now())`);
  });
  afterAll(async () => {
    await blocker.end();
    await t.stop();
  });

  test('delays nobody else, ends at its deadline, and resumes without a gap', async () => {
    const slow = await t.as('OWNER');
    const quick = (await t.as('OWNER')).subscribe<any>(EVENTS);
    const { hub } = t.app.services;
    const before = hub.cursorOf(hub.stats().position);
    const stuck = slow.subscribe<any>(PRODUCTS, { after: before });
    while (hub.stats().subscriptions < 2 || hub.stats().busy > 0) await new Promise((resolve) => setImmediate(resolve));
    await blocker.query('begin');
    await blocker.query('lock table products in access exclusive mode');
    await t.db.sql(`insert into event_outbox (name, entity_type, entity_id, data) values
      ('productChanged', 'product', '0190a0a0-0000-7000-8000-000000000001', '{"change":"updated","visible":true}'),
      ('queueItemCompleted', 'queue', 'quick', '{}')`);
    t.app.services.events.nudge();
    const [frame] = await quick.until(1);
    expect(frame.syncQueueEvents.itemId).toBe('quick');
    expect(stuck.received).toEqual([]);
    await stuck.ended;
    expect(stuck.errors[0]).toMatchObject({ extensions: { code: 'UNAVAILABLE', retryAfterSeconds: 2 } });
    await blocker.query('rollback');
    const resumed = slow.subscribe<any>(PRODUCTS, { after: before });
    expect((await resumed.until(1))[0].entityChanged.product).toEqual({ name: 'Slow' });
    quick.stop();
    resumed.stop();
  });
});

describe('executions', () => {
  const limits = { executionsAtOnce: 3, executionsAtOncePerPerson: 2, executionDeadlineMs: 60_000 };
  const tick = () => new Promise((resolve) => setImmediate(resolve));

  test('of one person with hundreds waiting let everybody else have their turn', async () => {
    const executions = new LiveExecutions(limits);
    const order: string[] = [];
    const finish: (() => void)[] = [];
    const ask = (person: string) =>
      executions.run(person, () => {
        order.push(person);
        return new Promise<void>((resolve) => finish.push(resolve));
      });
    const all = [...Array.from({ length: 300 }, () => ask('greedy')), ask('b'), ask('c'), ask('c'), ask('d')];
    // Two of the greedy one run, and the third place is another's at once.
    expect(order).toEqual(['greedy', 'greedy', 'b']);
    while (order.length < all.length || finish.length > 0) {
      finish.shift()?.();
      await tick();
    }
    await Promise.all(all);
    expect(
      order
        .slice(0, 8)
        .filter((person) => person !== 'greedy')
        .sort(),
    ).toEqual(['b', 'c', 'c', 'd']);
    expect(executions.count).toBe(304);
  });

  test('that fail or throw give their place back', async () => {
    const executions = new LiveExecutions({ ...limits, executionsAtOnce: 1 });
    for (let index = 0; index < 5; index += 1) {
      await expect(executions.run('a', () => Promise.reject(new Error('no')))).rejects.toThrow('no');
    }
    expect(await executions.run('a', () => Promise.resolve(1))).toBe(1);
  });

  test('past the deadline are told to stop, and keep their place until they have ended', async () => {
    const executions = new LiveExecutions({ ...limits, executionsAtOnce: 1, executionDeadlineMs: 20 });
    let end: () => void = () => undefined;
    let told = false;
    const late = executions.run('a', (signal) => {
      signal.addEventListener('abort', () => (told = true));
      return new Promise<void>((resolve) => (end = resolve));
    });
    await expect(late).rejects.toMatchObject({ code: 'UNAVAILABLE' });
    expect(told).toBe(true);
    let started = false;
    const next = executions.run('b', () => Promise.resolve((started = true)));
    await tick();
    expect(started).toBe(false);
    end();
    await next;
    expect(started).toBe(true);
  });
});

describe('a subscription that is sent by HTTP', () => {
  let t: TestApp;
  let owner: TestClient;
  beforeAll(async () => {
    t = await startTestApp();
    owner = await t.as('OWNER');
  });
  afterAll(() => t.stop());

  test.each([
    ['application/json', 'en', /WebSocket at \/graphql/],
    ['application/graphql-response+json', 'en', /WebSocket at \/graphql/],
    ['*/*', 'ar', /الاشتراكات/],
  ])('with Accept %s in %s is told where it belongs', async (accept, language, message) => {
    const answer = await owner.query(EVENTS, {}, { accept, 'accept-language': language });
    expect(answer.status).toBe(400);
    expect(answer.errors).toEqual([
      expect.objectContaining({
        message: expect.stringMatching(message),
        extensions: { code: 'SUBSCRIPTION_NEEDS_WEBSOCKET' },
      }),
    ]);
  });

  test('is told nothing else, whoever asks', async () => {
    const answer = await t.anonymous.query(EVENTS);
    expect(answer.errors?.[0]?.extensions['code']).toBe('SUBSCRIPTION_NEEDS_WEBSOCKET');
  });
});
