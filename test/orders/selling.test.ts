import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { addDays, businessDate, setClock } from '../../src/kernel/clock.js';
import { newId } from '../../src/kernel/ids.js';
import { refreshPopularity } from '../../src/orders/order.queries.js';
import { startTestApp, type TestApp } from '../support/app.js';
import { assignWarehouse, faultsOfBooks, sellable, Seller } from '../support/selling.js';

describe('selling', () => {
  let t: TestApp;
  let owner: Seller;
  const statements: string[] = [];
  beforeAll(async () => {
    t = await startTestApp({
      company: true,
      settings: { SYNC_PHASE: 'gradual' },
      onStatement: (text) => /event_|number_events|queue_workers/.test(text) || statements.push(text),
    });
    owner = new Seller(t, await t.as('OWNER'));
  });
  afterAll(async () => {
    expect(await faultsOfBooks(t)).toEqual([]);
    await t.stop();
  });

  const level = async (productId: string): Promise<{ on_hand: number; reserved: number }> =>
    (
      await t.db.sql<any>(
        `select s.on_hand::float8 as on_hand, s.reserved::float8 as reserved from stock_levels s
         join warehouses w on w.id = s.warehouse_id and w.is_primary where s.product_id = $1`,
        [productId],
      )
    )[0];

  test('an order is priced, confirmed, shipped in parts, billed in parts, paid in half and credited to nothing', async () => {
    const { customerId, products } = await sellable(t, 'wholesale_a', 3);
    const lines = products.map(({ id }, index) => ({ productId: id, quantity: String(index + 2) }));
    const before = await Promise.all(products.map(({ id }) => level(id)));
    const draft = await owner.order({ customerId, lines, shipping: '5.50', discountPercent: '3' });
    expect(draft).toMatchObject({
      number: expect.stringMatching(/^SO-[A-Z]+-\d{6}$/),
      status: 'DRAFT',
      replayed: false,
      fulfilmentStatus: 'NONE',
      invoiceStatus: 'NONE',
      paymentStatus: 'UNPAID',
      nextStates: ['CONFIRMED', 'CANCELLED'],
    });
    expect(draft.total.currency).toBe('USD');
    const confirmed = await owner.confirm(draft);
    expect(confirmed).toMatchObject({ status: 'CONFIRMED', version: draft.version + 1 });
    for (const [index, { id }] of products.entries()) {
      expect(await level(id)).toEqual({ ...before[index], reserved: (before[index]?.reserved ?? 0) + index + 2 });
    }
    const some = await owner.ship(confirmed, [{ lineId: confirmed.lines[1].id, quantity: '1' }]);
    expect(some).toMatchObject({ status: 'CONFIRMED', fulfilmentStatus: 'PARTIAL' });
    const shipped = await owner.ship(some);
    expect(shipped).toMatchObject({
      status: 'SHIPPED',
      fulfilmentStatus: 'COMPLETE',
      nextStates: ['DELIVERED', 'CANCELLED'],
    });
    for (const [index, { id }] of products.entries()) {
      expect(await level(id)).toEqual({ ...before[index], on_hand: (before[index]?.on_hand ?? 0) - index - 2 });
    }
    const first = await owner.invoice({ orderId: draft.id, lines: [{ lineId: shipped.lines[2].id, quantity: '3' }] });
    const rest = await owner.invoice({ orderId: draft.id });
    expect(Number(first.total.amount) + Number(rest.total.amount)).toBeCloseTo(Number(draft.total.amount), 6);
    expect(await owner.readOrder(draft.id)).toMatchObject({ invoiceStatus: 'COMPLETE', paymentStatus: 'UNPAID' });
    expect(await owner.invoice({ orderId: draft.id })).toMatchObject({
      __typename: 'InvalidInputError',
      field: 'lines',
    });

    const half = (Number(rest.total.amount) / 2).toFixed(2);
    const payment = await owner.pay({
      customerId,
      amount: half,
      currency: 'USD',
      allocations: [{ invoiceId: rest.id, amount: half }],
    });
    expect(payment).toMatchObject({ applied: { amount: String(Number(half)) }, unapplied: { amount: '0' } });
    expect(await owner.readInvoice(rest.id)).toMatchObject({ status: 'PARTIALLY_PAID' });
    expect(await owner.readOrder(draft.id)).toMatchObject({ paymentStatus: 'PARTIAL' });
    const open = (await owner.readInvoice(rest.id)).balance.amount;
    const note = await owner.credit({ invoiceId: rest.id, amount: open });
    expect(note).toMatchObject({ applied: { amount: open }, unapplied: { amount: '0' } });
    const returned = await owner.credit({
      invoiceId: first.id,
      lines: [{ invoiceLineId: first.lines[0].id, quantity: '3' }],
      restock: true,
    });
    // The shipping stands on the first invoice; goods that come back do not credit it.
    expect(await owner.readInvoice(first.id)).toMatchObject({ status: 'PARTIALLY_PAID', balance: { amount: '5.5' } });
    await owner.credit({ invoiceId: first.id, amount: '5.50' });
    expect(await owner.readInvoice(first.id)).toMatchObject({ status: 'PAID', balance: { amount: '0' } });
    expect(returned).toMatchObject({ restocked: true });
    expect(await owner.readOrder(draft.id)).toMatchObject({ paymentStatus: 'PAID' });
    const [balance] = await owner.balances(customerId);
    expect(balance).toMatchObject({
      currency: 'USD',
      balance: { amount: '0' },
      overdue: { amount: '0' },
      risk: 'NONE',
    });
    const statement = await owner.client.query<any>(
      `query($id: ID!) { statementEntries(customerId: $id, currency: "USD") { nodes { kind number amount { amount } balanceAfter { amount } } } }`,
      { id: customerId },
    );
    const { nodes } = statement.data.statementEntries;
    expect(nodes.map((node: any) => node.kind)).toEqual([
      'INVOICE',
      'INVOICE',
      'PAYMENT',
      'CREDIT_NOTE',
      'CREDIT_NOTE',
      'CREDIT_NOTE',
    ]);
    expect(nodes.at(-1).balanceAfter.amount).toBe('0');
    expect(await owner.deliver(await owner.readOrder(draft.id))).toMatchObject({ status: 'DELIVERED', nextStates: [] });
  });

  test('a list of documents with customers, lines, products and what settled them is one statement, however long', async () => {
    const { customerId, products } = await sellable(t, 'retailer', 2);
    for (let index = 0; index < 8; index += 1) {
      const lines = products.map(({ id }) => ({ productId: id, quantity: '1' }));
      const draft = await owner.order({ customerId, lines });
      await owner.confirm(draft);
      await owner.invoice({ orderId: draft.id });
    }
    const lists = [
      '{ list: orders(first: N) { totalCount nodes { number paymentStatus customer { name priceList { code } } lines { quantity product { name category { name } stock { onHand } } } invoices { number balance { amount } } } } }',
      '{ list: invoices(first: N) { totalCount nodes { number status customer { name } order { number } lines { product { name } } allocations { amount { amount } } } } }',
      '{ list: customers(first: N) { totalCount nodes { name orders { number lines { quantity } } balances { balance { amount } overdue { amount } risk } } } }',
    ];
    for (const list of lists) {
      const counts: number[] = [];
      for (const size of ['1', '100']) {
        statements.length = 0;
        const answer = await owner.client.query<any>(list.replace('N', size));
        expect(answer.errors).toBeUndefined();
        expect(answer.data.list.nodes.length).toBeGreaterThan(size === '1' ? 0 : 7);
        // The process has statements of its own: sessions, the log, the queue.
        counts.push(statements.filter((text) => /from (orders|invoices|customers|products)\b/.test(text)).length);
      }
      expect(counts).toEqual([1, 1]);
    }
  });

  test('every step of a sale is seen live by staff and the own salesperson, and by nobody else', async () => {
    const { customerId, products } = await sellable(t, 'retailer', 1);
    const [own, foreign] = [await t.as('SALESPERSON'), await t.as('SALESPERSON')];
    const me = (await own.query<any>('{ me { userId } }')).data.me.userId;
    await t.db.sql('update customers set salesperson_id = $2 where id = $1', [customerId, me]);
    const live = [owner.client, own, foreign].map((client) =>
      client.subscribe<any>(
        `subscription { entityChanged(types: ["order", "invoice", "payment", "creditNote"]) { entityType type entityId order { number status customer { id } } } }`,
      ),
    );
    const { hub } = t.app.services;
    while (hub.stats().subscriptions < 3) await new Promise((resolve) => setImmediate(resolve));
    const draft = await owner.order({ customerId, lines: [{ productId: products[0]?.id, quantity: '1' }] });
    const shipped = await owner.ship(await owner.confirm(draft));
    const invoice = await owner.invoice({ orderId: draft.id });
    await owner.pay({ customerId, amount: invoice.total.amount, currency: 'USD', oldestFirst: true });
    await owner.deliver(await owner.readOrder(shipped.id));
    const isLast = (frames: any[]): boolean => frames.some((frame) => frame.entityChanged.type === 'delivered');
    const [staff, seller] = (await Promise.all(live.slice(0, 2).map((one) => one.untilTrue(isLast)))) as [any[], any[]];
    const steps = seller.map(({ entityChanged: one }) => `${one.entityType} ${one.type}`);
    expect(steps).toEqual([
      'order created',
      'order confirmed',
      'order shipped',
      'invoice issued',
      'invoice settled',
      'payment received',
      'order delivered',
    ]);
    expect(seller.at(-1).entityChanged.order).toEqual({
      number: draft.number,
      status: 'DELIVERED',
      customer: { id: customerId },
    });
    expect(staff.map(({ entityChanged: one }) => `${one.entityType} ${one.type}`)).toEqual(steps);
    expect(live[2]?.received).toEqual([]);
    for (const one of live) one.stop();
  });

  test('who keeps the warehouse ships and delivers, and neither sells nor sees customers', async () => {
    const keeper = new Seller(t, await t.as('INVENTORY'));
    const { customerId, products } = await sellable(t, 'retailer', 1);
    const lines = [{ productId: products[0]?.id, quantity: '1' }];
    const draft = await owner.order({ customerId, lines });
    const confirmed = await owner.confirm(draft);
    expect(await keeper.ship(confirmed)).toMatchObject({ __typename: 'NotFoundError' });
    const [{ id: primary }] = (await t.db.sql<any>('select id from warehouses where is_primary')) as [{ id: string }];
    await assignWarehouse(owner.client, keeper.client, primary);
    const shipped = await keeper.ship(confirmed);
    expect(shipped).toMatchObject({ status: 'SHIPPED' });
    expect(await keeper.deliver(shipped)).toMatchObject({ status: 'DELIVERED' });
    expect(await keeper.order({ customerId, lines })).toMatchObject({ code: 'FORBIDDEN' });
    const seen = await keeper.client.query<any>(`query($id: ID!) { order(id: $id) { number customer { name } } }`, {
      id: draft.id,
    });
    expect(seen.data.order).toEqual({ number: draft.number, customer: null });
  });

  test('voiding an invoice frees what paid it, bills the order anew, and stands as a counter-entry', async () => {
    const { customerId, products } = await sellable(t, 'retailer', 1);
    const draft = await owner.order({ customerId, lines: [{ productId: products[0]?.id, quantity: '2' }] });
    await owner.confirm(draft);
    const invoice = await owner.invoice({ orderId: draft.id });
    const payment = await owner.pay({ customerId, amount: invoice.total.amount, currency: 'USD', oldestFirst: true });
    expect(payment.applied.amount).toBe(invoice.total.amount);
    const paid = await owner.readInvoice(invoice.id);
    expect(await owner.voidInvoice(invoice)).toMatchObject({ __typename: 'StaleVersionError' });
    expect(await owner.voidInvoice(paid)).toMatchObject({
      status: 'VOID',
      balance: { amount: '0' },
      paid: { amount: '0' },
    });
    expect(await owner.voidInvoice(await owner.readInvoice(invoice.id))).toMatchObject({
      __typename: 'InvalidInputError',
    });
    const [balance] = await owner.balances(customerId);
    expect(balance).toMatchObject({
      balance: { amount: `-${invoice.total.amount}` },
      unapplied: { amount: invoice.total.amount },
    });
    const again = await owner.invoice({ orderId: draft.id });
    expect(again.total).toEqual(invoice.total);
    expect(await owner.applyPayment(payment.id, [{ invoiceId: again.id, amount: again.total.amount }])).toMatchObject({
      unapplied: { amount: '0' },
    });
    const now = (
      await owner.client.query<any>(
        `{ payments(first: 1) { nodes { id version allocations { amount { amount } invoiceNumber } } } }`,
      )
    ).data.payments.nodes[0];
    expect(now.allocations.map((one: any) => one.amount.amount)).toEqual([
      invoice.total.amount,
      `-${invoice.total.amount}`,
      again.total.amount,
    ]);
    expect(await owner.voidPayment(now)).toMatchObject({ voidedAt: expect.any(String), unapplied: { amount: '0' } });
    expect((await owner.balances(customerId))[0].balance.amount).toBe(again.total.amount);
  });

  test('an invoice with an allowance is not void before the allowance is, and a filter may look for any word', async () => {
    const { customerId, products } = await sellable(t, 'retailer', 1);
    const draft = await owner.order({ customerId, lines: [{ productId: products[0]?.id, quantity: '1' }] });
    await owner.confirm(draft);
    const invoice = await owner.invoice({ orderId: draft.id });
    const note = await owner.credit({ invoiceId: invoice.id, amount: '0.10' });
    expect(await owner.voidInvoice(await owner.readInvoice(invoice.id))).toMatchObject({
      code: 'BAD_INPUT',
      field: 'id',
    });
    const [row] = await t.db.sql<any>('select version from credit_notes where id = $1', [note.id]);
    expect(await owner.voidNote({ id: note.id, version: row.version })).toMatchObject({ voidedAt: expect.any(String) });
    expect(await owner.voidInvoice(await owner.readInvoice(invoice.id))).toMatchObject({ status: 'VOID' });
    expect((await owner.balances(customerId))[0]).toMatchObject({
      balance: { amount: '0' },
      unapplied: { amount: '0' },
    });
    const words = await owner.client.query<any>(
      `{ invoices(filter: { number: { eq: "status" } }) { totalCount } products(filter: { name: { contains: "price" } }) { totalCount } }`,
    );
    expect(words.errors).toBeUndefined();
  });

  test('a refund gives back no more than is left, of a payment or of a credit note', async () => {
    const { customerId } = await sellable(t, 'technical_iqd', 1);
    const payment = await owner.pay({ customerId, amount: '10000', currency: 'IQD' });
    expect(await owner.refund({ paymentId: payment.id, amount: '10001' })).toMatchObject({
      code: 'BAD_INPUT',
      field: 'amount',
    });
    const key = newId();
    expect(await owner.refund({ paymentId: payment.id, amount: '4000' }, key)).toMatchObject({ replayed: false });
    expect(await owner.refund({ paymentId: payment.id, amount: '4000' }, key)).toMatchObject({ replayed: true });
    expect(await owner.refund({ paymentId: payment.id, amount: '6001' })).toMatchObject({ code: 'BAD_INPUT' });
    expect(await owner.refund({ amount: '1' })).toMatchObject({ code: 'BAD_INPUT', field: 'paymentId' });
    expect(await owner.voidPayment(payment)).toMatchObject({ __typename: 'StaleVersionError' });
    expect((await owner.balances(customerId))[0]).toMatchObject({
      balance: { amount: '-6000' },
      unapplied: { amount: '6000' },
    });
  });

  test('a free invoice bills services and takes goods along; its void brings them back', async () => {
    const { customerId, products } = await sellable(t, 'wholesale_b', 1);
    const productId = products[0]?.id as string;
    const before = await level(productId);
    const free = {
      customerId,
      currency: 'IQD',
      freeLines: [
        { productId, quantity: '3', unitPrice: '1500', taxPercent: '10' },
        { description: 'توصيل', quantity: '1', unitPrice: '5000' },
      ],
    };
    const invoice = await owner.invoice(free);
    expect(invoice).toMatchObject({ total: { amount: '9950', currency: 'IQD' }, status: 'OPEN' });
    expect(await level(productId)).toEqual({ ...before, on_hand: before.on_hand - 3 });
    expect(await owner.voidInvoice(invoice)).toMatchObject({ status: 'VOID' });
    expect(await level(productId)).toEqual(before);
    const cashier = new Seller(t, await t.as('CASHIER'));
    expect(await cashier.invoice(free)).toMatchObject({ code: 'FORBIDDEN' });
  });

  describe('credit', () => {
    test('an order on credit must fit the limit and nothing may be overdue, but for those who may override', async () => {
      const { customerId, products } = await sellable(t, 'wholesale_a', 1);
      await t.db.sql(`update customers set credit_limit = 100, payment_terms_days = 30 where id = $1`, [customerId]);
      await t.db.sql(`update stock_levels set on_hand = on_hand + 0 where product_id = $1`, [products[0]?.id]);
      const make = (quantity: string) =>
        owner.order({ customerId, paymentMethod: 'CREDIT', lines: [{ productId: products[0]?.id, quantity }] });
      const probe = await make('1');
      await t.db.sql(`update customers set credit_limit = $2 where id = $1`, [
        customerId,
        Number(probe.total.amount) * 2,
      ]);
      const one = await make('1');
      const two = await make('1');
      const three = await make('1');
      expect(await owner.confirm(one)).toMatchObject({ status: 'CONFIRMED' });
      expect(await owner.confirm(two)).toMatchObject({ status: 'CONFIRMED' });
      expect(await owner.confirm(three)).toMatchObject({ __typename: 'CreditRefusedError', code: 'CREDIT_REFUSED' });
      const seller = new Seller(t, await t.as('CASHIER'));
      expect(await seller.confirm(three, newId(), true)).toMatchObject({ code: 'FORBIDDEN' });
      expect(await owner.confirm(three, newId(), true)).toMatchObject({ status: 'CONFIRMED' });
      await t.db.sql(`update customers set credit_limit = 100000 where id = $1`, [customerId]);
      const invoice = await owner.invoice({ orderId: one.id });
      await t.db.sql(`update invoices set due_on = current_date - 2 where id = $1`, [invoice.id]);
      expect(await owner.readInvoice(invoice.id)).toMatchObject({ status: 'OVERDUE' });
      expect((await owner.balances(customerId))[0]).toMatchObject({ overdue: invoice.balance, risk: 'HIGH' });
      expect(await owner.confirm(await make('1'))).toMatchObject({
        code: 'CREDIT_REFUSED',
        message: expect.stringMatching(/overdue/),
      });
    });

    test('of twenty confirmations at once only as many pass as the limit holds', async () => {
      const { customerId, products } = await sellable(t, 'wholesale_a', 1);
      const productId = products[0]?.id as string;
      const order = () => owner.order({ customerId, paymentMethod: 'CREDIT', lines: [{ productId, quantity: '0.1' }] });
      const drafts = await Promise.all(Array.from({ length: 20 }, order));
      await t.db.sql(`update customers set credit_limit = $2 where id = $1`, [
        customerId,
        Number(drafts[0].total.amount) * 7,
      ]);
      const answers = await Promise.all(drafts.map((draft) => owner.confirm(draft)));
      expect(answers.filter((one) => one.status === 'CONFIRMED')).toHaveLength(7);
      expect(answers.filter((one) => one.code === 'CREDIT_REFUSED')).toHaveLength(13);
    });
  });

  describe('discounts', () => {
    test('a salesperson gives up to the limit; above it somebody approves first', async () => {
      const sellerClient = await t.as('SALESPERSON');
      const seller = new Seller(t, sellerClient);
      const { customerId, products } = await sellable(t, 'wholesale_a', 1);
      const me = (await sellerClient.query<any>('{ me { userId } }')).data.me.userId;
      await t.db.sql(`update customers set salesperson_id = $2 where id = $1`, [customerId, me]);
      const lines = [{ productId: products[0]?.id, quantity: '2' }];
      expect(await seller.order({ customerId, lines, discountPercent: '5' })).toMatchObject({ needsApproval: false });
      const big = await seller.order({
        customerId,
        lines: [{ ...lines[0], discountPercent: '4' }],
        discountPercent: '4',
      });
      expect(big).toMatchObject({ needsApproval: true });
      expect(await seller.confirm(big)).toMatchObject({ __typename: 'ApprovalNeededError' });
      expect(await seller.approve(big)).toMatchObject({ code: 'FORBIDDEN' });
      const approved = await owner.approve(big);
      expect(approved).toMatchObject({ version: big.version + 1 });
      expect(await owner.approve(big)).toMatchObject({ version: big.version + 1 });
      expect(await seller.confirm(approved)).toMatchObject({ status: 'CONFIRMED' });
      const changed = await seller.updateOrder({
        id: (await seller.order({ customerId, lines })).id,
        version: 1,
        lines,
        discountPercent: '50',
      });
      expect(changed).toMatchObject({ needsApproval: true });
      expect(await owner.order({ customerId, lines, discountPercent: '50' })).toMatchObject({ needsApproval: false });
    });
  });

  describe('clients and consumers', () => {
    test('a consumer orders for themselves in IQD, becomes a customer once, and may take a draft back', async () => {
      const client = await t.as('CONSUMER');
      const consumer = new Seller(t, client);
      const [product] = (await client.query<any>('{ products(first: 1) { nodes { id price { amount currency } } } }'))
        .data.products.nodes;
      const lines = [{ productId: product.id, quantity: '2' }];
      const orders = await Promise.all([
        consumer.order({ lines, deliveryAddress: 'بغداد، الكرادة' }),
        consumer.order({ lines, paymentMethod: 'BANK_TRANSFER' }),
      ]);
      for (const order of orders) {
        expect(order).toMatchObject({
          status: 'DRAFT',
          total: { amount: String(Number(product.price.amount) * 2), currency: 'IQD' },
        });
      }
      const mine = await client.query<any>('{ orders { totalCount nodes { id customer { name } } } me { userId } }');
      expect(mine.data.orders.totalCount).toBe(2);
      expect(await t.db.sql('select 1 from customer_users where user_id = $1', [mine.data.me.userId])).toHaveLength(1);
      expect(await consumer.confirm(orders[0])).toMatchObject({ code: 'FORBIDDEN' });
      expect(await consumer.cancel(orders[0])).toMatchObject({ status: 'CANCELLED' });
      await owner.confirm(orders[1]);
      expect(await consumer.cancel(await consumer.readOrder(orders[1].id))).toMatchObject({ code: 'FORBIDDEN' });
      for (const odd of [
        { lines, discountPercent: '1' },
        { lines, shipping: '0' },
        { lines: [{ ...lines[0], discountPercent: '1' }] },
        { lines, paymentMethod: 'CREDIT' },
      ]) {
        expect(await consumer.order(odd)).toMatchObject({ code: 'BAD_INPUT' });
      }
      const other = new Seller(t, await t.as('CONSUMER'));
      expect(await other.readOrder(orders[1].id)).toBeNull();
      expect(await other.cancel(orders[1])).toMatchObject({ code: 'NOT_FOUND' });
    });
  });

  describe('bad input is answered by type, and nothing is half done', () => {
    test.each<[string, (base: any) => object, string, string]>([
      ['a foreign customer', (base) => ({ ...base, customerId: newId() }), 'NOT_FOUND', 'customerId'],
      ['no customer', ({ lines }) => ({ lines }), 'BAD_INPUT', 'customerId'],
      ['no line', (base) => ({ ...base, lines: [] }), 'BAD_INPUT', 'lines'],
      ['201 lines', (base) => ({ ...base, lines: Array(201).fill(base.lines[0]) }), 'BAD_INPUT', 'lines'],
      [
        'a line without a product',
        (base) => ({ ...base, lines: [{ productId: newId(), quantity: '1' }] }),
        'NOT_FOUND',
        'lines.0.productId',
      ],
      [
        'a negative quantity',
        (base) => ({ ...base, lines: [{ ...base.lines[0], quantity: '-1' }] }),
        'BAD_INPUT',
        'lines.0.quantity',
      ],
      [
        'a quantity of nothing',
        (base) => ({ ...base, lines: [{ ...base.lines[0], quantity: '0' }] }),
        'BAD_INPUT',
        'lines.0.quantity',
      ],
      [
        'a quantity of four decimals',
        (base) => ({ ...base, lines: [{ ...base.lines[0], quantity: '1.0001' }] }),
        'BAD_INPUT',
        'lines.0.quantity',
      ],
      ['a discount above 100', (base) => ({ ...base, discountPercent: '100.5' }), 'BAD_INPUT', 'discountPercent'],
      [
        'a negative discount',
        (base) => ({ ...base, lines: [{ ...base.lines[0], discountPercent: '-1' }] }),
        'BAD_INPUT',
        'lines.0.discountPercent',
      ],
      ['shipping with too many decimals', (base) => ({ ...base, shipping: '1.005' }), 'BAD_INPUT', 'shipping'],
      ['an unknown warehouse', (base) => ({ ...base, warehouseId: 'nonsense' }), 'NOT_FOUND', 'warehouseId'],
      [
        'an unknown tax',
        (base) => ({ ...base, lines: [{ ...base.lines[0], taxId: newId() }] }),
        'NOT_FOUND',
        'lines.0.taxId',
      ],
    ])('%s', async (_name, change, code, field) => {
      const { customerId, products } = await sellable(t, 'wholesale_a', 1);
      const [before] = await t.db.sql<any>('select count(*)::int as n from orders');
      const answer = await owner.order(change({ customerId, lines: [{ productId: products[0]?.id, quantity: '1' }] }));
      expect(answer).toMatchObject({ code, field });
      expect((await t.db.sql<any>('select count(*)::int as n from orders'))[0]).toEqual(before);
    });

    test('money: over-payment, other currencies, foreign invoices, more than is left, credit as a method', async () => {
      const { customerId, products } = await sellable(t, 'wholesale_a', 1);
      const draft = await owner.order({ customerId, lines: [{ productId: products[0]?.id, quantity: '1' }] });
      await owner.confirm(draft);
      const invoice = await owner.invoice({ orderId: draft.id });
      const { amount } = invoice.total;
      const to = (value: string, invoiceId = invoice.id) => ({ allocations: [{ invoiceId, amount: value }] });
      const more = (Number(amount) + 0.01).toFixed(2);
      expect(await owner.pay({ customerId, amount: more, currency: 'USD', ...to(more) })).toMatchObject({
        __typename: 'OverpaymentError',
        field: 'allocations.0.amount',
      });
      expect(await owner.pay({ customerId, amount: '5000', currency: 'IQD', ...to('5000') })).toMatchObject({
        __typename: 'WrongCurrencyError',
      });
      expect(await owner.pay({ customerId, amount: '0.10', currency: 'USD', ...to('0.11') })).toMatchObject({
        code: 'BAD_INPUT',
      });
      expect(await owner.pay({ customerId, amount: '1', currency: 'USD', ...to('1', newId()) })).toMatchObject({
        code: 'NOT_FOUND',
      });
      expect(await owner.pay({ customerId, amount: '0.5', currency: 'IQD' })).toMatchObject({
        code: 'BAD_INPUT',
        field: 'amount',
      });
      expect(await owner.pay({ customerId, amount: '0', currency: 'USD' })).toMatchObject({
        code: 'BAD_INPUT',
        field: 'amount',
      });
      expect(await owner.pay({ customerId, amount: '1', currency: 'EUR' })).toMatchObject({
        code: 'BAD_INPUT',
        field: 'currency',
      });
      expect(await owner.pay({ customerId, amount: '1', currency: 'USD', method: 'CREDIT' })).toMatchObject({
        field: 'method',
      });
      expect(await owner.pay({ customerId, amount: '1', currency: 'USD', receivedOn: '2099-01-01' })).toMatchObject({
        field: 'receivedOn',
      });
      expect(await owner.credit({ invoiceId: invoice.id, amount: more })).toMatchObject({
        code: 'BAD_INPUT',
        field: 'amount',
      });
      expect(await owner.credit({ invoiceId: invoice.id })).toMatchObject({ code: 'BAD_INPUT', field: 'lines' });
      const back = { lines: [{ invoiceLineId: invoice.lines[0].id, quantity: '1' }], restock: true };
      expect(await owner.credit({ invoiceId: invoice.id, ...back })).toMatchObject({
        code: 'BAD_INPUT',
        field: 'restock',
      });
      expect(await owner.credit({ invoiceId: invoice.id, lines: [{ ...back.lines[0], quantity: '2' }] })).toMatchObject(
        { field: 'lines.0.quantity' },
      );
      expect((await owner.balances(customerId))[0]).toMatchObject({ balance: { amount }, unapplied: { amount: '0' } });
    });

    test('a state that the graph forbids, a stale version, and a key with another input', async () => {
      const { customerId, products } = await sellable(t, 'wholesale_a', 1);
      const draft = await owner.order({ customerId, lines: [{ productId: products[0]?.id, quantity: '1' }] });
      expect(await owner.ship(draft)).toMatchObject({
        __typename: 'IllegalTransitionError',
        allowed: ['CONFIRMED', 'CANCELLED'],
      });
      expect(await owner.deliver(draft)).toMatchObject({ __typename: 'IllegalTransitionError' });
      expect(await owner.invoice({ orderId: draft.id })).toMatchObject({ code: 'BAD_INPUT', field: 'orderId' });
      const key = newId();
      const confirmed = await owner.confirm(draft, key);
      expect(await owner.confirm(draft, key)).toMatchObject({ replayed: true, version: confirmed.version });
      expect(await owner.confirm(draft)).toMatchObject({ __typename: 'StaleVersionError' });
      expect(await owner.confirm({ ...draft, version: 7 }, key)).toMatchObject({
        __typename: 'IdempotencyMismatchError',
      });
      expect(await owner.confirm(confirmed)).toMatchObject({ __typename: 'IllegalTransitionError' });
      expect(await owner.updateOrder({ id: draft.id, version: confirmed.version, lines: [] })).toMatchObject({
        __typename: 'IllegalTransitionError',
      });
      const cancelled = await owner.cancel(confirmed);
      expect(cancelled).toMatchObject({ status: 'CANCELLED' });
      expect(await owner.ship(cancelled)).toMatchObject({ __typename: 'IllegalTransitionError', allowed: [] });
    });

    test('in the parallel phase every document is refused as owned by Zoho', async () => {
      const { customerId, products } = await sellable(t, 'wholesale_a', 1);
      const draft = await owner.order({ customerId, lines: [{ productId: products[0]?.id, quantity: '1' }] });
      await t.db.sql(`update settings set value = '"parallel"' where key = 'sync_phase'`);
      const owned = { __typename: 'FieldOwnedElsewhereError', phase: 'parallel' };
      expect(await owner.order({ customerId, lines: [{ productId: products[0]?.id, quantity: '1' }] })).toMatchObject(
        owned,
      );
      expect(await owner.confirm(draft)).toMatchObject(owned);
      expect(await owner.ship(draft)).toMatchObject(owned);
      expect(await owner.cancel(draft)).toMatchObject(owned);
      expect(await owner.invoice({ orderId: draft.id })).toMatchObject(owned);
      expect(await owner.pay({ customerId, amount: '1', currency: 'USD' })).toMatchObject(owned);
      await t.db.sql(`update settings set value = '"gradual"' where key = 'sync_phase'`);
    });

    test('closed books take no document, and never open again', async () => {
      const close = async (until: string): Promise<any> =>
        (
          await owner.client.query<any>(
            `mutation { closeBooks(until: "${until}") { __typename ... on BooksClosed { closedUntil } ... on UserError { code field } } }`,
          )
        ).data.closeBooks;
      expect(await close('2099-01-01')).toMatchObject({ code: 'BAD_INPUT', field: 'until' });
      expect(await close('2026-01-31')).toEqual({ __typename: 'BooksClosed', closedUntil: '2026-01-31' });
      expect(await close('2026-01-30')).toMatchObject({ code: 'BAD_INPUT' });
      const { customerId } = await sellable(t, 'wholesale_a', 1);
      const pay = (receivedOn: string) => owner.pay({ customerId, amount: '1', currency: 'USD', receivedOn });
      expect(await pay('2026-01-31')).toMatchObject({ __typename: 'PeriodClosedError' });
      expect(await pay('2026-02-01')).toMatchObject({ amount: { amount: '1' } });
    });
  });

  test('documents and balances of a merged duplicate are those of the customer that stays', async () => {
    const { customerId: keepId, products } = await sellable(t, 'retailer', 1);
    await owner.pay({ customerId: keepId, amount: '2', currency: 'USD' });
    const { customerId: duplicateId } = await sellable(t, 'retailer', 1);
    const draft = await owner.order({
      customerId: duplicateId,
      lines: [{ productId: products[0]?.id, quantity: '1' }],
    });
    await owner.confirm(draft);
    const invoice = await owner.invoice({ orderId: draft.id });
    await owner.pay({ customerId: duplicateId, amount: '3000', currency: 'IQD' });
    const [row] = await t.db.sql<any>('select version from customers where id = $1', [duplicateId]);
    const merged = await owner.client.query<any>(
      `mutation($keep: ID!, $gone: ID!, $version: Int!) { mergeCustomers(keepId: $keep, duplicateId: $gone, duplicateVersion: $version) {
         __typename ... on Customer { orders { id } balances { currency balance { amount } } } } }`,
      { keep: keepId, gone: duplicateId, version: row.version },
    );
    expect(merged.data.mergeCustomers).toEqual({
      __typename: 'Customer',
      orders: [{ id: draft.id }],
      balances: [
        { currency: 'IQD', balance: { amount: '-3000' } },
        { currency: 'USD', balance: { amount: String(Number((Number(invoice.total.amount) - 2).toFixed(2))) } },
      ],
    });
  });

  test('what sold in the last 90 days is popular', async () => {
    await refreshPopularity(t.app.services.db.read);
    const [top] = (await owner.client.query<any>('{ products(first: 1, orderBy: POPULAR) { nodes { id } } }')).data
      .products.nodes;
    const [row] = await t.db.sql<any>(
      `select count(*)::int as n from order_lines l join orders o on o.id = l.order_id
       where l.product_id = $1 and o.status in ('CONFIRMED', 'SHIPPED', 'DELIVERED')`,
      [top.id],
    );
    expect(row.n).toBeGreaterThan(5);
    expect(await t.db.sql('select popularity from products where id = $1', [top.id])).toEqual([{ popularity: row.n }]);
  });

  describe('faults of the predecessor', () => {
    test('cancelling a shipped order returns its stock', async () => {
      const { customerId, products } = await sellable(t, 'retailer', 2);
      const before = await Promise.all(products.map(({ id }) => level(id)));
      const draft = await owner.order({
        customerId,
        lines: products.map(({ id }) => ({ productId: id, quantity: '3' })),
      });
      const shipped = await owner.ship(await owner.confirm(draft));
      expect(shipped.status).toBe('SHIPPED');
      expect(await owner.cancel(shipped)).toMatchObject({ status: 'CANCELLED' });
      expect(await Promise.all(products.map(({ id }) => level(id)))).toEqual(before);
    });

    test('a line that cannot be reserved releases nothing of other orders, and reserves nothing of its own', async () => {
      const { customerId, products } = await sellable(t, 'retailer', 3);
      const ids = products.map(({ id }) => id);
      const held = await owner.confirm(
        await owner.order({ customerId, lines: ids.map((productId) => ({ productId, quantity: '2' })) }),
      );
      expect(held.status).toBe('CONFIRMED');
      const before = await Promise.all(ids.map(level));
      const lacking = await owner.order({
        customerId,
        lines: [
          { productId: ids[0], quantity: '1' },
          { productId: ids[1], quantity: '1000000' },
          { productId: ids[2], quantity: '1' },
        ],
      });
      expect(await owner.confirm(lacking)).toMatchObject({ __typename: 'InsufficientStockError' });
      expect(await Promise.all(ids.map(level))).toEqual(before);
      expect((await owner.readOrder(lacking.id)).status).toBe('DRAFT');
    });

    test('an order is stored with all of its lines, in the order in which they were given', async () => {
      const { customerId, products } = await sellable(t, 'retailer', 5);
      const order = await owner.order({
        customerId,
        lines: products.map(({ id }) => ({ productId: id, quantity: '1' })),
      });
      expect(order.lines.map((line: any) => line.product.id)).toEqual(products.map(({ id }) => id));
    });

    test('lines do not commit one by one: nobody ever reads a half stored order', async () => {
      const { customerId, products } = await sellable(t, 'retailer', 5);
      const lines = products.map(({ id }) => ({ productId: id, quantity: '1' }));
      let making = true;
      const made = Promise.all(Array.from({ length: 30 }, () => owner.order({ customerId, lines }))).finally(() => {
        making = false;
      });
      while (making) {
        const odd = await t.db.sql(
          `select o.id from orders o where o.customer_id = $1 and (select count(*) from order_lines l where l.order_id = o.id) not in (2, 5)`,
          [customerId],
        );
        expect(odd).toEqual([]);
      }
      expect(await made).toHaveLength(30);
    });

    test('nobody orders without signing in, and a price or a total that a client sends is no field of an order', async () => {
      const stranger = new Seller(t, t.anonymous);
      const { products } = await sellable(t, 'retailer', 1);
      const line = { productId: products[0]?.id, quantity: '1' };
      const before = await level(products[0]?.id as string);
      expect(await stranger.order({ lines: [line] })).toMatchObject({ code: 'UNAUTHENTICATED' });
      const consumer = new Seller(t, await t.as('CONSUMER'));
      for (const odd of [
        { lines: [{ ...line, unitPrice: '1' }] },
        { lines: [line], total: '1' },
        { lines: [line], status: 'CONFIRMED' },
      ]) {
        expect(await consumer.order(odd)).toMatchObject({ code: 'BAD_INPUT' });
      }
      expect(await level(products[0]?.id as string)).toEqual(before);
    });

    test('money is no float: ten times 0.10 and a third of a dollar come to the cent', async () => {
      const { customerId } = await sellable(t, 'technical_usd', 1);
      for (let index = 0; index < 10; index += 1) await owner.pay({ customerId, amount: '0.10', currency: 'USD' });
      await owner.pay({ customerId, amount: '0.33', currency: 'USD' });
      expect((await owner.balances(customerId))[0].balance.amount).toBe('-1.33');
    });

    test('stock has one row for a product and warehouse, however many move it at once', async () => {
      const { customerId, products } = await sellable(t, 'retailer', 1);
      const drafts = await Promise.all(
        Array.from({ length: 8 }, () =>
          owner.order({ customerId, lines: [{ productId: products[0]?.id, quantity: '0.5' }] }),
        ),
      );
      await Promise.all(drafts.map((draft) => owner.confirm(draft)));
      const rows = await t.db.sql('select 1 from stock_levels group by product_id, warehouse_id having count(*) > 1');
      expect(rows).toEqual([]);
    });

    test('a sale at one in the morning in Baghdad is of that day, not of the day before in UTC', async () => {
      const back = setClock(() => Date.parse('2026-11-30T22:30:00Z'));
      try {
        // Signed in at that hour, because a token of another day has ended.
        const night = new Seller(t, await t.as('OWNER'));
        const { customerId, products } = await sellable(t, 'retailer', 1);
        const draft = await night.order({ customerId, lines: [{ productId: products[0]?.id, quantity: '1' }] });
        const [row] = await t.db.sql<any>('select ordered_on::text as day from orders where id = $1', [draft.id]);
        expect(row.day).toBe('2026-12-01');
      } finally {
        back();
      }
    });

    test('one payment over several invoices is one payment', async () => {
      const { customerId, products } = await sellable(t, 'technical_usd', 1);
      const invoices: any[] = [];
      for (let index = 0; index < 3; index += 1) {
        const draft = await owner.order({ customerId, lines: [{ productId: products[0]?.id, quantity: '1' }] });
        await owner.confirm(draft);
        invoices.push(await owner.invoice({ orderId: draft.id }));
      }
      const amount = invoices.reduce((sum, one) => sum + Number(one.total.amount), 0).toFixed(2);
      const payment = await owner.pay({
        customerId,
        amount,
        currency: 'USD',
        allocations: invoices.map((one) => ({ invoiceId: one.id, amount: one.total.amount })),
      });
      expect(payment.unapplied.amount).toBe('0');
      for (const { id } of invoices) expect(await owner.readInvoice(id)).toMatchObject({ status: 'PAID' });
    });

    test('a price is never an argument: the base price in USD is not what an IQD list asks', async () => {
      const { customerId, products } = await sellable(t, 'technical_iqd', 1);
      const order = await owner.order({ customerId, lines: [{ productId: products[0]?.id, quantity: '1' }] });
      const [row] = await t.db.sql<any>(
        `select x.amount::float8 as amount, p.base_price_usd::float8 as base from prices x join price_lists l on l.id = x.price_list_id
           join products p on p.id = x.product_id where l.code = 'technical_iqd' and p.id = $1 and x.min_quantity <= 1`,
        [products[0]?.id],
      );
      expect(order.total).toEqual({ amount: String(row.amount), currency: 'IQD' });
      expect(Number(order.total.amount)).toBeGreaterThan(row.base);
    });

    test('balances of two currencies stand side by side and are never added', async () => {
      const { customerId } = await sellable(t, 'technical_usd', 1);
      await owner.pay({ customerId, amount: '25', currency: 'USD' });
      await owner.pay({ customerId, amount: '25000', currency: 'IQD' });
      expect((await owner.balances(customerId)).map((one) => [one.currency, one.balance.amount])).toEqual([
        ['IQD', '-25000'],
        ['USD', '-25'],
      ]);
    });

    test('overdue counts what is open, of every invoice that is due, not the full total of some', async () => {
      const { customerId, products } = await sellable(t, 'technical_usd', 1);
      const draft = await owner.order({ customerId, lines: [{ productId: products[0]?.id, quantity: '4' }] });
      await owner.confirm(draft);
      const today = businessDate(t.config.timeZone);
      const days = { issuedOn: addDays(today, -9), dueOn: addDays(today, -3) };
      const invoice = await owner.invoice({ orderId: draft.id, ...days });
      await owner.pay({ customerId, amount: '0.25', currency: 'USD', oldestFirst: true });
      const open = (await owner.readInvoice(invoice.id)).balance.amount;
      expect(Number(open)).toBeCloseTo(Number(invoice.total.amount) - 0.25, 6);
      expect((await owner.balances(customerId))[0].overdue.amount).toBe(open);
      const found = await owner.client.query<any>(
        `query($id: ID!) { invoices(filter: { customerId: { eq: $id }, status: { eq: OVERDUE } }) { totalCount } }`,
        { id: customerId },
      );
      expect(found.data.invoices.totalCount).toBe(1);
    });
  });
});
