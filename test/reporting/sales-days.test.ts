import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { generateCompany } from '../../src/generator/company.js';
import { generateTrade } from '../../src/generator/trade.js';
import { addDays, businessDate } from '../../src/kernel/clock.js';
import { NO_ROW_SCOPE, type Viewer } from '../../src/kernel/viewer.js';
import { type ReportAsk, reportFilters } from '../../src/platform/read/report.js';
import { Params } from '../../src/platform/read/sql.js';
import { groupsOfLines, SALES_GROUPS, salesSql } from '../../src/reporting/sales.queries.js';
import { startTestApp, type TestApp } from '../support/app.js';
import { sellable, Seller } from '../support/selling.js';

/** The kept sales of days say what the lines of the journal and of the documents say, whatever is kept so far. */
describe('sales of days', () => {
  let t: TestApp;
  let seller: Seller;
  let today: string;
  let buyers: string[];
  let products: string[];
  beforeAll(async () => {
    t = await startTestApp({ settings: { SYNC_PHASE: 'gradual' } });
    await generateCompany(t.app.services.db, 1);
    const { customerId, products: sold } = await sellable(t, 'retailer', 4);
    products = sold.map(({ id }) => id);
    await generateTrade(t.app.services.db, 0.02);
    today = businessDate(t.config.timeZone);
    seller = new Seller(t, await t.as('OWNER'));
    const others = await t.db.sql<any>(
      `select c.id from customers c join price_lists l on l.id = c.price_list_id where l.code = 'retailer' and c.active and c.currency = 'USD'
       and c.id <> $1 order by c.code limit 3`,
      [customerId],
    );
    buyers = [customerId, ...others.map(({ id }) => id)];
    await t.db.sql('update customers set credit_limit = 1000000 where id = any ($1)', [buyers]);
  }, 300_000);
  afterAll(() => t.stop());

  const staff = { kind: 'user', permissions: new Set(['orders:all']), rowScope: NO_ROW_SCOPE } as unknown as Viewer;
  const ask = (given: Partial<ReportAsk>): ReportAsk => ({
    ...reportFilters({ from: '2025-01-01', to: '2027-12-31', ...given }, today),
    viewer: staff,
    today,
    timeZone: t.config.timeZone,
  });
  const rows = async (given: ReportAsk, ofLines: boolean): Promise<any[]> => {
    const params = new Params();
    const text = ofLines ? salesSql(given, params, groupsOfLines(given, params)) : salesSql(given, params);
    return t.db.sql<any>(text, [...params.values]);
  };
  const normal = (found: any[]): unknown[] =>
    found
      .map((row) =>
        Object.entries(row)
          .map(
            ([name, value]) =>
              `${name} ${typeof value === 'string' && /^-?\d+\.\d+$/.test(value) ? Number(value) : String(value)}`,
          )
          .join(', '),
      )
      .sort();

  const compare = async (days: Partial<ReportAsk>): Promise<number> => {
    let compared = 0;
    const [salesperson] = await t.db.sql<any>(
      'select salesperson_id as id from journal_lines where account = 4100 and salesperson_id is not null limit 1',
    );
    const [branch] = await t.db.sql<any>('select id from branches order by code limit 1');
    const [category] = await t.db.sql<any>('select category_id as id from products where id = $1', [products[0]]);
    const filters: Partial<ReportAsk>[] = [
      {},
      { currency: 'USD' },
      { currency: 'EACH' },
      { salespersonId: salesperson.id },
      { branchId: branch.id, currency: 'IQD' },
      { partyId: buyers[0] },
      { productId: products[0] },
      { categoryId: category.id },
    ];
    for (const by of SALES_GROUPS) {
      for (const { currency, ...filter } of filters) {
        const given = { ...ask({ ...days, ...filter, by }), currency: currency ?? null };
        const kept = await rows(given, false);
        expect([by, filter, currency, normal(kept)]).toEqual([by, filter, currency, normal(await rows(given, true))]);
        compared += kept.length;
      }
    }
    return compared;
  };

  test('they come to the same figures by every group and filter, after sales, returns, allowances, voids and a merge', async () => {
    const sell = (customerId: string, product: number, quantity: string, rest: object = {}): Promise<any> =>
      seller.invoice({
        customerId,
        currency: 'USD',
        freeLines: [{ productId: products[product], quantity, unitPrice: '12.5', ...rest }],
      });
    const keep = (): Promise<unknown> => t.db.sql('select number_entries(1000), keep_sales(1000)');
    for (const [index, customerId] of buyers.entries()) {
      const kept = await sell(customerId, 0, '2');
      const free = await sell(customerId, 1, '1', { unitPrice: '0' });
      if (index === 1) await keep();
      const discounted = await sell(customerId, 2, '1', { discountPercent: '100' });
      const voided = await sell(customerId, 3, '1');
      expect([kept, free, discounted, voided].map(({ status, code }) => status ?? code)).not.toContain('BAD_INPUT');
      if (index === 2) await keep();
      await seller.voidInvoice(voided);
      await seller.credit({ invoiceId: kept.id, amount: '1.25' });
      const back = { invoiceId: kept.id, lines: [{ invoiceLineId: kept.lines[0].id, quantity: '1' }] };
      const note = await seller.credit({ ...back, restock: true });
      expect(note.restocked).toBe(true);
      const order = await seller.order({ customerId, lines: [{ productId: products[0], quantity: '1' }] });
      const shipped = await seller.ship(await seller.confirm(order));
      await seller.invoice({ orderId: shipped.id });
      if (index === 1)
        expect(
          (
            await seller.voidNote(
              await seller.credit({ invoiceId: free.id, lines: [{ invoiceLineId: free.lines[0].id, quantity: '1' }] }),
            )
          ).code,
        ).toBeDefined();
    }
    const recent = { from: addDays(today, -3), to: today };
    expect(await compare(recent)).toBeGreaterThan(50);
    await keep();
    expect(await compare(recent)).toBeGreaterThan(50);
    const [one, other] = await t.db.sql<any>(
      'select id, version from customers where id = any ($1) order by id limit 2',
      [buyers.slice(1)],
    );
    const merged = await seller.client.query<any>(
      `mutation { mergeCustomers(keepId: "${one.id}", duplicateId: "${other.id}", duplicateVersion: ${other.version}) { __typename ... on UserError { message } } }`,
    );
    expect(merged.data.mergeCustomers.__typename).toBe('Customer');
    expect(await compare(recent)).toBeGreaterThan(50);
    expect(await compare({})).toBeGreaterThan(500);
    const cost = await rows({ ...ask({ by: 'CUSTOMER' }) }, false);
    expect(cost.filter(({ recordId }) => recordId === null)).toEqual([]);
  }, 300_000);
});
