import { request as httpRequest } from 'node:http';
import { createClient } from 'graphql-ws';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { WebSocket } from 'ws';
import { newId } from '../../src/kernel/ids.js';
import { encodeCursor } from '../../src/platform/graphql/live-cursor.js';
import { startTestApp, type TestApp, type TestClient } from '../support/app.js';

const ARABIC = /[\u0621-\u064a]/;
const figuresOf = (text: string): string[] => (text.match(/\d+/g) ?? []).sort();
const times = (count: number, part: (index: number) => string): string =>
  Array.from({ length: count }, (_, n) => part(n)).join(' ');
const nested = (depth: number): string => `${'['.repeat(depth)}1${']'.repeat(depth)}`;

/** What is refused before anything runs, in our own words: the figures are the same in each language. */
describe('refusals in the language of the reader', () => {
  let t: TestApp;
  let owner: TestClient;
  beforeAll(async () => {
    t = await startTestApp();
    owner = await t.as('OWNER');
  });
  afterAll(() => t.stop());

  /** The same in both languages but for the text; answers the English error. */
  const inBoth = async (ask: (language: string) => Promise<any>): Promise<any> => {
    const [english, arabic] = [await ask('en'), await ask('ar')];
    expect(arabic.message).toMatch(ARABIC);
    expect(figuresOf(arabic.message)).toEqual(figuresOf(english.message));
    expect(arabic.extensions).toEqual(english.extensions);
    expect({ ...arabic, message: '', extensions: {} }).toEqual({ ...english, message: '', extensions: {} });
    return english;
  };

  const CUSTOMERS = 'query($f: CustomerFilter, $s: String) { customers(filter: $f, search: $s) { totalCount } }';
  test.each<[string, string, object, string, string]>([
    ['aliases', `{ ${times(51, (n) => `a${n}: __typename`)} }`, {}, 'LIMIT_EXCEEDED', '51'],
    ['levels', `{ ${times(13, () => 'me {')} name ${'}'.repeat(14)}`, {}, 'LIMIT_EXCEEDED', '12'],
    ['repeated fields', `{ ${times(22, () => '__typename')} }`, {}, 'LIMIT_EXCEEDED', '21'],
    [
      'fragments',
      `{ __typename } ${times(51, (n) => `fragment F${n} on Query { __typename }`)}`,
      {},
      'LIMIT_EXCEEDED',
      '51',
    ],
    ['operations', times(11, (n) => `query Q${n} { __typename }`), {}, 'LIMIT_EXCEEDED', '11'],
    ['directives', `{ __typename ${times(11, () => '@include(if: true)')} }`, {}, 'LIMIT_EXCEEDED', '11'],
    ['nested values', `{ products(ids: ${nested(21)}) { totalCount } }`, {}, 'LIMIT_EXCEEDED', '20'],
    [
      'cost',
      '{ categories(first: 100) { nodes { children { children { children { children { name } } } } } } }',
      {},
      'LIMIT_EXCEEDED',
      '20000',
    ],
    ['a long search', CUSTOMERS, { s: 'x'.repeat(201) }, 'BAD_INPUT', '200'],
    ['a null character', String.raw`{ customers(search: "\u0000") { totalCount } }`, {}, 'BAD_INPUT', ''],
    ['a null character in a variable', CUSTOMERS, { s: '\u0000' }, 'BAD_INPUT', ''],
    ['variables that nest too deep', CUSTOMERS, { f: JSON.parse(nested(30)) }, 'BAD_INPUT', '20'],
    ['a decimal in a variable', CUSTOMERS, { f: { creditLimit: { gt: 12.5 } } }, 'BAD_INPUT', 'f.creditLimit.gt: '],
    [
      'a decimal in the document',
      '{ customers(filter: { creditLimit: { gt: 12.5 } }) { totalCount } }',
      {},
      'GRAPHQL_VALIDATION_FAILED',
      '"12.50"',
    ],
    [
      'a date',
      'query($d: Date) { salespersonDashboard(from: $d) { __typename } }',
      { d: 'today' },
      'BAD_INPUT',
      '2026-11-20',
    ],
  ])('the figures are the same in both languages for %s', async (_name, query, variables, code, figure) => {
    const english = await inBoth(async (language) => {
      const answer = await owner.query<any>(query, variables as Record<string, unknown>, {
        'accept-language': language,
      });
      return { ...answer.errors?.[0], status: answer.status };
    });
    expect([english.extensions.code, english.message]).toEqual([code, expect.stringContaining(figure)]);
  });

  test.each<[string, string, Record<string, string>, number, string]>([
    ['an unknown path', '/nowhere', {}, 404, 'NOT_FOUND'],
    ['the former REST API', '/api/v1/items', {}, 410, 'GONE'],
    ['metrics through a proxy', '/metrics', { 'x-forwarded-for': '1.2.3.4' }, 403, 'FORBIDDEN'],
    [
      'another charset',
      '/graphql',
      { 'content-type': 'application/json; charset=latin1' },
      415,
      'UNSUPPORTED_MEDIA_TYPE',
    ],
    ['no JSON', '/graphql', { 'content-type': 'application/json', body: '{' }, 400, 'BAD_REQUEST'],
    [
      'a large body',
      '/graphql',
      { 'content-type': 'application/json', body: 'x'.repeat(300_000) },
      413,
      'BODY_TOO_LARGE',
    ],
  ])(
    'the code and the status are the same in both languages for %s',
    async (_name, path, { body = '{}', ...headers }, status, code) => {
      const english = await inBoth(
        (language) =>
          new Promise((resolve, reject) => {
            const method = headers['content-type'] === undefined ? 'GET' : 'POST';
            const sent = httpRequest(`${t.url}${path}`, {
              method,
              headers: { ...headers, 'accept-language': language },
            });
            sent.on('error', reject).on('response', (response) => {
              let text = '';
              response.on('data', (part: Buffer) => (text += part.toString()));
              response.on('end', () => {
                const parsed = JSON.parse(text);
                resolve({ status: response.statusCode, ...(parsed.errors?.[0] ?? parsed) });
              });
            });
            sent.end(method === 'POST' ? body : undefined);
          }),
      );
      expect([english.status, english.code ?? english.extensions.code]).toEqual([status, code]);
    },
  );

  test.each<[string, string, object, string]>([
    ['a cursor of another log', 'after: "CURSOR"', {}, 'RESYNC_REQUIRED'],
    ['what is no cursor', 'after: "x"', {}, 'BAD_INPUT'],
  ])('a subscription is refused in both languages for %s', async (_name, argument, variables, code) => {
    const query = `subscription { syncQueueEvents(${argument.replace('CURSOR', encodeCursor(newId(), 1))}) { cursor } }`;
    const english = await inBoth(async (acceptLanguage) => {
      const client = createClient({
        url: `${t.url.replace('http', 'ws')}/graphql`,
        webSocketImpl: WebSocket,
        retryAttempts: 0,
        connectionParams: { authorization: `Bearer ${owner.token ?? ''}`, acceptLanguage },
      });
      const errors = await new Promise<any>((resolve) =>
        client.subscribe(
          { query, variables: { ...variables } },
          { next: () => undefined, error: resolve, complete: () => undefined },
        ),
      );
      await client.dispose();
      return errors[0];
    });
    expect(english.extensions.code).toBe(code);
  });

  test('a query whose arguments have several faults names them all, one fault as before', async () => {
    const ask = async (args: string, language: string): Promise<any> =>
      (await owner.query<any>(`{ customers(${args}) { totalCount } }`, {}, { 'accept-language': language }))
        .errors?.[0];
    const english = await ask('first: 101, last: -1, after: "x"', 'en');
    const arabic = await ask('first: 101, last: -1, after: "x"', 'ar');
    expect(english.extensions.faults.map((fault: any) => fault.field)).toEqual(['last', 'first', 'last', 'after']);
    expect(english.message).toBe(english.extensions.faults.at(0).message);
    for (const [index, fault] of arabic.extensions.faults.entries()) {
      expect(fault.message).toMatch(ARABIC);
      expect(figuresOf(fault.message)).toEqual(figuresOf(english.extensions.faults[index].message));
    }
    expect(arabic.message).toBe(arabic.extensions.faults[0].message);
    expect((await ask('first: 101', 'ar')).extensions).toEqual({ code: 'BAD_INPUT', field: 'first', maximum: 100 });
  });
});

describe('rows of a bulk', () => {
  let t: TestApp;
  beforeAll(async () => {
    t = await startTestApp({ settings: { SYNC_PHASE: 'gradual' } });
  });
  afterAll(() => t.stop());

  test.each(['IGNORE_FAILED', 'REJECT_EVERYTHING'])(
    'tell under %s what is wrong with them in the language of the reader',
    async (policy) => {
      const owner = await t.as('OWNER');
      const upsert = async (rows: object[], language: string): Promise<any> => {
        const answer = await owner.query<any>(
          `mutation($rows: [UpsertCustomerInput!]!, $policy: ErrorPolicy!, $key: ID!) {
            upsertCustomers(rows: $rows, errorPolicy: $policy, idempotencyKey: $key) {
              ... on CustomersUpserted { rows { outcome code message field faults { code message field } } }
              ... on UserError { message faults { field message } } } }`,
          { rows, policy, key: newId() },
          { 'accept-language': language },
        );
        return answer.data.upsertCustomers;
      };
      const odd = [{ code: `B-${policy.length}`, name: 'Odd', creditLimit: '0.5' }];
      const [english, arabic] = [await upsert(odd, 'en'), await upsert(odd, 'ar')].map((answer) => answer.rows[0]);
      expect(arabic).toMatchObject({ outcome: 'FAILED', code: 'BAD_INPUT', field: 'creditLimit' });
      expect(arabic.message).toMatch(ARABIC);
      expect(figuresOf(arabic.message)).toEqual(figuresOf(english.message));
      const { code, message, field } = arabic;
      expect(arabic.faults[0]).toEqual({ code, message, field });
      const twice = await upsert([...odd, { code: 'D', name: 'D' }, ...odd], 'ar');
      expect(figuresOf(twice.message)).toEqual(['1', '3']);
    },
  );
});
