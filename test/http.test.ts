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

describe('a production configuration', () => {
  let t: TestApp;
  beforeAll(async () => {
    t = await startTestApp({ settings: { DOCS_OPEN: 'false', ALLOWED_HOSTS: 'erp.tsh.example,127.0.0.1,localhost' } });
  });
  afterAll(() => t.stop());

  test('docs, schema and introspection are closed to strangers', async () => {
    expect((await fetch(`${t.url}/docs`)).status).toBe(404);
    expect((await fetch(`${t.url}/schema.graphql`)).status).toBe(404);
    expect((await t.anonymous.query('{ __schema { types { name } } }')).errors?.[0]?.message).toMatch(/introspection/i);
  });
});
