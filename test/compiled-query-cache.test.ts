import { request } from 'node:http';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { startTestApp, type TestApp, type TestClient } from './support/app.js';

/** A query that comes again is answered in front of Express and Apollo, by the same rules and in the same words. */
describe('compiled queries', () => {
  let t: TestApp;
  let owner: TestClient;
  beforeAll(async () => {
    t = await startTestApp({
      simulator: { items: 30 },
      settings: { ALLOWED_ORIGINS: 'https://admin.tsh.example', ALLOWED_HOSTS: 'localhost,127.0.0.1' },
    });
    owner = await t.as('OWNER');
    await owner.query('mutation { startSyncRun(entity: ITEM, mode: FULL) { __typename } }');
    await t.drain();
  });
  afterAll(() => t.stop());

  const send = async (body: string | object, headers: Record<string, string> = {}) => {
    const response = await fetch(`${t.url}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: `Bearer ${owner.token}`, ...headers },
      body: typeof body === 'string' ? body : JSON.stringify(body),
    });
    const kept = Object.fromEntries(
      [...response.headers].filter(([name]) => !['date', 'x-request-id', 'keep-alive', 'connection'].includes(name)),
    );
    const { extensions: _none, ...rest } = { extensions: null, ...((await response.json()) as object) };
    return { status: response.status, headers: kept, body: rest, id: response.headers.get('x-request-id') };
  };
  const LIST = 'query($n: Int!) { products(first: $n) { nodes { id name basePrice { amount currency } } totalCount } }';
  const rounds = async (...given: Parameters<typeof send>) => {
    const answers = [];
    for (let round = 0; round < 4; round += 1) {
      const { id: _id, ...answer } = await send(...given);
      // Every door ends its answer in its own way; the text behind it is the same.
      delete answer.headers['content-length'];
      answers.push(answer);
    }
    return answers;
  };

  test.each<[string, string | object, Record<string, string>, number]>([
    ['a list', { query: LIST, variables: { n: 3 } }, {}, 200],
    [
      'a list for an allowed origin',
      { query: LIST, variables: { n: 3 } },
      { origin: 'https://admin.tsh.example' },
      200,
    ],
    ['a list for another origin', { query: LIST, variables: { n: 3 } }, { origin: 'https://evil.example' }, 200],
    [
      'one of several operations',
      { query: 'query A { me { name } } query B { __typename }', operationName: 'B' },
      {},
      200,
    ],
    ['several operations without a name', { query: 'query A { me { name } } query B { __typename }' }, {}, 400],
    ['an operation that is not there', { query: 'query A { me { name } }', operationName: 'B' }, {}, 400],
    ['a variable of the wrong type', { query: LIST, variables: { n: 'three' } }, {}, 400],
    ['variables that are missing', { query: LIST }, {}, 400],
    ['variables that are a list', { query: LIST, variables: [3] }, {}, 400],
    ['a page that is too large', { query: LIST, variables: { n: 101 } }, {}, 200],
    ['a page that is too large, in Arabic', { query: LIST, variables: { n: 101 } }, { 'accept-language': 'ar' }, 200],
    ['a stranger', { query: LIST, variables: { n: 3 } }, { authorization: '' }, 200],
    ['a bad token', { query: LIST, variables: { n: 3 } }, { authorization: 'Bearer nonsense' }, 401],
    ['a body that is no JSON', '{"query": ', {}, 400],
    ['a body that is a list', '[]', {}, 400],
    ['a body that is a number', '7', {}, 400],
    ['an empty body', '', {}, 400],
  ])('%s has the same answer the first and the fourth time', async (_name, body, headers, status) => {
    const [first, ...again] = await rounds(body, headers);
    expect(first?.status).toBe(status);
    for (const answer of again) expect(answer).toEqual(first);
  });

  const answeredByCache = async (): Promise<number> => {
    const { values } = await t.app.services.metrics.compiledRequests.get();
    return values.find(({ labels }) => labels['door'] === 'cache')?.value ?? 0;
  };

  test.each<[string, string | object, Record<string, string>]>([
    ['a list', { query: LIST, variables: { n: 4 } }, {}],
    ['a list for an allowed origin', { query: LIST, variables: { n: 4 } }, { origin: 'https://admin.tsh.example' }],
    ['a page that is too large', { query: LIST, variables: { n: 101 } }, {}],
  ])('%s that was compiled is answered by the cache, not by Express', async (_name, body, headers) => {
    for (let round = 0; round < 2; round += 1) await send(body, headers);
    await t.app.compiledQueries?.idle();
    const before = await answeredByCache();
    for (let round = 0; round < 3; round += 1) await send(body, headers);
    expect((await answeredByCache()) - before).toBe(3);
  });

  test('the cost counts with the page of each request, and too dear a one is refused by both doors', async () => {
    const query = `query($n: Int) { products(first: $n) { nodes { ${Array.from(
      { length: 60 },
      (_, at) => `x${at}: images { id sourceRef fileName }`,
    )
      .slice(0, 50)
      .join(' ')} } } }`;
    for (let round = 0; round < 4; round += 1) {
      expect((await send({ query, variables: { n: 1 } })).body).not.toHaveProperty('errors');
    }
    expect(await send({ query, variables: { n: 100 } })).toMatchObject({
      status: 400,
      body: { errors: [{ extensions: { code: 'LIMIT_EXCEEDED' } }] },
    });
    const response = await fetch(`${t.url}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: `Bearer ${owner.token}` },
      body: JSON.stringify({ query, variables: { n: 2 } }),
    });
    expect((await response.json()).extensions.cost).toEqual({ requested: 1603, limit: 20_000 });
  });

  test('rights are asked for every request: nobody sees what the compiled query showed another', async () => {
    const query = '{ products(first: 2) { nodes { id cost { amount } } } }';
    for (let round = 0; round < 3; round += 1) expect((await send({ query })).body).not.toHaveProperty('errors');
    const seller = await t.as('SALESPERSON');
    const refused = await send({ query }, { authorization: `Bearer ${seller.token}` });
    expect(refused.body).toMatchObject({
      errors: [{ extensions: { code: 'FORBIDDEN', field: 'Product.cost' } }],
    });
  });

  test('a mutation is never answered from the compiled-query cache', async () => {
    const query = 'mutation { signOut }';
    const before = await answeredByCache();
    for (let round = 0; round < 3; round += 1) {
      const one = await t.as('VIEWER');
      expect((await send({ query }, { authorization: `Bearer ${one.token}` })).body).toEqual({
        data: { signOut: true },
      });
    }
    expect(await answeredByCache()).toBe(before);
  });

  test('the request id of the caller comes back', async () => {
    for (let round = 0; round < 3; round += 1) {
      expect((await send({ query: '{ __typename }' }, { 'x-request-id': 'my-request-1' })).id).toBe('my-request-1');
    }
  });

  test('a host that is not served is refused however well the query is known', async () => {
    const { hostname, port } = new URL(t.url);
    const ask = (host: string): Promise<number | undefined> =>
      new Promise((resolve, reject) => {
        const headers = { host, 'content-type': 'application/json', authorization: `Bearer ${owner.token}` };
        request({ hostname, port, path: '/graphql', method: 'POST', headers }, (response) => {
          response.resume();
          resolve(response.statusCode);
        })
          .on('error', reject)
          .end('{"query":"{ __typename }"}');
      });
    for (let round = 0; round < 3; round += 1) {
      expect([await ask('localhost'), await ask('evil.example')]).toEqual([200, 421]);
    }
  });
});
