import 'reflect-metadata';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import {
  getNamedType,
  isEnumType,
  isInputObjectType,
  isLeafType,
  isNonNullType,
  isObjectType,
  type GraphQLObjectType,
} from 'graphql';
import { modules } from '../../src/modules.js';
import { buildAppSchema } from '../../src/platform/graphql/schema.js';
import { startTestApp, type TestApp, type TestClient } from '../support/app.js';

const schema = buildAppSchema(modules);
const query = schema.getQueryType() as GraphQLObjectType;

/** A sequence that is the same in every run. */
function randomFrom(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

type Tree = Map<string, Tree>;

/** Every field below a type that needs no argument, to a depth; `share` of 10 is taken. */
function selectFrom(type: GraphQLObjectType, depth: number, take: () => boolean): Tree {
  const tree: Tree = new Map([['__typename', new Map()]]);
  for (const field of Object.values(type.getFields())) {
    if (field.args.some((arg) => isNonNullType(arg.type) && arg.defaultValue === undefined)) continue;
    const inner = getNamedType(field.type);
    if (isLeafType(inner)) {
      if (take()) tree.set(field.name, new Map());
    } else if (isObjectType(inner) && depth > 0 && take()) {
      tree.set(field.name, selectFrom(inner, depth - 1, take));
    }
  }
  return tree;
}

const print = (tree: Tree): string =>
  tree.size === 0 ? '' : `{ ${[...tree].map(([name, inner]) => `${name} ${print(inner)}`).join(' ')} }`;

/** What an answer to a larger selection says of a smaller one. */
function project(value: unknown, tree: Tree): unknown {
  if (Array.isArray(value)) return value.map((one) => project(one, tree));
  if (value === null || tree.size === 0) return value;
  return Object.fromEntries(
    [...tree].map(([name, inner]) => [name, project((value as Record<string, unknown>)[name], inner)]),
  );
}

let t: TestApp;
let owner: TestClient;

beforeAll(async () => {
  t = await startTestApp({ trade: true, settings: { SYNC_PHASE: 'gradual' } });
  owner = await t.as('OWNER');
});
afterAll(() => t.stop());

describe('a compiled statement', () => {
  test.each([
    ['products', 'Product'],
    ['customers', 'Customer'],
    ['orders', 'Order'],
    ['invoices', 'Invoice'],
    ['stockLevels', 'StockLevel'],
  ])('of %s answers any selection as the whole record says', async (root, type) => {
    const random = randomFrom(20261121);
    const node = schema.getType(type) as GraphQLObjectType;
    const ask = async (tree: Tree): Promise<any> => {
      const answer = await owner.query(`{ ${root}(first: 3) { nodes ${print(tree)} } }`);
      expect(answer.errors).toBeUndefined();
      return answer.data[root].nodes;
    };
    const whole = await ask(selectFrom(node, 1, () => true));
    expect(whole.length).toBeGreaterThan(0);
    for (let round = 0; round < 12; round += 1) {
      const tree = selectFrom(node, 1, () => random(10) < 4);
      expect(await ask(tree)).toEqual(project(whole, tree));
    }
  });

  test('is shared by viewers of equal rights, and each of them sees the own rows', async () => {
    const people = [await t.as('SALESPERSON'), await t.as('SALESPERSON')];
    const ids = await Promise.all(
      people.map(async (one) => (await one.query<any>('{ me { userId } }')).data.me.userId),
    );
    for (const [index, id] of ids.entries()) {
      await t.db.sql('update customers set salesperson_id = $1 where code like $2', [id, `G0000${index + 1}%`]);
    }
    const statements = new Set<string>();
    for (let round = 0; round < 3; round += 1) {
      for (const [index, person] of people.entries()) {
        const { data } = await person.query<any>('{ customers(first: 100) { nodes { code orders { number } } } }');
        const codes = data.customers.nodes.map((one: any) => one.code as string);
        expect(codes.length).toBeGreaterThan(0);
        expect(codes.filter((code: string) => !code.startsWith(`G0000${index + 1}`))).toEqual([]);
        statements.add(codes.join());
      }
    }
    expect(statements.size).toBe(2);
  });

  test('takes arguments of fields from variables, each value by itself', async () => {
    const text = `query($list: ID) { products(first: 5, orderBy: NAME_ASC) { nodes { id price(priceList: $list) { amount currency } } } }`;
    const lists = await t.db.sql<{ code: string; currency: string }>(
      'select code, currency from price_lists order by code',
    );
    for (let round = 0; round < 3; round += 1) {
      for (const { code, currency } of lists) {
        const { data } = await owner.query<any>(text, { list: code });
        for (const { id, price } of data.products.nodes) {
          const [stored] = await t.db.sql<{ amount: string }>(
            `select t.amount from prices t join price_lists l on l.id = t.price_list_id
             where l.code = $1 and t.product_id = $2 and t.min_quantity <= 1 and t.effective_from <= current_date
               and (t.effective_to is null or t.effective_to >= current_date)`,
            [code, id],
          );
          expect([code, price?.currency ?? null]).toEqual([code, stored ? currency : null]);
        }
      }
    }
  });
});

describe('every order of every list', () => {
  const lists = Object.values(query.getFields()).flatMap((field) => {
    const orderBy = field.args.find((arg) => arg.name === 'orderBy');
    const type = orderBy && getNamedType(orderBy.type);
    return isEnumType(type) ? type.getValues().map(({ name }) => [field.name, name] as const) : [];
  });

  test.each(lists)('%s by %s shows each row once, forwards and backwards', async (root, order) => {
    const text = `query($after: String, $before: String, $first: Int, $last: Int) {
      page: ${root}(orderBy: ${order}, first: $first, last: $last, after: $after, before: $before) {
        edges { cursor node { __typename } } pageInfo { hasNextPage hasPreviousPage startCursor endCursor } } }`;
    const walk = async (forward: boolean): Promise<string[]> => {
      const seen: string[] = [];
      let cursor: string | null = null;
      for (let pages = 0; pages < 4; pages += 1) {
        const size = 40;
        const { data, errors }: any = await owner.query<any>(
          text,
          forward ? { first: size, after: cursor } : { last: size, before: cursor },
        );
        expect(errors).toBeUndefined();
        const cursors = data.page.edges.map((edge: any) => edge.cursor as string);
        seen.push(...(forward ? cursors : cursors.reverse()));
        const { hasNextPage, hasPreviousPage, startCursor, endCursor } = data.page.pageInfo;
        if (!(forward ? hasNextPage : hasPreviousPage)) break;
        cursor = forward ? endCursor : startCursor;
      }
      return seen;
    };
    const [forwards, backwards] = [await walk(true), await walk(false)];
    expect(new Set(forwards).size).toBe(forwards.length);
    expect(new Set(backwards).size).toBe(backwards.length);
    if (forwards.length < 160) expect(backwards).toEqual([...forwards].reverse());
  });
});

describe('a filter', () => {
  interface Row {
    id: string;
    sku: string | null;
    brand: string | null;
    active: boolean;
    reorderLevel: number | null;
  }
  let rows: Row[];

  beforeAll(async () => {
    await t.db
      .sql(`update products set brand = case when random() < 0.3 then null when random() < 0.5 then 'Acme' else 'Bolt 100%' end,
      reorder_level = case when random() < 0.3 then null else floor(random() * 10) end`);
    rows = (await t.db.sql<any>('select id, sku, brand, active, reorder_level from products')).map((row) => ({
      ...row,
      reorderLevel: row.reorder_level === null ? null : Number(row.reorder_level),
    }));
  });

  const idsOf = async (filter: object): Promise<string[]> => {
    const found: string[] = [];
    let after: string | null = null;
    for (;;) {
      const answer: any = await owner.query<any>(
        'query($f: ProductFilter, $a: String) { products(first: 100, after: $a, filter: $f) { nodes { id } pageInfo { hasNextPage endCursor } } }',
        { f: filter, a: after },
      );
      expect(answer.errors).toBeUndefined();
      found.push(...answer.data.products.nodes.map((one: any) => one.id as string));
      if (!answer.data.products.pageInfo.hasNextPage) return found.sort();
      after = answer.data.products.pageInfo.endCursor;
    }
  };

  /** What the words of a filter mean, said over rows. */
  const compare: Record<string, (value: any, operand: any) => boolean> = {
    eq: (value, operand) => value !== null && value === operand,
    ne: (value, operand) => value !== operand,
    in: (value, operand) => value !== null && operand.includes(value),
    notIn: (value, operand) => value === null || !operand.includes(value),
    gt: (value, operand) => value !== null && value > Number(operand),
    gte: (value, operand) => value !== null && value >= Number(operand),
    lt: (value, operand) => value !== null && value < Number(operand),
    lte: (value, operand) => value !== null && value <= Number(operand),
    contains: (value, operand) => value !== null && value.toLowerCase().includes(operand.toLowerCase()),
    startsWith: (value, operand) => value !== null && value.toLowerCase().startsWith(operand.toLowerCase()),
    isNull: (value, operand) => (value === null) === operand,
  };
  const matches = (row: Row, filter: any): boolean =>
    Object.entries<any>(filter).every(([field, operand]) => {
      if (field === 'AND') return operand.every((one: any) => matches(row, one));
      if (field === 'OR') return operand.some((one: any) => matches(row, one));
      if (field === 'NOT') return !matches(row, operand);
      return Object.entries<any>(operand).every(([operator, value]) =>
        (compare[operator] as (typeof compare)[string])((row as any)[field], value),
      );
    });

  test('finds exactly the rows that its words mean, however it is nested', async () => {
    const random = randomFrom(42);
    const pick = <T>(values: readonly T[]): T => values[random(values.length)] as T;
    const leaves = (): object =>
      pick<() => object>([
        () => ({ brand: { [pick(['eq', 'ne'])]: pick(['Acme', 'Bolt 100%', 'None']) } }),
        () => ({ brand: { [pick(['in', 'notIn'])]: pick([[], ['Acme'], ['Acme', 'Bolt 100%']]) } }),
        () => ({ brand: { [pick(['contains', 'startsWith'])]: pick(['b', 'acm', '0%', '_', '']) } }),
        () => ({ brand: { isNull: pick([true, false]) } }),
        () => ({ active: { [pick(['eq', 'ne'])]: pick([true, false]) } }),
        () => ({ reorderLevel: { [pick(['gt', 'gte', 'lt', 'lte'])]: String(random(10)) } }),
        () => ({ reorderLevel: { isNull: pick([true, false]) } }),
      ])();
    const filter = (depth: number): object => {
      if (depth === 0 || random(3) === 0) return leaves();
      const some = (count: number): object[] => Array.from({ length: count }, () => filter(depth - 1));
      return pick<() => object>([
        () => ({ AND: some(random(3)) }),
        () => ({ OR: some(random(3)) }),
        () => ({ NOT: filter(depth - 1) }),
      ])();
    };
    for (let round = 0; round < 40; round += 1) {
      const one = filter(3);
      const expected = rows.filter((row) => matches(row, one)).map((row) => row.id);
      expect([one, (await idsOf(one)).length]).toEqual([one, expected.length]);
      expect(await idsOf(one)).toEqual(expected.sort());
    }
  });

  test('of an empty OR or an empty list matches nothing, and of an empty AND everything', async () => {
    expect(await idsOf({ OR: [] })).toEqual([]);
    expect(await idsOf({ id: { in: [] } })).toEqual([]);
    expect((await idsOf({ AND: [] })).length).toBe(rows.length);
    expect((await idsOf({ id: { notIn: [] } })).length).toBe(rows.length);
  });

  test('is refused when it is larger than a person would ask', async () => {
    const codeOf = async (filter: object): Promise<unknown> =>
      (await owner.query('query($f: ProductFilter) { products(filter: $f) { nodes { id } } }', { f: filter }))
        .errors?.[0]?.extensions['code'];
    const nested = (depth: number): object => (depth === 0 ? { active: { eq: true } } : { NOT: nested(depth - 1) });
    expect(await codeOf({ sku: { in: Array.from({ length: 101 }, String) } })).toBe('BAD_INPUT');
    expect(await codeOf({ AND: Array.from({ length: 51 }, () => ({ active: { eq: true } })) })).toBe('BAD_INPUT');
    expect(await codeOf(nested(6))).toBe('BAD_INPUT');
    expect(await codeOf({ id: { eq: 'nobody' } })).toBe('BAD_INPUT');
  });

  test('offers the values of an enum and nothing else', () => {
    const filter = schema.getType('OrderFilter');
    const field = isInputObjectType(filter) ? filter.getFields()['status'] : undefined;
    expect(String(field?.type)).toBe('OrderStatusFilter');
  });
});
