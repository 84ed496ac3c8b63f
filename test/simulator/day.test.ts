import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { createLife } from '../../src/simulator/life.js';
import {
  SIMULATED_ACCOUNT,
  startSimulator,
  type Simulator,
  type SimulatorOptions,
} from '../../src/simulator/simulator.js';

type Row = Record<string, any>;
const NOON = Date.parse('2026-11-20T09:00:00Z');
const COMPANY: SimulatorOptions = {
  items: 80,
  contacts: 40,
  documents: 60,
  documentsUntil: new Date(NOON),
  switches: { perMinute: 10_000 },
};

/** Somebody to whom the rules send. */
class Receiver {
  readonly heard: { route: string; event: string | null; body: string }[] = [];
  status = 202;
  private readonly server: Server = createServer((request, response) => {
    const parts: Buffer[] = [];
    request.on('data', (part: Buffer) => parts.push(part));
    request.on('end', () => {
      const url = new URL(request.url ?? '/', 'http://receiver');
      const route = url.pathname.split('/').at(-1) ?? '';
      this.heard.push({ route, event: url.searchParams.get('event'), body: Buffer.concat(parts).toString() });
      response.writeHead(this.status).end('{}');
    });
  });

  async start(): Promise<void> {
    await new Promise<void>((resolve) => this.server.listen(0, '127.0.0.1', resolve));
  }

  get target(): { url: string; secret: string } {
    return { url: `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`, secret: 'Abc123Def456Ghi7' };
  }

  take(): string[] {
    return this.heard.splice(0).map(({ route, event }) => `${route} ${event}`);
  }

  async stop(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise<void>((resolve) => this.server.close(() => resolve()));
  }
}

describe('workflow rules of the simulated Zoho', () => {
  let simulator: Simulator;
  const receiver = new Receiver();
  beforeAll(async () => {
    await receiver.start();
    simulator = await startSimulator({ ...COMPANY, random: () => 0.01, now: () => NOON });
  });
  beforeEach(() => simulator.connect(receiver.target));
  afterEach(() => simulator.disconnect());
  afterAll(async () => {
    await simulator.close();
    await receiver.stop();
  });

  const customer = () => simulator.contacts.all().find(({ type }) => type === 'customer')!.contactId;
  const input = () => ({ customer_id: customer(), line_items: [{ item_id: simulator.items()[0]!.itemId, rate: 10 }] });
  const heard = async (): Promise<string[]> => {
    await simulator.delivered();
    return receiver.take().sort();
  };

  test('one save fires the rules of every record that it moves', async () => {
    const order = simulator.create('salesorders', input());
    expect(await heard()).toEqual(['orders created']);
    const invoice = simulator.create('invoices', { ...input(), salesorder_id: order });
    expect(await heard()).toEqual(['invoices created', 'orders edited']);
    simulator.act('invoices', invoice, 'status/sent');
    await heard();
    const payment = { customer_id: customer(), amount: 10, invoices: [{ invoice_id: invoice, amount_applied: 10 }] };
    const id = simulator.create('customerpayments', payment);
    expect(await heard()).toEqual(['invoices edited', 'payments created']);
    simulator.delete('customerpayments', id);
    expect(await heard()).toEqual(['invoices edited', 'payments deleted']);
  });

  test('they do not fire for imports, for what the other product synced, and for price lists', async () => {
    simulator.create('invoices', input(), { origin: 'import' });
    simulator.create('invoices', input(), { origin: 'sync' });
    simulator.create('invoices', input(), { origin: 'function' });
    simulator.update('pricebooks', simulator.books.pricebooks.all()[0]!.id, { description: 'moved' });
    simulator.disconnect();
    simulator.connect(receiver.target, { products: ['books'] });
    simulator.create('invoices', input(), { product: 'inventory' });
    expect(await heard()).toEqual([]);
    simulator.create('invoices', input(), { product: 'books' });
    expect(await heard()).toEqual(['invoices created']);
  });

  test('whether they fire for calls is a switch, and so are quota, retries and bodies that are odd', async () => {
    const { switches } = simulator;
    switches.apiWritesFireRules = false;
    simulator.create('invoices', input(), { origin: 'api' });
    expect(await heard()).toEqual([]);
    switches.apiWritesFireRules = true;
    switches.webhooksPerDay = 1;
    simulator.create('invoices', input(), { origin: 'api' });
    expect(await heard()).toEqual([]);
    switches.webhooksPerDay = 0;
    switches.webhookRetries = 1;
    switches.webhookRetryMs = 1;
    receiver.status = 500;
    simulator.create('invoices', input());
    expect(await heard()).toEqual(['invoices created', 'invoices created']);
    receiver.status = 202;
    switches.oddPercent = 100;
    simulator.create('invoices', input());
    await simulator.delivered();
    expect(receiver.heard.splice(0)).toMatchObject([{ body: '' }]);
    switches.oddPercent = 0;
  });

  test('a balance can change without a word and without a new time', async () => {
    const { books } = simulator;
    const invoice = books.invoices.alive().find(({ state, currency }) => state === 'open' && currency === 'USD')!;
    const [before, modifiedMs] = [simulator.body('invoices', invoice.id), invoice.modifiedMs];
    books.invoices.editSilently(invoice.id, { writeOff: invoice.writeOff + 0.01 });
    const after = simulator.body('invoices', invoice.id);
    expect(after['balance']).toBeCloseTo((before['balance'] as number) - 0.01, 2);
    expect(after['last_modified_time']).toBe(before['last_modified_time']);
    expect([invoice.modifiedMs, await heard()]).toEqual([modifiedMs, []]);
  });
});

describe('limits of the simulated Zoho', () => {
  let simulator: Simulator;
  let nowMs = NOON;
  let token = '';
  beforeAll(async () => {
    simulator = await startSimulator({
      items: 3,
      now: () => nowMs,
      switches: { perMinute: 3, perDay: 5, tokenSeconds: 1_000_000 },
    });
    const form = {
      client_id: SIMULATED_ACCOUNT.clientId,
      client_secret: SIMULATED_ACCOUNT.clientSecret,
      refresh_token: SIMULATED_ACCOUNT.refreshToken,
    };
    const answer = await fetch(`${simulator.url}/oauth/v2/token`, { method: 'POST', body: new URLSearchParams(form) });
    token = ((await answer.json()) as Row)['access_token'];
  });
  afterAll(() => simulator.close());

  const call = async (product: 'books/v3' | 'inventory/v1'): Promise<[code: number, remaining: string | null]> => {
    const url = `${simulator.url}/${product}/items?organization_id=${SIMULATED_ACCOUNT.organizationId}`;
    const answer = await fetch(url, { headers: { Authorization: `Zoho-oauthtoken ${token}` } });
    return [((await answer.json()) as Row)['code'], answer.headers.get('x-rate-limit-remaining')];
  };

  test('so many calls a minute and a day, until midnight of the organisation; both products share them or not', async () => {
    expect(await call('books/v3')).toEqual([0, '4']);
    expect(await call('inventory/v1')).toEqual([0, '3']);
    expect(await call('books/v3')).toEqual([0, '2']);
    expect(await call('books/v3')).toEqual([44, null]);
    nowMs += 61_000;
    expect(await call('books/v3')).toEqual([0, '1']);
    expect(await call('books/v3')).toEqual([0, '0']);
    expect(await call('books/v3')).toEqual([45, '0']);
    simulator.switches.sharedQuota = false;
    expect(await call('inventory/v1')).toEqual([0, '4']);
    // 21:00 in Greenwich is midnight in Baghdad.
    nowMs = Date.parse('2026-11-20T21:00:00Z');
    expect(await call('books/v3')).toEqual([0, '4']);
  });

  test('while Zoho is away nothing is answered but by its gateway', async () => {
    simulator.switches.outage = 'unavailable';
    const answer = await fetch(`${simulator.url}/books/v3/items`);
    expect([answer.status, answer.headers.get('content-type')]).toEqual([503, 'text/html']);
    simulator.switches.outage = 'refused';
    await expect(fetch(`${simulator.url}/oauth/v2/token`, { method: 'POST' })).rejects.toThrow();
    simulator.switches.outage = false;
  });
});

describe('a day of the company by script', () => {
  const start = () => startSimulator({ ...COMPANY, now: () => NOON });
  const recordsOf = ({ books }: Simulator): unknown => [
    books.salesorders.all(),
    books.invoices.all(),
    books.customerpayments.all(),
    books.creditnotes.all(),
    books.bills.all(),
    books.vendorpayments.all(),
    books.inventoryadjustments.all(),
    books.items.all(),
    books.contacts.all(),
  ];

  test('the same seed gives the same day to the last record; another one another', async () => {
    const [first, second, third] = [await start(), await start(), await start()];
    const days = [first.day({ seed: 7 }), second.day({ seed: 7 }), third.day({ seed: 8 })];
    for (const day of days) await day.run();
    expect(days[0]!.steps).toEqual(days[1]!.steps);
    expect(recordsOf(second)).toEqual(recordsOf(first));
    expect(recordsOf(third)).not.toEqual(recordsOf(first));
    for (const simulator of [first, second, third]) await simulator.close();
  });

  test('30 wholesale and 30 retail orders are sold, billed and paid, and the balances add up', async () => {
    const simulator = await start();
    const { books } = simulator;
    const before = books.sizes();
    const day = simulator.day({ outages: 2 });
    const names = new Map<string, number>();
    for (let step = day.next(); step; step = day.next()) names.set(step.name, (names.get(step.name) ?? 0) + 1);
    expect(Object.fromEntries(names)).toMatchObject({
      'wholesale order': 30,
      invoice: 30,
      'retail sale': 30,
      'outage begins': 2,
      'outage ends': 2,
    });
    const after = books.sizes();
    expect(after['salesorders']! - before['salesorders']!).toBe(30);
    expect(after['invoices']! - before['invoices']!).toBe(60);
    expect(after['customerpayments']! - before['customerpayments']!).toBeGreaterThanOrEqual(40);
    const balances = books.balances();
    const owed = books.invoices.alive().filter(({ state }) => state === 'open');
    expect(owed.every((invoice) => balances.balance(invoice) >= 0)).toBe(true);
    for (const { contactId, currency } of books.contacts.all()) {
      const sum = owed
        .filter((one) => one.contactId === contactId)
        .reduce((all, one) => all + balances.balance(one), 0);
      expect(balances.contact(contactId).receivable).toBeCloseTo(sum, currency === 'IQD' ? 0 : 2);
    }
    expect([day.finished, simulator.switches.outage]).toEqual([true, false]);
    await simulator.close();
  });

  test('is begun by the control door, at any speed, and so is a single write', async () => {
    const simulator = await start();
    const post = async (path: string, body: object): Promise<[number, Row]> => {
      const answer = await fetch(`${simulator.url}/_simulator/${path}`, { method: 'POST', body: JSON.stringify(body) });
      return [answer.status, (await answer.json()) as Row];
    };
    const [status, begun] = await post('day', { seed: 3, wholesale: 2, retail: 2, speed: 10_000_000 });
    expect([status, begun['steps']]).toEqual([200, expect.any(Number)]);
    const [, { id }] = await post('write', {
      method: 'create',
      module: 'contacts',
      input: { contact_name: 'By the door' },
    });
    expect(simulator.contacts.get(id).name).toBe('By the door');
    expect(
      (await post('write', { method: 'create', module: 'contacts', input: { contact_name: 'By the door' } }))[0],
    ).toBe(400);
    expect((await post('write', { method: 'act', module: 'contacts', id, path: 'inactive' }))[0]).toBe(200);
    expect(simulator.contacts.get(id).active).toBe(false);
    await simulator.close();
  });

  test('the life of a company that has documents moves them too, each by its webhook', async () => {
    const simulator = await start();
    const receiver = new Receiver();
    await receiver.start();
    const before = simulator.books.sizes();
    const life = createLife(simulator, receiver.target, 0, 5);
    const happened = new Set<string>();
    for (let beat = 0; beat < 60; beat += 1) happened.add(await life.beat());
    await simulator.delivered();
    const routes = new Set(receiver.heard.map(({ route }) => route));
    expect([...routes]).toEqual(expect.arrayContaining(['products', 'orders', 'invoices', 'payments']));
    expect([...happened]).toEqual(expect.arrayContaining(['price', 'stock', 'retail sale', 'payment']));
    expect(simulator.books.sizes()['invoices']).toBeGreaterThan(before['invoices']!);
    await simulator.close();
    await receiver.stop();
  });
});
