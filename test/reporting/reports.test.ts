import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { businessDate } from '../../src/kernel/clock.js';
import { toCsv } from '../../src/reporting/csv.js';
import { REPORTS } from '../../src/reporting/report.queries.js';
import { startTestApp, type TestApp, type TestClient } from '../support/app.js';

describe('CSV', () => {
  test.each<[string, (string | null)[], string]>([
    ['plain cells', ['a', '1.50', null], 'a,1.50,'],
    ['commas, quotes and lines', ['a,b', 'say "x"', 'one\ntwo'], '"a,b","say ""x""","one\ntwo"'],
    ['formulas', ['=1+1', '@x', '+9', '-cmd', '-5.25'], "'=1+1,'@x,'+9,'-cmd,-5.25"],
    ['Arabic', ['شركة الأحمد'], 'شركة الأحمد'],
    ['fullwidth signs', ['＝1+1', '＋9', '－cmd', '＠x'], "'＝1+1,'＋9,'－cmd,'＠x"],
    ['a tab or a line in front', ['\t=1', '\r=1', '\n@x'], `"'\t'=1","'\r'=1","'\n'@x"`],
    ['spaces in front', [' =1', '\u3000＝1', '\u00A0+1'], " '=1,\u3000'＝1,\u00A0'+1"],
    ['a formula behind a separator', ['a;=1', 'a;@x', 'a\t＝1', 'a\n-1'], `"a;'=1","a;'@x","a\t'＝1","a\n'-1"`],
    ['signs in the middle', ['a=b', '2+2', 'x-y', 'me@x.example'], 'a=b,2+2,x-y,me@x.example'],
  ])('%s', (_name, row, expected) => expect(toCsv(['h'], [row])).toBe(`\uFEFFh\r\n${expected}\r\n`));
});

describe('reports and dashboards', () => {
  let t: TestApp;
  let owner: TestClient;
  beforeAll(async () => {
    t = await startTestApp({ trade: true, settings: { SYNC_PHASE: 'gradual' } });
    owner = await t.as('OWNER');
    // The trade of twenty months is written to the journal too.
  }, 120_000);
  afterAll(() => t.stop());

  // The trade that is generated ends in October 2026, whatever day it is.
  const FROM = '2026-06-01';
  const TO = '2026-08-31';
  const report = async (client: TestClient, name: string, from = FROM, to = TO): Promise<any> => {
    const answer = await client.query<any>(
      `query($name: ReportName!, $from: Date, $to: Date) { report(name: $name, from: $from, to: $to) { name columns rows csv } }`,
      { name, from, to },
    );
    return answer.errors
      ? { code: answer.errors[0]?.extensions['code'], field: answer.errors[0]?.extensions['field'] }
      : answer.data.report;
  };
  const sum = (table: any, column: string, currency: string): number =>
    table.rows
      .filter((row: any) => row[table.columns.indexOf('currency')] === currency)
      .reduce((total: number, row: any) => total + Number(row[table.columns.indexOf(column)]), 0);

  test('sales by day, month, customer and product come to the same figure in each currency', async () => {
    const tables = await Promise.all(
      ['SALES_BY_DAY', 'SALES_BY_MONTH', 'SALES_BY_CUSTOMER', 'SALES_BY_PRODUCT'].map((name) => report(owner, name)),
    );
    for (const currency of ['IQD', 'USD']) {
      const [row] = await t.db.sql<any>(
        `select sum(total)::float8 as total from invoices where voided_at is null and currency = $1 and issued_on between $2 and $3`,
        [currency, FROM, TO],
      );
      expect(row.total).toBeGreaterThan(0);
      const [byDay, byMonth, byCustomer, byProduct] = tables;
      for (const table of [byDay, byMonth, byCustomer]) expect(sum(table, 'total', currency)).toBeCloseTo(row.total, 2);
      // By product it is less what was credited, as the quantity is.
      const credited = sum(byDay, 'credited', currency);
      expect(credited).toBeGreaterThan(0);
      expect(sum(byProduct, 'total', currency)).toBeCloseTo(row.total - credited, 2);
    }
    expect(tables[0].rows.length).toBeGreaterThan(31);
    expect(tables[1].rows.map((row: any) => row[0]).sort()).toEqual(
      ['2026-06', '2026-07', '2026-08'].flatMap((month) => [month, month]),
    );
  });

  test('ageing sorts what is open by how late it is, and sums to it', async () => {
    const today = businessDate(t.config.timeZone);
    const table = await report(owner, 'RECEIVABLES_AGEING', FROM, today);
    for (const currency of ['IQD', 'USD']) {
      const [row] = await t.db.sql<any>(`select sum(balance)::float8 as open from invoices where currency = $1`, [
        currency,
      ]);
      expect(sum(table, 'total', currency)).toBeCloseTo(row.open, 2);
      const parts = ['current', 'days1to30', 'days31to60', 'days61to90', 'over90'].map((part) =>
        sum(table, part, currency),
      );
      expect(parts.reduce((a, b) => a + b)).toBeCloseTo(row.open, 2);
    }
  });

  test('payments, stock and the order book are those of the tables', async () => {
    const payments = await report(owner, 'PAYMENTS');
    const [paid] = await t.db.sql<any>(
      `select count(*)::int as n, sum(amount)::float8 as total from payments where currency = 'USD' and received_on between $1 and $2`,
      [FROM, TO],
    );
    expect(sum(payments, 'amount', 'USD')).toBeCloseTo(paid.total, 2);
    const stock = await report(owner, 'STOCK_VALUATION', FROM, businessDate(t.config.timeZone));
    const [level] = await t.db.sql<any>('select count(*)::int as n from stock_levels where on_hand <> 0');
    expect(stock.rows).toHaveLength(level.n);
    const book = await report(owner, 'ORDER_BOOK', '2026-09-01', '2026-11-01');
    const [open] = await t.db.sql<any>(
      `select count(*)::int as n, sum(total) filter (where status <> 'SHIPPED' and currency = 'USD')::float8 as rest from orders
       where status in ('DRAFT', 'CONFIRMED', 'SHIPPED') and ordered_on between '2026-09-01' and '2026-11-01'`,
    );
    expect(book.rows).toHaveLength(open.n);
    expect(sum(book, 'toShip', 'USD')).toBeCloseTo(open.rest, 1);
  });

  test('an order that is delivered and not billed whole stays in the order book until it is', async () => {
    const [order] = await t.db.sql<any>(
      `select o.id, o.number, o.ordered_on::text as day from orders o where o.status = 'DELIVERED' and o.ordered_on between $1 and $2
         and (select count(*) from order_lines l where l.order_id = o.id) > 1 order by o.number limit 1`,
      [FROM, TO],
    );
    const numbers = async (): Promise<string[]> => {
      const book = await report(owner, 'ORDER_BOOK', order.day, order.day);
      return book.rows.map((row: any) => row[book.columns.indexOf('number')]);
    };
    expect(await numbers()).not.toContain(order.number);
    await t.db.sql('update order_lines set invoiced = 0 where order_id = $1 and position = 0', [order.id]);
    expect(await numbers()).toContain(order.number);
    await t.db.sql('update order_lines set invoiced = quantity where order_id = $1', [order.id]);
  });

  test('the overview counts as out and low what the stock list shows under the same state', async () => {
    const answer = await owner.query<any>('{ inventoryOverview { warehouseId low out negative } }');
    for (const place of answer.data.inventoryOverview) {
      for (const [state, count] of Object.entries({ OUT: place.out, LOW: place.low, NEGATIVE: place.negative })) {
        const list = await owner.query<any>(
          `query($w: ID!, $s: StockState!) { stockLevels(first: 1, warehouseId: $w, state: $s) { totalCount } }`,
          { w: place.warehouseId, s: state },
        );
        expect([state, list.data.stockLevels.totalCount]).toEqual([state, count]);
      }
    }
  });

  test('every report is also CSV, with a line a row', async () => {
    for (const name of REPORTS) {
      const table = await report(owner, name, '2026-10-01', '2026-10-21');
      const lines = table.csv.split('\r\n');
      expect(lines[0]).toBe(`\uFEFF${table.columns.join(',')}`);
      expect(lines).toHaveLength(table.rows.length + 2);
      expect(table.rows.every((row: any) => row.length === table.columns.length)).toBe(true);
    }
  });

  test('an answer holds 2,000 rows at most, and the parts of a long report are all of its rows once', async () => {
    const [counted] = await t.db.sql<any>(
      `select count(*)::int as n from payments where voided_at is null and received_on between '2025-03-01' and '2026-10-31'`,
    );
    expect(counted.n).toBeGreaterThan(4000);
    const numbers: string[] = [];
    for (let more = true; more;) {
      const answer = await owner.query<any>(
        `query($skip: Int!) { report(name: PAYMENTS, from: "2025-03-01", to: "2026-10-31", skip: $skip) { columns rows hasMore } }`,
        { skip: numbers.length },
      );
      const { columns, rows, hasMore } = answer.data.report;
      expect(rows.length).toBeLessThanOrEqual(2000);
      numbers.push(...rows.map((row: string[]) => row[columns.indexOf('number')]));
      more = hasMore;
    }
    expect(numbers).toHaveLength(counted.n);
    expect(new Set(numbers).size).toBe(counted.n);
    for (const [args, field] of [
      ['first: 2001', 'first'],
      ['first: 0', 'first'],
      ['skip: -1', 'skip'],
    ]) {
      const refused = await owner.query(`{ report(name: PAYMENTS, ${args}) { rows } }`);
      expect(refused.errors?.[0]?.extensions).toMatchObject({ code: 'BAD_INPUT', field });
    }
  });

  test('too many days, days the wrong way round, and rights are refused', async () => {
    expect(await report(owner, 'PAYMENTS', '2024-01-01', '2026-12-31')).toMatchObject({
      code: 'BAD_INPUT',
      field: 'from',
    });
    expect(await report(owner, 'PAYMENTS', '2026-02-02', '2026-02-01')).toMatchObject({
      code: 'BAD_INPUT',
      field: 'from',
    });
    const seller = await t.as('SALESPERSON');
    expect(await report(seller, 'STOCK_VALUATION')).toMatchObject({ code: 'FORBIDDEN' });
    for (const role of ['CONSUMER', 'WHOLESALE_CLIENT', 'CASHIER', 'PARTNER', 'INVENTORY'] as const) {
      expect(await report(await t.as(role), 'PAYMENTS')).toMatchObject({ code: 'FORBIDDEN' });
    }
  });

  test('a salesperson’s reports and dashboard are those of the own customers', async () => {
    const seller = await t.as('SALESPERSON');
    const me = (await seller.query<any>('{ me { userId } }')).data.me.userId;
    expect((await report(seller, 'SALES_BY_CUSTOMER')).rows).toEqual([]);
    await t.db.sql(`update customers set salesperson_id = $1 where code like 'G0001%'`, [me]);
    const own = `customer_id in (select id from customers where salesperson_id = '${me}')`;
    const table = await report(seller, 'SALES_BY_CUSTOMER');
    const [row] = await t.db.sql<any>(
      `select count(distinct (customer_id, currency))::int as n from invoices where voided_at is null and ${own} and issued_on between $1 and $2`,
      [FROM, TO],
    );
    expect(table.rows).toHaveLength(row.n);
    const dashboard = (
      await seller.query<any>(
        `{ salespersonDashboard(from: "${FROM}", to: "${TO}") { customerCount sales { currency documents total { amount } } collected { currency total { amount } }
           orders { currency documents } topCustomers { name total { amount currency } } topProducts { name quantity } pendingOrders { number customer { code } } } }`,
      )
    ).data.salespersonDashboard;
    const sales = await t.db.sql<any>(
      `select currency, count(*)::int as n from invoices where voided_at is null and ${own} and issued_on between $1 and $2 group by 1 order by 1`,
      [FROM, TO],
    );
    expect(dashboard.sales.map((one: any) => [one.currency, one.documents])).toEqual(
      sales.map((one) => [one.currency, one.n]),
    );
    expect(dashboard.topCustomers).toHaveLength(5);
    expect(dashboard.topProducts).toHaveLength(5);
    expect(dashboard.pendingOrders.every((one: any) => one.customer.code.startsWith('G0001'))).toBe(true);
    const [customers] = await t.db.sql<any>(
      `select count(*)::int as n from customers where salesperson_id = $1 and archived_at is null`,
      [me],
    );
    expect(dashboard.customerCount).toBe(customers.n);
  });

  test('the home dashboard agrees with the books', async () => {
    const answer = await owner.query<any>(
      `{ homeDashboard { salesToday { total { amount } } receivables { currency documents total { amount } } overdue { currency total { amount } }
         ordersByStatus { status count } waitingApprovals newestOrders { number lines { quantity } } } inventoryOverview { code products low out negative value { amount currency } } }`,
    );
    expect(answer.errors).toBeUndefined();
    const { homeDashboard: home, inventoryOverview: places } = answer.data;
    const open = await t.db.sql<any>(
      `select currency, count(*)::int as n, sum(balance)::float8 as total from invoices where balance > 0 group by 1 order by 1`,
    );
    expect(home.receivables.map((one: any) => [one.currency, one.documents, Number(one.total.amount)])).toEqual(
      open.map((one) => [one.currency, one.n, one.total]),
    );
    const states = await t.db.sql<any>(`select status, count(*)::int as count from orders group by 1 order by 1`);
    expect(home.ordersByStatus).toEqual(states);
    expect(home.newestOrders).toHaveLength(10);
    expect(places).toHaveLength(3);
    expect(places[0].value.currency).toBe('USD');
    const viewer = await (await t.as('VIEWER')).query<any>('{ inventoryOverview { value { amount } } }');
    expect(viewer.data.inventoryOverview.map((one: any) => one.value)).toEqual([null, null, null]);
  });

  test('a client sees the own account, and nobody else has such a dashboard', async () => {
    const client = await t.as('WHOLESALE_CLIENT');
    const me = (await client.query<any>('{ me { userId } }')).data.me.userId;
    expect((await client.query<any>('{ clientDashboard { to } }')).data.clientDashboard).toBeNull();
    const [customer] = await t.db.sql<any>(
      `select customer_id as id, count(*)::int as n from invoices where balance > 0 group by 1 order by 2 desc limit 1`,
    );
    await owner.query(`mutation($c: ID!, $u: ID!) { linkCustomerUser(customerId: $c, userId: $u) { __typename } }`, {
      c: customer.id,
      u: me,
    });
    const ask = `{ clientDashboard { customer { id balances { currency balance { amount } creditLeft { amount } } salesperson { name } } ordersByStatus { status count }
      openInvoices { number balance { amount } dueOn customer { id } } reorder { name quantity } spentThisMonth { currency } ordersThisMonth { currency } } }`;
    let dashboard: any = null;
    for (let tries = 0; dashboard === null && tries < 200; tries += 1) {
      dashboard = (await client.query<any>(ask)).data.clientDashboard;
      if (dashboard === null) await new Promise((resolve) => setImmediate(resolve));
    }
    expect(dashboard.customer.id).toBe(customer.id);
    expect(dashboard.openInvoices).toHaveLength(Math.min(10, customer.n));
    expect(new Set(dashboard.openInvoices.map((one: any) => one.customer.id))).toEqual(new Set([customer.id]));
    const days = dashboard.openInvoices.map((one: any) => one.dueOn);
    expect(days).toEqual([...days].sort());
  });
});
