import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { countCompiledOf } from './compiled.js';
import { DRIVERS, withoutTypeNames } from './drivers.js';
import { startFrontEndCompany, type FrontEndCompany } from './company.js';

const ROUNDS = 5;
const PRICED = `query Priced($list: ID) {
  products(first: 5, filter: { active: { eq: true } }) { nodes { id name price(priceList: $list) { amount currency } } } }`;
const BOTH = `query Both($usd: ID, $iqd: ID) {
  products(first: 5, filter: { active: { eq: true } }) { nodes { id usd: price(priceList: $usd) { amount currency } iqd: price(priceList: $iqd) { amount currency } } } }`;
const DASHBOARD = `query Dashboard($from: Date, $to: Date) {
  salespersonDashboard(from: $from, to: $to) {
    topProducts { id name quantity total { amount currency } } topCustomers { id name total { amount currency } } } }`;

/** A cache keeps one record for each type and id: two views must never overwrite each other's money. */
describe('money in a normalised cache', () => {
  let company: FrontEndCompany;
  beforeAll(async () => {
    company = await startFrontEndCompany();
  }, 120_000);
  afterAll(() => company.t.stop());

  describe.each(DRIVERS)('%s', (_name, driverOf) => {
    const start = () => driverOf({ url: company.t.url, token: company.owner.token as string });

    test('two views with two price lists keep their own prices', async () => {
      const driver = start();
      const lists = { usd: company.usdListId, iqd: company.iqdListId };
      const shown = async (ask: 'fetch' | 'read', list: string): Promise<string[]> => {
        const { products } = await driver[ask](PRICED, { list });
        return products.nodes.map(({ price }: any) => `${price.amount} ${price.currency}`);
      };
      const usd = await shown('fetch', lists.usd);
      const iqd = await shown('fetch', lists.iqd);
      for (const [prices, code] of [
        [usd, 'wholesale_a'],
        [iqd, 'technical_iqd'],
      ] as const) {
        const rows = await company.t.db.sql<{ price: string }>(
          `select trim_scale(t.amount)::text || ' ' || l.currency as price from (
             select id, name from products where archived_at is null and active order by name collate "C", id limit 5) p
           join price_lists l on l.code = $1 join prices t on t.price_list_id = l.id and t.product_id = p.id and t.min_quantity = 1
           order by p.name collate "C", p.id`,
          [code],
        );
        expect(prices).toEqual(rows.map(({ price }) => price));
      }
      expect(await shown('read', lists.usd)).toEqual(usd);
      expect(await shown('read', lists.iqd)).toEqual(iqd);
      const both = await driver.fetch(BOTH, lists);
      expect(both.products.nodes.map((node: any) => `${node.usd.amount} ${node.usd.currency}`)).toEqual(usd);
      expect(both.products.nodes.map((node: any) => `${node.iqd.amount} ${node.iqd.currency}`)).toEqual(iqd);
      const compiled = await countCompiledOf(company.t.url, () => driver.fetch(PRICED, { list: lists.iqd }), ROUNDS);
      driver.stop();
      expect(compiled).toBe(ROUNDS);
    });

    test('a dashboard of two currencies shows each row with its own money', async () => {
      const driver = start();
      const plain = (await company.owner.query<any>(DASHBOARD)).data;
      const rows = plain.salespersonDashboard.topProducts.filter((row: any) => row.name !== undefined);
      expect(new Set(rows.map((row: any) => row.total.currency))).toEqual(new Set(['IQD', 'USD']));
      expect(withoutTypeNames(await driver.fetch(DASHBOARD))).toEqual(plain);
      expect(withoutTypeNames(await driver.read(DASHBOARD))).toEqual(plain);
      const compiled = await countCompiledOf(company.t.url, () => driver.fetch(DASHBOARD), ROUNDS);
      driver.stop();
      expect(compiled).toBe(ROUNDS);
    });

    test('a dashboard of two periods shows each row with the money of its period', async () => {
      const driver = start();
      await company.t.db.sql(
        `update invoices set issued_on = issued_on - 40 where currency = 'IQD' and issued_on > current_date - 10`,
      );
      const day = async (text: string): Promise<string> =>
        (await company.t.db.sql<{ day: string }>(`select to_char(${text}, 'YYYY-MM-DD') as day`))[0]?.day ?? '';
      const recent = { from: await day('current_date - 20'), to: await day('current_date + 1') };
      const all = { from: await day('current_date - 80'), to: await day('current_date + 1') };
      const plain = (await company.owner.query<any>(DASHBOARD, recent)).data;
      expect(withoutTypeNames(await driver.fetch(DASHBOARD, recent))).toEqual(plain);
      await driver.fetch(DASHBOARD, all);
      const shown = withoutTypeNames(await driver.read(DASHBOARD, recent));
      await company.t.db.sql(
        `update invoices set issued_on = issued_on + 40 where currency = 'IQD' and issued_on < current_date - 20`,
      );
      driver.stop();
      expect(shown).toEqual(plain);
    });
  });
});
