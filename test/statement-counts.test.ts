import 'reflect-metadata';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import {
  getNamedType,
  type GraphQLField,
  type GraphQLObjectType,
  isEnumType,
  isNonNullType,
  isObjectType,
  isScalarType,
} from 'graphql';
import { modules } from '../src/modules.js';
import { buildAppSchema } from '../src/platform/graphql/schema.js';
import { startTestApp, type TestApp, type TestClient } from './support/app.js';

/**
 * What a page of each list of the schema costs in statements of SQL, with everything that its nodes and the objects below
 * them show: derived from the schema, so that a new list without a known number fails.
 */
const schema = buildAppSchema(modules);

const lists = Object.values(schema.getQueryType()?.getFields() ?? {}).filter((field) =>
  getNamedType(field.type).name.endsWith('Connection'),
);

/** Lists that ask more than one statement for a page: a loader reads what crosses modules, or is rare, for all its nodes. */
const COUNTS: Record<string, number> = { cashBook: 2, categories: 2, products: 2 };

/** What a list cannot be asked without. */
const ARGUMENTS: Record<string, string> = {
  accountStatement: 'account: 1210, currency: "USD"',
  cashBook: 'boxId: "BOX", currency: "USD"',
  statementEntries: 'customerId: "CUSTOMER", currency: "USD"',
};

/** What the processes ask for themselves meanwhile. */
const BACKGROUND =
  /event_log|event_outbox|event_head|number_events|queue_workers|skip locked|(?<!till_)sessions|customer_users|pg_notify/i;

const needsArguments = ({ args }: GraphQLField<unknown, unknown>): boolean =>
  args.some(({ type, defaultValue }) => isNonNullType(type) && defaultValue === undefined);

/** Every field that needs no arguments, down to objects of objects. */
function selectionOf(type: GraphQLObjectType, depth: number): string {
  const fields = Object.values(type.getFields()).filter((field) => !needsArguments(field));
  const parts = fields.flatMap((field) => {
    const named = getNamedType(field.type);
    if (isScalarType(named) || isEnumType(named)) return [field.name];
    if (!isObjectType(named) || depth === 0 || named.name.endsWith('Connection')) return [];
    const below = selectionOf(named, depth - 1);
    return below === '' ? [] : [`${field.name} { ${below} }`];
  });
  return parts.join(' ');
}

describe('statements of lists', () => {
  let t: TestApp;
  let owner: TestClient;
  const statements: string[] = [];
  let named: Record<string, string>;
  beforeAll(async () => {
    t = await startTestApp({
      trade: true,
      settings: { SYNC_PHASE: 'gradual' },
      onStatement: (text) => statements.push(text),
    });
    owner = await t.as('OWNER');
    const [found] = await t.db.sql<any>(
      `select (select party_id from journal_lines where account = 1130 and party_id is not null limit 1) as box,
         (select customer_id from invoices where currency = 'USD' limit 1) as customer`,
    );
    named = { BOX: found.box, CUSTOMER: found.customer };
  }, 300_000);
  afterAll(() => t.stop());

  test.each(lists.map((field) => [field.name, COUNTS[field.name] ?? 1, field] as const))(
    'a page of %s takes %d statement(s), with all that its nodes show',
    async (name, count, field) => {
      const connection = getNamedType(field.type) as GraphQLObjectType;
      const node = getNamedType(connection.getFields()['nodes']?.type ?? field.type) as GraphQLObjectType;
      const given = field.args.some((arg) => arg.name === 'first') ? 'first: 5' : '';
      const own = (ARGUMENTS[name] ?? '').replace(/BOX|CUSTOMER/, (word) => named[word] ?? '');
      const args = [own, given].filter(Boolean).join(', ');
      const query = `{ ${name}${args === '' ? '' : `(${args})`} { nodes { ${selectionOf(node, 1)} } pageInfo { hasNextPage endCursor } } }`;
      await owner.query(query);
      statements.length = 0;
      const answer = await owner.query<any>(query);
      expect([query, answer.errors]).toEqual([query, undefined]);
      const asked = statements.filter((text) => name === 'sessions' || !BACKGROUND.test(text));
      expect([name, asked.length, asked.length === count ? [] : asked]).toEqual([name, count, []]);
    },
  );
});
