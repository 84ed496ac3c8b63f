import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { addDays, businessDate } from '../../src/kernel/clock.js';
import { newId } from '../../src/kernel/ids.js';
import { startTestApp, type TestApp, type TestClient } from '../support/app.js';
import { faultsOfBooks, sellable, Seller } from '../support/selling.js';

/** A document of a closed month is voided by an entry of today: what was reported for that month stays as it was. */
describe('voiding a document of a closed period', () => {
  let t: TestApp;
  let owner: TestClient;
  let seller: Seller;
  let today: string;
  let day: string;
  let from: string;
  beforeAll(async () => {
    t = await startTestApp({ company: true, settings: { SYNC_PHASE: 'gradual' } });
    owner = await t.as('OWNER');
    seller = new Seller(t, owner);
    today = businessDate(t.config.timeZone);
    day = addDays(today, -40);
    from = addDays(today, -60);
  });
  afterAll(async () => {
    expect(await faultsOfBooks(t)).toEqual([]);
    await t.stop();
  });

  const closeBooks = (): Promise<unknown> =>
    owner.query(`mutation($until: Date!) { closeBooks(until: $until) { __typename } }`, { until: addDays(today, -1) });

  const REPORTS = ['SALES_BY_DAY', 'SALES_BY_MONTH', 'SALES_BY_CUSTOMER', 'SALES_BY_PRODUCT', 'PAYMENTS'] as const;
  const COLUMN = { PAYMENTS: 'amount' } as Record<string, string>;
  /** What each report, and each sum of the dashboard, comes to in dinars between two days. */
  const figures = async (first: string, last: string): Promise<Record<string, number>> => {
    const sums: Record<string, number> = {};
    for (const name of REPORTS) {
      const answer = await owner.query<any>(
        `query($name: ReportName!, $from: Date, $to: Date) { report(name: $name, from: $from, to: $to) { columns rows } }`,
        { name, from: first, to: last },
      );
      const { columns, rows } = answer.data.report;
      const at = columns.indexOf(
        name.startsWith('SALES_BY_') && columns.includes('net') ? 'net' : (COLUMN[name] ?? 'total'),
      );
      sums[name] = rows
        .filter((row: string[]) => row[columns.indexOf('currency')] === 'IQD')
        .reduce((total: number, row: string[]) => total + Number(row[at]), 0);
    }
    const { data } = await owner.query<any>(
      `query($from: Date, $to: Date) { salespersonDashboard(from: $from, to: $to) {
         sales { currency total { amount } } collected { currency total { amount } }
         topCustomers { total { amount currency } } topProducts { total { amount currency } } } }`,
      { from: first, to: last },
    );
    const dinars = (list: any[]): number =>
      list
        .filter((one) => (one.currency ?? one.total.currency) === 'IQD')
        .reduce((total, one) => total + Number(one.total.amount), 0);
    for (const name of ['sales', 'collected', 'topCustomers', 'topProducts']) {
      sums[name] = dinars(data.salespersonDashboard[name]);
    }
    return sums;
  };
  const statement = async (customerId: string): Promise<[string, string, string][]> =>
    (
      await owner.query<any>(
        `query($id: ID!) { statementEntries(customerId: $id, currency: "IQD") { nodes { kind enteredOn amount { amount } } } }`,
        { id: customerId },
      )
    ).data.statementEntries.nodes.map((one: any) => [one.kind, one.enteredOn, one.amount.amount]);

  test('leaves the reports of that month, and stands in those of today and in the statement', async () => {
    const { customerId, products } = await sellable(t, 'technical_iqd', 1);
    // Who had no credit could not owe two invoices of a month ago.
    await t.db.sql('update customers set credit_limit = 1000000, payment_terms_days = 90 where id = $1', [customerId]);
    const line = { productId: products[0]?.id, quantity: '2', unitPrice: '65000' };
    const head = { customerId, currency: 'IQD', issuedOn: day };
    const invoice = await seller.invoice({ ...head, freeLines: [line] });
    expect(invoice).toMatchObject({ total: { amount: '130000' } });
    const credited = await seller.invoice({ ...head, freeLines: [{ ...line, quantity: '1' }] });
    const payment = await seller.pay({ customerId, amount: '40000', currency: 'IQD', receivedOn: day });
    const note = await seller.credit({ invoiceId: credited.id, amount: '5000', issuedOn: day });
    expect(note.id).toBeDefined();
    const before = await figures(from, addDays(today, -1));
    expect(before).toMatchObject({ SALES_BY_MONTH: 190000, PAYMENTS: 40000, sales: 190000, collected: 40000 });
    const todayBefore = await figures(today, today);
    await closeBooks();

    expect(await seller.voidInvoice(await seller.readInvoice(invoice.id))).toMatchObject({ status: 'VOID' });
    expect(await seller.voidPayment(payment)).toMatchObject({ voidedAt: expect.any(String) });
    expect(await seller.voidNote(note)).toMatchObject({ voidedAt: expect.any(String) });

    expect(await figures(from, addDays(today, -1))).toEqual(before);
    const after = await figures(today, today);
    const change = Object.fromEntries(
      Object.keys(after).map((key) => [key, (after[key] ?? 0) - (todayBefore[key] ?? 0)]),
    );
    expect(change).toEqual({
      SALES_BY_DAY: -125000,
      SALES_BY_MONTH: -125000,
      SALES_BY_CUSTOMER: -130000,
      SALES_BY_PRODUCT: -125000,
      PAYMENTS: -40000,
      sales: -125000,
      collected: -40000,
      topCustomers: -125000,
      topProducts: -130000,
    });
    expect(await statement(customerId)).toEqual([
      ['INVOICE', day, '130000'],
      ['INVOICE', day, '65000'],
      ['PAYMENT', day, '-40000'],
      ['CREDIT_NOTE', day, '-5000'],
      ['INVOICE_VOID', today, '-130000'],
      ['PAYMENT_VOID', today, '40000'],
      ['CREDIT_NOTE_VOID', today, '5000'],
    ]);
  });

  test('and holds for what the company buys: the bill and its payment are void today, and keep their day', async () => {
    const vendor = (
      await owner.query<any>(
        `mutation { createVendor(input: { name: "Landlord", currency: "IQD" }) { ... on Vendor { id } } }`,
      )
    ).data.createVendor;
    await t.db.sql(`delete from settings where key = 'books_closed_until'`);
    const bill = (
      await owner.query<any>(
        `mutation($input: CreateBillInput!, $key: ID!) { createBill(input: $input, idempotencyKey: $key) { ... on BillRecorded { bill { id version } } ... on UserError { code field } } }`,
        {
          input: {
            vendorId: vendor.id,
            billedOn: day,
            lines: [{ description: 'Rent', quantity: '1', unitCost: '700000' }],
          },
          key: newId(),
        },
      )
    ).data.createBill.bill;
    const paid = (
      await owner.query<any>(
        `mutation($input: RecordPaymentMadeInput!, $key: ID!) { recordPaymentMade(input: $input, idempotencyKey: $key) {
           ... on PaymentMadeRecorded { paymentMade { id version } } ... on UserError { code field } } }`,
        {
          input: {
            vendorId: vendor.id,
            amount: '700000',
            method: 'BANK_TRANSFER',
            paidOn: day,
            allocations: [{ billId: bill.id, amount: '700000' }],
          },
          key: newId(),
        },
      )
    ).data.recordPaymentMade.paymentMade;
    await closeBooks();
    const voidPaid = await owner.query<any>(
      `mutation($id: ID!, $version: Int!, $key: ID!) { voidPaymentMade(id: $id, version: $version, reason: "Twice", idempotencyKey: $key) {
         __typename ... on PaymentMadeRecorded { paymentMade { voidedOn paidOn } } ... on UserError { code } } }`,
      { id: paid.id, version: paid.version, key: newId() },
    );
    expect(voidPaid.data.voidPaymentMade).toEqual({
      __typename: 'PaymentMadeRecorded',
      paymentMade: { voidedOn: today, paidOn: day },
    });
    const { version } = (await owner.query<any>(`query($id: ID!) { bill(id: $id) { version } }`, { id: bill.id })).data
      .bill;
    const voidBill = await owner.query<any>(
      `mutation($id: ID!, $version: Int!, $key: ID!) { voidBill(id: $id, version: $version, reason: "Twice", idempotencyKey: $key) {
         __typename ... on BillRecorded { bill { status voidedOn billedOn vendor { balance { amount } } } } ... on UserError { code } } }`,
      { id: bill.id, version, key: newId() },
    );
    expect(voidBill.data.voidBill).toEqual({
      __typename: 'BillRecorded',
      bill: { status: 'VOID', voidedOn: today, billedOn: day, vendor: { balance: { amount: '0' } } },
    });
  });

  test('rates of closed days stay as they are, too', async () => {
    const record = async (rate: string, effectiveOn: string): Promise<any> =>
      (
        await owner.query<any>(
          `mutation($rate: Decimal!, $on: Date) { recordExchangeRate(currency: "USD", rate: $rate, effectiveOn: $on) {
             __typename ... on UserError { code field } } }`,
          { rate, on: effectiveOn },
        )
      ).data.recordExchangeRate;
    const closed = { __typename: 'PeriodClosedError', code: 'PERIOD_CLOSED', field: 'effectiveOn' };
    expect(await record('1999', day)).toEqual(closed);
    expect(await record('1320', today)).toEqual({ __typename: 'ExchangeRate' });
  });
});
