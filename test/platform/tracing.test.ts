import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Writable } from 'node:stream';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { pino } from 'pino';
import { loggerOptions } from '../../src/platform/logger.js';
import { traceRequests } from '../../src/platform/tracing/requests.js';
import { startTracing } from '../../src/platform/tracing/otlp.js';
import { withoutValues } from '../../src/platform/tracing/statements.js';
import { activeSpan, activeTracer, traced, type Tracer } from '../../src/platform/tracing/tracer.js';
import { startTestApp, TEST_SECRETS, type TestApp, type TestClient } from '../support/app.js';

interface Span {
  traceId: string;
  spanId: string;
  parentSpanId?: string;
  name: string;
  attributes: Record<string, unknown>;
  failed: boolean;
}

/** A collector that keeps what it is sent, as OTLP over HTTP in JSON. */
class Collector {
  readonly spans: Span[] = [];
  readonly headers: unknown[] = [];
  readonly services = new Set<unknown>();
  url = '';
  private server: Server | null = null;

  async start(): Promise<void> {
    const server = createServer((request, response) => {
      const parts: Buffer[] = [];
      request.on('data', (part: Buffer) => parts.push(part));
      request.on('end', () => {
        expect(request.url).toBe('/v1/traces');
        this.headers.push(request.headers['x-tenant']);
        for (const { resource, scopeSpans } of JSON.parse(Buffer.concat(parts).toString()).resourceSpans) {
          this.services.add(attributesOf(resource.attributes)['service.name']);
          for (const span of scopeSpans.flatMap((one: any) => one.spans)) {
            this.spans.push({ ...span, attributes: attributesOf(span.attributes), failed: span.status?.code === 2 });
          }
        }
        response.setHeader('content-type', 'application/json').end('{}');
      });
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    this.server = server;
    this.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  }

  named(name: string): Span[] {
    return this.spans.filter((span) => span.name === name);
  }

  /** From the span up to the first one of its trace. */
  pathOf(span: Span): string[] {
    const parent = this.spans.find(({ spanId }) => spanId === span.parentSpanId);
    return [span.name, ...(parent ? this.pathOf(parent) : [])];
  }

  stop(): Promise<void> {
    this.server?.closeAllConnections();
    return new Promise((resolve) => this.server?.close(() => resolve()));
  }
}

const attributesOf = (list: { key: string; value: Record<string, unknown> }[] = []): Record<string, unknown> =>
  Object.fromEntries(list.map(({ key, value }) => [key, Object.values(value)[0]]));

const CALLER = { trace: '0af7651916cd43dd8448eb211c80319c', span: 'b7ad6b7169203331' };
const PRODUCTS = 'query { products(first: 2) { nodes { id name } } }';

describe('without a collector', () => {
  test('nothing is wrapped: the work and the listener are as they were given', async () => {
    expect(activeTracer()).toBeNull();
    const work = Promise.resolve(7);
    expect(traced('work', {}, () => work)).toBe(work);
    expect(activeSpan()).toBeNull();
    const listener = (): void => undefined;
    expect(traceRequests(listener)).toBe(listener);
    expect(await work).toBe(7);
  });
});

test('a statement is shown without its values, also where the ORM wrote them into it or it was cut', () => {
  expect(withoutValues(`insert into "products" ("name", "rate1") values ('O''Neill''s', 12.5), ('', -3)`)).toBe(
    'insert into "products" ("name", "rate1") values (?, ?), (?, -?)',
  );
  expect(withoutValues('select $1, $12::int from t2 limit 5')).toBe('select $1, $12::int from t2 limit ?');
  expect(withoutValues(`select '${'a secret '.repeat(2000)}'`)).toBe('select ?');
});

describe('traces', () => {
  const collector = new Collector();
  let tracer: Tracer;
  let t: TestApp;
  let owner: TestClient;
  const lines: any[] = [];

  beforeAll(async () => {
    await collector.start();
    tracer = startTracing(
      { endpoint: `${collector.url}/`, headers: { 'x-tenant': 'tsh' }, serviceName: 'tsh-test', sampleRatio: 1 },
      { version: 'v7', role: 'all', slot: 'blue', environment: 'test' },
    );
    t = await startTestApp({ simulator: { items: 2 } });
    owner = await t.as('OWNER');
    for (let round = 0; round < 3; round += 1) {
      const traceparent = `00-${CALLER.trace}-${CALLER.span}-00`;
      await owner.query(PRODUCTS, {}, round === 2 ? { traceparent } : {});
    }
    await owner.query('mutation { createProduct(input: { name: "Traced" }) { __typename } }');
    for (const item of t.simulator!.items()) {
      item.modifiedMs += 1000;
      await t.simulator!.send({ url: t.url, secret: TEST_SECRETS.webhookSecret }, item, 'edited');
    }
    await t.drain();
    await owner.query('{ syncStats { pending } }', {});
    await fetch(`${t.url}/livez`);
    await fetch(`${t.url}/api/zoho/test-credentials`, {
      method: 'POST',
      headers: { authorization: `Bearer ${owner.token}` },
    });
    const sink = new Writable({
      write(chunk: Buffer, _encoding, done) {
        lines.push(JSON.parse(chunk.toString()));
        done();
      },
    });
    await traced('a job that writes a line', { root: true }, () => {
      pino(loggerOptions('info', 'all', 'v7'), sink).info('inside');
      return Promise.resolve();
    });
    pino(loggerOptions('info', 'all', 'v7'), sink).info('outside');
    await expect(
      traced('a failure', { root: true }, () => Promise.reject(new TypeError('told to nobody'))),
    ).rejects.toThrow();
    await t.stop();
    await tracer.stop();
  }, 60_000);
  afterAll(() => collector.stop());

  test('arrive with the name of the service and the headers of the setting', () => {
    expect([...collector.services]).toEqual(['tsh-test']);
    expect(new Set(collector.headers)).toEqual(new Set(['tsh']));
  });

  test('a query goes from the request through the operation to its statement, compiled or not', () => {
    const reads = collector.spans.filter(
      (span) => span.attributes['db.system.name'] === 'postgresql' && collector.pathOf(span)[1] === 'graphql products',
    );
    expect(reads.length).toBeGreaterThanOrEqual(3);
    for (const read of reads) {
      expect(collector.pathOf(read).slice(1)).toEqual(['graphql products', 'POST /graphql']);
      expect(String(read.attributes['db.query.text'])).toMatch(/from products/);
    }
    const operations = collector.named('graphql products');
    expect(operations.some((span) => span.attributes['tsh.compiled'] === true)).toBe(true);
    expect(operations.some((span) => span.attributes['tsh.compiled'] === undefined)).toBe(true);
    const [request] = collector.named('POST /graphql');
    expect(request?.attributes).toMatchObject({ 'http.route': '/graphql', 'http.response.status_code': 200 });
  });

  test('a caller who names their trace finds the request in it', () => {
    const own = collector.spans.filter(({ traceId }) => traceId === CALLER.trace);
    expect(own.find((span) => span.parentSpanId === CALLER.span)?.name).toBe('POST /graphql');
    expect(own.map(({ name }) => name)).toContain('graphql products');
  });

  test('a mutation shows the statements of its transaction', () => {
    const [mutation] = collector.named('graphql createProduct');
    expect(mutation?.attributes['graphql.operation.type']).toBe('mutation');
    const below = collector.spans.filter((span) => span.parentSpanId === mutation?.spanId).map(({ name }) => name);
    expect(below).toEqual(expect.arrayContaining(['begin', 'insert', 'commit']));
  });

  test('a job is a trace of its own, with its statements; a call to Zoho names no record and no organisation', () => {
    const jobs = collector.named('job pull');
    expect(jobs).toHaveLength(2);
    for (const job of jobs) {
      expect(job.parentSpanId).toBeUndefined();
      expect(job.attributes).toMatchObject({ 'tsh.job.kind': 'pull' });
      const below = collector.spans.filter(({ traceId }) => traceId === job.traceId).map(({ name }) => name);
      expect(below).toEqual(expect.arrayContaining(['begin', 'commit']));
    }
    const [call] = collector.named('zoho /inventory/v1/items');
    expect(call && collector.pathOf(call).at(-1)).toBe('POST /api/zoho');
    expect(call?.attributes).toMatchObject({ 'http.response.status_code': 200, 'server.address': '127.0.0.1' });
  });

  test('probes, and the polls of the queue and the event log, are not traced', () => {
    expect(collector.spans.filter((span) => span.attributes['http.route'] === '/livez')).toEqual([]);
    const roots = collector.spans.filter((span) => span.parentSpanId === undefined);
    expect(roots.filter((span) => span.attributes['db.system.name'] !== undefined)).toEqual([]);
  });

  test('hold no values, no tokens and no messages of errors', () => {
    const [failure] = collector.named('a failure');
    expect(failure).toMatchObject({ failed: true, attributes: { 'error.type': 'TypeError' } });
    const all = JSON.stringify(collector.spans);
    expect(collector.spans.filter((span) => JSON.stringify(span).includes('Traced'))).toEqual([]);
    expect(all).not.toContain('told to nobody');
    expect(all).not.toContain(owner.token);
  });

  test('are named by the log lines that are written inside of them, and by no others', () => {
    const [span] = collector.named('a job that writes a line');
    expect(lines[0]).toMatchObject({ msg: 'inside', trace_id: span?.traceId, span_id: span?.spanId });
    expect(lines[1]).not.toHaveProperty('trace_id');
  });
});
