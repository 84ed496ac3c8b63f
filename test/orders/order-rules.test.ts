import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { addDays, businessDate } from '../../src/kernel/clock.js';
import { newId } from '../../src/kernel/ids.js';
import { startTestApp, type TestApp } from '../support/app.js';
import { faultsOfBooks, sellable, Seller } from '../support/selling.js';

/** What the review of a trading day found about orders, credit and returns; the numbers are those of its first section. */
describe('orders and credit', () => {
  let t: TestApp;
  let owner: Seller;
  let cashier: Seller;
  let today: string;
  beforeAll(async () => {
    t = await startTestApp({ company: true, settings: { SYNC_PHASE: 'gradual' } });
    owner = new Seller(t, await t.as('OWNER'));
    cashier = new Seller(t, await t.as('CASHIER'));
    today = businessDate(t.config.timeZone);
  });
  afterAll(async () => {
    const faults = await faultsOfBooks(t);
    await t.stop();
    expect(faults).toEqual([]);
  });

  /** A customer of a list in its own currency, with a limit and terms. */
  const debtor = async (limit: number, terms = 30, list = 'wholesale_a') => {
    const made = await sellable(t, list, 2);
    await t.db.sql(
      `update customers c set credit_limit = $2, payment_terms_days = $3, currency = l.currency
       from price_lists l where l.id = c.price_list_id and c.id = $1`,
      [made.customerId, limit, terms],
    );
    // What is sold to one is not the first choice of the next test.
    await t.db.sql(`insert into customer_balances (customer_id, currency) values ($1, 'RMB')`, [made.customerId]);
    const level = async (id: string) =>
      (
        await t.db.sql<any>(
          `select s.on_hand::float8 as on_hand, s.reserved::float8 as reserved from stock_levels s
           join warehouses w on w.id = s.warehouse_id and w.is_primary where s.product_id = $1`,
          [id],
        )
      )[0];
    return { ...made, productId: made.products[0]?.id as string, level };
  };
  const draft = (customerId: string, productId: string, quantity: string, rest: object = {}) =>
    owner.order({ customerId, lines: [{ productId, quantity }], ...rest });
  const setLimit = (customerId: string, limit: number) =>
    t.db.sql('update customers set credit_limit = $2 where id = $1', [customerId, limit]);
  const leftOf = async (customerId: string, currency: string) =>
    (await owner.balances(customerId)).find((one) => one.currency === currency)?.creditLeft.amount;
  const step = async (mutation: string, document: { id: string; version: number }, reason = 'They gave it up') =>
    (
      await owner.client.query<any>(
        `mutation($id: ID!, $version: Int!, $reason: String!, $key: ID!) {
           ${mutation}(id: $id, version: $version, reason: $reason, idempotencyKey: $key) {
             __typename ... on UserError { code message field } ... on OrderRecorded { order { id version status fulfilmentStatus
               invoiceStatus lines { id quantity shipped invoiced cancelled credited } } } } }`,
        { id: document.id, version: document.version, reason, key: newId() },
      )
    ).data[mutation];

  describe('item 7: whatever is not paid on the spot counts against the limit', () => {
    test('an order that says cash, and a free invoice', async () => {
      const { customerId, productId } = await debtor(1000);
      const probe = await draft(customerId, productId, '1');
      const currency = probe.total.currency;
      const price = Number(probe.total.amount);
      await setLimit(customerId, price * 1.5);
      expect(await owner.confirm(await draft(customerId, productId, '2', { paymentMethod: 'CASH' }))).toMatchObject({
        code: 'CREDIT_REFUSED',
      });
      expect(await owner.confirm(probe)).toMatchObject({ status: 'CONFIRMED' });
      expect(await owner.confirm(await draft(customerId, productId, '1', { paymentMethod: 'CASH' }))).toMatchObject({
        code: 'CREDIT_REFUSED',
      });
      const free = {
        customerId,
        currency,
        freeLines: [{ description: 'Repair', quantity: '1', unitPrice: probe.total.amount }],
      };
      expect(await owner.invoice(free)).toMatchObject({ code: 'CREDIT_REFUSED' });
      expect(await cashier.invoice({ ...free, overrideCredit: true })).toMatchObject({ code: 'FORBIDDEN' });
      expect(await owner.invoice({ ...free, overrideCredit: true })).toMatchObject({ status: 'OPEN' });
    });

    test('what is owed in another currency counts at the rate of the day', async () => {
      const { customerId, productId } = await debtor(1000);
      const probe = await draft(customerId, productId, '1');
      const other = probe.total.currency === 'USD' ? 'IQD' : 'USD';
      const rate = Number(
        (
          await t.db.sql<any>(
            `select rate from exchange_rates where currency = 'USD' order by effective_on desc limit 1`,
          )
        )[0].rate,
      );
      const price = Number(probe.total.amount);
      const owed = other === 'IQD' ? Math.ceil(price * rate) : Number((price / rate + 0.01).toFixed(2));
      await setLimit(customerId, price * 1.9);
      const billed = await owner.invoice({
        customerId,
        currency: other,
        freeLines: [{ description: 'Repair', quantity: '1', unitPrice: String(owed) }],
      });
      expect(billed.status).toBe('OPEN');
      expect(await owner.confirm(probe)).toMatchObject({ code: 'CREDIT_REFUSED' });
    });

    test('the due day lies within the terms, unless a right overrides it', async () => {
      const { customerId, productId } = await debtor(100000, 10);
      const make = async () => (await owner.confirm(await draft(customerId, productId, '1'))).id;
      const late = addDays(today, 11);
      expect(await cashier.invoice({ orderId: await make(), dueOn: late })).toMatchObject({
        code: 'BAD_INPUT',
        field: 'dueOn',
      });
      expect(await cashier.invoice({ orderId: await make(), dueOn: addDays(today, 10) })).toMatchObject({
        status: 'OPEN',
      });
      expect(await owner.invoice({ orderId: await make(), dueOn: late })).toMatchObject({ dueOn: late });
    });

    test('who has no credit pays on delivery: billed for today, and nothing more while something is overdue', async () => {
      const { customerId, productId } = await debtor(0, 30);
      const confirmed = await owner.confirm(await draft(customerId, productId, '1'));
      expect(confirmed.status).toBe('CONFIRMED');
      const invoice = await owner.invoice({ orderId: confirmed.id });
      expect(invoice).toMatchObject({ issuedOn: today, dueOn: today });
      const [{ currency }] = await t.db.sql<any>('select currency from customers where id = $1', [customerId]);
      const past = addDays(today, -3);
      const freeLines = [{ description: 'Repair', quantity: '1', unitPrice: '1' }];
      // Delivered three days ago and not paid until now.
      expect(await owner.invoice({ customerId, currency, issuedOn: past, freeLines })).toMatchObject({
        issuedOn: past,
        dueOn: past,
      });
      expect(await owner.confirm(await draft(customerId, productId, '1'))).toMatchObject({ code: 'CREDIT_REFUSED' });
    });

    test('what the schema shows as left is what confirming uses', async () => {
      const { customerId, productId } = await debtor(100000);
      const probe = await draft(customerId, productId, '1', { shipping: '5' });
      const { currency } = probe.total;
      await setLimit(customerId, Number(probe.total.amount) * 4);
      await owner.confirm(probe);
      const cash = await owner.confirm(await draft(customerId, productId, '1', { paymentMethod: 'CASH' }));
      await owner.invoice({ orderId: cash.id });
      const left = await leftOf(customerId, currency);
      const answer = await owner.client.query<any>(
        `mutation($id: ID!, $version: Int!, $key: ID!) { confirmOrder(id: $id, version: $version, idempotencyKey: $key) {
           __typename ... on CreditRefusedError { creditLeft } } }`,
        { ...(await draft(customerId, productId, '5')), key: newId() },
      );
      expect(answer.data.confirmOrder).toEqual({ __typename: 'CreditRefusedError', creditLeft: left });
      const fits = await draft(customerId, productId, '1', { shipping: '0' });
      await setLimit(customerId, Number(probe.total.amount) * 4 - Number(left) + Number(fits.total.amount));
      expect(await owner.confirm(fits)).toMatchObject({ status: 'CONFIRMED' });
      expect(Number(await leftOf(customerId, currency))).toBe(0);
    });
  });

  test('item 8: another currency of a customer asks for the limit anew', async () => {
    const { customerId } = await debtor(1000);
    const [row] = await t.db.sql<any>('select version, currency from customers where id = $1', [customerId]);
    const change = async (input: object) =>
      (
        await owner.client.query<any>(
          `mutation($input: UpdateCustomerInput!) { updateCustomer(input: $input) { __typename ... on UserError { code field }
             ... on Customer { currency creditLimit { amount currency } } } }`,
          { input: { id: customerId, version: row.version, ...input } },
        )
      ).data.updateCustomer;
    const currency = row.currency === 'IQD' ? 'USD' : 'IQD';
    expect(await change({ currency })).toMatchObject({ code: 'BAD_INPUT', field: 'creditLimit' });
    expect(await change({ currency, creditLimit: '500' })).toMatchObject({
      currency,
      creditLimit: { amount: '500', currency },
    });
  });

  test('item 9: the rest of a partly shipped and billed order is given up, and its reservation is free', async () => {
    const { customerId, productId, level } = await debtor(1000000);
    const before = await level(productId);
    const order = await owner.confirm(await draft(customerId, productId, '10'));
    const lineId = order.lines[0].id;
    await owner.ship(order, [{ lineId, quantity: '6' }]);
    await owner.invoice({ orderId: order.id, lines: [{ lineId, quantity: '6' }] });
    const closed = await step('closeOrder', await owner.readOrder(order.id));
    expect(closed.order).toMatchObject({
      status: 'SHIPPED',
      fulfilmentStatus: 'COMPLETE',
      invoiceStatus: 'COMPLETE',
      lines: [{ quantity: '10', shipped: '6', invoiced: '6', cancelled: '4' }],
    });
    expect(await level(productId)).toEqual({ on_hand: before.on_hand - 6, reserved: before.reserved });
    expect(await owner.invoice({ orderId: order.id })).toMatchObject({ code: 'BAD_INPUT' });
    expect(await owner.ship(closed.order)).toMatchObject({ __typename: 'IllegalTransitionError' });
    expect((await owner.readOrder(order.id)).paymentStatus).toBe('UNPAID');
  });

  test('item 9: what is billed and has not left is credited before the rest is given up', async () => {
    const { customerId, productId } = await debtor(1000000);
    const order = await owner.confirm(await draft(customerId, productId, '10'));
    await owner.ship(order, [{ lineId: order.lines[0].id, quantity: '6' }]);
    await owner.invoice({ orderId: order.id });
    expect(await step('closeOrder', await owner.readOrder(order.id))).toMatchObject({ code: 'BAD_INPUT', field: 'id' });
  });

  test('item 10: goods that are credited before they leave do not leave', async () => {
    const { customerId, productId, level } = await debtor(1000000);
    const before = await level(productId);
    const order = await owner.confirm(await draft(customerId, productId, '10'));
    const invoice = await owner.invoice({ orderId: order.id });
    await owner.credit({ invoiceId: invoice.id, lines: [{ invoiceLineId: invoice.lines[0].id, quantity: '4' }] });
    expect(await level(productId)).toEqual({ ...before, reserved: before.reserved + 6 });
    const shipped = await owner.ship(await owner.readOrder(order.id));
    expect(shipped).toMatchObject({ status: 'SHIPPED', lines: [{ shipped: '6' }], fulfilmentStatus: 'COMPLETE' });
    expect(await level(productId)).toEqual({ on_hand: before.on_hand - 6, reserved: before.reserved });
  });

  test('item 10: crediting the last of what has not left completes the order', async () => {
    const { customerId, productId, level } = await debtor(1000000);
    const before = await level(productId);
    const order = await owner.confirm(await draft(customerId, productId, '5'));
    const invoice = await owner.invoice({ orderId: order.id });
    await owner.ship(await owner.readOrder(order.id), [{ lineId: order.lines[0].id, quantity: '3' }]);
    await owner.credit({ invoiceId: invoice.id, lines: [{ invoiceLineId: invoice.lines[0].id, quantity: '2' }] });
    expect(await owner.readOrder(order.id)).toMatchObject({ status: 'SHIPPED', fulfilmentStatus: 'COMPLETE' });
    expect(await level(productId)).toEqual({ on_hand: before.on_hand - 3, reserved: before.reserved });
  });

  test('item 11: after an allowance every piece comes back, and the credits sum to the invoice', async () => {
    const { customerId, productId, level } = await debtor(1000000);
    const before = await level(productId);
    const order = await owner.ship(await owner.confirm(await draft(customerId, productId, '10')));
    const invoice = await owner.invoice({ orderId: order.id });
    const back = (quantity: string) =>
      owner.credit({
        invoiceId: invoice.id,
        restock: true,
        lines: [{ invoiceLineId: invoice.lines[0].id, quantity }],
      });
    const unit = Number(invoice.total.amount) / 10;
    await owner.credit({ invoiceId: invoice.id, amount: String(Math.ceil(unit * 1.5)) });
    for (const quantity of ['4', '4', '1', '1']) expect(await back(quantity)).toMatchObject({ restocked: true });
    expect(await level(productId)).toEqual(before);
    const [sum] = await t.db.sql<any>(
      `select sum(n.total)::float8 as notes, sum(l.net)::float8 as lines from credit_notes n
       cross join lateral (select sum(x.line_total - x.discount_share + x.tax_amount) as net from credit_note_lines x
         where x.credit_note_id = n.id) l where n.invoice_id = $1`,
      [invoice.id],
    );
    expect(sum).toEqual({ notes: Number(invoice.total.amount), lines: Number(invoice.total.amount) });
    expect(await back('1')).toMatchObject({ code: 'BAD_INPUT' });
  });

  test('item 11: with an allowance all pieces come back at once, too', async () => {
    const { customerId, productId } = await debtor(1000000);
    const order = await owner.ship(await owner.confirm(await draft(customerId, productId, '10')));
    const invoice = await owner.invoice({ orderId: order.id });
    await owner.credit({ invoiceId: invoice.id, amount: '1' });
    const note = await owner.credit({
      invoiceId: invoice.id,
      restock: true,
      lines: [{ invoiceLineId: invoice.lines[0].id, quantity: '10' }],
    });
    expect(Number(note.total.amount)).toBeCloseTo(Number(invoice.total.amount) - 1, 6);
  });

  describe('item 13', () => {
    test('a draft with a product that is archived meanwhile is not confirmed', async () => {
      const { customerId, products } = await debtor(1000000);
      const productId = products[1]?.id as string;
      const order = await draft(customerId, productId, '1');
      const [{ version }] = (await t.db.sql<any>('select version from products where id = $1', [productId])) as any;
      await t.db.sql('update products set archived_at = now(), active = false where id = $1', [productId]);
      expect(version).toBeGreaterThan(0);
      expect(await owner.confirm(order)).toMatchObject({ code: 'BAD_INPUT', field: 'lines.0.productId' });
      await t.db.sql('update products set archived_at = null, active = true where id = $1', [productId]);
      expect(await owner.confirm(order)).toMatchObject({ status: 'CONFIRMED' });
    });

    test('who owes, or waits for goods, is not archived', async () => {
      const archive = async (id: string) => {
        const [{ version }] = (await t.db.sql<any>('select version from customers where id = $1', [id])) as any;
        return (
          await owner.client.query<any>(
            `mutation($id: ID!, $version: Int!) { archiveCustomer(id: $id, version: $version) { __typename
               ... on UserError { code field message } } }`,
            { id, version },
          )
        ).data.archiveCustomer;
      };
      const { customerId, productId } = await debtor(1000000);
      await owner.pay({ customerId, amount: '1', currency: 'USD' });
      expect(await archive(customerId)).toMatchObject({ code: 'BAD_INPUT', field: 'id' });
      const waiting = await sellable(t, 'wholesale_b', 1);
      const order = await owner.confirm(await draft(waiting.customerId, productId, '1'));
      expect(order.status).toBe('CONFIRMED');
      expect(await archive(waiting.customerId)).toMatchObject({ code: 'BAD_INPUT', field: 'id' });
      await owner.cancel(order);
      expect(await archive(waiting.customerId)).toMatchObject({ __typename: 'Customer' });
    });
  });
});
