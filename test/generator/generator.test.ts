import 'reflect-metadata';
import { spawnSync } from 'node:child_process';
import { afterAll, expect, test } from '@jest/globals';
import { migrations } from '../../migrations/list.js';
import { generateCompany } from '../../src/generator/company.js';
import { generateTrade } from '../../src/generator/trade.js';
import { modules } from '../../src/modules.js';
import { openDatabase, type Database } from '../../src/platform/db/orm.js';
import { temporaryFolder } from '../support/folder.js';
import { createTestDatabase, type TestDatabase } from '../support/database.js';
import { faultsOfBooks } from '../support/selling.js';

const undo: (() => Promise<void>)[] = [];
afterAll(async () => {
  for (const step of undo.reverse()) await step();
});

async function generated(): Promise<[TestDatabase, Database]> {
  const t = await createTestDatabase();
  const entities = modules.flatMap((module) => module.entities);
  const db = await openDatabase({ url: t.url, poolMax: 3, applicationName: 'generate', entities, migrations });
  undo.push(async () => {
    await db.close();
    await t.drop();
  });
  await generateCompany(db, 1);
  await expect(generateCompany(db, 1)).rejects.toThrow('Only an empty one is filled');
  return [t, db];
}

test('a generated company has the proportions of the real one, holds the invariants, and is the same each time', async () => {
  const [[one, db], [two]] = [await generated(), await generated()];
  await generateTrade(db, 1);
  await expect(generateTrade(db, 1)).rejects.toThrow('Only a company without any is filled');
  const command = spawnSync(process.execPath, ['dist/src/main.js', 'generate', '--scale', '1'], {
    env: { PATH: process.env['PATH'], DATABASE_URL: one.url, DATA_DIR: temporaryFolder('generate') },
    encoding: 'utf8',
  });
  expect([command.status, command.stderr]).toEqual([1, expect.stringContaining('Only an empty one is filled')]);
  const [facts] = await one.sql<any>(
    `select (select count(*)::int from products) as products, (select count(*)::int from customers) as customers,
       (select round(100 * avg((sku is null)::int))::int from products) as without_sku,
       (select round(100 * avg(active::int))::int from products) as active,
       (select count(*)::int from warehouses) as warehouses,
       (select count(distinct product_id)::int from stock_levels where on_hand > 0) as in_stock,
       (select count(*)::int from prices t join price_lists l on l.id = t.price_list_id where l.currency = 'IQD'
          and (t.amount <= 0 or t.amount % 250 <> 0)) as odd_dinars`,
  );
  expect(facts).toMatchObject({ products: 2218, customers: 2500, warehouses: 3, odd_dinars: 0 });
  expect(facts.without_sku).toBeGreaterThan(52);
  expect(facts.without_sku).toBeLessThan(60);
  expect(facts.active).toBeGreaterThan(55);
  expect(facts.active).toBeLessThan(63);
  expect(facts.in_stock).toBeGreaterThan(380);
  const wrong = await one.sql(
    `select 1 from stock_levels s left join (select product_id, warehouse_id, sum(quantity) q, sum(reserved) r
       from stock_movements group by 1, 2) m using (product_id, warehouse_id)
     where s.on_hand <> coalesce(m.q, 0) or s.reserved <> coalesce(m.r, 0)`,
  );
  expect(wrong).toEqual([]);
  expect(await faultsOfBooks({ db: one })).toEqual([]);
  const [trade] = await one.sql<any>(
    `select (select count(*)::int from orders) as orders, (select count(*)::int from order_lines) as lines,
       (select count(*)::int from invoices) as invoices, (select count(*)::int from payments) as payments,
       (select count(*)::int from credit_notes) as notes,
       (select round(100.0 * sum(balance) / sum(total), 2)::float8 from invoices where currency = 'USD') as open_share`,
  );
  expect(trade.orders).toBe(20_000);
  expect(Math.abs(trade.lines - 80_000)).toBeLessThan(2000);
  expect(Math.abs(trade.invoices - 24_000)).toBeLessThan(500);
  expect(trade.payments).toBeGreaterThan(22_000);
  expect(trade.notes).toBeGreaterThan(300);
  expect(trade.open_share).toBeGreaterThan(0.5);
  expect(trade.open_share).toBeLessThan(4);
  const digest = async (t: TestDatabase): Promise<unknown> => {
    const rows = await Promise.all(
      ['products', 'prices', 'stock_levels', 'customers'].map((table) =>
        t.sql<any>(
          `select md5(string_agg(id::text, '' order by id)) as ids from (select ${table === 'stock_levels' ? 'product_id as id from stock_movements where reference_type is null' : `id from ${table}`}) x`,
        ),
      ),
    );
    return rows.map(([row]) => row.ids);
  };
  expect(await digest(one)).toEqual(await digest(two));
}, 180_000);
