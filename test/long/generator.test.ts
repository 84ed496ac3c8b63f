import 'reflect-metadata';
import { spawnSync } from 'node:child_process';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { migrations } from '../../migrations/list.js';
import { createTransactOf } from '../../src/database.js';
import { generateCompany } from '../../src/generator/company.js';
import { generateTrade } from '../../src/generator/trade.js';
import { addDays } from '../../src/kernel/clock.js';
import { Decimal } from '../../src/kernel/money.js';
import { modules } from '../../src/modules.js';
import { openDatabase, type Database } from '../../src/platform/db/orm.js';
import { valueStock } from '../../src/stock/stock.queries.js';
import { lockGoods, type Movement, postMovements } from '../../src/stock/stock.service.js';
import { temporaryFolder } from '../support/folder.js';
import { createTestDatabase, type TestDatabase } from '../support/database.js';
import { faultsOfBooks } from '../support/selling.js';

const undo: (() => Promise<void>)[] = [];
let one: TestDatabase;
let two: TestDatabase;
let traded: Database;
let untraded: Database;
beforeAll(async () => {
  [one, traded] = await generated();
  [two, untraded] = await generated();
  await generateTrade(traded, 1);
}, 600_000);
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
  await expect(generateTrade(traded, 1)).rejects.toThrow('Only a company without any is filled');
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
});

/** What movements of some products did, and the lines of the journal that say so, in the order in which they were written. */
const goodsOf = (t: TestDatabase, products: string[]): Promise<unknown[]> =>
  Promise.all([
    t.sql(
      `select m.product_id, m.type, m.quantity, m.reserved, m.value, m.unit_cost_usd, m.reserved_after, m.day::text,
         m.reference_type, m.reference_id, e.event, e.document_type, e.document_id, e.day::text as entry_day
       from stock_movements m left join journal_entries e on e.id = m.entry_id
       where m.product_id = any ($1) and m.day is not null order by m.day, m.product_id, m.reference_id, m.type, m.quantity`,
      [products],
    ),
    t.sql(
      `select e.event, e.document_id, l.account, l.party_id, l.currency, l.amount, l.base, l.day::text, l.branch_id, l.salesperson_id, l.product_id
       from journal_lines l join journal_entries e on e.id = l.entry_id
       where l.product_id = any ($1) and e.event in ('STOCK_OPENING', 'SHIPMENT', 'GOODS_RETURN')
       order by e.day, e.document_id, l.product_id, l.account, l.base`,
      [products],
    ),
    t.sql('select * from product_costs where product_id = any ($1) order by product_id', [products]),
  ]);

test('goods that are generated in bulk are valued and posted as the commands do it, movement for movement', async () => {
  const sample = await one.sql<any>(
    `(select product_id as id from stock_movements where type = 'RETURN' order by 1 limit 3)
     union (select c.product_id from product_costs c join products p on p.id = c.product_id where p.cost_usd is null and c.quantity > 0 order by 1 limit 1)
     union (select product_id from stock_movements where type = 'RESERVATION' order by 1 limit 1)
     union (select s.product_id from stock_movements s where s.type = 'COST' and not exists (
       select 1 from stock_movements m where m.product_id = s.product_id and m.type in ('SALE', 'RESERVATION')) order by 1 limit 2)`,
  );
  const products = sample.map(({ id }) => id);
  const moved = await one.sql<any>(
    `select m.*, m.day::text as day, e.event, e.document_type, e.document_id, coalesce(s.customer_id, i.customer_id, n.customer_id) as customer_id,
       case when n.id is null then null when ni.order_id is null then 'invoice' else 'order' end as sold_by_type, coalesce(ni.order_id, ni.id) as sold_by_id
     from stock_movements m left join journal_entries e on e.id = m.entry_id left join shipments s on s.id = e.document_id
       left join invoices i on i.id = e.document_id left join credit_notes n on n.id = e.document_id
       left join invoices ni on ni.id = n.invoice_id
     where m.product_id = any ($1) and m.day is not null order by m.day, m.product_id, m.reference_id, m.type, m.quantity`,
    [products],
  );
  const received = new Set(moved.filter(({ type }) => type === 'RECEIPT').map((row) => row.product_id));
  const bookingOf = (row: any): Movement => {
    const {
      product_id: productId,
      warehouse_id: warehouseId,
      type,
      quantity,
      reserved,
      reference_id: referenceId,
    } = row;
    const movement = {
      productId,
      warehouseId,
      type,
      quantity,
      reserved,
      referenceType: row.reference_type,
      referenceId,
    };
    if (type === 'COST') return { ...movement, value: '0', pieces: '1' };
    if (type === 'RECEIPT') return { ...movement, value: row.value, account: 3900 };
    if (row.sold_by_id === null) return movement;
    return { ...movement, soldBy: { referenceType: row.sold_by_type, referenceId: row.sold_by_id } };
  };
  // The value of reported stock is booked by the movement that opens its product.
  const left = moved.filter(({ type, product_id }) => type !== 'COST' || !received.has(product_id));
  expect([...new Set(left.map(({ type }) => type))].sort()).toEqual([
    'COST',
    'RECEIPT',
    'RESERVATION',
    'RETURN',
    'SALE',
  ]);
  const transact = createTransactOf(untraded);
  for (const keyOf = (row: any): string => row.entry_id ?? `alone ${row.id}`; left.length > 0;) {
    const key = keyOf(left[0]);
    const end = left.findIndex((row) => keyOf(row) !== key);
    const rows = left.splice(0, end === -1 ? left.length : end);
    const { day, event, document_type: type, document_id: id, customer_id: customerId } = rows[0];
    await transact({ origin: 'system', actor: 'system' }, async (tx) => {
      const movements = rows.map(bookingOf);
      const document = event === null ? {} : { document: { type, id, event } };
      const salespersonOf = customerId === null ? {} : { salespersonOf: customerId };
      await postMovements(tx, await lockGoods(tx, movements), movements, { day, ...document, ...salespersonOf });
    });
  }
  expect(await goodsOf(two, products)).toEqual(await goodsOf(one, products));
});

test('the stock of a generated company is worth what the stock account says, on every day asked', async () => {
  for (let days = -1; days < 620; days += 27) {
    const day = addDays('2025-03-01', days);
    const shares = await valueStock((text, params) => traded.read(text, params), {
      scope: 'true',
      day,
      zone: 'Asia/Baghdad',
      params: [],
    });
    const value = shares.reduce((sum, share) => sum.plus(share.value), new Decimal(0));
    const [account] = await one.sql<any>(
      'select coalesce(sum(base), 0)::text as value from journal_lines where account = 1310 and day <= $1',
      [day],
    );
    expect([day, value.toFixed(2)]).toEqual([day, new Decimal(account.value).toFixed(2)]);
  }
  const [sold] = await one.sql<any>(
    `select (sum(base) filter (where account = 5100) / -sum(base) filter (where account in (4100, 4110)))::float8 as share from journal_lines`,
  );
  expect(sold.share).toBeGreaterThan(0.5);
  expect(sold.share).toBeLessThan(0.9);
});
