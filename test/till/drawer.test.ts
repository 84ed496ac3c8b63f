import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { businessDate } from '../../src/kernel/clock.js';
import { newId } from '../../src/kernel/ids.js';
import { startTestApp, type TestApp } from '../support/app.js';
import { Cashier } from '../support/cash.js';
import { faultsOfBooks, sellable, Seller } from '../support/selling.js';

const SESSION = `id version boxId closedAt counts { currency opening { amount } expected { amount } counted { amount } difference { amount } }
  moves { kind account otherBoxId reason amount { amount currency } }`;

describe('the drawer of a till', () => {
  let t: TestApp;
  let till: Cashier;
  let owner: Seller;
  let office: Cashier;
  let session: any;
  let product: { id: string; price: number };
  beforeAll(async () => {
    t = await startTestApp({ company: true, settings: { SYNC_PHASE: 'gradual' } });
    till = new Cashier(t, await t.as('CASHIER'));
    owner = new Seller(t, await t.as('OWNER'));
    office = new Cashier(t, await t.as('ACCOUNTANT'));
    const today = businessDate(t.config.timeZone);
    await t.db.sql(`delete from exchange_rates where effective_on = $1 and currency = 'USD'`, [today]);
    await office.rate('USD', '1320', today);
    [product] = (await t.db.sql<any>(
      `select p.id, x.amount::float8 as price from products p join stock_levels s on s.product_id = p.id
         join warehouses w on w.id = s.warehouse_id and w.is_primary join prices x on x.product_id = p.id and x.min_quantity = 1
         join price_lists l on l.id = x.price_list_id and l.code = 'consumer_iqd'
       where p.active and p.trackable and s.on_hand - s.reserved >= 20 order by p.id limit 1`,
    )) as [{ id: string; price: number }];
    // Somewhere between two notes, so that something is rounded off.
    await t.db.sql(
      `update prices x set amount = 37310 from price_lists l where l.id = x.price_list_id and l.code = 'consumer_iqd' and x.product_id = $1`,
      [product.id],
    );
    product.price = 37_310;
    session = await open([
      { currency: 'IQD', amount: '50000' },
      { currency: 'USD', amount: '20' },
    ]);
  });
  afterAll(async () => {
    expect(await faultsOfBooks(t)).toEqual([]);
    await t.stop();
  });

  const recorded = async (
    who: Cashier,
    mutation: string,
    input: object,
    [type, field, shown]: [string, string, string],
  ): Promise<any> => {
    const types = { input: `${mutation[0]?.toUpperCase()}${mutation.slice(1)}Input!`, idempotencyKey: 'ID!' };
    const answer = await who.run(
      mutation,
      types,
      { input, idempotencyKey: newId() },
      `... on ${type} { replayed ${field} { ${shown} } }
       ${['sellAtTill', 'moveTillCash', 'returnAtTill', 'collectAtTill'].includes(mutation) ? '... on InsufficientCashError { available requested }' : ''}`,
    );
    return answer[field] ?? answer;
  };
  const open = async (counts: object[], who = till, boxId: string | null = null): Promise<any> => {
    const answer = await who.run(
      'openTill',
      { counts: '[CountedCashInput!]!', boxId: 'ID', idempotencyKey: 'ID!' },
      { counts, boxId, idempotencyKey: newId() },
      `... on TillSessionRecorded { session { ${SESSION} } }`,
    );
    return answer.session ?? answer;
  };
  const close = async (counts: object[], who = till, { id, version }: any = session): Promise<any> => {
    const answer = await who.run(
      'closeTill',
      { id: 'ID!', version: 'Int!', counts: '[CountedCashInput!]!', idempotencyKey: 'ID!' },
      { id, version, counts, idempotencyKey: newId() },
      `... on TillSessionRecorded { session { ${SESSION} } }`,
    );
    return answer.session ?? answer;
  };
  const sell = (input: object, who = till): Promise<any> =>
    recorded(
      who,
      'sellAtTill',
      { sessionId: session.id, lines: [{ productId: product.id, quantity: '1' }], payments: [], ...input },
      ['InvoiceRecorded', 'invoice', 'id status total { amount } balance { amount } lines { id }'],
    );
  const move = (input: object): Promise<any> =>
    recorded(till, 'moveTillCash', { sessionId: session.id, reason: 'Float', ...input }, [
      'TillSessionRecorded',
      'session',
      SESSION,
    ]);
  const holds = async (): Promise<Record<string, string>> => {
    const { balances } = (await till.boxes())[0];
    return Object.fromEntries(balances.map((one: any) => [one.currency, one.balance.amount]));
  };
  const linesOf = (documentId: string): Promise<any[]> =>
    t.db.sql(
      `select l.account, l.currency, trim_scale(l.amount)::text as amount from journal_entries e join journal_lines l on l.entry_id = e.id
       where e.document_id = $1 and l.account <> 4810 order by l.account, l.currency`,
      [documentId],
    );
  const paymentOf = async (invoiceId: string): Promise<string> =>
    (await t.db.sql<any>('select payment_id as id from allocations where invoice_id = $1', [invoiceId]))[0].id;

  test('the first count of a drawer is its opening balance; what nobody counts is what it holds', async () => {
    expect(await holds()).toEqual({ IQD: '50000', USD: '20' });
    expect(await linesOf(session.id)).toMatchObject([
      { account: 1110, currency: 'IQD', amount: '50000' },
      { account: 1110, currency: 'USD', amount: '20' },
      { account: 3900, currency: 'IQD', amount: '-50000' },
      { account: 3900, currency: 'USD', amount: '-20' },
    ]);
  });

  test('a sale paid in dollars and dinars, with change in dinars, to the nearest note of 250', async () => {
    const cash = {
      tendered: [
        { currency: 'USD', amount: '20' },
        { currency: 'IQD', amount: '15000' },
      ],
    };
    const quote = await till.client.query<any>(
      `query($cash: TenderInput!) { tillChange(due: "37310", currency: "IQD", cash: $cash) { change { amount currency } rounding { amount currency } } }`,
      { cash },
    );
    // 26,400 and 15,000 make 41,400: 4,090 are due, 4,000 is the nearest note.
    expect(quote.data.tillChange).toEqual({
      change: [{ amount: '4000', currency: 'IQD' }],
      rounding: { amount: '-90', currency: 'IQD' },
    });
    const invoice = await sell({ cash });
    expect(invoice).toMatchObject({ status: 'PAID', total: { amount: '37310' }, balance: { amount: '0' } });
    const payment = await paymentOf(invoice.id);
    expect(await linesOf(payment)).toEqual([
      { account: 1110, currency: 'IQD', amount: '11000' },
      { account: 1110, currency: 'USD', amount: '20' },
      { account: 1190, currency: 'IQD', amount: '26400' },
      { account: 1190, currency: 'USD', amount: '-20' },
      { account: 1210, currency: 'IQD', amount: '-37310' },
      { account: 4830, currency: 'IQD', amount: '-90' },
    ]);
    expect(await holds()).toEqual({ IQD: '61000', USD: '40' });
    const shown = await till.client.query<any>(
      `query($id: ID!) { payment(id: $id) { tenders { currency tendered { amount } change { amount } } } }`,
      { id: payment },
    );
    expect(shown.data.payment.tenders).toEqual([
      { currency: 'IQD', tendered: { amount: '15000' }, change: { amount: '4000' } },
      { currency: 'USD', tendered: { amount: '20' }, change: { amount: '0' } },
    ]);
  });

  test('change in dollars is whole dollars, the rest dinars; too little, or odd change, is refused', async () => {
    const tendered = [{ currency: 'USD', amount: '50' }];
    // 66,000 for 37,310: 28,690 are due, which is 21 dollars and 970 dinars.
    const invoice = await sell({ cash: { tendered, changeIn: 'USD' } });
    expect(await linesOf(await paymentOf(invoice.id))).toMatchObject([
      { account: 1110, currency: 'IQD', amount: '-1000' },
      { account: 1110, currency: 'USD', amount: '29' },
      { account: 1190 },
      { account: 1190 },
      { account: 1210, amount: '-37310' },
      { account: 4830, amount: '30' },
    ]);
    expect(await sell({ cash: { tendered: [{ currency: 'USD', amount: '28' }] } })).toMatchObject({
      code: 'BAD_INPUT',
      field: 'cash.tendered',
      message: '350 IQD are missing.',
    });
    const change = [{ currency: 'IQD', amount: '20000' }];
    expect(await sell({ cash: { tendered, change } })).toMatchObject({ code: 'BAD_INPUT', field: 'cash.change' });
    expect(await sell({ cash: { tendered: [{ currency: 'EUR', amount: '0' }] } })).toMatchObject({
      faults: [{ field: 'cash.tendered.0.currency' }, { field: 'cash.tendered.0.amount' }],
    });
  });

  test('domain review 15: cash for a return of what a bank paid never takes the drawer below zero', async () => {
    const { customerId, products } = await sellable(t, 'wholesale_a', 1);
    const quantity = '3';
    const order = await owner.order({ customerId, lines: [{ productId: products[0]?.id, quantity }] });
    await owner.ship(await owner.confirm(order));
    const invoice = await owner.invoice({ orderId: order.id });
    const { amount, currency } = invoice.total;
    const allocations = [{ invoiceId: invoice.id, amount }];
    await owner.pay({ customerId, amount, currency, method: 'BANK_TRANSFER', allocations });
    const before = await holds();
    const drawn = await move({ kind: 'PAY_OUT', currency: 'USD', amount: before['USD'], reason: 'To the safe' });
    expect(drawn.moves).toHaveLength(1);
    const back = await recorded(
      till,
      'returnAtTill',
      {
        sessionId: session.id,
        invoiceId: invoice.id,
        lines: [{ invoiceLineId: invoice.lines[0].id, quantity }],
        reason: 'Broken',
        method: 'CASH',
      },
      ['CreditNoteRecorded', 'creditNote', 'id'],
    );
    expect(back).toMatchObject({ code: 'INSUFFICIENT_CASH', available: '0', requested: amount });
    expect((await holds())['USD']).toBe('0');
    expect(await move({ kind: 'PAY_IN', currency: 'USD', amount: before['USD'] })).toMatchObject({ id: session.id });
  });

  test('domain review 14: goods that come back over the counter lie in the warehouse of the shop', async () => {
    const [other] = await t.db.sql<any>('select id from warehouses where not is_primary order by code limit 1');
    const who = new Cashier(t, await t.as('CASHIER'));
    const invoice = await sell({ payments: [{ method: 'CASH', amount: '37310' }] });
    const shift = await who.run(
      'openTill',
      { counts: '[CountedCashInput!]!', warehouseId: 'ID', idempotencyKey: 'ID!' },
      { counts: [{ currency: 'IQD', amount: '100000' }], warehouseId: other.id, idempotencyKey: newId() },
      `... on TillSessionRecorded { session { id version } }`,
    );
    const level = async (): Promise<number> =>
      (
        await t.db.sql<any>(
          'select coalesce(sum(on_hand), 0)::float8 as n from stock_levels where warehouse_id = $1 and product_id = $2',
          [other.id, product.id],
        )
      )[0].n;
    const before = await level();
    const lines = [{ invoiceLineId: invoice.lines[0].id, quantity: '1' }];
    const given = { sessionId: shift.session.id, invoiceId: invoice.id, lines, reason: 'Broken', method: 'CASH' };
    expect(await recorded(who, 'returnAtTill', given, ['CreditNoteRecorded', 'creditNote', 'id'])).toMatchObject({
      id: expect.any(String),
    });
    expect(await level()).toBe(before + 1);
  });

  test('a sale on account checks the credit, and is collected at the till, in another currency', async () => {
    const { customerId, products } = await sellable(t, 'retailer', 1);
    const lines = [{ productId: products[0]?.id, quantity: '1' }];
    await t.db.sql('update customers set credit_limit = 0 where id = $1', [customerId]);
    expect(await sell({ customerId, lines, onAccount: true })).toMatchObject({ code: 'CREDIT_REFUSED' });
    await t.db.sql('update customers set credit_limit = 10000 where id = $1', [customerId]);
    expect(await sell({ onAccount: true })).toMatchObject({ code: 'BAD_INPUT', field: 'customerId' });
    const invoice = await sell({
      customerId,
      lines,
      onAccount: true,
      cash: { tendered: [{ currency: 'USD', amount: '1' }] },
    });
    const open = invoice.balance.amount;
    expect(Number(open)).toBeCloseTo(Number(invoice.total.amount) - 1, 2);
    const dinars = Math.ceil((Number(open) * 1320) / 250) * 250 + 1000;
    const payment = await recorded(
      till,
      'collectAtTill',
      {
        sessionId: session.id,
        customerId,
        amount: open,
        currency: 'USD',
        method: 'CASH',
        oldestFirst: true,
        cash: { tendered: [{ currency: 'IQD', amount: String(dinars) }] },
      },
      ['PaymentRecorded', 'payment', 'id amount { amount currency } unapplied { amount }'],
    );
    expect(payment).toMatchObject({ amount: { amount: open, currency: 'USD' }, unapplied: { amount: '0' } });
    expect(await owner.readInvoice(invoice.id)).toMatchObject({ status: 'PAID' });
  });

  test('a parked sale waits for whoever is free, and ends with the sale', async () => {
    const lines = [{ productId: product.id, quantity: '2', discountPercent: '1' }];
    const parked = await recorded(till, 'parkSale', { sessionId: session.id, label: 'Red shirt', lines }, [
      'ParkedSaleRecorded',
      'parkedSale',
      'id label lines { productId quantity discountPercent }',
    ]);
    expect(parked).toMatchObject({ label: 'Red shirt', lines });
    const listed = async (): Promise<number> =>
      (await till.client.query<any>('{ parkedSales { totalCount } }')).data.parkedSales.totalCount;
    expect(await listed()).toBe(1);
    expect(await sell({ parkedSaleId: parked.id, payments: [{ method: 'CASH', amount: '1' }] })).toMatchObject({
      field: 'payments',
    });
    expect(await listed()).toBe(1);
    await sell({ parkedSaleId: parked.id, payments: [{ method: 'CARD', amount: '37310' }] });
    expect(await listed()).toBe(0);
    const again = { sessionId: session.id, label: ' ', lines: [{ productId: 'x', quantity: '0' }] };
    const { faults } = await recorded(till, 'parkSale', again, ['ParkedSaleRecorded', 'parkedSale', 'id']);
    expect(faults.map(({ field }: any) => field)).toEqual(['label', 'lines.0.productId', 'lines.0.quantity']);
  });

  test('pay-in and pay-out name an account or a box, with a reason', async () => {
    const rent = await move({ kind: 'PAY_OUT', currency: 'IQD', amount: '5000', account: 6900, reason: 'Tea' });
    expect(rent.moves.at(-1)).toEqual({
      kind: 'PAY_OUT',
      account: 6900,
      otherBoxId: null,
      reason: 'Tea',
      amount: { amount: '5000', currency: 'IQD' },
    });
    expect(await move({ kind: 'PAY_IN', currency: 'IQD', amount: '5000', account: 6900 })).toMatchObject({
      field: 'account',
    });
    expect(await move({ kind: 'PAY_OUT', currency: 'IQD', amount: '0', reason: ' ' })).toMatchObject({
      faults: [{ field: 'amount' }, { field: 'reason' }],
    });
    expect(await move({ kind: 'PAY_OUT', currency: 'IQD', amount: '99999999' })).toMatchObject({
      code: 'INSUFFICIENT_CASH',
    });
  });

  test('the X report says what the drawer holds and why; closing posts the difference, and the Z report keeps it', async () => {
    const REPORT = `query($id: ID!) { tillReport(sessionId: $id) { kind sales returns
      counts { opening { amount currency } expected { amount } counted { amount } difference { amount } }
      cash { event amount { amount currency } entries } methods { method received { amount currency } refunded { amount } payments } } }`;
    const report = async (who = till): Promise<any> =>
      (await who.client.query<any>(REPORT, { id: session.id })).data.tillReport;
    const held = await holds();
    const open_ = await report();
    expect(open_).toMatchObject({
      kind: 'X',
      counts: [{ expected: { amount: held['IQD'] } }, { expected: { amount: held['USD'] } }],
    });
    for (const [index, currency] of ['IQD', 'USD'].entries()) {
      const moved = open_.cash
        .filter((one: any) => one.amount.currency === currency)
        .reduce((sum: number, one: any) => sum + Number(one.amount.amount), 0);
      expect(Number(open_.counts[index].opening.amount) + moved).toBe(Number(held[currency]));
    }
    const other = new Cashier(t, await t.as('CASHIER'));
    expect(await report(other)).toBeNull();
    const version = (
      await till.client.query<any>('query($id: ID!) { tillSession(id: $id) { version } }', { id: session.id })
    ).data.tillSession.version;
    const counted = String(Number(held['IQD']) - 750);
    const closed = await close(
      [
        { currency: 'IQD', amount: counted },
        { currency: 'USD', amount: held['USD'] as string },
      ],
      till,
      { id: session.id, version },
    );
    expect(closed.counts).toMatchObject([{ difference: { amount: '-750' } }, { difference: { amount: '0' } }]);
    expect(await holds()).toEqual({ ...held, IQD: counted });
    const closing = await t.db.sql<any>(
      `select l.account, trim_scale(l.amount)::text as amount from journal_entries e join journal_lines l on l.entry_id = e.id
       where e.document_id = $1 and e.event = 'TILL_CLOSING' order by 1`,
      [session.id],
    );
    expect(closing).toEqual([
      { account: 1110, amount: '-750' },
      { account: 6700, amount: '750' },
    ]);
    expect(await report()).toMatchObject({
      kind: 'Z',
      counts: [{ counted: { amount: counted }, difference: { amount: '-750' } }, {}],
    });
    const next = await open([{ currency: 'IQD', amount: String(Number(counted) + 250) }]);
    expect(next.counts).toMatchObject([
      { opening: { amount: String(Number(counted) + 250) } },
      { opening: { amount: held['USD'] } },
    ]);
    expect(await linesOf(next.id)).toEqual([
      { account: 1110, currency: 'IQD', amount: '250' },
      { account: 6700, currency: 'IQD', amount: '-250' },
    ]);
  });

  test('a shared drawer is used by one shift at a time', async () => {
    const shared = await office.make({ kind: 'TILL', name: 'Counter 1', nameAr: 'الدرج 1' });
    const [a, b] = [new Cashier(t, await t.as('CASHIER')), new Cashier(t, await t.as('CASHIER'))];
    const answers = await Promise.all([open([], a, shared.id), open([], b, shared.id)]);
    expect(answers.filter((one) => one.boxId === shared.id)).toHaveLength(1);
    expect(answers.filter((one) => one.code === 'ALREADY_RUNNING')).toHaveLength(1);
    const safe = await office.boxNamed('Safe HQ');
    const third = new Cashier(t, await t.as('CASHIER'));
    expect(await open([], third, safe.id)).toMatchObject({ code: 'NOT_FOUND', field: 'boxId' });
  });
});
