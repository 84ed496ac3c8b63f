import 'reflect-metadata';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import {
  getNamedType,
  isEnumType,
  isInputObjectType,
  isLeafType,
  isListType,
  isNonNullType,
  type GraphQLArgument,
  type GraphQLField,
  type GraphQLInputField,
  type GraphQLInputType,
} from 'graphql';
import { isId, newId } from '../src/kernel/ids.js';
import { modules } from '../src/modules.js';
import { buildAppSchema } from '../src/platform/graphql/schema.js';
import { startTestApp, type TestApp, type TestClient } from './support/app.js';

/** What a client gets wrong is answered by name: no id, name or value of an input ends as an internal error. */
const schema = buildAppSchema(modules);

const SAMPLES: Record<string, unknown> = {
  Int: 1,
  Float: 1,
  Boolean: true,
  String: 'x',
  DateTime: '2030-01-01T00:00:00Z',
  Decimal: '1',
  Date: '2030-01-01',
  JSONObject: {},
};

type Bare = (type: string) => unknown;

/** A value of a type, with every id and text as `bare` says; optional fields too, so that each one is tried. */
function valueOf(type: GraphQLInputType, bare: Bare, depth = 0): unknown {
  if (isNonNullType(type)) return valueOf(type.ofType, bare, depth);
  if (isListType(type)) return [valueOf(type.ofType, bare, depth)];
  if (isEnumType(type)) return type.getValues()[0]?.name;
  if (isInputObjectType(type)) {
    const fields = Object.values(type.getFields()).filter((field) => isNonNullType(field.type) || depth < 2);
    return Object.fromEntries(
      fields
        .filter((field) => !/^(AND|OR|NOT)$/.test(field.name))
        .map((field) => [field.name, valueOf(field.type, bare, depth + 1)]),
    );
  }
  const given = bare(type.name);
  return given === undefined ? SAMPLES[type.name] : given;
}

const holdsId = (input: GraphQLArgument | GraphQLInputField, depth = 0): boolean => {
  const type = getNamedType(input.type);
  if (type.name === 'ID') return true;
  return (
    isInputObjectType(type) && depth < 3 && Object.values(type.getFields()).some((field) => holdsId(field, depth + 1))
  );
};

// They end the session, or the user, of the one who asks.
const LEFT_OUT = new Set(['signOut']);

const roots = (['Query', 'Mutation'] as const).flatMap((kind) =>
  Object.values(
    schema.getType(kind)
      ? ((schema.getType(kind) as any).getFields() as Record<string, GraphQLField<unknown, unknown>>)
      : {},
  )
    .filter((field) => !LEFT_OUT.has(field.name))
    .map(
      (field) =>
        [`${kind}.${field.name}`, kind.toLowerCase(), field] as [string, string, GraphQLField<unknown, unknown>],
    ),
);

async function ask(
  client: TestClient,
  kind: string,
  field: GraphQLField<unknown, unknown>,
  args: readonly GraphQLArgument[],
  bare: Bare,
) {
  const heads = args.map((arg) => `$${arg.name}: ${arg.type.toString()}`).join(', ');
  const given = args.map((arg) => `${arg.name}: $${arg.name}`).join(', ');
  const selection = isLeafType(getNamedType(field.type)) ? '' : '{ __typename }';
  const answer = await client.query<any>(
    `${kind}${heads ? `(${heads})` : ''} { root: ${field.name}${given ? `(${given})` : ''} ${selection} }`,
    Object.fromEntries(
      args.map((arg) => [arg.name, arg.name === 'idempotencyKey' ? newId() : valueOf(arg.type, bare)]),
    ),
  );
  return (answer.errors ?? []).map((error) => String(error.extensions['code']));
}

describe('a value that a client got wrong', () => {
  let t: TestApp;
  let owner: TestClient;
  beforeAll(async () => {
    t = await startTestApp({ company: true, settings: { SYNC_PHASE: 'full' } });
    owner = await t.as('OWNER');
  });
  afterAll(() => t.stop());

  const withIds = roots.filter(([, , field]) => field.args.some((arg) => holdsId(arg)));
  const IDS: [string, string][] = [
    ['a word', 'x'],
    ['nothing', ''],
    ['300 characters', 'a'.repeat(300)],
    ['an id that is not there', newId()],
    ['an id with a sign too many', `${newId()}'`],
    ['a name of every object', '__proto__'],
  ];

  test('there are many roots with ids', () => {
    expect(withIds.length).toBeGreaterThan(60);
  });

  test.each(withIds)('as an id is answered by %s', async (name, kind, field) => {
    const odd: string[] = [];
    for (const [what, id] of IDS) {
      // With every argument, and where the id alone may decide also without those that may be left out.
      for (const all of id === 'x' || isId(id) ? [true, false] : [true]) {
        const args = field.args.filter((arg) => all || isNonNullType(arg.type) || holdsId(arg));
        const codes = await ask(owner, kind, field, args, (type) => (type === 'ID' ? id : undefined));
        odd.push(
          ...codes
            .filter((code) => code === 'INTERNAL_SERVER_ERROR' || code === 'UNAVAILABLE')
            .map((code) => `${name} ${what}: ${code}`),
        );
      }
    }
    expect(odd).toEqual([]);
  });

  test.each(roots.filter(([, , field]) => field.args.length > 0))(
    'as a text is answered by %s',
    async (name, kind, field) => {
      const odd: string[] = [];
      for (const text of ['toString', '__proto__', '', 'x'.repeat(300), "%\\'; --'"]) {
        const codes = await ask(owner, kind, field, field.args, (type) =>
          type === 'String' ? text : type === 'ID' ? newId() : undefined,
        );
        odd.push(
          ...codes
            .filter((code) => code === 'INTERNAL_SERVER_ERROR' || code === 'UNAVAILABLE')
            .map((code) => `${name} ${text.slice(0, 20)}: ${code}`),
        );
      }
      expect(odd).toEqual([]);
    },
  );

  test('as a currency is refused by name, whatever objects inherit', async () => {
    for (const currency of ['toString', '__proto__', 'constructor', 'usd', '']) {
      const answer = await owner.query<any>(
        'mutation($currency: String!) { recordExchangeRate(currency: $currency, rate: "1") { __typename ... on UserError { code field } } }',
        { currency },
      );
      expect(answer.data.recordExchangeRate).toEqual({
        __typename: 'InvalidInputError',
        code: 'BAD_INPUT',
        field: 'currency',
      });
    }
  });

  test('in a variable is told with its row and field, all faults at once, and the value is not repeated', async () => {
    const rows = [
      { sku: 'A1', name: 'a', basePrice: '1.50' },
      { sku: 'A2', name: 'b', basePrice: '1,5' },
      { sku: 'A3', name: 'c', basePrice: 7, reorderLevel: 'p4ssw0rd' },
    ];
    const query =
      'mutation($rows: [UpsertProductInput!]!) { upsertProducts(rows: $rows, errorPolicy: REJECT_EVERYTHING, idempotencyKey: "k") { __typename } }';
    const { errors = [], ...rest } = await owner.query<any>(query, { rows });
    expect(errors.map((error: any) => [error.extensions.code, error.extensions.field])).toEqual([
      ['BAD_INPUT', 'rows[1].basePrice'],
      ['BAD_INPUT', 'rows[2].basePrice'],
      ['BAD_INPUT', 'rows[2].reorderLevel'],
    ]);
    expect(errors[0]?.message).toBe('rows[1].basePrice: Give a decimal number as text, such as "12.50".');
    expect(JSON.stringify([errors, rest])).not.toContain('p4ssw0rd');
    const list = await owner.query<any>(
      'query($n: Int, $f: ProductFilter) { products(first: $n, filter: $f) { totalCount } }',
      {
        n: 'many',
        f: { AND: [{ active: { eq: true } }, { updatedAt: { gte: 'yesterday' } }] },
      },
    );
    expect(list.errors?.map((error: any) => error.extensions.field)).toEqual(['n', 'f.AND[1].updatedAt.gte']);
    const spoofed = await owner.query<any>('query($f: ProductFilter) { products(filter: $f) { totalCount } }', {
      f: { basePrice: { gte: 'x at "other.field"; y' } },
    });
    expect(spoofed.errors?.[0]?.extensions).toMatchObject({ code: 'BAD_INPUT', field: 'f.basePrice.gte' });
  });

  test.each([
    ['orders', 'status', 'CONFRIMED', 'CONFIRMED'],
    ['orders', 'paymentMethod', 'CASHH', 'CASH'],
    ['orders', 'currency', 'DOLLAR', 'USD'],
    ['invoices', 'status', 'OVERDU', 'OVERDUE'],
    ['payments', 'method', 'GOLD', 'CARD'],
    ['customers', 'currency', 'EUR', 'IQD'],
    ['stockMovements', 'type', 'SOLD', 'SALE'],
    ['stockMovements', 'origin', 'ERP', 'ZOHO'],
    ['syncQueue', 'status', 'DONE', 'COMPLETED'],
    ['syncQueue', 'outcome', 'APLIED', 'APPLIED'],
    ['inboxEvents', 'sourceType', 'MAIL', 'WEBHOOK'],
    ['inboxEvents', 'eventType', 'DELETE', 'DELETED'],
    ['bills', 'currency', 'EUR', 'USD'],
  ])(
    'in the filter of %s by %s is refused by validation and finds nothing in silence',
    async (list, field, wrong, right) => {
      const query = (condition: string): string => `{ ${list}(filter: { ${field}: { ${condition} } }) { totalCount } }`;
      for (const condition of [`eq: ${wrong}`, `eq: "${right}"`, `in: [${right}, ${wrong}]`]) {
        const refused = await owner.query(query(condition));
        expect([condition, refused.errors?.[0]?.extensions['code']]).toEqual([condition, 'GRAPHQL_VALIDATION_FAILED']);
      }
      for (const condition of [`eq: ${right}`, `ne: ${right}`, `in: [${right}]`, 'isNull: true']) {
        expect([condition, (await owner.query(query(condition))).errors]).toEqual([condition, undefined]);
      }
      // The condition and its opposite are all rows: rows without a value are on the side of `ne`.
      const count = async (text: string): Promise<number> => (await owner.query<any>(text)).data[list].totalCount;
      const both = (await count(query(`eq: ${right}`))) + (await count(query(`ne: ${right}`)));
      expect(both).toBe(await count(`{ ${list} { totalCount } }`));
    },
  );

  test('the queue is filtered by the outcome that it shows', async () => {
    await t.db.sql(
      `insert into tds_sync_queue (id, kind, lane, entity_type, zoho_entity_id, status, outcome, queued_at, run_at, processing_completed_at)
       select gen_random_uuid(), 'pull', 'pull:products:q' || n, 'products', 'q' || n, 'completed', (array['applied', 'stale', null])[n], now(), now(), now()
       from generate_series(1, 3) n`,
    );
    for (const [condition, found] of [
      ['{ eq: APPLIED }', ['APPLIED']],
      ['{ in: [STALE] }', ['STALE']],
      ['{ isNull: true }', [null]],
    ] as const) {
      const { data } = await owner.query<any>(
        `{ syncQueue(filter: { outcome: ${condition}, remoteId: { contains: "q" } }) { nodes { id outcome } } }`,
      );
      expect(data.syncQueue.nodes.map((node: any) => node.outcome)).toEqual(found);
      const [{ id }] = data.syncQueue.nodes;
      const item = await owner.query<any>(
        'query($id: ID!) { syncQueueItem(id: $id) { id kind outcome attempts { id } } }',
        { id },
      );
      expect(item.data.syncQueueItem).toEqual({ id, kind: 'pull', outcome: found[0], attempts: [] });
    }
  });
});
