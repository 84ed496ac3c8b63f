import { brotliCompressSync, deflateSync, gzipSync } from 'node:zlib';
import type { Operation } from './documents.js';
import { base64, type HttpRequest, type RawRequest, type Sender } from './hostile-request.js';
import type { Random } from './random.js';
import { oddText, wrongValue } from './values.js';

const ACCEPTS = [
  '*/*',
  'application/graphql-response+json,application/json;q=0.9',
  'application/graphql-response+json, application/graphql+json, application/json, text/event-stream, multipart/mixed',
  'application/json',
] as const;

/** The body as Apollo Client, urql and graphql-request write it. */
export function bodyOf({ query, variables }: Operation, random: Random): string {
  const operationName = /^(?:query|mutation) (\w+)/.exec(query)?.[1];
  const extensions = random.chance(0.3) ? { clientLibrary: { name: '@apollo/client', version: '4.3.8' } } : undefined;
  return JSON.stringify({ operationName, query, variables, extensions });
}

export function post(
  sender: Sender,
  family: string,
  body: string | Buffer,
  more: Partial<HttpRequest> = {},
): HttpRequest {
  const headers = { 'content-type': 'application/json', accept: ACCEPTS[0], ...more.headers };
  return {
    kind: 'http',
    family,
    sender,
    method: 'POST',
    path: '/graphql',
    times: 1,
    ...more,
    headers,
    body: base64(body),
  };
}

export function asked(sender: Sender, family: string, operation: Operation, random: Random): HttpRequest {
  const headers = { accept: random.pick(ACCEPTS) };
  if (random.chance(0.12) && operation.query.length < 3000) {
    const variables = operation.variables === undefined ? '' : JSON.stringify(operation.variables);
    const path = `/graphql?${new URLSearchParams({ query: operation.query, ...(variables ? { variables } : {}) }).toString()}`;
    // Node refuses a head above 16 KB by itself, and so does the client.
    if (path.length < 12_000)
      return { kind: 'http', family, sender, method: 'GET', path, headers, body: null, times: 1 };
  }
  return post(sender, family, bodyOf(operation, random), { headers, times: random.chance(0.12) ? 3 : 1 });
}

const ME = '{"query":"{ me { name } }"}';
const KILO = 1024;

const BODIES: Record<string, (random: Random) => { body: string | Buffer; headers?: Record<string, string> }> = {
  'broken JSON': (random) => ({ body: random.pick(['{"query": ', '{', '"', "{'query':1}", '{"query":"{me}",}', 'undefined', '\ufeff{}', '{"query":"\\ud83"}', '{"a":1}{"b":2}']) }),
  'JSON of another kind': (random) => ({ body: random.pick(['null', 'true', '7', '"text"', '[]', '[[]]', `[${ME},${ME}]`, '{}', '{"query":null}', '{"query":1}', '{"query":[]}', '{"query":{}}', '{"id":"1","doc_id":"x"}']) }),
  'odd members': (random) => ({ body: JSON.stringify({ query: '{ me { name } }', [random.pick(['variables', 'operationName', 'extensions', 'id', '__proto__'])]: wrongValue(random) }) }),
  'duplicate keys': () => ({ body: '{"query":"{ me { name } }","query":"{ __typename }","variables":{},"variables":[]}' }),
  'prototype keys': () => ({ body: '{"__proto__":{"query":"{ me { name } }"},"constructor":{"prototype":{}},"query":"{ __typename }"}' }),
  'persisted query': (random) => ({ body: JSON.stringify({ extensions: { persistedQuery: { version: 1, sha256Hash: random.pick(['0'.repeat(64), 'x', oddText(random)]) } } }) }),
  'nested JSON': (random) => {
    const depth = random.pick([100, 5000, 100_000]);
    return { body: random.chance(0.5) ? `${'['.repeat(depth)}${']'.repeat(depth)}` : `{"query":"{ me { name } }","variables":${'{"a":'.repeat(depth)}1${'}'.repeat(depth)}}` };
  },
  'other charset': (random) => {
    const charset = random.pick(['utf-7', 'utf-16le', 'utf-16be', 'utf-32', 'iso-8859-1', 'shift_jis', 'x-nope', '']);
    return { body: charset.startsWith('utf-16') ? Buffer.from(ME, 'utf16le') : ME, headers: { 'content-type': `application/json; charset=${charset}` } };
  },
  'other type': (random) => ({
    body: random.pick([ME, 'query=%7Bme%7Bname%7D%7D', '<x/>', '{ me { name } }']),
    headers: { 'content-type': random.pick(['text/plain', 'application/graphql', 'application/graphql+json', 'application/xml', 'multipart/form-data', 'multipart/form-data; boundary=x', 'application/x-www-form-urlencoded', 'application/json; charset=utf-8; charset=utf-16', 'application/json, text/plain', ';', 'application/']) },
  }),
  'invalid UTF-8': (random) => ({ body: Buffer.concat([Buffer.from('{"query":"{ products(search: \\"'), Buffer.from(random.pick([[0xff, 0xfe], [0xc0, 0x80], [0xed, 0xa0, 0x80], [0xf5, 0x80, 0x80, 0x80]])), Buffer.from('\\") { totalCount } }"}')]) }),
  'gzip bomb': (random) => {
    const plain = Buffer.alloc(random.pick([300, 20_000]) * KILO, ' ');
    const [encoding, body] = random.pick([['gzip', gzipSync(plain)], ['deflate', deflateSync(plain)], ['br', brotliCompressSync(plain.subarray(0, 2000 * KILO))]] as const);
    return { body, headers: { 'content-encoding': encoding } };
  },
  'broken gzip': (random) => {
    const body = gzipSync(ME);
    return { body: body.subarray(0, random.below(body.length)), headers: { 'content-encoding': random.pick(['gzip', 'gzip, gzip', 'nope', 'br']) } };
  },
  'huge body': (random) => ({ body: `{"query":"{ me { name } }","variables":{"a":"${'x'.repeat(random.pick([250, 257, 900, 3000]) * KILO)}"}}` }),
  'empty body': () => ({ body: '' }),
}; // prettier-ignore

export function oddBody(sender: Sender, random: Random): HttpRequest {
  const name = random.pick(Object.keys(BODIES));
  const { body, headers = {} } = (BODIES[name] as (typeof BODIES)[string])(random);
  return post(sender, `body: ${name}`, body, { headers });
}

const METHODS = ['GET', 'POST', 'PUT', 'DELETE', 'PATCH', 'HEAD', 'OPTIONS', 'TRACE', 'PROPFIND'] as const;
const PATHS = [
  '/', '/graphql', '/graphql/', '/graphql?query=', '/graphql?query={__typename}', '/graphql?query=%00', '/graphql?query=%ff',
  '/graphql?query={me{name}}&variables=[', '/graphql?variables={}', '/graphql?query={a}&query={b}', '/graphql?extensions=x',
  '/graphql/../metrics', '/%2e%2e/%2e%2e/etc/passwd', '/files/../../etc/passwd', '/files/%00', '/files/x?token=y', '/files/',
  '/livez', '/readyz', '/health', '/docs', '/schema.graphql', '/api/v1/products', '/api/zoho/callback?code=x', '/api/zoho',
  '/api/products/x/images', '/api/products/00000000-0000-0000-0000-000000000000/images', '/api/products/%00/images',
  '/api/products/%ff/images', '/api/zoho/webhooks', '/api/zoho/webhooks/products?event=%00', '/__proto__', '/constructor',
  '//evil.example/graphql', '/%', '/%zz', '/\u00e9'.normalize(), `/${'a'.repeat(4000)}`, '/graphql;x=1', '/GRAPHQL', '/*',
] as const; // prettier-ignore

export function oddPath(sender: Sender, random: Random): HttpRequest {
  const method = random.pick(METHODS);
  const path = encodeURI(random.pick(PATHS)).replaceAll('%25', '%');
  const body =
    method === 'POST' || method === 'PUT' || method === 'PATCH' ? random.pick([ME, '', 'x'.repeat(2000)]) : null;
  const headers: Record<string, string> =
    body === null ? {} : { 'content-type': random.pick(['application/json', 'text/plain', 'image/png']) };
  return {
    kind: 'http',
    family: 'path',
    sender,
    method,
    path,
    headers,
    body: body === null ? null : base64(body),
    times: 1,
  };
}

const HEADERS: Record<string, readonly string[]> = {
  authorization: ['Bearer', 'Bearer ', 'Basic YTpi', 'Bearer a.b.c', `Bearer ${'x'.repeat(5000)}`, 'Bearer tshk_nope', 'bearer\tx', 'Bearer eyJhbGciOiJub25lIn0.e30.'],
  'x-api-key': ['', 'x', 'tshk_x', 'x'.repeat(5000)],
  accept: ['', 'nope', 'text/html', '*/*;q=0', 'application/json;q=abc', `${'a/b,'.repeat(1500)}c/d`, 'multipart/mixed;deferSpec=20220824', 'text/event-stream'],
  'accept-language': ['', '*', 'ar-IQ,ar;q=0.9', 'x'.repeat(5000), 'en;q=nope'],
  'accept-encoding': ['gzip;q=0', 'br, gzip', 'nope', '*;q=0', `${'gzip,'.repeat(1000)}br`],
  origin: ['null', 'https://evil.example', 'file://', 'x', 'https://127.0.0.1'],
  host: ['', 'evil.example', 'localhost:99999', '[::1]', 'a'.repeat(300)],
  'x-forwarded-for': ['x', '1.2.3.4, 5.6.7.8', 'a'.repeat(5000), '::1'],
  'x-forwarded-proto': ['https', 'x'],
  'x-request-id': ['x', 'a'.repeat(5000), '../../x', 'valid-id-000'],
  'content-length': ['-1', 'x', '99999999999'],
  'transfer-encoding': ['chunked', 'chunked, chunked', 'identity', 'x'],
  expect: ['100-continue', 'x'],
  upgrade: ['h2c', 'websocket', 'x'],
  connection: ['upgrade', 'close', 'x', 'keep-alive, upgrade'],
  range: ['bytes=0-1', 'x'],
  cookie: ['a=b', 'x'.repeat(6000)],
  'if-none-match': ['*', '"x"'],
  'apollo-require-preflight': ['true'],
  'x-zoho-webhook-signature': ['x'],
}; // prettier-ignore

/** Written byte by byte, because no HTTP library would send most of it. */
export function oddHeaders(sender: Sender, random: Random): RawRequest {
  const lines = ['host: 127.0.0.1', 'content-type: application/json', 'connection: close'];
  for (let count = random.between(1, 4); count > 0; count -= 1) {
    const name = random.pick(Object.keys(HEADERS));
    lines.push(`${name}: ${random.pick(HEADERS[name] as readonly string[])}`);
  }
  if (random.chance(0.1))
    lines.push(
      random.pick(['bad header', 'x\u0000y: 1', ': empty', `${'h'.repeat(20_000)}: 1`, ' folded: 1', 'x: \u0001']),
    );
  if (random.chance(0.1)) lines.push(...Array.from({ length: 3000 }, (_, index) => `x-${index}: 1`));
  const body = random.pick([
    ME,
    '{"query":"query($n: Int) { products(first: $n) { nodes { id } } }","variables":{"n":2}}',
  ]);
  if (!lines.some((line) => /^(content-length|transfer-encoding)/.test(line)) || random.chance(0.2)) {
    lines.push(`content-length: ${Buffer.byteLength(body) + (random.chance(0.15) ? random.pick([-5, 50]) : 0)}`);
  }
  const start = random.chance(0.1)
    ? random.pick([
        'GET',
        'POST /graphql',
        'POST /graphql HTTP/9.9',
        'POST  /graphql HTTP/1.1',
        '\u0016\u0003\u0001',
        'PRI * HTTP/2.0',
      ])
    : `${random.pick(['POST', 'POST', 'GET'])} /graphql HTTP/1.1`;
  return {
    kind: 'raw',
    family: 'headers',
    sender,
    bytes: base64(Buffer.from(`${start}\r\n${lines.join('\r\n')}\r\n\r\n${body}`, 'latin1')),
  };
}

const RECORD =
  '{"item":{"item_id":"2646610000000001001","name":"x","rate":1,"last_modified_time":"2026-11-21T10:00:00+0300"}}';

/** None of them carries a signature of ours: nothing may be stored. */
export function oddWebhook(sender: Sender, random: Random): HttpRequest {
  const entity = random.pick(['products', 'customers', 'nope', '__proto__', 'toString', '%00', 'a'.repeat(500)]);
  const event = random.pick([
    '',
    '?event=edited',
    '?event=%00',
    '?event=edited&event=deleted',
    `?${'a=b&'.repeat(800)}`,
  ]);
  const signature = random.pick([
    '',
    'x',
    '0'.repeat(64),
    'f'.repeat(63),
    '\u00e9'.repeat(64),
    'A'.repeat(44),
    'a'.repeat(5000),
  ]);
  const body = random.pick([
    RECORD,
    '',
    '{',
    'null',
    '[]',
    '\u0000',
    `{"item":${'['.repeat(5000)}${']'.repeat(5000)}}`,
    'JSONString=%7B%7D',
    'x'.repeat(2_000_000),
    gzipSync(Buffer.alloc(4_000_000)),
  ]);
  const headers: Record<string, string> = {
    'content-type': random.pick(['application/json', 'application/x-www-form-urlencoded', 'text/plain', 'nope']),
  };
  if (signature) headers['x-zoho-webhook-signature'] = signature;
  if (Buffer.isBuffer(body) || random.chance(0.05)) headers['content-encoding'] = 'gzip';
  return post(sender, 'webhook', body, { path: `/api/zoho/webhooks/${entity}${event}`, headers });
}
