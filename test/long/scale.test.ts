import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { generateCompany } from '../../src/generator/company.js';
import { generateTrade } from '../../src/generator/trade.js';
import { compactKeptCounts } from '../../src/platform/db/kept-count.js';
import { startTestApp, type TestApp, type TestClient } from '../support/app.js';

/**
 * What a list costs does not grow with the company: the rows that Postgres touches for a page are counted at scale 1 and
 * at scale 10, by the plans of the very statements that the API ran. No clock is read.
 */
interface PlanNode {
  'Actual Rows': number;
  'Actual Loops': number;
  'Rows Removed by Filter'?: number;
  'Rows Removed by Index Recheck'?: number;
  Plans?: PlanNode[];
}

const touched = (node: PlanNode): number =>
  ((node['Actual Rows'] ?? 0) + (node['Rows Removed by Filter'] ?? 0) + (node['Rows Removed by Index Recheck'] ?? 0)) *
    (node['Actual Loops'] ?? 0) +
  (node.Plans ?? []).reduce((sum, child) => sum + touched(child), 0);

class Company {
  t!: TestApp;
  clients = new Map<string, TestClient>();

  constructor(readonly scale: number) {}

  async start(): Promise<void> {
    this.t = await startTestApp({ settings: { SYNC_PHASE: 'gradual' } });
    await generateCompany(this.t.app.services.db, this.scale);
    await generateTrade(this.t.app.services.db, this.scale);
    for (const role of ['OWNER', 'CONSUMER', 'SALESPERSON'] as const) this.clients.set(role, await this.t.as(role));
    const seller = (await (this.clients.get('SALESPERSON') as TestClient).query<any>('{ me { userId } }')).data.me
      .userId;
    await this.t.db.sql(`update customers set salesperson_id = $1 where code like 'G00000%'`, [seller]);
    // As it is done every hour: a kept count is a row an insert until then.
    await compactKeptCounts(this.t.app.services.db.read);
    await this.t.db.sql('vacuum analyze');
  }

  /** Rows touched by all statements of one operation, and how many statements there were. */
  async cost(
    role: string,
    query: string,
    variables: Record<string, unknown> = {},
  ): Promise<{ rows: number; statements: number; data: any }> {
    const { db } = this.t.app.services;
    const { read } = db;
    const ran: [string, readonly unknown[]][] = [];
    const spy = {
      ...db,
      read: (text: string, params: readonly unknown[] = []) => (ran.push([text, params]), read(text, params)),
    };
    Object.assign(this.t.app.services, { db: spy });
    let data: any;
    try {
      const answer = await (this.clients.get(role) as TestClient).query<any>(query, variables);
      expect(answer.errors).toBeUndefined();
      ({ data } = answer);
    } finally {
      Object.assign(this.t.app.services, { db });
    }
    const own = ran.filter(([text]) => !/event_|sessions s join/.test(text));
    let rows = 0;
    for (const [text, params] of own) {
      const [plan] = await read<any>(`explain (analyze, format json, timing off) ${text}`, params);
      rows += touched(plan['QUERY PLAN'][0].Plan);
    }
    return { rows, statements: own.length, data };
  }
}

describe('at ten times the size', () => {
  const one = new Company(1);
  const ten = new Company(10);
  beforeAll(async () => {
    await one.start();
    await ten.start();
  }, 1_200_000);
  afterAll(async () => {
    await one.t?.stop();
    await ten.t?.stop();
  });

  const PAGE =
    '{ nodes { id name price { amount } stock { onHand } category { name } stockLevels { onHand warehouse { code } } } pageInfo { endCursor } totalCount }';
  test.each<[string, string, string]>([
    [
      'a first page with prices in one list and stock by warehouse',
      'OWNER',
      `{ list: products(first: 50) ${PAGE.replace('price {', 'price(priceList: "wholesale_a") {')} }`,
    ],
    [
      'a page by price',
      'OWNER',
      '{ list: products(first: 50, orderBy: PRICE_DESC) { nodes { id } pageInfo { endCursor } } }',
    ],
    [
      'a page for a consumer',
      'CONSUMER',
      '{ list: products(first: 20) { nodes { id price { amount } } pageInfo { endCursor } } }',
    ],
    [
      'customers with addresses',
      'OWNER',
      '{ list: customers(first: 50) { totalCount nodes { code addresses { city } priceList { code } salesperson { name } } pageInfo { endCursor } } }',
    ],
    [
      'the newest movements',
      'OWNER',
      '{ list: stockMovements(first: 50) { totalCount nodes { quantity warehouse { code } } pageInfo { endCursor } } }',
    ],
    [
      'stock by warehouse',
      'OWNER',
      '{ list: stockLevels(first: 50) { totalCount nodes { onHand } pageInfo { endCursor } } }',
    ],
    [
      'the own customers of a salesperson',
      'SALESPERSON',
      '{ list: customers(first: 50) { nodes { code } pageInfo { endCursor } } }',
    ],
    [
      'orders with customers, lines and products',
      'OWNER',
      '{ list: orders(first: 50) { totalCount nodes { number paymentStatus customer { name } lines { quantity product { name } } } pageInfo { endCursor } } }',
    ],
    [
      'invoices with what settled them',
      'OWNER',
      '{ list: invoices(first: 50) { totalCount nodes { number status lines { quantity } allocations { amount { amount } } } pageInfo { endCursor } } }',
    ],
    [
      'payments and their customers',
      'OWNER',
      '{ list: payments(first: 50) { totalCount nodes { number customer { name } } pageInfo { endCursor } } }',
    ],
    [
      'the own orders of a salesperson',
      'SALESPERSON',
      '{ list: orders(first: 20) { nodes { number } pageInfo { endCursor } } }',
    ],
  ])('%s touches no more rows', async (_name, role, query) => {
    const [small, large] = [await one.cost(role, query), await ten.cost(role, query)];
    expect(large.statements).toBe(small.statements);
    expect(large.rows).toBeLessThan(Math.max(small.rows * 2, 500));
  });

  test('a deep page touches what the first one touches', async () => {
    const query =
      'query($after: String) { list: products(first: 100, after: $after) { nodes { id name } pageInfo { endCursor } } }';
    const first = await ten.cost('OWNER', query);
    let after: string | null = first.data.list.pageInfo.endCursor;
    for (let page = 0; page < 200; page += 1) {
      const answer = await (ten.clients.get('OWNER') as TestClient).query<any>(query, { after });
      after = answer.data.list.pageInfo.endCursor;
    }
    const deep = await ten.cost('OWNER', query, { after });
    expect(deep.data.list.nodes).toHaveLength(100);
    expect(deep.rows).toBeLessThanOrEqual(first.rows * 1.5);
  });

  test('a search reads through the index: what it touches grows with the matches, not with the table', async () => {
    const query = 'query($s: String!) { list: products(first: 20, search: $s) { nodes { id } totalCount } }';
    for (const search of ['tigris', 'باركود', 'zzz']) {
      const { rows, data } = await ten.cost('OWNER', query, { s: search });
      expect(rows).toBeLessThan(200 + data.list.totalCount * 12);
    }
  });
});
