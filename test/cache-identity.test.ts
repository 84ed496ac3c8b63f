import 'reflect-metadata';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import {
  getNamedType,
  isLeafType,
  isNonNullType,
  isObjectType,
  type GraphQLField,
  type GraphQLNamedOutputType,
  type GraphQLObjectType,
} from 'graphql';
import { modules } from '../src/modules.js';
import { buildAppSchema } from '../src/platform/graphql/schema.js';
import { startTestApp, type TestApp, type TestClient } from './support/app.js';

/**
 * Normalised caches keep one object for each `__typename` and id (Relay for each id alone). So two rows with the same id
 * must be the same row: the same scalars, whatever was asked beside them.
 */
const schema = buildAppSchema(modules);
const MAX_DEPTH = 4;

const required = (field: GraphQLField<unknown, unknown>): string[] =>
  field.args.filter((arg) => isNonNullType(arg.type) && arg.defaultValue === undefined).map((arg) => arg.name);

/** All fields that need no argument; those with arguments of their own are kept apart by every cache. */
function selectionOf(type: GraphQLNamedOutputType, depth: number, above: readonly string[]): string {
  if (!isObjectType(type)) return '';
  const fields = Object.values(type.getFields()).flatMap((field) => {
    const inner = getNamedType(field.type);
    if (required(field).length > 0) return [];
    if (isLeafType(inner)) return [field.name];
    if (!isObjectType(inner) || depth === 0 || above.includes(inner.name) || field.name === 'edges') return [];
    return [`${field.name} ${selectionOf(inner, depth - 1, [...above, inner.name])}`];
  });
  return `{ __typename ${fields.join(' ')} }`;
}

const PERIODS = [
  { from: '2026-08-01', to: '2026-08-31' },
  { from: '2025-05-01', to: '2025-07-31' },
];

/** Two ways to ask each root field, where there are two. */
function variantsOf(field: GraphQLField<unknown, unknown>): string[] {
  const has = (name: string): boolean => field.args.some((arg) => arg.name === name);
  const page = has('first') && getNamedType(field.type).name.endsWith('Connection') ? ['first: 5'] : [];
  const kinds = [
    ...(has('from') && has('to') ? PERIODS.map(({ from, to }) => [`from: "${from}"`, `to: "${to}"`]) : [[]]),
    ...(has('priceList') ? [['priceList: "retailer"'], ['priceList: "technical_iqd"']] : []),
    ...(field.args.find((arg) => arg.name === 'filter') &&
    /^(orders|invoices|payments|creditNotes|bills)$/.test(field.name)
      ? [['filter: { currency: { eq: USD } }'], ['filter: { currency: { eq: IQD } }']]
      : []),
  ];
  return kinds.map((kind) => {
    const args = [...page, ...kind].join(', ');
    return args === '' ? '' : `(${args})`;
  });
}

interface Seen {
  typename: string;
  where: string;
  scalars: Record<string, unknown>;
}

function collect(value: unknown, where: string, seen: Map<string, Seen[]>): void {
  if (Array.isArray(value)) value.forEach((one) => collect(one, where, seen));
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return;
  const row = value as Record<string, unknown>;
  if (typeof row['id'] === 'string') {
    const scalars = Object.fromEntries(
      Object.entries(row).map(([name, one]) => [name, isOwned(one) ? one : undefined]),
    );
    seen.set(row['id'], [...(seen.get(row['id']) ?? []), { typename: row['__typename'] as string, where, scalars }]);
  }
  for (const [name, inner] of Object.entries(row)) collect(inner, `${where}.${name}`, seen);
}

/** Scalars, and objects without an id, which a cache keeps inside of the row. */
const isOwned = (value: unknown): boolean =>
  typeof value !== 'object' ||
  value === null ||
  (!Array.isArray(value) && (value as { __typename?: string }).__typename === 'Money');

describe('a normalised cache', () => {
  let t: TestApp;
  let owner: TestClient;
  const statements: string[] = [];
  beforeAll(async () => {
    t = await startTestApp({
      trade: true,
      settings: { SYNC_PHASE: 'gradual' },
      onStatement: (text) => statements.push(text),
    });
    owner = await t.as('OWNER');
  });
  afterAll(() => t.stop());

  test('never meets two rows under one id, over every list, dashboard and report', async () => {
    const seen = new Map<string, Seen[]>();
    const asked: string[] = [];
    const roots = Object.values((schema.getQueryType() as GraphQLObjectType).getFields());
    for (const field of roots) {
      const type = getNamedType(field.type);
      if (!isObjectType(type) || required(field).length > 0) continue;
      for (const args of variantsOf(field)) {
        for (let depth = MAX_DEPTH; depth > 0; depth -= 1) {
          const query = `{ root: ${field.name}${args} ${selectionOf(type, depth, [type.name])} }`;
          const { data, errors } = await owner.query<any>(query);
          // The cost of the whole depth is above the limit for a few.
          if (errors?.[0]?.extensions['code'] === 'LIMIT_EXCEEDED') continue;
          expect([field.name, errors]).toEqual([field.name, undefined]);
          collect(data.root, `${field.name}${args}`, seen);
          asked.push(field.name);
          break;
        }
      }
    }
    expect(asked).toEqual(expect.arrayContaining(['salespersonDashboard', 'homeDashboard', 'products', 'orders']));
    const differences = new Set<string>();
    for (const [id, rows] of seen) {
      const [first, ...others] = rows as [Seen, ...Seen[]];
      for (const other of others) {
        if (other.typename !== first.typename)
          differences.add(`${id} is ${first.typename} at ${first.where} and ${other.typename} at ${other.where}`);
        for (const [name, value] of Object.entries(other.scalars)) {
          const before = first.scalars[name];
          if (before !== undefined && value !== undefined && JSON.stringify(before) !== JSON.stringify(value)) {
            differences.add(`${first.typename}.${name} of one id differs at ${first.where} and ${other.where}`);
          }
        }
      }
    }
    expect([...differences]).toEqual([]);
    // The rows that were confused once are among those that were compared.
    const types = new Map<string, number>();
    for (const rows of seen.values())
      for (const { typename } of rows) types.set(typename, (types.get(typename) ?? 0) + 1);
    for (const typename of ['RankedRow', 'Product', 'Customer', 'Order', 'PriceList'])
      expect([typename, types.get(typename) ?? 0]).not.toEqual([typename, 0]);
  });

  test('a ranked row of another currency or period has another id and the same record', async () => {
    const query = `query($from: Date!, $to: Date!) { salespersonDashboard(from: $from, to: $to) { topCustomers { id recordId total { currency } } topProducts { id recordId } } }`;
    const rows: any[] = [];
    for (const period of [...PERIODS, { from: '2026-08-01', to: '2026-08-30' }]) {
      const { topCustomers, topProducts } = (await owner.query<any>(query, period)).data.salespersonDashboard;
      rows.push(...topCustomers, ...topProducts);
    }
    expect(new Set(rows.map((row) => row.id)).size).toBe(rows.length);
    expect(new Set(rows.map((row) => row.recordId)).size).toBeLessThan(rows.length);
    const [known] = await t.db.sql<any>(
      'select count(*)::int as n from (select id from customers union all select id from products) x where id = any ($1)',
      [[...new Set(rows.map((row) => row.recordId))]],
    );
    expect(known.n).toBe(new Set(rows.map((row) => row.recordId)).size);
  });

  describe('the price of a product', () => {
    const LISTS =
      'a: price(priceList: "retailer") { amount currency } b: price(priceList: "technical_iqd") { amount currency }';
    const expected = async (ids: string[], code: string): Promise<Map<string, string | null>> => {
      const rows = await t.db.sql<any>(
        `select p.id, (select trim_scale(round(x.amount * (100 - x.discount_percent) / 100, case l.currency when 'IQD' then 0 else 2 end))::text || ' ' || l.currency
           from prices x join price_lists l on l.id = x.price_list_id where l.code = $2 and x.product_id = p.id and x.min_quantity <= 1
           order by x.min_quantity desc limit 1) as price
         from products p where p.id = any ($1)`,
        [ids, code],
      );
      return new Map(rows.map((row) => [row.id, row.price]));
    };
    /** Without those of the live hub, which reads its log by the clock. */
    const ofRequests = (): string[] => statements.filter((one) => !/event_(head|log)|number_events/.test(one));
    const text = (price: any): string | null => (price ? `${price.amount} ${price.currency}` : null);

    test('is asked for two lists at once, in one statement of the rows, compiled or not', async () => {
      const query = `{ products(first: 50) { nodes { id ${LISTS} own: price { amount } } } }`;
      for (let round = 0; round < 3; round += 1) {
        statements.length = 0;
        const { data, errors } = await owner.query<any>(query);
        expect(errors).toBeUndefined();
        expect(ofRequests()).toEqual([expect.stringMatching(/from products/)]);
        const { nodes } = data.products;
        const ids = nodes.map((node: any) => node.id);
        for (const [alias, code] of [
          ['a', 'retailer'],
          ['b', 'technical_iqd'],
        ] as const) {
          const prices = await expected(ids, code);
          for (const node of nodes) expect(text(node[alias])).toBe(prices.get(node.id) ?? null);
          expect(nodes.some((node: any) => node[alias] !== null)).toBe(true);
        }
        expect(nodes.every((node: any) => node.own === null)).toBe(true);
      }
    });

    test('takes its list from a variable, by code or id, through edges, fragments and lines, and is another one the next time', async () => {
      const lists = new Map((await t.db.sql<any>('select code, id from price_lists')).map((row) => [row.code, row.id]));
      const query = `query($list: ID) { products(first: 20) { nodes { id price(priceList: $list) { amount currency } } edges { node { ...F } } } }
        fragment F on Product { again: price(priceList: $list) { amount currency } own: price { amount } }`;
      for (const [given, code] of [
        ['retailer', 'retailer'],
        ['technical_iqd', 'technical_iqd'],
        [lists.get('retailer'), 'retailer'],
        ['none', 'none'],
        [null, 'none'],
      ]) {
        const { data, errors } = await owner.query<any>(query, { list: given });
        expect(errors).toBeUndefined();
        const { nodes, edges } = data.products;
        const prices = await expected(
          nodes.map((node: any) => node.id),
          code as string,
        );
        for (const [index, node] of nodes.entries()) {
          expect(text(node.price)).toBe(prices.get(node.id) ?? null);
          expect(text(edges[index].node.again)).toBe(prices.get(node.id) ?? null);
        }
      }
      const lines = await owner.query<any>(
        '{ orders(first: 3) { nodes { lines { product { id a: price(priceList: "retailer") { amount currency } } } } } }',
      );
      const products = lines.data.orders.nodes.flatMap((order: any) => order.lines.map((line: any) => line.product));
      const prices = await expected(
        products.map((product: any) => product.id),
        'retailer',
      );
      for (const product of products) expect(text(product.a)).toBe(prices.get(product.id));
    });

    test('of the rows of another list is found in the statement of that list', async () => {
      const query =
        '{ stockLevels(first: 20) { nodes { product { id a: price(priceList: "retailer") { amount currency } b: price(priceList: "none") { amount } } } } }';
      statements.length = 0;
      const { data, errors } = await owner.query<any>(query);
      expect(errors).toBeUndefined();
      expect(ofRequests()).toHaveLength(1);
      const products = data.stockLevels.nodes.map((node: any) => node.product);
      const prices = await expected(
        products.map((product: any) => product.id),
        'retailer',
      );
      for (const product of products)
        expect([text(product.a), product.b]).toEqual([prices.get(product.id) ?? null, null]);
      expect(products.some((product: any) => product.a !== null)).toBe(true);
    });

    test('in a list of others is refused once, and a client may name the own list', async () => {
      const client = await t.as('WHOLESALE_CLIENT');
      const me = (await client.query<any>('{ me { userId } }')).data.me.userId;
      const [customer] = await t.db.sql<any>(
        `select c.id, l.id as list from customers c join price_lists l on l.id = c.price_list_id where l.code = 'wholesale_a' and c.active order by c.code limit 1`,
      );
      await t.db.sql('insert into customer_users (user_id, customer_id) values ($1, $2)', [me, customer.id]);
      t.app.services.authenticator.onEvent({
        seq: 0,
        name: 'userChanged',
        entityType: 'user',
        entityId: me,
        data: {},
        occurredAt: new Date(0),
      });
      for (let round = 0; round < 3; round += 1) {
        const { data, errors } = await client.query<any>(
          `query($own: ID!) { products(first: 30) { nodes { price { amount } own: price(priceList: $own) { amount } other: price(priceList: "wholesale_b") { amount } } } }`,
          { own: customer.list },
        );
        expect(errors?.map(({ path, extensions }: any) => [path, extensions.code, extensions.field])).toEqual([
          [['products', 'nodes', 0, 'other'], 'FORBIDDEN', 'Product.price.priceList'],
        ]);
        const { nodes } = data.products;
        expect(nodes.every((node: any) => node.other === null && text(node.own) === text(node.price))).toBe(true);
        expect(nodes.some((node: any) => node.price !== null)).toBe(true);
      }
    });
  });
});
