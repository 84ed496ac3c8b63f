import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { businessDate } from '../../src/kernel/clock.js';
import { newId } from '../../src/kernel/ids.js';
import { startTestApp, type TestApp, type TestClient } from '../support/app.js';
import { faultsOfBooks, sellable, Seller } from '../support/selling.js';

/** Four pieces are sold at the till for 46 dollars, and three come back for 34.50: one stays sold, for 11.50. */
describe('a return counts in every figure of a day', () => {
  let t: TestApp;
  let owner: TestClient;
  let customerId: string;
  let productId: string;
  let today: string;
  beforeAll(async () => {
    t = await startTestApp({ company: true, settings: { SYNC_PHASE: 'gradual' } });
    owner = await t.as('OWNER');
    today = businessDate(t.config.timeZone);
    const found = await sellable(t, 'retailer', 1);
    customerId = found.customerId;
    productId = found.products[0]?.id as string;
    await t.db.sql(
      `update prices set amount = 11.5 where product_id = $1 and price_list_id = (select id from price_lists where code = 'retailer')`,
      [productId],
    );
    await t.db.sql('update customers set discount_percent = 0 where id = $1', [customerId]);
    const key = { key: newId() };
    const session = (
      await owner.query<any>(
        `mutation($key: ID!) { openTill(counts: [], idempotencyKey: $key) { ... on TillSessionRecorded { session { id } } } }`,
        key,
      )
    ).data.openTill.session;
    const sold = await owner.query<any>(
      `mutation($input: SellAtTillInput!, $key: ID!) { sellAtTill(input: $input, idempotencyKey: $key) {
         ... on InvoiceRecorded { invoice { id total { amount currency } lines { id } } } ... on UserError { message } } }`,
      {
        input: {
          sessionId: session.id,
          customerId,
          lines: [{ productId, quantity: '4' }],
          payments: [{ method: 'CASH', amount: '46' }],
        },
        ...key,
      },
    );
    const { invoice } = sold.data.sellAtTill;
    expect(invoice.total).toEqual({ amount: '46', currency: 'USD' });
    const back = await owner.query<any>(
      `mutation($input: ReturnAtTillInput!, $key: ID!) { returnAtTill(input: $input, idempotencyKey: $key) {
         ... on CreditNoteRecorded { creditNote { refunded { amount } } } ... on UserError { message } } }`,
      {
        input: {
          sessionId: session.id,
          invoiceId: invoice.id,
          lines: [{ invoiceLineId: invoice.lines[0].id, quantity: '3' }],
          reason: 'Broken',
          method: 'CASH',
        },
        ...key,
      },
    );
    expect(back.data.returnAtTill.creditNote.refunded.amount).toBe('34.5');
  });
  afterAll(async () => {
    expect(await faultsOfBooks(t)).toEqual([]);
    await t.stop();
  });

  /** The rows of today, as objects by the names of the columns. */
  const report = async (name: string): Promise<any[]> => {
    const { columns, rows } = (
      await owner.query<any>(
        `query($name: ReportName!, $day: Date) { report(name: $name, from: $day, to: $day) { columns rows } }`,
        { name, day: today },
      )
    ).data.report;
    return rows.map((row: string[]) => Object.fromEntries(row.map((cell, index) => [columns[index], cell])));
  };
  const dashboard = async (): Promise<any> =>
    (
      await owner.query<any>(
        `{ salespersonDashboard { sales { documents total { amount } } collected { documents total { amount } }
             topCustomers { recordId total { amount } } topProducts { recordId quantity total { amount } } }
           homeDashboard { salesToday { total { amount } } collectedThisMonth { total { amount } } } }`,
      )
    ).data;

  test('sales, collected, top customers and top products on the dashboards', async () => {
    const { salespersonDashboard, homeDashboard } = await dashboard();
    const net = { total: { amount: '11.5' } };
    expect(salespersonDashboard).toEqual({
      sales: [{ documents: 1, ...net }],
      collected: [{ documents: 1, ...net }],
      topCustomers: [{ recordId: customerId, ...net }],
      topProducts: [{ recordId: productId, quantity: '1', ...net }],
    });
    expect(homeDashboard).toEqual({ salesToday: [net], collectedThisMonth: [net] });
  });

  test.each(['SALES_BY_DAY', 'SALES_BY_MONTH'])('the report %s', async (name) => {
    expect(await report(name)).toMatchObject([{ invoices: '1', total: '46', credited: '34.5', net: '11.5' }]);
  });

  test('the report SALES_BY_CUSTOMER', async () => {
    expect(await report('SALES_BY_CUSTOMER')).toMatchObject([
      { currency: 'USD', invoices: '1', total: '46', credited: '34.5', paid: '46', open: '0' },
    ]);
  });

  test('the report SALES_BY_PRODUCT', async () => {
    expect(await report('SALES_BY_PRODUCT')).toMatchObject([{ currency: 'USD', quantity: '1', total: '11.5' }]);
  });

  test('an allowance takes an amount and no piece, and a void note gives it back', async () => {
    const seller = new Seller(t, owner);
    const invoice = (await owner.query<any>('{ invoices(first: 1) { nodes { id } } }')).data.invoices.nodes[0];
    const note = await seller.credit({ invoiceId: invoice.id, amount: '1.5', reason: 'Scratched' });
    const rows = async (): Promise<any[]> =>
      (await report('SALES_BY_PRODUCT')).map(({ quantity, total }) => ({ quantity, total }));
    expect(await rows()).toEqual([
      { quantity: '1', total: '11.5' },
      { quantity: '0', total: '-1.5' },
    ]);
    expect((await dashboard()).salespersonDashboard.topCustomers[0].total.amount).toBe('10');
    await seller.voidNote(note);
    expect(await rows()).toEqual([{ quantity: '1', total: '11.5' }]);
    expect((await dashboard()).salespersonDashboard.topCustomers[0].total.amount).toBe('11.5');
  });

  test('money given back of a payment leaves what was collected too', async () => {
    const seller = new Seller(t, owner);
    const payment = await seller.pay({ customerId, amount: '10', currency: 'USD' });
    await seller.refund({ paymentId: payment.id, amount: '4' });
    expect((await dashboard()).salespersonDashboard.collected).toEqual([{ documents: 2, total: { amount: '17.5' } }]);
  });
});
