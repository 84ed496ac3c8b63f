import 'reflect-metadata';
import { readFileSync } from 'node:fs';
import { createServer, type IncomingHttpHeaders, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { migrations } from '../../migrations/list.js';
import type { ZohoConfig } from '../../src/config.js';
import { modules } from '../../src/modules.js';
import { openDatabase, type Database } from '../../src/platform/db/orm.js';
import { createMetrics } from '../../src/platform/http/metrics.js';
import { createSecretBox } from '../../src/platform/secret-box.js';
import { SIMULATED_ACCOUNT, startSimulator, type Simulator } from '../../src/simulator/simulator.js';
import { createZohoClient, type ZohoClient } from '../../src/sync/zoho/zoho-client.js';
import { createZohoTokens } from '../../src/sync/zoho/zoho-token.js';
import { prepareBudget, releaseBudget, takeBudget } from '../../src/sync/zoho/budget.queries.js';
import { createTestDatabase, type TestDatabase } from '../support/database.js';

const never = new AbortController().signal;
const fixture = (name: string): any => JSON.parse(readFileSync(`test/fixtures/${name}.json`, 'utf8'));

describe('the Zoho client', () => {
  let t: TestDatabase;
  let db: Database;
  let simulator: Simulator;
  beforeAll(async () => {
    t = await createTestDatabase();
    db = await openDatabase({
      url: t.url,
      poolMax: 15,
      applicationName: 'test',
      entities: modules.flatMap((module) => module.entities),
      migrations,
    });
    simulator = await startSimulator({ items: 30 });
  });
  afterAll(async () => {
    await db.close();
    await simulator.close();
    await t.drop();
  });
  const configOf = (change: Partial<ZohoConfig> = {}): ZohoConfig => ({
    ...SIMULATED_ACCOUNT,
    apiUrl: simulator.url,
    accountsUrl: simulator.url,
    apiUrlFixed: true,
    requestsPerMinute: 600,
    concurrency: 5,
    ...change,
  });
  const tokensOf = (key = 'k'.repeat(32)) => createZohoTokens(db, configOf(), createSecretBox(key));

  test('20 callers in 4 processes mint one token', async () => {
    const processes = Array.from({ length: 4 }, () => tokensOf());
    const answers = await Promise.all(processes.flatMap((one) => Array.from({ length: 5 }, () => one.get(never))));
    expect(new Set(answers.map((one) => one.token)).size).toBe(1);
    expect(simulator.calls().get('token')).toBe(1);
  });

  test('a token that another key has sealed is of no use and is fetched anew', async () => {
    const before = simulator.calls().get('token') ?? 0;
    await tokensOf('x'.repeat(32)).get(never);
    expect(simulator.calls().get('token')).toBe(before + 1);
  });

  test('several processes together stay under the concurrent calls and give their slots back', async () => {
    await prepareBudget(db.read, 'slots', 1000, 3);
    const bucket = { burst: 1000, perSecond: 1000 };
    const taken = await Promise.all(
      Array.from({ length: 12 }, () => takeBudget(db.read, 'slots', { lane: 'webhook', bucket, slotSeconds: 25 })),
    );
    const slots = taken.map((one) => one.slot).filter((slot) => slot !== null);
    expect(slots.length).toBeLessThanOrEqual(3);
    expect(new Set(slots).size).toBe(slots.length);
    for (const slot of slots)
      await releaseBudget(db.read, 'slots', slot, {
        limit: 5000,
        remaining: 4999,
        resetSeconds: 10,
        failed: false,
      });
    expect((await takeBudget(db.read, 'slots', { lane: 'webhook', bucket, slotSeconds: 25 })).slot).not.toBeNull();
    expect(await t.sql(`select day_limit, day_remaining from zoho_budget where account = 'slots'`)).toEqual([
      { day_limit: 5000, day_remaining: 4998 },
    ]);
  });

  test('a burst and its refill stay under the minute, and the answer says how long to wait', async () => {
    await prepareBudget(db.read, 'minute', 5, 50);
    const bucket = { burst: 5, perSecond: 0.1 };
    const taken = [];
    for (let index = 0; index < 8; index += 1)
      taken.push(await takeBudget(db.read, 'minute', { lane: 'webhook', bucket, slotSeconds: 25 }));
    expect(taken.filter((one) => one.slot !== null).length).toBe(5);
    const [, , , , , refused] = taken;
    expect(refused?.waitMs).toBeGreaterThan(5000);
    expect(refused?.reason).toMatch(/minute budget/);
  });

  test('an exhausted budget of ours is told as a wait, and nothing reaches Zoho', async () => {
    const client = await createZohoClient({
      db,
      config: configOf({ organizationId: 'nobody', requestsPerMinute: 2 }),
      tokens: tokensOf(),
      metrics: createMetrics({ version: 'test', slot: null, role: 'worker' }),
      onTold: () => undefined,
    });
    const outcomes = await Promise.allSettled(
      Array.from({ length: 4 }, () => client.get('/inventory/v1/items', {}, never)),
    );
    const reasons = outcomes.map((one) => (one.status === 'rejected' ? (one.reason as Error).name : 'answered'));
    expect(reasons.filter((one) => one === 'ZohoThrottled').length).toBeGreaterThanOrEqual(3);
  });

  describe('reads files, writes and uploads', () => {
    interface Heard {
      method: string;
      path: string;
      headers: IncomingHttpHeaders;
      body: string;
    }
    const heard: Heard[] = [];
    let door: Server;
    let client: ZohoClient;
    beforeAll(async () => {
      door = createServer((request, response) => {
        const chunks: Buffer[] = [];
        request.on('data', (chunk: Buffer) => chunks.push(chunk));
        request.on('end', () => {
          const [path = ''] = (request.url ?? '').split('?');
          const body = Buffer.concat(chunks).toString('latin1');
          heard.push({ method: request.method ?? '', path, headers: request.headers, body });
          const json = (status: number, answer: object) =>
            response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(answer));
          if (path.endsWith('/items/1/image') && request.method === 'GET') {
            const headers = { 'content-type': 'image/png;x=y', 'content-disposition': 'attachment; filename="a.png"' };
            response.writeHead(200, headers).end(Buffer.alloc(1000, 7));
          } else if (path.endsWith('/items/2/image')) json(404, { code: 1002, message: 'Item image does not exist.' });
          else if (path.endsWith('/items/3/image')) json(200, { code: 0, message: 'success' });
          else if (path.endsWith('/cut')) request.socket.destroy();
          else if (path.endsWith('/broken')) json(500, { code: 1000, message: 'Internal error' });
          else if (path.endsWith('/refused')) json(400, { code: 3062, message: 'The name exists.' });
          else if (path.endsWith('/limited')) json(429, { code: 44, message: 'For a minute.' });
          else json(request.method === 'POST' ? 201 : 200, { code: 0, message: 'done', item: { item_id: '9' } });
        });
      });
      await new Promise<void>((resolve) => door.listen(0, '127.0.0.1', resolve));
      const apiUrl = `http://127.0.0.1:${(door.address() as AddressInfo).port}`;
      client = await createZohoClient({
        db,
        config: configOf({ apiUrl, requestsPerMinute: 100_000 }),
        tokens: tokensOf(),
        metrics: createMetrics({ version: 'test', slot: null, role: 'worker' }),
        onTold: () => undefined,
      });
    });
    afterAll(() => new Promise((resolve) => door.close(resolve)));
    const failure = (call: Promise<unknown>): Promise<string> =>
      call.then(
        () => 'answered',
        (error: Error) => error.name,
      );

    test('a file comes as it is, and no further than it may', async () => {
      expect(await client.getFile('/inventory/v1/items/1/image', 1000, never)).toEqual({
        body: Buffer.alloc(1000, 7),
        contentType: 'image/png',
        fileName: 'a.png',
      });
      expect(await failure(client.getFile('/inventory/v1/items/1/image', 999, never))).toBe('ZohoFileTooLarge');
      expect(await failure(client.getFile('/inventory/v1/items/2/image', 999, never))).toBe('ZohoFailure');
      expect(await failure(client.getFile('/inventory/v1/items/3/image', 999, never))).toBe('ZohoFailure');
    });

    test('a write sends its method, query, headers and body, and answers the record', async () => {
      const answer = await client.write(
        'PUT',
        '/books/v3/items',
        { query: { a: 'b' }, body: { name: 'كابل' }, headers: { 'X-Upsert': 'true' } },
        never,
      );
      expect(answer).toMatchObject({ item: { item_id: '9' } });
      const { method, headers, body } = heard.at(-1) as Heard;
      expect([method, headers['x-upsert'], headers['content-type']]).toEqual([
        'PUT',
        'true',
        'application/json;charset=UTF-8',
      ]);
      expect(JSON.parse(Buffer.from(body, 'latin1').toString())).toEqual({ name: 'كابل' });
      await client.write('DELETE', '/books/v3/items/9', {}, never);
      expect(heard.at(-1)).toMatchObject({ method: 'DELETE', body: '' });
    });

    test('an upload is a form of one file', async () => {
      const file = { body: Buffer.from('bytes'), contentType: 'image/png', fileName: 'b.png' };
      await client.upload('/inventory/v1/items/1/image', { field: 'image', file }, never);
      const { method, headers, body } = heard.at(-1) as Heard;
      expect([method, headers['content-type']]).toEqual(['POST', expect.stringMatching(/^multipart\/form-data;/)]);
      expect(body).toContain('name="image"; filename="b.png"');
      expect(body).toContain('bytes');
    });

    test('of a write that got no answer nobody knows whether it was done; a refusal is one', async () => {
      const write = (end: string) => failure(client.write('POST', `/books/v3/items/${end}`, { body: {} }, never));
      expect(await write('cut')).toBe('ZohoOutcomeUnknown');
      expect(await write('broken')).toBe('ZohoOutcomeUnknown');
      expect(await write('refused')).toBe('ZohoFailure');
      expect(await failure(client.get('/books/v3/items/broken', {}, never))).toBe('ZohoFailure');
      const before = heard.length;
      expect(await write('limited')).toBe('ZohoThrottled');
      // Nobody else asks before the minute is over.
      expect(await write('refused')).toBe('ZohoThrottled');
      expect(heard.length).toBe(before + 1);
      await t.sql('update zoho_budget set blocked_until = null');
    });
  });

  describe('the simulator speaks as the recordings do', () => {
    const keys = (value: object): string[] => Object.keys(value).sort();
    const call = async (path: string, init: RequestInit = {}) => {
      const { token } = await tokensOf().get(never);
      const response = await fetch(
        `${simulator.url}${path}${path.includes('?') ? '&' : '?'}organization_id=${SIMULATED_ACCOUNT.organizationId}`,
        {
          ...init,
          headers: { Authorization: `Zoho-oauthtoken ${token}` },
        },
      );
      return { status: response.status, headers: response.headers, body: await response.json() };
    };

    test('lists, details and bulk details hold the recorded keys, with paging and rate headers', async () => {
      const list = await call('/inventory/v1/items?page=2&per_page=20');
      expect(keys(list.body)).toEqual(keys(fixture('inventory-items-list')));
      expect(list.body.page_context).toMatchObject({
        page: 2,
        per_page: 20,
        has_more_page: false,
        sort_column: 'name',
        sort_order: 'A',
      });
      expect(list.body.items.length).toBe(10);
      expect(keys(list.body.items[0])).toEqual(
        expect.arrayContaining(
          keys(fixture('inventory-items-list').items[0]).filter(
            (key) => !['group_name', 'custom_fields'].includes(key),
          ),
        ),
      );
      const id = list.body.items[0].item_id as string;
      const detail = await call(`/inventory/v1/items/${id}`);
      const optional = [
        'group_name',
        'initial_stock',
        'initial_stock_rate',
        'vendor_id',
        'vendor_name',
        'image_id',
        'tax_type',
        'account_name',
        'purchase_account_id',
        'purchase_account_name',
        'inventory_account_id',
        'inventory_account_name',
      ];
      expect(keys(detail.body.item)).toEqual(
        expect.arrayContaining(keys(fixture('inventory-item-detail').item).filter((key) => !optional.includes(key))),
      );
      expect(keys(detail.body.item.locations[0])).toEqual(keys(fixture('inventory-item-detail').item.locations[0]));
      const bulk = await call(`/inventory/v1/itemdetails?item_ids=${id}`);
      expect(bulk.body.items[0].last_modified_time).toBeUndefined();
      expect(Number(list.headers.get('x-rate-limit-remaining'))).toBeLessThan(5000);
      const books = await call(`/books/v3/items/${id}`);
      expect(books.body.item.stock_on_hand).toBeUndefined();
    });

    test('changes by PUT, refuses by code, and lists what changed since', async () => {
      const id = simulator.items()[0]?.itemId as string;
      const put = await call(`/books/v3/items/${id}`, {
        method: 'PUT',
        body: JSON.stringify({ name: 'Renamed', rate: 9.75, stock_on_hand: 99 }),
      });
      expect([put.status, put.body.message, put.body.item.name]).toEqual([
        200,
        'Item details have been saved.',
        'Renamed',
      ]);
      const since = encodeURIComponent(new Date(Date.now() - 60_000).toISOString().replace(/\.\d+Z/, '+0000'));
      expect(
        (await call(`/inventory/v1/items?last_modified_time=${since}`)).body.items.map((item: any) => item.item_id),
      ).toEqual([id]);
      const recorded = fixture('errors') as { http_status: number; body: { code: number; message: string } }[];
      const known = (code: number) => recorded.find((one) => one.body.code === code);
      expect((await call('/inventory/v1/nothing')).status).toBe(known(5)?.http_status);
      expect((await call('/inventory/v1/items/1')).body.code).toBe(1002);
      for (const [fault, code] of [
        ['minute_limit', 44],
        ['concurrency_limit', 1070],
        ['server_error', 1000],
      ] as const) {
        simulator.faults.arm(fault);
        const answer = await call('/inventory/v1/items');
        expect([answer.status, answer.body]).toEqual([known(code)?.http_status, known(code)?.body]);
      }
      const stranger = await fetch(`${simulator.url}/inventory/v1/items`, {
        headers: { Authorization: 'Zoho-oauthtoken none' },
      });
      expect([stranger.status, (await stranger.json()).code]).toEqual([401, 57]);
    });
  });
});
