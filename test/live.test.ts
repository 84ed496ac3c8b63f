import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import pg from 'pg';
import { WebSocket } from 'ws';
import { seededRandom } from '../src/simulator/company.js';
import { startTestApp, type TestApp, type TestClient } from './support/app.js';

describe('live', () => {
  let t: TestApp;
  let owner: TestClient;
  beforeAll(async () => {
    t = await startTestApp({ redis: true });
    owner = await t.as('OWNER');
    await t.db.sql(`insert into products (id, external_ref, name, search_text, base_price_usd, created_at, updated_at)
      select gen_random_uuid(), 'live' || g, 'Live ' || g, 'live', 0, now(), now() from generate_series(1, 20) g`);
  });
  afterAll(() => t.stop());

  const nudge = () => {
    t.app.services.events.nudge();
    t.app.services.hub.hint();
  };
  const emit = async (pool: Pick<pg.Pool, 'query'>, entityId: string, data: object) => {
    await pool.query(
      `insert into event_outbox (name, entity_type, entity_id, data) values ('productChanged', 'product', $1, $2)`,
      [entityId, JSON.stringify({ change: 'updated', fields: [], visible: true, ...data })],
    );
  };

  test('cut 50 times during 10,000 events, with writers that hold transactions open and roll back: no gap, no double', async () => {
    const EVENTS = 10_000;
    const random = seededRandom(3);
    const pool = new pg.Pool({ connectionString: t.db.url, max: 10 });
    const products = await t.db.sql<{ id: string }>('select id from products order by external_ref');
    const state = new Map<string, number>();
    let committed = 0;
    const writer = async (): Promise<void> => {
      while (committed < EVENTS) {
        const client = await pool.connect();
        try {
          await client.query('begin');
          const batch = 1 + Math.floor(random() * 8);
          const { id } = products[Math.floor(random() * products.length)] as { id: string };
          await client.query('select 1 from products where id = $1 for update', [id]);
          let value = 0;
          for (let index = 0; index < batch; index += 1) {
            const { rows } = await client.query(
              'update products set base_price_usd = base_price_usd + 1 where id = $1 returning base_price_usd::int as v',
              [id],
            );
            value = rows[0].v;
            await emit(client, id, { value });
          }
          if (random() < 0.2) await client.query('select pg_sleep(0.005)');
          if (random() < 0.15) await client.query('rollback');
          else {
            await client.query('commit');
            committed += batch;
            state.set(id, value);
          }
        } finally {
          client.release();
        }
        if (random() < 0.05) nudge();
      }
    };

    const SUBSCRIPTION = `subscription($after: String) { entityChanged(types: ["product"], after: $after) { cursor entityId } }`;
    const seen: { cursor: string; entityId: string }[] = [];
    let cuts = 0;
    let running = true;
    const done = (): boolean => !running && seen.length >= committed;
    const start = owner.subscribe<any>(SUBSCRIPTION);
    start.stop();
    const first = t.app.services.hub.cursorOf(t.app.services.hub.stats().position);
    const follow = async (): Promise<void> => {
      while (!done()) {
        const after = seen.at(-1)?.cursor ?? first;
        const client = t.withToken(owner.token as string);
        const live = client.subscribe<any>(SUBSCRIPTION, { after });
        const target = cuts < 50 ? 1 + Math.floor(random() * (EVENTS / 50)) : Infinity;
        await live.untilTrue(
          (received) => received.length >= target || (!running && seen.length + received.length >= committed),
        );
        // What arrived is what counts; the rest of the socket is gone with it.
        const got = live.received.slice();
        live.stop();
        await client.close();
        expect(live.errors).toEqual([]);
        seen.push(...got.map((frame) => frame.entityChanged));
        cuts += 1;
      }
    };
    const following = follow();
    const ticking = setInterval(nudge, 20);
    await Promise.all(Array.from({ length: 6 }, writer));
    running = false;
    // One more, after the writers: whoever has seen everything before they ended is woken by it.
    const [[id, value] = ['', 0]] = state;
    committed += 1;
    await emit(pool, id, { value });
    await following;
    clearInterval(ticking);
    await pool.end();

    expect(cuts).toBeGreaterThanOrEqual(50);
    expect(seen.length).toBe(committed);
    expect(new Set(seen.map((one) => one.cursor)).size).toBe(committed);
    const log = await t.db.sql<any>(
      `select entity_id, (data ->> 'value')::int as value from event_log where name = 'productChanged' order by seq`,
    );
    expect(seen.map((one) => one.entityId)).toEqual(log.map((row) => row.entity_id));
    // Played back, the events end with the database's state.
    const played = new Map<string, number>();
    for (const row of log) played.set(row.entity_id, row.value);
    expect(played).toEqual(state);
  }, 120_000);

  test('equal subscriptions of viewers with equal rights share one execution; other rights never share a frame', async () => {
    const QUERY = `subscription { entityChanged(types: ["product"]) { entityId product { name cost { amount } } } }`;
    const [row] = await t.db.sql<{ id: string }>(
      `update products set cost_usd = 42 where external_ref = 'live1' returning id`,
    );
    const id = row?.id as string;
    const admins = await Promise.all(Array.from({ length: 10 }, () => t.as('ADMIN')));
    const sellers = await Promise.all(Array.from({ length: 10 }, () => t.as('CASHIER')));
    const lives = [...admins, ...sellers].map((client) => client.subscribe<any>(QUERY));
    while (t.app.services.hub.stats().subscriptions < 20) await new Promise((resolve) => setImmediate(resolve));
    expect(t.app.services.hub.stats().groups).toBe(2);
    const before = t.app.services.hub.stats().executions;
    await t.db.sql(
      `insert into event_outbox (name, entity_type, entity_id, data) values ('productChanged', 'product', $1, '{"change":"updated","visible":true}')`,
      [id],
    );
    nudge();
    const frames = await Promise.all(lives.map((live) => live.until(1)));
    expect(t.app.services.hub.stats().executions - before).toBe(2);
    for (const [index, [frame]] of frames.entries()) {
      const cost = frame.entityChanged.product.cost;
      if (index < 10) expect(cost).toEqual({ amount: '42' });
      else {
        expect(cost).toBeNull();
        expect(lives[index]?.errors[0].extensions.code).toBe('FORBIDDEN');
      }
    }
    // Another language and other variables are other groups.
    for (const live of lives) live.stop();
  });

  test('what clients may not see is not told to them', async () => {
    const stranger = (await t.as('CONSUMER')).subscribe(
      `subscription { entityChanged(types: ["product"]) { entityId } }`,
    );
    await stranger.ended;
    expect(stranger.errors[0].extensions.code).toBe('BAD_INPUT');
    const client = await t.as('WHOLESALE_CLIENT');
    const live = client.subscribe<any>(`subscription { entityChanged(types: ["product"]) { entityId } }`);
    while (t.app.services.hub.stats().subscriptions < 1) await new Promise((resolve) => setImmediate(resolve));
    const insert = (id: string, visible: boolean) =>
      t.db.sql(
        `insert into event_outbox (name, entity_type, entity_id, data) values ('productChanged', 'product', $1, $2)`,
        [id, JSON.stringify({ change: 'updated', visible })],
      );
    await insert('11111111-1111-4111-8111-111111111111', false);
    await insert('22222222-2222-4222-8222-222222222222', true);
    nudge();
    await live.until(1);
    expect(live.received).toEqual([{ entityChanged: { entityId: '22222222-2222-4222-8222-222222222222' } }]);
    live.stop();
  });

  test.each<[string, () => Promise<string>]>([
    [
      'of another epoch',
      () => Promise.resolve(Buffer.from('00000000-0000-4000-8000-000000000000:1').toString('base64url')),
    ],
    [
      'above the head',
      async () => {
        const [head] = await t.db.sql<any>('select epoch from event_head');
        return Buffer.from(`${head.epoch}:999999`).toString('base64url');
      },
    ],
    [
      'older than what is kept',
      async () => {
        const [head] = await t.db.sql<any>('select epoch from event_head');
        await t.db.sql('delete from event_log where seq < 100');
        // The hub looks at the log's floor once a second.
        await new Promise((resolve) => setTimeout(resolve, 1200));
        return Buffer.from(`${head.epoch}:5`).toString('base64url');
      },
    ],
  ])('a cursor %s answers RESYNC_REQUIRED', async (_name, cursor) => {
    const live = owner.subscribe('subscription($after: String) { syncQueueEvents(after: $after) { cursor } }', {
      after: await cursor(),
    });
    await live.ended;
    expect(live.errors[0]).toMatchObject({ extensions: { code: 'RESYNC_REQUIRED' } });
  });

  test('a restore begins a new epoch, and who follows the old one is told', async () => {
    const live = owner.subscribe('subscription { syncQueueEvents { cursor } }');
    while (t.app.services.hub.stats().subscriptions < 1) await new Promise((resolve) => setImmediate(resolve));
    await t.db.sql('update event_head set epoch = gen_random_uuid()');
    await live.ended;
    expect(live.errors[0]).toMatchObject({ extensions: { code: 'RESYNC_REQUIRED' } });
  });

  test.each<[string, string, Record<string, unknown>, string]>([
    [
      'nonsense as cursor',
      'subscription($after: String) { syncQueueEvents(after: $after) { cursor } }',
      { after: '!!' },
      'BAD_INPUT',
    ],
    ['an unknown type', 'subscription { entityChanged(types: ["spaceship"]) { cursor } }', {}, 'BAD_INPUT'],
    ['a query over the socket', '{ me { name } }', {}, 'BAD_REQUEST'],
    ['a mutation over the socket', 'mutation { signOut }', {}, 'BAD_REQUEST'],
    ['an unknown field', 'subscription { nothing }', {}, 'GRAPHQL_VALIDATION_FAILED'],
    ['a syntax error', 'subscription {', {}, 'GRAPHQL_PARSE_FAILED'],
    [
      'two fields at once',
      'subscription { syncStatsUpdated { pending } syncQueueEvents { cursor } }',
      {},
      'GRAPHQL_VALIDATION_FAILED',
    ],
    [
      '60 aliases',
      `subscription { syncStatsUpdated { ${Array.from({ length: 60 }, (_, index) => `a${index}: pending`).join(' ')} } }`,
      {},
      'LIMIT_EXCEEDED',
    ],
    [
      'a wrong variable',
      'subscription($after: String) { syncQueueEvents(after: $after) { cursor } }',
      { after: { x: 1 } },
      'BAD_INPUT',
    ],
  ])('%s is refused', async (_name, query, variables, code) => {
    const live = owner.subscribe(query, variables);
    await live.ended;
    expect(live.errors[0]).toMatchObject({ extensions: { code } });
  });

  test('more than 50 subscriptions on one socket are refused', async () => {
    const client = t.withToken(owner.token as string);
    const lives = Array.from({ length: 52 }, () => client.subscribe('subscription { syncQueueEvents { cursor } }'));
    await Promise.race(lives.map((live) => live.ended));
    const refused = lives.filter((live) => live.errors.length > 0);
    expect(refused[0]?.errors[0]).toMatchObject({ extensions: { code: 'LIMIT_EXCEEDED', limit: 50 } });
    for (const live of lives) live.stop();
  });

  const raw = (options: { origin?: string; path?: string; protocol?: string } = {}) =>
    new WebSocket(
      `${t.url.replace('http', 'ws')}${options.path ?? '/graphql'}`,
      options.protocol ?? 'graphql-transport-ws',
      {
        ...(options.origin ? { origin: options.origin } : {}),
      },
    );
  const closing = (socket: WebSocket): Promise<number | string> =>
    new Promise((resolve) => {
      socket.on('close', (code) => resolve(code));
      socket.on('unexpected-response', (_request, response) => {
        resolve(`HTTP ${response.statusCode}`);
        socket.terminate();
      });
      socket.on('error', () => undefined);
    });

  test('a foreign origin and another path are refused before the upgrade', async () => {
    expect(await closing(raw({ origin: 'https://evil.example' }))).toBe('HTTP 403');
    expect(await closing(raw({ path: '/elsewhere' }))).toBe('HTTP 404');
  });

  test.each<[string, (socket: WebSocket) => void, number]>([
    ['no token', (socket) => socket.send('{"type":"connection_init"}'), 4403],
    ['a bad token', (socket) => socket.send('{"type":"connection_init","payload":{"authorization":"Bearer x"}}'), 4403],
    [
      'subscribing before the acknowledgement',
      (socket) =>
        socket.send(
          '{"id":"1","type":"subscribe","payload":{"query":"subscription { syncStatsUpdated { pending } }"}}',
        ),
      4401,
    ],
    ['nonsense', (socket) => socket.send('nonsense'), 4400],
    ['a frame of 2 MB', (socket) => socket.send('x'.repeat(2 * 1024 * 1024)), 1009],
  ])('%s closes the socket', async (_name, act, code) => {
    const socket = raw();
    socket.on('open', () => act(socket));
    expect(await closing(socket)).toBe(code);
  });

  test('a subscriber that reads too slowly leaves the live stream, reads the log again, and misses nothing', async () => {
    const sent: string[] = [];
    let blocked = 2 * 1024 * 1024;
    let lastBuffered = 0;
    const { hub } = t.app.services;
    const { parse } = await import('graphql');
    const document = parse('subscription { syncQueueEvents { itemId } }');
    const viewer = {
      kind: 'key',
      keyId: 'k',
      name: 'k',
      permissions: new Set(['sync:read']),
      expiresAtMs: null,
    } as const;
    await t.db.sql('select * from number_events(100)');
    // The hub must know the epoch of the restore test above before anybody joins.
    await new Promise((resolve) => setTimeout(resolve, 1200));
    const leave = hub.subscribe({
      field: 'syncQueueEvents',
      args: {},
      document,
      operationName: null,
      variables: {},
      cursorVariables: new Set(),
      viewer,
      language: 'en',
      send: (payload) => void sent.push(payload.text),
      buffered: () => (lastBuffered = blocked),
      drained: async () => {
        while (blocked > 0) await new Promise((resolve) => setImmediate(resolve));
      },
      end: () => undefined,
    });
    blocked = 0;
    await new Promise((resolve) => setTimeout(resolve, 60));
    blocked = 2 * 1024 * 1024;
    const insert = (from: number, to: number) =>
      t.db.sql(
        `insert into event_outbox (name, entity_type, entity_id, data) select 'queueItemCompleted', 'queue', 'slow' || g, '{}' from generate_series($1::int, $2::int) g`,
        [from, to],
      );
    await insert(1, 50);
    nudge();
    while (lastBuffered === 0) await new Promise((resolve) => setImmediate(resolve));
    await insert(51, 100);
    nudge();
    expect(sent.length).toBe(0);
    blocked = 0;
    while (sent.length < 100) await new Promise((resolve) => setTimeout(resolve, 5));
    expect(sent.map((payload) => JSON.parse(payload).data.syncQueueEvents.itemId)).toEqual(
      Array.from({ length: 100 }, (_, index) => `slow${index + 1}`),
    );
    leave();
  });
});
