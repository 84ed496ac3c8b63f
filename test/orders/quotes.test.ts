import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { addDays, businessDate } from '../../src/kernel/clock.js';
import { startTestApp, type TestApp } from '../support/app.js';
import { faultsOfBooks, sellable, Seller } from '../support/selling.js';

describe('quotes', () => {
  let t: TestApp;
  let owner: Seller;
  let cashier: Seller;
  let today: string;
  let customerId: string;
  let productId: string;
  beforeAll(async () => {
    t = await startTestApp({ company: true, settings: { SYNC_PHASE: 'gradual' } });
    owner = new Seller(t, await t.as('OWNER'));
    cashier = new Seller(t, await t.as('CASHIER'));
    today = businessDate(t.config.timeZone);
    const made = await sellable(t, 'wholesale_a', 1);
    customerId = made.customerId;
    productId = made.products[0]?.id as string;
    await t.db.sql('update customers set credit_limit = 1000000 where id = $1', [customerId]);
  });
  afterAll(async () => {
    const faults = await faultsOfBooks(t);
    await t.stop();
    expect(faults).toEqual([]);
  });

  const quote = (rest: object = {}, line: object = {}, by = owner) =>
    by.order({ customerId, lines: [{ productId, quantity: '1', ...line }], ...rest });

  test('a quote becomes an order until its last day, once, and not after', async () => {
    const open = await quote({ validUntil: today });
    const confirmed = await owner.confirm(open);
    expect(confirmed).toMatchObject({ status: 'CONFIRMED' });
    expect(await owner.confirm(confirmed)).toMatchObject({ __typename: 'IllegalTransitionError' });
    const expired = await quote({ validUntil: addDays(today, 3) });
    await t.db.sql('update orders set valid_until = $2::date where id = $1', [expired.id, addDays(today, -1)]);
    expect(await owner.confirm(expired)).toMatchObject({ code: 'BAD_INPUT', field: 'id' });
    const anew = await owner.updateOrder({
      id: expired.id,
      version: expired.version,
      validUntil: addDays(today, 1),
      lines: [{ productId, quantity: '1' }],
    });
    expect(await owner.confirm(anew)).toMatchObject({ status: 'CONFIRMED' });
    expect(await quote({ validUntil: addDays(today, -1) })).toMatchObject({ code: 'BAD_INPUT', field: 'validUntil' });
  });

  describe('a negotiated price', () => {
    test('goes to the floor of the role and not below, beside the price of the list', async () => {
      const listed = Number((await quote()).lines[0].unitPrice.amount);
      const [{ least, currency }] = (await t.db.sql<any>(
        `select min(round(x.amount * (100 - x.discount_percent) / 100, case l.currency when 'IQD' then 0 else 2 end))::float8 as least, l.currency
         from prices x join price_lists l on l.id = x.price_list_id
         where x.product_id = $1 and x.min_quantity <= 1 and x.amount > 0 and x.effective_to is null
           and l.currency = (select pl.currency from price_lists pl where pl.code = 'wholesale_a') group by l.currency`,
        [productId],
      )) as [{ least: number; currency: string }];
      const free = Number((listed * 0.95).toFixed(currency === 'IQD' ? 0 : 2));
      const cent = currency === 'IQD' ? 1 : 0.01;
      const at = (price: number) => ({ unitPrice: price.toFixed(currency === 'IQD' ? 0 : 2) });
      expect(await quote({}, at(free), cashier)).toMatchObject({
        needsApproval: false,
        lines: [{ unitPrice: { amount: String(free) } }],
      });
      expect(await quote({}, at(free - cent), cashier)).toMatchObject({
        code: 'BAD_INPUT',
        field: 'lines.0.unitPrice',
      });
      const floor = Math.min(free, least);
      expect(await quote({}, at(floor))).toMatchObject({ lines: [{ unitPrice: { amount: String(floor) } }] });
      expect(await quote({}, at(floor - cent))).toMatchObject({ code: 'BAD_INPUT', field: 'lines.0.unitPrice' });
      expect(await quote({}, at(listed * 2))).toMatchObject({
        total: { amount: String(Number((listed * 2).toFixed(2))) },
      });
      const order = await quote({}, at(free));
      const shown = await owner.client.query<any>(
        `query($id: ID!) { order(id: $id) { lines { listPrice { amount currency } } } }`,
        { id: order.id },
      );
      expect(shown.data.order.lines).toEqual([{ listPrice: { amount: String(listed), currency } }]);
    });

    test('counts in the discount that somebody must approve, and is not for clients', async () => {
      const listed = Number((await quote()).lines[0].unitPrice.amount);
      const line = { unitPrice: (listed * 0.96).toFixed(2), discountPercent: '4' };
      expect(await quote({}, line, cashier)).toMatchObject({ needsApproval: true });
      const client = new Seller(t, await t.as('CONSUMER'));
      expect(await client.order({ lines: [{ productId, quantity: '1', unitPrice: '1' }] })).toMatchObject({
        code: 'BAD_INPUT',
      });
    });
  });

  test('an approval is refused with a reason, and waits for other terms', async () => {
    const waiting = await quote({ discountPercent: '60' }, {}, cashier);
    expect(waiting.needsApproval).toBe(true);
    const reject = async (order: any, by = owner): Promise<any> =>
      (
        await by.client.query<any>(
          `mutation($id: ID!, $version: Int!) { rejectOrder(id: $id, version: $version, reason: "Too much") { __typename
             ... on UserError { code field } ... on OrderRecorded { order { id version rejectedBy rejectReason } } } }`,
          { id: order.id, version: order.version },
        )
      ).data?.rejectOrder;
    expect(await reject(await quote())).toMatchObject({ code: 'BAD_INPUT', field: 'id' });
    const { order } = await reject(waiting);
    expect(order).toMatchObject({ rejectedBy: expect.any(String), rejectReason: 'Too much' });
    expect(await cashier.confirm(order)).toMatchObject({ code: 'APPROVAL_NEEDED' });
    const list = await owner.client.query<any>(
      `query($id: ID!) { orders(filter: { customerId: { eq: $id }, needsApproval: { eq: true } }) { nodes { id } } }`,
      { id: customerId },
    );
    expect(list.data.orders.nodes.map((one: any) => one.id)).not.toContain(order.id);
    const other = await cashier.updateOrder({
      ...order,
      rejectedBy: undefined,
      rejectReason: undefined,
      discountPercent: '1',
      lines: [{ productId, quantity: '1' }],
    });
    expect(await cashier.confirm(other)).toMatchObject({ status: 'CONFIRMED' });
  });

  test('orders are filtered by what has left, what is billed, and who looks after the customer', async () => {
    const order = await owner.confirm(await quote({}, { quantity: '2' }));
    await owner.ship(order, [{ lineId: order.lines[0].id, quantity: '1' }]);
    const found = async (filter: string): Promise<string[]> =>
      (
        await owner.client.query<any>(
          `query($id: ID!) { orders(filter: { customerId: { eq: $id }, ${filter} }) { nodes { id } } }`,
          { id: customerId },
        )
      ).data.orders.nodes.map((one: any) => one.id);
    expect(await found('fulfilmentStatus: { eq: PARTIAL }')).toEqual([order.id]);
    expect(await found('invoiceStatus: { eq: NONE }')).toContain(order.id);
    const [row] = await t.db.sql<any>('select salesperson_id as id from customers where id = $1', [customerId]);
    if (row.id) expect(await found(`salespersonId: { eq: "${row.id}" }`)).toContain(order.id);
  });

  test('an invoice shows its credit notes and who sold it; a customer the last invoices and payments', async () => {
    const seller = await t.as('SALESPERSON');
    const { userId } = (await seller.query<any>('{ me { userId } }')).data.me;
    await t.db.sql('update customers set salesperson_id = $2 where id = $1', [customerId, userId]);
    const order = await owner.confirm(await quote());
    const invoice = await owner.invoice({ orderId: order.id });
    const note = await owner.credit({ invoiceId: invoice.id, amount: '1' });
    const payment = await owner.pay({ customerId, amount: '1', currency: 'USD' });
    await t.db.sql('update customers set salesperson_id = null where id = $1', [customerId]);
    const shown = await owner.client.query<any>(
      `query($id: ID!, $customer: ID!) { invoice(id: $id) { creditNotes { id } salesperson { userId name } }
         customer(id: $customer) { invoices { id } payments { id } } }`,
      { id: invoice.id, customer: customerId },
    );
    expect(shown.data.invoice).toMatchObject({ creditNotes: [{ id: note.id }], salesperson: { userId } });
    expect(shown.data.customer.invoices[0]).toEqual({ id: invoice.id });
    expect(shown.data.customer.payments[0]).toEqual({ id: payment.id });
  });
});
