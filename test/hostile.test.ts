import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import pg from 'pg';
import { pino } from 'pino';
import { createMetrics } from '../src/platform/http/metrics.js';
import { createRejectionHandler, noteRequest } from '../src/platform/rejections.js';
import { startTestApp, type TestApp } from './support/app.js';

/** Operations that read through every door of the read path: lists, counts, one row, nested rows, loaders, dashboards. */
const READS = [
  '{ products(first: 3) { totalCount nodes { id name category { name } stock { onHand } stockLevels { onHand warehouse { code } } sync { state } images { id } price { amount } } } }',
  '{ products(first: 2, filter: { sku: { contains: "a" } }, search: "كابل") { totalCount edges { cursor node { id } } } }',
  '{ customers(first: 3) { totalCount nodes { id name priceList { code } salesperson { name } balances { currency balance { amount } } addresses { label } orders { number } } } }',
  '{ orders(first: 3) { totalCount nodes { id customer { name } lines { quantity product { name } } invoices { number } } } }',
  '{ invoices(first: 3) { totalCount nodes { id number balance { amount } lines { quantity } } } payments(first: 3) { totalCount nodes { id } } }',
  '{ homeDashboard { salesToday { currency total { amount } } ordersByStatus { status count } newestOrders { number } } inventoryOverview { code products } }',
  '{ syncStats { pending } syncQueue(first: 3) { totalCount nodes { id attempts { result } } } inboxEvents(first: 3) { nodes { id } } syncRuns(first: 2) { nodes { id } } }',
  '{ me { name } users(first: 3) { nodes { id } } apiKeys { nodes { id } } auditLog(first: 3) { nodes { id } } sessions { nodes { id } } }',
  '{ deployments(first: 3) { totalCount nodes { id events { status } } } warehouses { nodes { id } } priceLists { nodes { id code } } exchangeRates { nodes { id } } }',
  '{ report(name: SALES_BY_DAY) { csv } stockValuation { value { amount } } }',
];

/** What one client sends must neither end the process nor delay others. */
describe('no request ends the process', () => {
  let t: TestApp;
  /** The statement that fails, counted from 1; 0 for none. */
  let failing = 0;
  let statements = 0;
  const rejections: unknown[] = [];
  const onRejection = (error: unknown): void => void rejections.push(error);
  const onStatement = (): void => {
    statements += 1;
    if (statements === failing) throw new Error(`statement ${failing} fails`);
  };
  beforeAll(async () => {
    process.on('unhandledRejection', onRejection);
    t = await startTestApp({ onStatement });
  });
  afterAll(async () => {
    process.off('unhandledRejection', onRejection);
    await t.stop();
  });
  /** Rejections without a handler are reported after the microtasks of the turn that made them. */
  const settled = async (): Promise<unknown[]> => {
    await t.db.sql('select 1');
    await new Promise((resolve) => setImmediate(resolve));
    return rejections;
  };

  test('a bad cursor beside a count that fails leaves no rejection without a handler', async () => {
    const consumer = await t.as('CONSUMER');
    const answer = await consumer.query(
      String.raw`{ products(after: "x", filter: { sku: { eq: "\u0000" } }) { totalCount nodes { id } } }`,
    );
    expect(answer.errors?.[0]?.extensions['code']).not.toBe('INTERNAL_SERVER_ERROR');
    expect(await settled()).toEqual([]);
  });

  test.each(READS)('a failure of any statement of %s is an answer, and the next one is right', async (query) => {
    const owner = await t.as('OWNER');
    // The fourth time it is answered by the compiled query, when it can be.
    for (let round = 0; round < 4; round += 1) {
      const right = await owner.query(query);
      expect(right.errors).toBeUndefined();
      for (let nth = 1; nth < 14; nth += 1) {
        [statements, failing] = [0, nth];
        const answer = await owner.query(query);
        failing = 0;
        expect([200, 500, 503]).toContain(answer.status);
        if (statements < nth) break;
      }
      expect((await owner.query(query)).data).toEqual(right.data);
    }
    expect(await settled()).toEqual([]);
  });

  test('a rejection that nobody handled is logged with its request, counted, and ends nothing', async () => {
    const lines: Record<string, unknown>[] = [];
    const metrics = createMetrics({ version: 'test', slot: null, role: 'all' });
    const log = pino({ level: 'error' }, { write: (line: string) => void lines.push(JSON.parse(line)) });
    const error = new Error('lost');
    noteRequest(error, 'request-7');
    createRejectionHandler(log, metrics)(error);
    expect(lines).toMatchObject([{ requestId: 'request-7', err: { message: 'lost' } }]);
    expect(await metrics.registry.metrics()).toMatch(/tsh_unhandled_rejections_total 1/);
  });
});

describe('no request delays the process', () => {
  let t: TestApp;
  beforeAll(async () => {
    t = await startTestApp();
  });
  afterAll(() => t.stop());
  const compiledSize = async (): Promise<number> => {
    await t.app.compiledQueries?.idle();
    return t.app.compiledQueries?.size() ?? -1;
  };

  test('a stranger gets nothing compiled, however often the query comes', async () => {
    for (let round = 0; round < 4; round += 1) {
      await t.anonymous.query('query A($f: ProductFilter) { products(filter: $f) { totalCount } }');
      await t.anonymous.query('{ __typename }');
    }
    expect(await compiledSize()).toBe(0);
  });

  test('a viewer who is refused gets nothing compiled', async () => {
    const consumer = await t.as('CONSUMER');
    for (let round = 0; round < 4; round += 1)
      await consumer.query('query($f: CustomerFilter) { customers(filter: $f) { totalCount } }');
    expect(await compiledSize()).toBe(0);
  });

  test('a query with a recursive filter is compiled without the code of its input type', async () => {
    const owner = await t.as('OWNER');
    const query =
      'query B($f: ProductFilter, $n: Int = 3, $deep: Boolean! = true) { products(filter: $f, first: $n) { totalCount nodes { id name @include(if: $deep) } } }';
    const variables = { f: { OR: [{ sku: { contains: 'a' } }, { NOT: { active: { eq: false } } }] } };
    const first = await owner.query(query, variables);
    expect(first.errors).toBeUndefined();
    await owner.query(query, variables);
    expect(await compiledSize()).toBe(1);
    // The text of the compiled functions is bounded by the selection: the old one took five seconds and 40 MB.
    for (const given of [variables, { ...variables, n: 1 }, { f: null, deep: false }, {}]) {
      const { data, errors } = await owner.query(query, given);
      const fresh = await owner.query(`${query} # ${Object.keys(given).join()}`, given);
      expect([data, errors]).toEqual([fresh.data, fresh.errors]);
    }
    expect((await owner.query(query, { f: { sku: { eq: 7 } } })).errors?.[0]?.message).toMatch(
      /String cannot represent/,
    );
  });

  test('one name after another makes no more than one compilation wait for another', async () => {
    const owner = await t.as('OWNER');
    await Promise.all(
      Array.from({ length: 40 }, async (_, name) => {
        const query = `query N${name}($f: ProductFilter) { products(filter: $f) { totalCount } }`;
        for (let round = 0; round < 3; round += 1) await owner.query(query);
      }),
    );
    expect(await compiledSize()).toBeGreaterThan(0);
  });
});

describe('one client among others', () => {
  let t: TestApp;
  const statements: string[] = [];
  beforeAll(async () => {
    t = await startTestApp({
      onStatement: (text) => void statements.push(text),
      settings: { READ_TIMEOUT_MS: '20000' },
    });
  });
  afterAll(() => t.stop());
  const QUERY = '{ categories { nodes { id name } } }';
  const ask = (token: string | null, signal?: AbortSignal): Promise<Response> =>
    fetch(`${t.url}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: `Bearer ${token}` },
      body: JSON.stringify({ query: QUERY }),
      ...(signal ? { signal } : {}),
    });
  const reads = (): number => statements.filter((text) => text.includes('from categories')).length;
  /** Keeps every read of categories waiting until the test lets it go. */
  const whileBlocked = async (work: () => Promise<void>): Promise<void> => {
    const client = new pg.Client({ connectionString: t.db.url });
    await client.connect();
    await client.query('begin');
    await client.query('lock table categories in access exclusive mode');
    try {
      await work();
    } finally {
      await client.query('rollback');
      await client.end();
    }
  };
  const until = async (condition: () => boolean): Promise<void> => {
    while (!condition()) await new Promise((resolve) => setImmediate(resolve));
  };

  test('a client whose reads all wait holds at most three quarters of the connections, and a neighbour is answered meanwhile', async () => {
    const [greedy, neighbour] = [await t.as('OWNER'), await t.as('OWNER')];
    statements.length = 0;
    let waiting: Promise<Response>[] = [];
    await whileBlocked(async () => {
      waiting = Array.from({ length: 60 }, () => ask(greedy.token));
      await until(() => reads() >= 4);
      const answer = await neighbour.query('{ products(first: 1) { nodes { id } } warehouses { nodes { id } } }');
      expect(answer.errors).toBeUndefined();
      expect((await neighbour.query('mutation { signOut }')).data['signOut']).toBe(true);
      expect(reads()).toBe(4);
    });
    for (const answer of await Promise.all(waiting)) expect(answer.status).toBe(200);
  });

  test('a read that takes too long is a typed answer, and the client is told what to do', async () => {
    const other = await startTestApp({ db: t.db, settings: { READ_TIMEOUT_MS: '100' } });
    try {
      await whileBlocked(async () => {
        const answer = await other.withToken((await t.as('OWNER')).token ?? '').query(QUERY);
        expect(answer.errors?.[0]).toMatchObject({
          message: expect.stringMatching(/shorter period/),
          extensions: { code: 'TIMED_OUT' },
        });
      });
    } finally {
      await other.stop();
    }
  });

  test('requests whose client has gone are not worked off', async () => {
    const gone = await t.as('OWNER');
    statements.length = 0;
    await whileBlocked(async () => {
      const leaving = new AbortController();
      const waiting = Array.from({ length: 60 }, () => ask(gone.token, leaving.signal).catch(() => null));
      const { requestGate, readGate } = t.app.services;
      await until(() => requestGate.stats().waiting === 48 && readGate.stats().waiting > 0 && reads() >= 4);
      leaving.abort();
      await Promise.all(waiting);
      await until(() => requestGate.stats().waiting === 0 && readGate.stats().waiting === 0);
    });
    expect((await ask(gone.token)).status).toBe(200);
    // Those that had a connection, and the one that came after.
    expect(reads()).toBe(5);
  });

  test('a client that sends more than it waits for is told so with 429', async () => {
    const flooding = await t.as('OWNER');
    await whileBlocked(async () => {
      const leaving = new AbortController();
      const waiting = Array.from({ length: 1060 }, () => ask(flooding.token, leaving.signal).catch(() => null));
      // On a slow machine those that had a connection are answered first.
      const refused = await Promise.any(
        waiting.map(async (one) => {
          const answer = await one;
          if (answer?.status !== 429) throw new Error('This one had its turn.');
          return answer;
        }),
      );
      expect(refused.headers.get('retry-after')).toBe('1');
      leaving.abort();
      await Promise.all(waiting);
    });
  });
});
