import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { startTestApp, type TestApp, type TestClient } from './support/app.js';

describe('HTTP at the edge', () => {
  let t: TestApp;
  let owner: TestClient;
  beforeAll(async () => {
    t = await startTestApp({ settings: { ALLOWED_ORIGINS: 'https://admin.tsh.example' }, redis: true });
    owner = await t.as('OWNER');
  });
  afterAll(() => t.stop());

  const get = (path: string, headers: Record<string, string> = {}) => fetch(`${t.url}${path}`, { headers });
  const post = async (body: unknown, headers: Record<string, string> = {}) => {
    const response = await fetch(`${t.url}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: `Bearer ${owner.token}`, ...headers },
      body: typeof body === 'string' ? body : JSON.stringify(body),
    });
    const text = await response.text();
    return { status: response.status, headers: response.headers, body: text.startsWith('{') ? JSON.parse(text) : text };
  };

  describe('health', () => {
    test('is short for strangers and whole for operators', async () => {
      expect(await (await get('/health')).json()).toEqual({ status: 'healthy', version: 'development' });
      const full = await (await get('/health', { authorization: `Bearer ${owner.token}` })).json();
      expect(full).toMatchObject({
        status: 'healthy',
        version: 'development',
        database: { status: 'up', latency_ms: expect.any(Number), pool: { size: 12 } },
        redis: { status: 'up' },
        queue: { pending: 0, processing: 0, failed: 0, dead_letter: 0 },
        uptime_seconds: expect.any(Number),
        schema: expect.stringMatching(/^[0-9a-f]{16}$/),
      });
    });

    test('livez, readyz and metrics answer', async () => {
      expect(await (await get('/livez')).json()).toEqual({ alive: true });
      expect(await (await get('/readyz')).json()).toMatchObject({ ready: true });
      const metrics = await (await get('/metrics')).text();
      for (const name of [
        'tsh_http_request_seconds',
        'tsh_queue_rows',
        'tsh_db_pool_connections',
        'tsh_live_subscriptions',
        'tsh_webhooks_total',
        'tsh_job_seconds',
      ]) {
        expect(metrics).toContain(name);
      }
      expect((await get('/metrics', { 'x-forwarded-for': '1.2.3.4' })).status).toBe(403);
      expect(
        (await get('/metrics', { 'x-forwarded-for': '1.2.3.4', authorization: `Bearer ${owner.token}` })).status,
      ).toBe(200);
    });

    test('not ready while a migration is missing', async () => {
      await t.db.sql(`update migrations set name = 'x' || name where name like '%operations'`);
      const response = await get('/readyz');
      expect([response.status, await response.json()]).toEqual([
        503,
        expect.objectContaining({ missing: [expect.stringContaining('operations')] }),
      ]);
      await t.db.sql(`update migrations set name = substr(name, 2) where name like 'x%'`);
    });
  });

  test('the explorer needs no other host, and the schema can be read', async () => {
    const docs = await get('/docs');
    const html = await docs.text();
    expect(docs.headers.get('content-security-policy')).not.toMatch(/https?:\/\//);
    expect(html).not.toMatch(/<(script|link)[^>]+(src|href)="https?:/);
    expect(html).toContain('The tour');
    expect(await (await get('/schema.graphql')).text()).toContain('type Query');
  });

  test('what is not there, and what has ended, says so', async () => {
    expect((await get('/nothing')).status).toBe(404);
    const gone = await get('/api/v1/products');
    expect([gone.status, (await gone.json()).code]).toEqual([410, 'GONE']);
  });

  test('headers tell little and protect', async () => {
    const { headers } = await get('/livez');
    expect(headers.get('x-powered-by')).toBeNull();
    expect(headers.get('x-content-type-options')).toBe('nosniff');
    expect(headers.get('x-request-id')).toMatch(/^[0-9a-f-]{36}$/);
    expect((await get('/livez', { 'x-request-id': 'my-request-1' })).headers.get('x-request-id')).toBe('my-request-1');
    expect((await get('/livez', { 'x-request-id': 'bad id with spaces' })).headers.get('x-request-id')).not.toContain(
      ' ',
    );
  });

  test('every answer names its release, on each path and for a query that is compiled', async () => {
    const paths = ['/livez', '/health', '/nothing', '/metrics', '/docs'];
    for (const path of paths) expect((await get(path)).headers.get('x-release')).toBe('development');
    // The first run compiles the query, the second is answered by the compiled-query cache.
    for (let round = 0; round < 3; round += 1) {
      expect((await post({ query: '{ me { name } }' })).headers.get('x-release')).toBe('development');
    }
  });

  test('origins are exact', async () => {
    expect(
      (await get('/livez', { origin: 'https://admin.tsh.example' })).headers.get('access-control-allow-origin'),
    ).toBe('https://admin.tsh.example');
    for (const origin of ['https://evil.example', 'https://admin.tsh.example.evil.example', 'null']) {
      expect((await get('/livez', { origin })).headers.get('access-control-allow-origin')).toBeNull();
    }
  });

  test('a preflight is answered for allowed origins only', async () => {
    const ask = (origin: string) =>
      fetch(`${t.url}/graphql`, {
        method: 'OPTIONS',
        headers: {
          origin,
          'access-control-request-method': 'POST',
          'access-control-request-headers': 'authorization,content-type',
        },
      });
    const allowed = await ask('https://admin.tsh.example');
    expect(allowed.status).toBe(204);
    expect(allowed.headers.get('access-control-allow-origin')).toBe('https://admin.tsh.example');
    expect(allowed.headers.get('access-control-allow-headers')).toBe('authorization,content-type');
    expect(allowed.headers.get('vary')).toMatch(/Origin/);
    expect((await ask('https://evil.example')).headers.get('access-control-allow-origin')).toBeNull();
  });

  test('a form of another site cannot post', async () => {
    for (const type of ['text/plain', 'application/x-www-form-urlencoded', 'multipart/form-data']) {
      expect((await post('{"query":"{ me { name } }"}', { 'content-type': type })).status).toBe(400);
    }
    expect((await get('/graphql?query={__typename}')).status).toBe(400);
    expect((await get('/graphql?query={__typename}', { 'apollo-require-preflight': '1' })).status).toBe(200);
  });

  const nest = (depth: number): string => (depth === 0 ? '__typename' : `ofType { ${nest(depth - 1)} }`);
  test.each<[string, string]>([
    ['51 aliases', `{ ${Array.from({ length: 51 }, (_, index) => `a${index}: __typename`).join(' ')} }`],
    ['too deep a query', `{ __type(name: "Query") { fields { type { ${nest(16)} } } } }`],
    ['11 directives', `{ me { name ${'@skip(if: false) '.repeat(11)} } }`],
    ['5,001 tokens', `{ ${'__typename '.repeat(5001)} }`],
    [
      'too high a cost',
      `{ ${Array.from({ length: 4 }, (_, index) => `p${index}: products(first: 100) { nodes { ${Array.from({ length: 12 }, (_, at) => `x${at}: images { id sourceRef fileName }`).join(' ')} } }`).join(' ')} }`,
    ],
    ['21 root fields', `{ ${Array.from({ length: 21 }, (_, index) => `r${index}: me { name }`).join(' ')} }`],
    [
      'a fragment bomb',
      `{ ...F0 } ${Array.from({ length: 30 }, (_, index) => `fragment F${index} on Query { ${index < 29 ? `...F${index + 1} ...F${index + 1}` : 'me { name }'} }`).join(' ')}`,
    ],
    ['a fragment cycle', `{ ...A } fragment A on Query { ...B } fragment B on Query { ...A }`],
    ['a syntax error', '{ me {'],
    ['an unknown field', '{ meh }'],
  ])('%s is refused before execution', async (_name, query) => {
    const { status, body } = await post({ query });
    expect(status).toBe(400);
    expect(body.data ?? null).toBeNull();
    expect(['LIMIT_EXCEEDED', 'GRAPHQL_PARSE_FAILED', 'GRAPHQL_VALIDATION_FAILED']).toContain(
      body.errors[0].extensions.code,
    );
  });

  test('batches, huge bodies, wrong JSON and wrong encodings are refused', async () => {
    expect((await post([{ query: '{ __typename }' }, { query: '{ __typename }' }])).status).toBe(400);
    expect((await post({ query: `{ __typename } # ${'x'.repeat(300_000)}` })).status).toBe(413);
    expect((await post('{"query":')).status).toBe(400);
    expect((await post('{}')).status).toBe(400);
    expect((await post({ query: 7 })).status).toBe(400);
    expect(
      (await post('{"query":"{ __typename }"}', { 'content-type': 'application/json; charset=latin-9000' })).status,
    ).toBe(415);
  });

  test('the cost is told, and introspection of tools passes', async () => {
    const { body } = await post({ query: '{ products(first: 10) { nodes { id name } } }' });
    expect(body.extensions.cost).toEqual({ requested: 31, limit: 20_000 });
    const { getIntrospectionQuery } = await import('graphql');
    const introspection = await post({ query: getIntrospectionQuery() });
    expect(introspection.body.errors).toBeUndefined();
  });

  test('an unexpected error is masked behind an id, in the language asked for', async () => {
    await t.db.sql('alter table categories rename to hidden_categories');
    for (let round = 0; round < 3; round += 1) {
      const { body } = await post({ query: '{ categories { nodes { name } } }' });
      const [error] = body.errors;
      expect(error.extensions).toEqual({
        code: 'INTERNAL_SERVER_ERROR',
        errorId: expect.stringMatching(/^[0-9a-f-]{36}$/),
      });
      expect(error.message).toBe(`Something went wrong. Quote ${error.extensions.errorId}.`);
      expect(JSON.stringify(body)).not.toMatch(/relation|select|hidden_categories|stack| at /);
    }
    const arabic = await post({ query: '{ categories { nodes { name } } }' }, { 'accept-language': 'ar' });
    expect(arabic.body.errors[0].message).toMatch(/حدث خطأ/);
    await t.db.sql('alter table hidden_categories rename to categories');
  });

  test('1,000 hostile requests find no internal error', async () => {
    const pieces = [
      '{',
      '}',
      '"',
      '\\u0000',
      '...',
      '$x',
      '(first:-1)',
      'products',
      '{id}',
      'null',
      '9'.repeat(400),
      '@skip',
      'fragment F on Query',
      '\ud800',
      'mutation',
      'after:"%00"',
      '[[[[',
      'كابل',
      'updateProduct(input:{})',
    ];
    let seed = 1;
    const pick = (): string => pieces[(seed = (seed * 16807) % 2147483647) % pieces.length] as string;
    const answers = await Promise.all(
      Array.from({ length: 1000 }, async () => {
        const query = Array.from({ length: 1 + (seed % 12) }, pick).join(' ');
        const { status, body } = await post({ query, variables: { x: pick() } });
        return { status, code: body.errors?.[0]?.extensions?.code as string | undefined };
      }),
    );
    expect(answers.filter((one) => one.status >= 500 || one.code === 'INTERNAL_SERVER_ERROR')).toEqual([]);
  });
});

const TOKEN = 'deploy-token-deploy-token-1';

describe('a production configuration', () => {
  let t: TestApp;
  beforeAll(async () => {
    t = await startTestApp({
      settings: { DOCS_OPEN: 'false', ALLOWED_HOSTS: 'erp.tsh.example,127.0.0.1,localhost', DEPLOY_TOKEN: TOKEN },
    });
  });
  afterAll(() => t.stop());

  test('the smoke test of a deployment reads docs, schema and the details of health with the deploy token', async () => {
    const headers = { authorization: `Bearer ${TOKEN}` };
    for (const path of ['/docs', '/schema.graphql']) {
      expect((await fetch(`${t.url}${path}`, { headers })).status).toBe(200);
    }
    expect(await (await fetch(`${t.url}/health`, { headers })).json()).toMatchObject({
      version: 'development',
      schema: expect.stringMatching(/^[0-9a-f]{16}$/),
      database: { status: 'up' },
    });
    const key = await (
      await t.as('OWNER')
    ).query('mutation { createApiKey(name: "shop", scopes: ["catalog:read"]) { ... on ApiKeyCreated { secret } } }');
    const shop = { authorization: `Bearer ${key.data['createApiKey'].secret}` };
    expect((await fetch(`${t.url}/docs`, { headers: shop })).status).toBe(403);
    expect(await (await fetch(`${t.url}/health`, { headers: shop })).json()).not.toHaveProperty('database');
  });

  test('docs, schema and introspection are closed to strangers', async () => {
    for (const path of ['/docs', '/schema.graphql']) {
      const response = await fetch(`${t.url}${path}`);
      expect([response.status, response.headers.get('www-authenticate')]).toEqual([401, 'Bearer']);
      expect(await response.json()).toEqual({ code: 'UNAUTHENTICATED', message: 'Sign in first.' });
      const arabic = await fetch(`${t.url}${path}`, { headers: { 'accept-language': 'ar' } });
      expect(await arabic.json()).toMatchObject({ message: 'سجّل الدخول أولًا.' });
    }
    expect((await t.anonymous.query('{ __schema { types { name } } }')).errors?.[0]?.message).toMatch(/introspection/i);
  });
});

describe('clients as they come', () => {
  let t: TestApp;
  let owner: TestClient;
  beforeAll(async () => {
    t = await startTestApp();
    owner = await t.as('OWNER');
  });
  afterAll(() => t.stop());

  const QUERY = 'query List($n: Int) { products(first: $n) { nodes { id name } } }';
  const served = async (): Promise<number> => {
    const text = await t.app.services.metrics.registry.metrics();
    return Number(/tsh_graphql_compiled_requests_total\{door="cache"\} (\d+)/.exec(text)?.[1] ?? 0);
  };
  const GRAPHQL_RESPONSE = 'application/graphql-response+json; charset=utf-8';

  test.each<[string, string | undefined, object | undefined, string]>([
    [
      'Apollo Client 4',
      'application/graphql-response+json,application/json;q=0.9',
      { clientLibrary: { name: '@apollo/client', version: '4.3.0' } },
      GRAPHQL_RESPONSE,
    ],
    [
      'urql 5',
      'application/graphql-response+json, application/graphql+json, application/json, text/event-stream, multipart/mixed',
      undefined,
      GRAPHQL_RESPONSE,
    ],
    ['graphql-request 7', 'application/graphql-response+json, application/json', undefined, GRAPHQL_RESPONSE],
    ['curl', '*/*', undefined, 'application/json; charset=utf-8'],
    ['an older client', 'application/json', undefined, 'application/json; charset=utf-8'],
    [
      'a client that prefers the older type',
      'application/graphql-response+json;q=0.5,application/json',
      undefined,
      'application/json; charset=utf-8',
    ],
  ])('%s is served by the compiled query, with the type that it prefers', async (name, accept, extensions, type) => {
    const query = `${QUERY} # ${name}`;
    const send = async (): Promise<[number, string | null, unknown]> => {
      const response = await fetch(`${t.url}/graphql`, {
        method: 'POST',
        headers: {
          'content-type': 'application/json',
          authorization: `Bearer ${owner.token}`,
          accept: accept ?? '*/*',
        },
        body: JSON.stringify({ query, operationName: 'List', variables: { n: 2 }, extensions }),
      });
      return [
        response.status,
        response.headers.get('content-type'),
        ((await response.json()) as { data: unknown }).data,
      ];
    };
    const first = await send();
    expect(first.slice(0, 2)).toEqual([200, type]);
    await send();
    await t.app.compiledQueries?.idle();
    const before = await served();
    expect(await send()).toEqual(first);
    expect(await served()).toBe(before + 1);
  });

  test('a GET with credentials in its header needs no preflight header, and is served by the compiled query', async () => {
    const params = new URLSearchParams({ query: QUERY, variables: '{"n":1}', operationName: 'List' });
    const send = (headers: Record<string, string>) => fetch(`${t.url}/graphql?${params.toString()}`, { headers });
    const signedIn = { authorization: `Bearer ${owner.token}` };
    const first = await (await send(signedIn)).json();
    expect(first.data.products.nodes).toBeDefined();
    await send(signedIn);
    await t.app.compiledQueries?.idle();
    const before = await served();
    expect((await (await send(signedIn)).json()).data).toEqual(first.data);
    expect(await served()).toBe(before + 1);
    // Without credentials it may come from a form of another site.
    expect((await send({})).status).toBe(400);
    const mutation = new URLSearchParams({ query: 'mutation { signOut }' });
    expect((await fetch(`${t.url}/graphql?${mutation.toString()}`, { headers: signedIn })).status).toBe(405);
  });

  test('a token that is not valid is a GraphQL error with status 401, in the type that the client prefers', async () => {
    for (const method of ['POST', 'GET']) {
      const response = await fetch(`${t.url}/graphql${method === 'GET' ? '?query={__typename}' : ''}`, {
        method,
        headers: {
          'content-type': 'application/json',
          authorization: 'Bearer no',
          accept: 'application/graphql-response+json',
        },
        ...(method === 'POST' ? { body: '{"query":"{ __typename }"}' } : {}),
      });
      expect([response.status, response.headers.get('content-type')]).toEqual([401, GRAPHQL_RESPONSE]);
      expect((await response.json()).errors[0].extensions.code).toBe('UNAUTHENTICATED');
    }
  });

  test.each(['utf-7', 'utf-16le', 'iso-8859-1'])('a body in %s is refused', async (charset) => {
    const response = await fetch(`${t.url}/graphql`, {
      method: 'POST',
      headers: { 'content-type': `application/json; charset=${charset}` },
      body: '{"query":"{ __typename }"}',
    });
    expect([response.status, (await response.json()).errors[0].extensions.code]).toEqual([
      415,
      'UNSUPPORTED_MEDIA_TYPE',
    ]);
  });

  test('answers are not kept by caches, and a browser that opens /graphql gets no page of others', async () => {
    const page = await fetch(`${t.url}/graphql`, { headers: { accept: 'text/html' } });
    expect([page.status, page.headers.get('cache-control')]).toEqual([400, 'no-store']);
    expect(await page.text()).not.toMatch(/<html/i);
  });

  test.each<[string, object]>([
    [
      'a null character in a variable',
      { query: 'query($s: String) { products(search: $s) { totalCount } }', variables: { s: 'a\u0000' } },
    ],
    [
      'half of a surrogate pair in a variable',
      { query: 'query($s: String) { products(search: $s) { totalCount } }', variables: { s: 'a\ud800' } },
    ],
    ['a null character in the document', { query: String.raw`{ products(search: "\u0000") { totalCount } }` }],
    ['a null character in a name', { query: '{ __typename }', variables: { 'a\u0000': 1 } }],
    [
      'lists 2,000 deep',
      {
        query: 'query($f: ProductFilter) { products(filter: $f) { totalCount } }',
        variables: { f: { OR: JSON.parse('['.repeat(2000) + ']'.repeat(2000)) } },
      },
    ],
    [
      'a text of 201 characters in a filter',
      {
        query: 'query($s: String) { products(filter: { sku: { contains: $s } }) { totalCount } }',
        variables: { s: 'a'.repeat(201) },
      },
    ],
    [
      'a text of 201 characters to search for',
      { query: 'query($s: String) { products(search: $s) { totalCount } }', variables: { s: 'a'.repeat(201) } },
    ],
  ])('%s is refused before anything runs', async (_name, body) => {
    const response = await fetch(`${t.url}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: `Bearer ${owner.token}` },
      body: JSON.stringify(body),
    });
    const { errors, data } = (await response.json()) as { errors: { extensions: { code: string } }[]; data?: unknown };
    expect([response.status, data ?? null]).toEqual([400, null]);
    expect(['BAD_INPUT', 'LIMIT_EXCEEDED']).toContain(errors[0]?.extensions.code);
  });

  test('1,240 repetitions of a field are refused before they are validated', async () => {
    const answer = await t.anonymous.query(`{ ${'me { name } '.repeat(1240)} }`);
    expect([answer.status, answer.errors?.[0]?.extensions['code']]).toEqual([400, 'LIMIT_EXCEEDED']);
    const nested = await t.anonymous.query(`{ me { ${'name '.repeat(1240)} } }`);
    expect(nested.errors?.[0]?.extensions).toMatchObject({ code: 'LIMIT_EXCEEDED', limit: 20 });
    const unknown = await t.anonymous.query(`{ me { ${Array.from({ length: 200 }, (_, n) => `x${n}`).join(' ')} } }`);
    expect(unknown.errors).toHaveLength(5);
  });

  test('the cost follows the coerced variables: no form of a number and no default passes by', async () => {
    const query = `query($n: Int = 100) { products(first: $n) { nodes { ${Array.from({ length: 50 }, (_, at) => `x${at}: images { id sourceRef fileName }`).join(' ')} } } }`;
    const codes: unknown[] = [];
    for (const variables of [{ n: 1 }, { n: 1 }, { n: 1 }, { n: '100' }, { n: 100 }, {}, { n: 1 }]) {
      const { errors } = await owner.query(query, variables);
      codes.push(errors?.[0]?.extensions['code'] ?? 'answered');
    }
    expect(codes).toEqual([
      'answered',
      'answered',
      'answered',
      'BAD_INPUT',
      'LIMIT_EXCEEDED',
      'LIMIT_EXCEEDED',
      'answered',
    ]);
  });

  test('filters, counts and reports are charged for what the database does', async () => {
    const costOf = async (query: string): Promise<number> =>
      (await owner.query(query)).extensions?.['cost'].requested as number;
    const plain = await costOf('{ products { nodes { id } } }');
    expect(await costOf('{ products(filter: { sku: { eq: "a" } }) { nodes { id } } }')).toBe(plain + 10);
    expect(
      await costOf('{ products(filter: { OR: [{ sku: { contains: "a" } }, { sku: { eq: "b" } }] }) { nodes { id } } }'),
    ).toBe(plain + 60);
    expect(await costOf('{ products(search: "a") { nodes { id } } }')).toBe(plain + 50);
    expect(await costOf('{ products(search: "a") { nodes { id } totalCount } }')).toBe(plain + 50 + 200 + 20);
    expect(await costOf('{ report(name: PAYMENTS) { csv } }')).toBe(3001);
  });
});

describe('what a stranger sends that is not valid', () => {
  let t: TestApp;
  beforeAll(async () => {
    t = await startTestApp({ settings: { RATE_LIMIT_PERCENT: '1' } });
  });
  afterAll(() => t.stop());

  test('is charged, and refused before the body is read when the budget is used up', async () => {
    const seller = await t.as('SALESPERSON');
    const send = () => t.anonymous.query('{ this is not valid');
    const statuses: number[] = [];
    for (let round = 0; round < 5; round += 1) statuses.push((await send()).status);
    expect(statuses).toEqual([400, 400, 429, 429, 429]);
    // Whoever is signed in at the same address goes on.
    expect((await seller.query('{ me { name } }')).status).toBe(200);
  });
});

describe('more work than can be done', () => {
  let t: TestApp;
  beforeAll(async () => {
    t = await startTestApp({ settings: { ALLOWED_ORIGINS: 'https://admin.tsh.example' } });
  });
  afterAll(() => t.stop());

  test('is refused so that a browser app can read it, and preflights and health are answered', async () => {
    const { requestGate } = t.app.services;
    const ends: (() => void)[] = [];
    const works = Array.from({ length: 48 }, (_, n) =>
      requestGate.run(`crowd ${n}`, undefined, () => new Promise<void>((resolve) => ends.push(resolve))),
    );
    const headers = { origin: 'https://admin.tsh.example', 'content-type': 'application/json' };
    const refused = await fetch(`${t.url}/graphql`, { method: 'POST', headers, body: '{"query":"{ __typename }"}' });
    expect([refused.status, refused.headers.get('retry-after')]).toEqual([503, '1']);
    expect(refused.headers.get('access-control-allow-origin')).toBe('https://admin.tsh.example');
    expect(refused.headers.get('x-request-id')).not.toBeNull();
    expect((await refused.json()).errors[0].extensions).toEqual({ code: 'UNAVAILABLE', retryAfterSeconds: 1 });
    const preflight = { ...headers, 'access-control-request-method': 'POST' };
    expect((await fetch(`${t.url}/graphql`, { method: 'OPTIONS', headers: preflight })).status).toBe(204);
    expect((await fetch(`${t.url}/readyz`)).status).toBe(200);
    let left = works.length;
    for (const work of works) void work.then(() => (left -= 1));
    while (left > 0) {
      for (const end of ends.splice(0)) end();
      await new Promise((resolve) => setImmediate(resolve));
    }
    expect((await t.anonymous.query('{ __typename }')).status).toBe(200);
  });
});

describe('a budget over time', () => {
  let t: TestApp;
  beforeAll(async () => {
    t = await startTestApp({ settings: { RATE_LIMIT_PERCENT: '1', TRUST_PROXY: 'true' }, redis: true });
  });
  afterAll(() => t.stop());

  test('is told with every answer, ends in a 429 with Retry-After on both doors, and leaves others alone', async () => {
    const [greedy, modest] = [await t.as('CONSUMER'), await t.as('CONSUMER')];
    // Other tests count on the same Redis, from the address of this machine.
    const from = { 'x-forwarded-for': '198.51.100.77' };
    const query = '{ products(first: 100, filter: { sku: { contains: "a" } }) { nodes { id name } totalCount } }';
    const first = await greedy.query(query, {}, from);
    expect(first.extensions?.['rateLimit']).toEqual({
      limit: 3000,
      remaining: expect.any(Number),
      resetSeconds: expect.any(Number),
    });
    let refused: Awaited<ReturnType<TestClient['query']>> | null = null;
    for (let round = 0; round < 20 && !refused; round += 1) {
      const answer = await greedy.query(query, {}, from);
      await t.app.compiledQueries?.idle();
      if (answer.status === 429) refused = answer;
    }
    expect(refused?.errors?.[0]?.extensions).toEqual({ code: 'THROTTLED', retryAfterSeconds: expect.any(Number) });
    expect(Number(refused?.headers.get('retry-after'))).toBeGreaterThan(0);
    expect((await greedy.query('{ me { name } }', {}, from)).status).toBe(429);
    expect((await modest.query('{ me { name } }', {}, from)).status).toBe(200);
  });
});
