import { existsSync, readFileSync } from 'node:fs';
import { rename, writeFile } from 'node:fs/promises';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { randomBytes } from 'node:crypto';
import { generateItems, type SimulatedItem } from './company.js';
import { createFaults, ERRORS, FAULTS, type ErrorAnswer, type Fault, type Faults } from './faults.js';
import { booksDetail, bulkDetail, inventoryDetail, listRow, zohoTimestamp } from './item-body.js';
import { sendWebhook, type DeleteBody, type WebhookSwitches, type WebhookTarget } from './webhooks.js';

/**
 * A local Zoho: token endpoint, items of Books and Inventory, limits, error codes and webhooks, as far as they are known.
 * Every point that no source confirms is a switch. The one fake that demo and tests share; never in production.
 */
export interface Switches extends WebhookSwitches {
  places: 'locations' | 'warehouses';
  missingRecordStatus: 404 | 400;
  deleteBody: DeleteBody;
  /** Whether a stock movement moves last_modified_time; assumed not. */
  stockBumpsModifiedTime: boolean;
  sinceIsInclusive: boolean;
  /** Books and Inventory may share one counter. */
  perMinute: number;
  perDay: number;
  concurrent: number;
  tokensPerTenMinutes: number;
  tokenSeconds: number;
  latencyMs: number;
  /** How long a `time_out` fault hangs before the connection is cut. */
  hangMs: number;
}

export const DEFAULT_SWITCHES: Switches = {
  places: 'locations',
  missingRecordStatus: 404,
  deleteBody: 'id_only',
  signature: 'hex',
  body: 'json',
  stockBumpsModifiedTime: false,
  sinceIsInclusive: true,
  perMinute: 100,
  perDay: 5000,
  concurrent: 10,
  tokensPerTenMinutes: 10,
  tokenSeconds: 3600,
  latencyMs: 0,
  hangMs: 30_000,
};

export interface SimulatorOptions {
  items?: number;
  switches?: Partial<Switches>;
  /** Where changes are kept over restarts. */
  statePath?: string;
  port?: number;
}

export const SIMULATED_ACCOUNT = {
  organizationId: '70001234567',
  clientId: '1000.SIMULATOR',
  clientSecret: 'simulated-client-secret',
  refreshToken: '1000.simulated.refresh',
} as const;

export interface Simulator {
  readonly url: string;
  readonly switches: Switches;
  readonly faults: Faults;
  items(): readonly SimulatedItem[];
  item(itemId: string): SimulatedItem | undefined;
  /** Changes an item; its last_modified_time moves to now, or to `atMs`. */
  edit(itemId: string, change: Partial<SimulatedItem>, atMs?: number): SimulatedItem;
  moveStock(itemId: string, location: number, delta: number): SimulatedItem;
  remove(itemId: string): SimulatedItem;
  add(change?: Partial<SimulatedItem>): SimulatedItem;
  /** The body that a webhook of this item carries now. */
  webhookBody(item: SimulatedItem, event: 'created' | 'edited' | 'deleted'): Record<string, unknown>;
  send(target: WebhookTarget, item: SimulatedItem, event?: 'created' | 'edited' | 'deleted'): Promise<number>;
  /** Runs something once, just before the n-th further call of this name is answered. */
  afterCalls(name: string, calls: number, act: () => void): void;
  /** Calls that reached the API, by path without ids. */
  calls(): ReadonlyMap<string, number>;
  close(): Promise<void>;
}

const MINUTE_MS = 60_000;

export async function startSimulator(options: SimulatorOptions = {}): Promise<Simulator> {
  const switches: Switches = { ...DEFAULT_SWITCHES, ...options.switches };
  const faults = createFaults();
  const items = loadItems(options);
  const byId = new Map(items.map((item) => [item.itemId, item]));
  const tokens = new Map<string, number>();
  const minted: number[] = [];
  const recent: number[] = [];
  const callCounts = new Map<string, number>();
  const plans = new Set<{ name: string; at: number; act: () => void }>();
  let usedToday = 0;
  let inFlight = 0;
  let dirty = false;

  const touch = (item: SimulatedItem, atMs?: number): void => {
    // Whole seconds, and never backwards, as a server's clock would do it.
    item.modifiedMs = atMs ?? Math.max(Math.floor(Date.now() / 1000) * 1000, item.modifiedMs);
    dirty = true;
  };

  const rateHeaders = (): Record<string, string> => ({
    'X-Rate-Limit-Limit': String(switches.perDay),
    'X-Rate-Limit-Remaining': String(Math.max(0, switches.perDay - usedToday)),
    'X-Rate-Limit-Reset': String(86_400 - (Math.floor(Date.now() / 1000) % 86_400)),
  });

  const answer = (
    response: ServerResponse,
    status: number,
    body: object,
    headers: Record<string, string> = {},
  ): void => {
    const text = JSON.stringify(body);
    response.writeHead(status, { 'Content-Type': 'application/json;charset=UTF-8', ...headers });
    response.end(text);
  };
  const refuse = (response: ServerResponse, error: ErrorAnswer): void => answer(response, error.status, error.body);

  const token = async (request: IncomingMessage, response: ServerResponse, url: URL): Promise<void> => {
    if (request.method !== 'POST') return refuse(response, ERRORS.method);
    const form = new URLSearchParams(await bodyOf(request));
    const value = (name: string): string | null => form.get(name) ?? url.searchParams.get(name);
    const fault = faults.strike('token');
    const now = Date.now();
    while (minted.length > 0 && (minted[0] as number) < now - 10 * MINUTE_MS) minted.shift();
    if (fault === 'token_throttled' || minted.length >= switches.tokensPerTenMinutes) {
      return answer(response, 400, {
        error_description: 'You have made too many requests continuously. Please try again after some time.',
        error: 'Access Denied',
      });
    }
    if (fault === 'token_invalid_client' || value('client_id') !== SIMULATED_ACCOUNT.clientId) {
      return answer(response, 200, { error: 'invalid_client' });
    }
    if (fault === 'token_invalid_code' || value('refresh_token') !== SIMULATED_ACCOUNT.refreshToken) {
      return answer(response, 200, { error: 'invalid_code' });
    }
    minted.push(now);
    callCounts.set('token', (callCounts.get('token') ?? 0) + 1);
    const accessToken = `1000.${randomBytes(16).toString('hex')}.${randomBytes(16).toString('hex')}`;
    tokens.set(accessToken, now + switches.tokenSeconds * 1000);
    if (tokens.size > 30) tokens.delete(tokens.keys().next().value as string);
    answer(response, 200, {
      access_token: accessToken,
      api_domain: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
      token_type: 'Bearer',
      expires_in: switches.tokenSeconds,
    });
  };

  const isAuthorised = (request: IncomingMessage): boolean => {
    const given = /^Zoho-oauthtoken (.+)$/.exec(request.headers.authorization ?? '')?.[1];
    return given !== undefined && (tokens.get(given) ?? 0) > Date.now();
  };

  const list = (url: URL, books: boolean): object => {
    const page = Math.max(1, Number(url.searchParams.get('page') ?? 1) || 1);
    const perPage = Math.min(200, Math.max(1, Number(url.searchParams.get('per_page') ?? 200) || 200));
    const column = url.searchParams.get('sort_column') ?? 'name';
    const order = url.searchParams.get('sort_order') === 'D' ? 'D' : 'A';
    const filter = url.searchParams.get('filter_by') ?? 'Status.All';
    let found = items.filter((item) => !item.deleted);
    if (filter === 'Status.Active') found = found.filter((item) => item.active);
    if (filter === 'Status.Inactive') found = found.filter((item) => !item.active);
    const since = url.searchParams.get('last_modified_time');
    // Documented for Inventory's items only; Books ignores it.
    if (since && !books) {
      const bound = Date.parse(since.replace(/([+-]\d{2})(\d{2})$/, '$1:$2'));
      found = found.filter((item) => (switches.sinceIsInclusive ? item.modifiedMs >= bound : item.modifiedMs > bound));
    }
    const key = (item: SimulatedItem): string | number =>
      column === 'created_time'
        ? item.createdMs
        : column === 'last_modified_time'
          ? item.modifiedMs
          : column === 'rate'
            ? item.rate
            : column === 'sku'
              ? item.sku
              : item.name;
    const compare = (a: SimulatedItem, b: SimulatedItem): number => {
      const [x, y] = [key(a), key(b)];
      const by = x < y ? -1 : x > y ? 1 : a.itemId < b.itemId ? -1 : 1;
      return order === 'A' ? by : -by;
    };
    const sorted = [...found].sort(compare);
    const rows = sorted.slice((page - 1) * perPage, page * perPage);
    return {
      code: 0,
      message: 'success',
      items: rows.map((item) => (books ? booksDetail(item) : listRow(item))),
      page_context: {
        page,
        per_page: perPage,
        has_more_page: page * perPage < sorted.length,
        report_name: 'Items',
        applied_filter: filter,
        custom_fields: [],
        sort_column: column,
        sort_order: order,
      },
    };
  };

  const missing = (): ErrorAnswer => ({
    status: switches.missingRecordStatus,
    body: { code: 1002, message: 'Item does not exist.' },
  });

  const detail = (item: SimulatedItem, books: boolean): object =>
    books ? booksDetail(item) : inventoryDetail(item, switches);

  const api = async (request: IncomingMessage, response: ServerResponse, url: URL): Promise<void> => {
    const match = /^\/(books\/v3|inventory\/v1)\/(items|itemdetails)(?:\/([^/]+))?$/.exec(url.pathname);
    if (!match) return refuse(response, ERRORS.badUrl);
    const books = match[1] === 'books/v3';
    const [resource, id] = [match[2] as string, match[3]];
    const name = `${books ? 'books' : 'inventory'} ${request.method ?? ''} ${resource}${id ? '/:id' : ''}`;
    callCounts.set(name, (callCounts.get(name) ?? 0) + 1);
    for (const plan of plans) {
      if (plan.name !== name || plan.at !== callCounts.get(name)) continue;
      plans.delete(plan);
      plan.act();
    }
    if (!isAuthorised(request)) return refuse(response, ERRORS.unauthorised);
    if (url.searchParams.get('organization_id') !== SIMULATED_ACCOUNT.organizationId)
      return refuse(response, ERRORS.organisation);

    const fault = faults.strike('api');
    const now = Date.now();
    while (recent.length > 0 && (recent[0] as number) < now - MINUTE_MS) recent.shift();
    if (fault === 'minute_limit' || recent.length >= switches.perMinute) return refuse(response, ERRORS.minute);
    if (fault === 'day_limit' || usedToday >= switches.perDay) {
      return answer(response, 429, ERRORS.day(switches.perDay).body, rateHeaders());
    }
    if (fault === 'concurrency_limit' || inFlight > switches.concurrent) return refuse(response, ERRORS.concurrency);
    recent.push(now);
    usedToday += 1;
    if (fault === 'expired_token') {
      tokens.clear();
      return refuse(response, ERRORS.unauthorised);
    }
    if (fault === 'server_error') return refuse(response, ERRORS.internal);
    if (fault === 'time_out') {
      await new Promise((resolve) => setTimeout(resolve, switches.hangMs).unref());
      request.socket.destroy();
      return;
    }
    if (switches.latencyMs > 0) await new Promise((resolve) => setTimeout(resolve, switches.latencyMs));

    const body = await route(request, url, resource, id, books);
    if ('status' in body) return refuse(response, body as ErrorAnswer);
    if (fault === 'truncated_json') {
      const text = JSON.stringify(body);
      response.writeHead(200, { 'Content-Type': 'application/json;charset=UTF-8', ...rateHeaders() });
      response.end(text.slice(0, Math.floor(text.length / 2)));
      return;
    }
    answer(response, 200, body, rateHeaders());
  };

  const route = async (
    request: IncomingMessage,
    url: URL,
    resource: string,
    id: string | undefined,
    books: boolean,
  ): Promise<object> => {
    if (resource === 'itemdetails') {
      const ids = (url.searchParams.get('item_ids') ?? '').split(',').slice(0, 100);
      const found = ids
        .map((one) => byId.get(one))
        .filter((item): item is SimulatedItem => item !== undefined && !item.deleted);
      return { code: 0, message: 'success', items: found.map((item) => bulkDetail(item, switches)) };
    }
    if (!id) return request.method === 'GET' ? list(url, books) : ERRORS.method;
    const item = byId.get(id);
    if (!item || item.deleted) return missing();
    if (request.method === 'GET') return { code: 0, message: 'success', item: detail(item, books) };
    if (request.method !== 'PUT') return ERRORS.method;
    const text = await bodyOf(request);
    const wrapped = new URLSearchParams(text).get('JSONString');
    let change: Record<string, unknown>;
    try {
      change = JSON.parse(wrapped ?? text) as Record<string, unknown>;
    } catch {
      return { status: 400, body: { code: 15, message: 'Please ensure that the body is valid JSON.' } };
    }
    // Stock is never set by PUT.
    if (typeof change['name'] === 'string') item.name = change['name'];
    if (typeof change['sku'] === 'string') item.sku = change['sku'];
    if (typeof change['rate'] === 'number') item.rate = change['rate'];
    if (typeof change['description'] === 'string') item.description = change['description'];
    touch(item);
    return { code: 0, message: 'Item details have been saved.', item: detail(item, books) };
  };

  /** Switches and faults over HTTP, for `npm run simulator` and for tests in another process. */
  const control = async (request: IncomingMessage, response: ServerResponse, url: URL): Promise<void> => {
    if (request.method === 'GET' && url.pathname === '/_simulator/state') {
      return answer(response, 200, {
        items: items.length,
        switches,
        faults: faults.armed(),
        calls: Object.fromEntries(callCounts),
      });
    }
    if (request.method !== 'POST') return refuse(response, ERRORS.method);
    const input = JSON.parse((await bodyOf(request)) || '{}') as Record<string, unknown>;
    if (url.pathname === '/_simulator/faults') {
      const fault = FAULTS.find((one) => one === input['fault']);
      if (!fault) return answer(response, 400, { message: `fault is one of ${FAULTS.join(', ')}` });
      faults.arm(fault, Number(input['calls'] ?? 1));
      return answer(response, 200, { armed: faults.armed() });
    }
    if (url.pathname === '/_simulator/switches') {
      Object.assign(switches, input);
      return answer(response, 200, { switches });
    }
    return refuse(response, ERRORS.badUrl);
  };

  const server: Server = createServer((request, response) => {
    const url = new URL(request.url ?? '/', 'http://simulator');
    inFlight += 1;
    const handle = url.pathname === '/oauth/v2/token' ? token : url.pathname.startsWith('/_simulator/') ? control : api;
    handle(request, response, url)
      .catch(() => {
        if (!response.headersSent) refuse(response, ERRORS.internal);
        else response.destroy();
      })
      .finally(() => {
        inFlight -= 1;
      });
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(options.port ?? 0, '127.0.0.1', resolve);
  });

  const save = async (): Promise<void> => {
    if (!dirty || !options.statePath) return;
    dirty = false;
    await writeFile(`${options.statePath}.new`, JSON.stringify(items));
    await rename(`${options.statePath}.new`, options.statePath);
  };
  const saver = setInterval(() => void save().catch(() => undefined), 5000);
  saver.unref();

  const known = (itemId: string): SimulatedItem => {
    const item = byId.get(itemId);
    if (!item) throw new Error(`The simulator has no item ${itemId}.`);
    return item;
  };

  const webhookBody: Simulator['webhookBody'] = (item, event) =>
    event === 'deleted' && switches.deleteBody === 'id_only'
      ? { item_id: item.itemId }
      : inventoryDetail(item, switches);

  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    switches,
    faults,
    items: () => items,
    item: (itemId) => byId.get(itemId),
    edit(itemId, change, atMs) {
      const item = Object.assign(known(itemId), change);
      touch(item, atMs);
      return item;
    },
    moveStock(itemId, location, delta) {
      const item = known(itemId);
      item.stock[location] = (item.stock[location] ?? 0) + delta;
      dirty = true;
      if (switches.stockBumpsModifiedTime) touch(item);
      return item;
    },
    remove(itemId) {
      const item = known(itemId);
      item.deleted = true;
      touch(item);
      return item;
    },
    add(change = {}) {
      const [template] = generateItems(1) as [SimulatedItem];
      const item: SimulatedItem = {
        ...template,
        itemId: String(2_646_619_000_000_000_000n + BigInt(items.length)),
        createdMs: Math.floor(Date.now() / 1000) * 1000,
        ...change,
      };
      touch(item, change.modifiedMs);
      items.push(item);
      byId.set(item.itemId, item);
      return item;
    },
    webhookBody,
    send: (target, item, event = 'edited') =>
      sendWebhook(target, 'products', event, webhookBody(item, event), switches),
    afterCalls: (name, calls, act) => void plans.add({ name, at: (callCounts.get(name) ?? 0) + calls + 1, act }),
    calls: () => callCounts,
    async close() {
      clearInterval(saver);
      await save().catch(() => undefined);
      server.closeAllConnections();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
}

function loadItems(options: SimulatorOptions): SimulatedItem[] {
  if (options.statePath && existsSync(options.statePath)) {
    try {
      return JSON.parse(readFileSync(options.statePath, 'utf8')) as SimulatedItem[];
    } catch {
      // A half-written state of a demo is worth less than a demo that starts.
    }
  }
  return generateItems(options.items ?? 2218);
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  const parts: Buffer[] = [];
  for await (const part of request) parts.push(part as Buffer);
  return Buffer.concat(parts).toString('utf8');
}

export { zohoTimestamp };
export type { Fault, WebhookTarget };
