import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import type { SimulatedContact } from '../../src/simulator/company-contacts.js';
import { orderMapper } from '../../src/sync/entities/order.mapper.js';
import { startTestApp, type TestApp, type TestClient } from '../support/app.js';
import { INVOICES, Mirrored, SALES_ORDERS } from '../support/mirrored.js';

const read = (name: string) => JSON.parse(readFileSync(`test/fixtures/${name}.json`, 'utf8'));
const recorded = { ...read('books-salesorder-detail').salesorder, currency_code: 'USD' };
const invoiced = read('books-invoice-detail').invoice;

test('a recorded sales order is read whole from its detail, and not from the list', () => {
  expect(orderMapper.parse(recorded)).toMatchObject({ remoteId: '5270413000000119870', whole: true });
  expect(orderMapper.parse(read('books-salesorders-list').salesorders[0]).whole).toBe(false);
  const { snapshot, warnings } = orderMapper.toSnapshot(orderMapper.parse(recorded).remote);
  expect(warnings).toEqual([]);
  expect(snapshot).toMatchObject({
    number: 'SO-00112',
    status: 'OPEN',
    day: '2025-02-27',
    expectedOn: '2025-03-03',
    deliveryAddress: 'Accounts, Olaya St 12, Riyadh, Riyadh',
    facts: { subtotal: '502', taxTotal: '75.3', total: '577.3', location: '5270413000000030001' },
    lines: [{ quantity: '4.000', shipped: '0', invoiced: '4', taxAmount: '0' }],
  });
});

describe('sales orders of Zoho', () => {
  const orders = new Mirrored(SALES_ORDERS);
  const invoices = new Mirrored(INVOICES);
  let t: TestApp;
  let owner: TestClient;
  let contact: SimulatedContact;
  let itemId: string;
  let next = 0;
  let id = '';
  beforeAll(async () => {
    t = await startTestApp({
      simulator: { items: 3, contacts: 0, resources: [orders.resource(), invoices.resource()] },
    });
    owner = await t.as('OWNER');
    itemId = t.simulator!.items()[0]!.itemId;
  });
  afterAll(() => t.stop());
  beforeEach(async () => {
    await t.drain();
    contact = t.simulator!.addContact({ type: 'customer', currency: 'USD', active: true });
    id = `so-${(next += 1)}`;
  });

  const line = (change: object = {}) => ({
    ...recorded.line_items[0],
    line_item_id: `${id}-line`,
    item_id: itemId,
    quantity_invoiced: 0,
    ...change,
  });
  const bring = async (change: object = {}): Promise<void> => {
    const body = { ...recorded, customer_id: contact.contactId, salesorder_number: `N-${id}`, line_items: [line()] };
    await orders.send(t, orders.put(id, { ...body, ...change }));
    await t.drain();
  };
  const order = async () => {
    const [row] = await t.db.sql<any>('select id from orders where external_ref = $1', [id]);
    const { data } = await owner.query(
      `query($id: ID!) { order(id: $id) { source reportedNumber reportedStatus status draft fulfilmentStatus invoiceStatus agrees
         expectedOn total { amount currency } reported { status total { amount } location }
         lines { quantity shipped invoiced product { id } } invoices { reportedNumber } sync { state } } }`,
      { id: row.id },
    );
    return data['order'];
  };

  test('a webhook makes an order as Zoho says it, without reserving anything here', async () => {
    const reserved = async () =>
      (await t.db.sql<any>('select coalesce(sum(reserved), 0)::float as n from stock_levels'))[0].n;
    await bring({ status: 'draft' });
    const before = await reserved();
    expect(await order()).toMatchObject({ status: 'DRAFT', draft: true, reportedStatus: 'DRAFT' });
    await bring();
    expect(await order()).toMatchObject({
      source: 'ZOHO',
      reportedNumber: `N-${id}`,
      reportedStatus: 'OPEN',
      status: 'CONFIRMED',
      fulfilmentStatus: 'NONE',
      invoiceStatus: 'NONE',
      total: { amount: '577.3', currency: 'USD' },
      reported: { status: 'open', location: '5270413000000030001' },
      sync: { state: 'linked' },
    });
    expect(await reserved()).toBe(before);
  });

  test.each([
    ['partially_shipped', { quantity_shipped: 1 }, 'CONFIRMED', 'PARTIAL'],
    ['shipped', { quantity_shipped: 4 }, 'SHIPPED', 'COMPLETE'],
    ['fulfilled', {}, 'DELIVERED', 'COMPLETE'],
    ['partially_invoiced', { quantity_invoiced: 2 }, 'CONFIRMED', 'NONE'],
    ['void', {}, 'CANCELLED', 'NONE'],
    ['overdue', {}, 'CONFIRMED', 'NONE'],
  ] as const)('in the state %s it is as far as Zoho says', async (status, done, ours, fulfilmentStatus) => {
    await bring({ status, line_items: [line(done)] });
    expect(await order()).toMatchObject({ status: ours, fulfilmentStatus, reported: { status } });
  });

  test('its invoice knows it, and its lines keep their ids through edits', async () => {
    await bring();
    const invoice = invoices.put(`inv-${id}`, {
      ...invoiced,
      salesorder_id: id,
      customer_id: contact.contactId,
      currency_code: 'USD',
      invoice_number: `I-${id}`,
      line_items: [
        {
          ...invoiced.line_items[0],
          line_item_id: `inv-${id}-line`,
          item_id: itemId,
          salesorder_item_id: `${id}-line`,
        },
      ],
    });
    await invoices.send(t, invoice);
    await t.drain();
    await bring({ line_items: [line({ quantity_invoiced: 4 })] });
    expect(await order()).toMatchObject({ invoiceStatus: 'COMPLETE', invoices: [{ reportedNumber: `I-${id}` }] });
    const [row] = await t.db.sql<any>(
      `select l.order_line_id is not null as linked from invoice_lines l where l.external_ref = $1`,
      [`inv-${id}-line`],
    );
    expect(row.linked).toBe(true);
  });

  test('deleted at Zoho it is cancelled here', async () => {
    await bring();
    const body = orders.body(id);
    orders.remove(id);
    await orders.send(t, body, 'deleted');
    await t.drain();
    expect(await order()).toMatchObject({ status: 'CANCELLED', reportedNumber: null });
  });
});
