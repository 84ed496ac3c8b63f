import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { SIMULATED_ACCOUNT, startSimulator, type Simulator } from '../../src/simulator/simulator.js';

type Row = Record<string, any>;
const MESSAGES = JSON.parse(readFileSync('test/fixtures/success-messages.json', 'utf8')) as Row;

describe('writes of the simulated Zoho', () => {
  let simulator: Simulator;
  let token: string;
  let customer: string;
  let vendor: string;
  let items: string[];
  beforeAll(async () => {
    simulator = await startSimulator({
      items: 60,
      contacts: 40,
      documents: 30,
      documentsUntil: new Date('2026-11-20T12:00:00Z'),
      switches: { perMinute: 10_000 },
    });
    const form = {
      client_id: SIMULATED_ACCOUNT.clientId,
      client_secret: SIMULATED_ACCOUNT.clientSecret,
      refresh_token: SIMULATED_ACCOUNT.refreshToken,
    };
    const response = await fetch(`${simulator.url}/oauth/v2/token`, {
      method: 'POST',
      body: new URLSearchParams(form),
    });
    token = ((await response.json()) as Row)['access_token'];
    const contacts = simulator.contacts.all();
    customer = contacts.find(({ type, currency }) => type === 'customer' && currency === 'USD')!.contactId;
    vendor = contacts.find(({ type }) => type === 'vendor')!.contactId;
    items = simulator.items().map(({ itemId }) => itemId);
  });
  afterAll(() => simulator.close());

  const call = async (
    method: string,
    path: string,
    body: unknown = undefined,
    { query = {}, headers = {} }: { query?: Record<string, string>; headers?: Record<string, string> } = {},
  ): Promise<[status: number, body: Row]> => {
    const search = new URLSearchParams({ organization_id: SIMULATED_ACCOUNT.organizationId, ...query });
    const response = await fetch(`${simulator.url}${path}?${search}`, {
      method,
      headers: { Authorization: `Zoho-oauthtoken ${token}`, ...headers },
      ...(body === undefined ? {} : { body: body instanceof FormData ? body : JSON.stringify(body) }),
    });
    return [response.status, (await response.json()) as Row];
  };
  const line = (index: number, quantity: number, rate: number): Row => ({ item_id: items[index], quantity, rate });
  const stock = (index: number): number => simulator.item(items[index]!)!.stock.reduce((sum, one) => sum + one, 0);
  const owed = (): number => simulator.body('contacts', customer)['outstanding_receivable_amount'] as number;
  const newInvoice = async (lines: Row[]): Promise<Row> => {
    const input = { customer_id: customer, line_items: lines };
    const [status, body] = await call('POST', '/books/v3/invoices', input);
    expect([status, body['message']]).toEqual(MESSAGES['POST /invoices']);
    return body['invoice'] as Row;
  };

  test('an invoice is a draft that nobody owes until it is sent; then goods leave and money is owed', async () => {
    const [before, goods] = [owed(), stock(0)];
    const invoice = await newInvoice([line(0, 4, 125.5), line(1, 2, 30.25)]);
    expect(invoice).toMatchObject({ status: 'draft', total: 562.5, balance: 562.5 });
    expect([owed(), stock(0)]).toEqual([before, goods]);
    const [status, sent] = await call('POST', `/books/v3/invoices/${invoice['invoice_id']}/status/sent`);
    expect([status, sent['message']]).toEqual(MESSAGES['POST /invoices/{id}/status/sent']);
    expect([owed(), stock(0)]).toEqual([before + 562.5, goods - 4]);
  });

  test('a payment settles invoices, moves their time and not that of the contact; deleted, it is owed again', async () => {
    const invoice = await newInvoice([line(2, 1, 100)]);
    const id = invoice['invoice_id'] as string;
    await call('POST', `/books/v3/invoices/${id}/status/sent`);
    const before = owed();
    const modified = simulator.contacts.get(customer).modifiedMs;
    simulator.books.invoices.get(id).modifiedMs = 0;
    const input = { customer_id: customer, amount: 70, invoices: [{ invoice_id: id, amount_applied: 60 }] };
    const [status, { message, payment }] = await call('POST', '/books/v3/customerpayments', input);
    expect([status, message]).toEqual(MESSAGES['POST /customerpayments']);
    expect(payment).toMatchObject({ unused_amount: 10, invoices: [{ amount_applied: 60, balance: 40 }] });
    expect(simulator.body('invoices', id)).toMatchObject({ status: 'partially_paid', balance: 40, payment_made: 60 });
    expect(simulator.books.invoices.get(id).modifiedMs).toBeGreaterThan(0);
    expect(simulator.contacts.get(customer).modifiedMs).toBe(modified);
    expect(owed()).toBeCloseTo(before - 60, 2);
    const [, refused] = await call('POST', '/books/v3/customerpayments', {
      ...input,
      invoices: [{ invoice_id: id, amount_applied: 41 }],
    });
    expect(refused['code']).toBe(24016);
    const [deleted, gone] = await call('DELETE', `/books/v3/customerpayments/${payment.payment_id}`);
    expect([deleted, gone['message']]).toEqual(MESSAGES['DELETE /customerpayments/{id}']);
    expect(owed()).toBeCloseTo(before, 2);
  });

  test('a PUT keeps the lines that it names, adds those without an id and drops the rest', async () => {
    const goods = stock(4);
    const invoice = await newInvoice([line(3, 1, 10), line(4, 5, 20)]);
    const id = invoice['invoice_id'] as string;
    await call('POST', `/books/v3/invoices/${id}/status/sent`);
    expect(stock(4)).toBe(goods - 5);
    const [first] = invoice['line_items'];
    const lines = [{ line_item_id: first.line_item_id, quantity: 3 }, line(5, 1, 7)];
    const [status, { message, invoice: changed }] = await call('PUT', `/books/v3/invoices/${id}`, {
      line_items: lines,
    });
    expect([status, message]).toEqual(MESSAGES['PUT /invoices/{id}']);
    expect(changed.line_items.map(({ item_id: item, quantity, rate }: Row) => [item, quantity, rate])).toEqual([
      [items[3], 3, 10],
      [items[5], 1, 7],
    ]);
    expect(changed.line_items[0].line_item_id).toBe(first.line_item_id);
    expect(stock(4)).toBe(goods);
  });

  test('an order is invoiced by lines, and its status follows', async () => {
    const input = { customer_id: customer, line_items: [line(6, 4, 12.5)] };
    const [, { salesorder }] = await call('POST', '/books/v3/salesorders', input);
    const id = salesorder.salesorder_id as string;
    await call('POST', `/books/v3/salesorders/${id}/status/open`);
    const committed = simulator.body('items', items[6]!)['committed_stock'] as number;
    const lines = [{ ...line(6, 4, 12.5), salesorder_item_id: salesorder.line_items[0].line_item_id }];
    await call('POST', '/books/v3/invoices', { customer_id: customer, salesorder_id: id, line_items: lines });
    expect(simulator.body('salesorders', id)).toMatchObject({ status: 'invoiced', invoices: [{ status: 'draft' }] });
    expect(simulator.body('salesorders', id, 'inventory')['status']).toBe('fulfilled');
    expect(simulator.body('items', items[6]!)['committed_stock']).toBe(committed - 4);
  });

  test('a credit note is set off against an invoice and refunded, and then closed', async () => {
    const invoice = await newInvoice([line(7, 2, 50)]);
    await call('POST', `/books/v3/invoices/${invoice['invoice_id']}/status/sent`);
    const goods = stock(7);
    const input = { customer_id: customer, line_items: [line(7, 1, 50)] };
    const [status, { message, creditnote }] = await call('POST', '/books/v3/creditnotes', input);
    expect([status, message]).toEqual(MESSAGES['POST /creditnotes']);
    const path = `/books/v3/creditnotes/${creditnote.creditnote_id}`;
    await call('POST', `${path}/status/open`);
    expect(stock(7)).toBe(goods + 1);
    await call('POST', `${path}/invoices`, { invoices: [{ invoice_id: invoice['invoice_id'], amount_applied: 30 }] });
    const [, refund] = await call('POST', `${path}/refunds`, { amount: 20, refund_mode: 'cash' });
    expect(refund['creditnote_refund']).toMatchObject({ amount_fcy: 20, refund_mode: 'cash' });
    const [, after] = await call('GET', path);
    expect(after['creditnote']).toMatchObject({ status: 'closed', balance: 0, total_refunded_amount: 20 });
    expect(simulator.body('invoices', invoice['invoice_id'] as string)).toMatchObject({
      balance: 70,
      credits_applied: 30,
    });
    const [applied] = after['creditnote'].invoices_credited;
    await call('DELETE', `${path}/invoices/${applied.creditnote_invoice_id}`);
    expect(simulator.body('creditnotes', creditnote.creditnote_id)).toMatchObject({ status: 'open', balance: 30 });
  });

  test('a bill brings goods and is paid; an adjustment moves them by its difference', async () => {
    const goods = stock(8);
    const input = { vendor_id: vendor, bill_number: 'GM-7781', line_items: [line(8, 10, 80)] };
    const [status, { message, bill }] = await call('POST', '/books/v3/bills', input);
    expect([status, message]).toEqual(MESSAGES['POST /bills']);
    expect(stock(8)).toBe(goods + 10);
    const payment = { vendor_id: vendor, amount: 800, bills: [{ bill_id: bill.bill_id, amount_applied: 800 }] };
    await call('POST', '/books/v3/vendorpayments', payment);
    expect(simulator.body('bills', bill.bill_id)).toMatchObject({ status: 'paid', balance: 0, payment_made: 800 });
    const [created] = await call('POST', '/inventory/v1/inventoryadjustments', {
      reason: 'Stocktaking results',
      line_items: [{ item_id: items[8], quantity_adjusted: -3 }],
    });
    expect([created, stock(8)]).toEqual([201, goods + 7]);
  });

  test('a void invoice takes back its goods; a paid one cannot be void or deleted', async () => {
    const goods = stock(9);
    const invoice = await newInvoice([line(9, 2, 10)]);
    const path = `/books/v3/invoices/${invoice['invoice_id']}`;
    await call('POST', `${path}/status/sent`);
    const [, { payment }] = await call('POST', '/books/v3/customerpayments', {
      customer_id: customer,
      amount: 5,
      invoices: [{ invoice_id: invoice['invoice_id'], amount_applied: 5 }],
    });
    expect((await call('POST', `${path}/status/void`))[0]).toBe(400);
    expect((await call('DELETE', path))[0]).toBe(400);
    await call('DELETE', `/books/v3/customerpayments/${payment.payment_id}`);
    const [status, body] = await call('POST', `${path}/status/void`);
    expect([status, body['message'], stock(9)]).toEqual([...MESSAGES['POST /invoices/{id}/status/void'], goods]);
    expect((await call('DELETE', path))[1]['message']).toBe(MESSAGES['DELETE /invoices/{id}'][1]);
    expect((await call('GET', path))[1]).toEqual({ code: 1002, message: 'Invoice does not exist.' });
  });

  test('refusals have the codes and words of Zoho', async () => {
    const { name } = simulator.contacts.get(customer);
    const [duplicate, body] = await call('POST', '/books/v3/contacts', { contact_name: name });
    expect([duplicate, body]).toEqual([
      400,
      { code: 3062, message: `The customer "${name}" already exists. Please specify a different name.` },
    ]);
    const other = simulator.contacts
      .all()
      .find(({ contactId, type }) => contactId !== customer && type === 'customer')!;
    expect((await call('PUT', `/books/v3/contacts/${other.contactId}`, { contact_name: name }))[1]['code']).toBe(3062);
    const numbered = { customer_id: customer, invoice_number: 'TSH-77', line_items: [line(0, 1, 1)] };
    expect((await call('POST', '/books/v3/invoices', numbered))[1]['code']).toBe(4097);
    const own = { query: { ignore_auto_number_generation: 'true' } };
    expect((await call('POST', '/books/v3/invoices', numbered, own))[1]['invoice'].invoice_number).toBe('TSH-77');
    expect((await call('POST', '/books/v3/invoices', numbered, own))[1]['code']).toBe(simulator.switches.duplicateCode);
    expect((await call('POST', '/books/v3/invoices', { customer_id: '1', line_items: [] }))[1]['code']).toBe(2);
    const long = { contact_name: 'x'.repeat(300) };
    expect((await call('POST', '/books/v3/contacts', long))[1]).toEqual({
      code: 15,
      message: 'Please ensure that the contact_name has less than 200 characters.',
    });
    expect((await call('PATCH', `/books/v3/contacts/${customer}`))[0]).toBe(405);
    expect((await call('POST', '/books/v3/users', {}))[0]).toBe(405);
  });

  test('a unique custom field makes a create that can be repeated, in Books only', async () => {
    const unique = {
      'X-Unique-Identifier-Key': 'cf_erp_uid',
      'X-Unique-Identifier-Value': 'cus_01J8',
      'X-Upsert': 'true',
    };
    const input = { contact_name: 'Upserted Customer', contact_type: 'customer' };
    const [first, made] = await call('PUT', '/books/v3/contacts', input, { headers: unique });
    const [second, same] = await call('PUT', '/books/v3/contacts', { ...input, notes: 'again' }, { headers: unique });
    expect([first, second]).toEqual([201, 200]);
    expect(same['contact'].contact_id).toBe(made['contact'].contact_id);
    expect(same['contact']).toMatchObject({ notes: 'again', custom_field_hash: { cf_erp_uid: 'cus_01J8' } });
    const without = { ...unique, 'X-Upsert': 'false', 'X-Unique-Identifier-Value': 'nobody' };
    expect((await call('PUT', '/books/v3/contacts', input, { headers: without }))[0]).toBe(404);
    const invoices = { customer_id: customer, line_items: [line(0, 1, 1)] };
    expect((await call('PUT', '/inventory/v1/invoices', invoices, { headers: unique }))[0]).toBe(405);
  });

  test('an image can be sent, fetched and removed, and a file attached', async () => {
    const form = new FormData();
    form.append('image', new Blob([Buffer.from('not really a picture')], { type: 'image/png' }), 'x.png');
    const path = `/inventory/v1/items/${items[10]}/image`;
    expect((await call('POST', path, form))[0]).toBe(200);
    const search = new URLSearchParams({ organization_id: SIMULATED_ACCOUNT.organizationId });
    const image = await fetch(`${simulator.url}${path}?${search}`, {
      headers: { Authorization: `Zoho-oauthtoken ${token}` },
    });
    expect([image.headers.get('content-type'), await image.text()]).toEqual(['image/png', 'not really a picture']);
    expect(simulator.item(items[10]!)!.imageDocumentId).not.toBe('');
    expect((await call('DELETE', path))[0]).toBe(200);
    expect((await call('GET', path))[0]).toBe(404);
  });

  test('a price list is replaced as a whole, so that an item can vanish from it', async () => {
    const list = simulator.books.pricebooks.all().find(({ name }) => name === 'Retailer')!;
    const [first, ...rest] = list.items;
    const prices = rest.map(({ itemId, rate }) => ({ item_id: itemId, pricebook_rate: rate }));
    await call('PUT', `/inventory/v1/pricebooks/${list.id}`, { pricebook_items: prices });
    const [, { pricebook }] = await call('GET', `/books/v3/pricebooks/${list.id}`);
    const listed = pricebook.pricebook_items.map(({ item_id: id }: Row) => id);
    expect(listed).toHaveLength(rest.length);
    expect(listed).not.toContain(first!.itemId);
  });

  test('the answer of a write can be lost, and the write is done all the same', async () => {
    simulator.faults.arm('lost_answer');
    const before = simulator.books.invoices.all().length;
    const input = { customer_id: customer, line_items: [line(0, 1, 1)] };
    await expect(call('POST', '/books/v3/invoices', input)).rejects.toThrow();
    expect(simulator.books.invoices.all().length).toBe(before + 1);
  });
});
