import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { businessDate } from '../../src/kernel/clock.js';
import { newId } from '../../src/kernel/ids.js';
import { valueStock } from '../../src/stock/stock.queries.js';
import { applyReportedLevels, openReportedStock } from '../../src/stock/stock.service.js';
import { startTestApp, type TestApp, type TestClient } from '../support/app.js';
import { faultsOfBooks, Seller } from '../support/selling.js';

describe('goods with cost', () => {
  let t: TestApp;
  let owner: TestClient;
  let seller: Seller;
  let main: string;
  let shop: string;
  let vendorId: string;
  let customerId: string;
  beforeAll(async () => {
    t = await startTestApp({ settings: { SYNC_PHASE: 'full' } });
    owner = await t.as('OWNER');
    seller = new Seller(t, owner);
    await owner.query(
      `mutation { recordExchangeRate(currency: "USD", rate: "1320", effectiveOn: "2024-01-01") { __typename } }`,
    );
    const [warehouse] = await t.db.sql<any>('select id, branch_id from warehouses where is_primary');
    main = warehouse.id;
    shop = (
      await owner.query<any>(
        `mutation($b: ID!) { createWarehouse(input: { code: "SHOP", name: "Shop", nameAr: "محل", branchId: $b }) { ... on Warehouse { id } } }`,
        { b: warehouse.branch_id },
      )
    ).data.createWarehouse.id;
    vendorId = (
      await owner.query<any>(
        `mutation { createVendor(input: { name: "Mill", currency: "USD" }) { ... on Vendor { id } } }`,
      )
    ).data.createVendor.id;
    const [list] = await t.db.sql<any>(`select id from price_lists where code = 'retailer'`);
    customerId = (
      await owner.query<any>(
        `mutation($input: CreateCustomerInput!) { createCustomer(input: $input) { ... on Customer { id } } }`,
        { input: { name: 'Shop of Ali', currency: 'USD', priceListId: list.id } },
      )
    ).data.createCustomer.id;
  });
  afterAll(() => t.stop());

  const product = async (): Promise<string> =>
    (await owner.query<any>(`mutation { createProduct(input: { name: "Cable" }) { ... on Product { id } } }`)).data
      .createProduct.id;
  const buy = async (productId: string, quantity: number, unitCost: string, rest: object = {}): Promise<any> => {
    const input = { vendorId, receive: true, lines: [{ productId, quantity: String(quantity), unitCost }], ...rest };
    const answer = await owner.query<any>(
      `mutation($input: CreateBillInput!, $key: ID!) { createBill(input: $input, idempotencyKey: $key) {
         __typename ... on BillRecorded { bill { id number } } ... on UserError { code field message } } }`,
      { input, key: newId() },
    );
    return answer.errors ?? answer.data.createBill;
  };
  const sell = (productId: string, quantity: number, rest: object = {}): Promise<any> =>
    seller.invoice({
      customerId,
      currency: 'USD',
      freeLines: [{ productId, quantity: String(quantity), unitPrice: '50' }],
      ...rest,
    });
  const adjust = async (productId: string, quantity: string, rest: object = {}): Promise<any> => {
    const [level] = await t.db.sql<any>(
      'select on_hand from stock_levels where product_id = $1 and warehouse_id = $2',
      [productId, main],
    );
    const input = { productId, warehouseId: main, quantity, expectedQuantity: level?.on_hand ?? '0', reason: 'count' };
    const answer = await owner.query<any>(
      `mutation($input: AdjustStockInput!, $key: ID!) { adjustStock(input: $input, idempotencyKey: $key) {
         __typename ... on UserError { code field } } }`,
      { input: { ...input, ...rest }, key: newId() },
    );
    return answer.errors ?? answer.data.adjustStock;
  };
  const move = (productId: string, quantity: string): Promise<any> =>
    owner.query(
      `mutation($input: TransferStockInput!, $key: ID!) { transferStock(input: $input, idempotencyKey: $key) { __typename } }`,
      {
        input: { fromWarehouseId: main, toWarehouseId: shop, lines: [{ productId, quantity }], reason: 'refill' },
        key: newId(),
      },
    );
  const worth = async (productId: string): Promise<[number, number]> => {
    const [row] = await t.db.sql<any>(
      'select quantity::float8 as q, value::float8 as v from product_costs where product_id = $1',
      [productId],
    );
    return [row.q, row.v];
  };
  /** What the journal says of a product: base amounts by account. */
  const posted = async (productId: string): Promise<Record<string, number>> => {
    const rows = await t.db.sql<any>(
      `select account, sum(base)::float8 as n from journal_lines where product_id = $1 and account in (1310, 3900, 5100, 5110, 5120)
       group by 1 having sum(base) <> 0 order by 1`,
      [productId],
    );
    return Object.fromEntries(rows.map(({ account, n }) => [account, n]));
  };
  const valuation = async (day: string | null = null): Promise<number> => {
    const answer = await owner.query<any>(
      `query($day: Date) { stockValuation(day: $day) { value { amount currency } warehouse { code } } }`,
      { day },
    );
    const cents = answer.data.stockValuation.map((one: any) => Math.round(Number(one.value.amount) * 100));
    return cents.reduce((sum: number, one: number) => sum + one, 0) / 100;
  };
  const account = async (day: string | null = null): Promise<number> =>
    (
      await t.db.sql<any>(
        `select coalesce(sum(base), 0)::float8 as n from journal_lines where account = 1310 and ($1::date is null or day <= $1)`,
        [day],
      )
    )[0].n;

  test('domain review 4: in the full phase stock has a value: 10 at 20 and 30 at 24 are worth 920', async () => {
    const id = await product();
    await buy(id, 10, '20');
    await buy(id, 30, '24');
    expect(await worth(id)).toEqual([40, 920]);
    expect(await valuation()).toBe(920);
    const seen = await owner.query<any>(
      `query($id: ID!) { product(id: $id) { cost { amount currency } } stockMovements(filter: { productId: { eq: $id } }) { nodes { type value { amount currency } unitCost { amount } day } } }`,
      { id },
    );
    expect(seen.data.product.cost).toEqual({ amount: '23', currency: 'USD' });
    expect(seen.data.stockMovements.nodes.map((one: any) => [one.type, one.value.amount, one.unitCost.amount])).toEqual(
      [
        ['RECEIPT', '720', '24'],
        ['RECEIPT', '200', '20'],
      ],
    );
    const sale = await sell(id, 4);
    expect(await posted(id)).toEqual({ 1310: 828, 5100: 92 });
    await buy(id, 36, '33');
    const back = await seller.credit({
      invoiceId: sale.id,
      lines: [{ invoiceLineId: sale.lines[0].id, quantity: '1' }],
      restock: true,
    });
    expect(back.restocked).toBe(true);
    // It comes back at the cost it was sold at, not at the average of today.
    expect(await worth(id)).toEqual([73, 828 + 1188 + 23]);
    expect((await posted(id))['5100']).toBe(69);
  });

  test('a void sale brings its goods back at what they were sold at, and a cancelled order too', async () => {
    const id = await product();
    await buy(id, 3, '3.33');
    const sale = await sell(id, 3);
    await buy(id, 1, '8');
    await seller.voidInvoice(sale);
    expect(await worth(id)).toEqual([4, 17.99]);
    expect(await posted(id)).toEqual({ 1310: 17.99 });
  });

  test('going live: a count, an adjustment with cost and the opening stock stand against their accounts, and a transfer against none', async () => {
    const id = await product();
    expect(await adjust(id, '10', { unitCost: '7.5', opening: true })).toMatchObject({
      __typename: 'StockMovementsRecorded',
    });
    expect(await posted(id)).toEqual({ 1310: 75, 3900: -75 });
    await adjust(id, '8');
    expect(await posted(id)).toEqual({ 1310: 60, 3900: -75, 5120: 15 });
    await adjust(id, '10', { unitCost: '10' });
    expect(await posted(id)).toEqual({ 1310: 80, 3900: -75, 5120: -5 });
    await move(id, '4');
    expect(await posted(id)).toEqual({ 1310: 80, 3900: -75, 5120: -5 });
    const keeper = await t.as('CASHIER');
    expect((await keeper.query<any>('{ stockValuation { quantity } }')).errors?.[0]?.extensions['code']).toBe(
      'FORBIDDEN',
    );
    expect(await faultsOfBooks(t)).toEqual([]);
  });

  test('stock that was only a report is opened at its reported cost by its first movement', async () => {
    const id = await product();
    await t.db.sql(`update products set cost_usd = 2.5 where id = $1`, [id]);
    await t.db.sql(
      `insert into stock_levels (product_id, warehouse_id, on_hand, updated_at) values ($1, $2, 12, now())`,
      [id, main],
    );
    await t.db.sql(
      `insert into stock_movements (id, product_id, warehouse_id, type, quantity, on_hand_after, reserved_after, actor, origin, created_at)
       values ($1, $2, $3, 'ADJUSTMENT', 12, 12, 0, 'zoho-sync', 'zoho', now())`,
      [newId(), id, main],
    );
    await sell(id, 2);
    expect(await posted(id)).toEqual({ 1310: 25, 3900: -30, 5100: 5 });
    expect(await worth(id)).toEqual([10, 25]);
  });

  test('what moves at Zoho while the ERP owns stock stands against the opening balances: it is no profit here', async () => {
    const id = await product();
    await t.db.sql(`update products set cost_usd = 2.5 where id = $1`, [id]);
    const report = (onHand: string): Promise<boolean> =>
      t.app.services.transact({ origin: 'zoho', actor: 'zoho-sync' }, (tx) =>
        applyReportedLevels(tx, id, [{ warehouseId: main, onHand, reserved: null }], 'gradual'),
      );
    expect(await report('4')).toBe(true);
    expect(await posted(id)).toEqual({ 1310: 10, 3900: -10 });
    expect(await report('4')).toBe(false);
    expect(await report('3')).toBe(true);
    expect(await posted(id)).toEqual({ 1310: 7.5, 3900: -7.5 });
    expect(await worth(id)).toEqual([3, 7.5]);
  });

  test('the days of reports, and of what moved before days were kept, are those of the zone of the organisation', async () => {
    const id = await product();
    const [config] = await t.db.sql<any>(`select value #>> '{}' as zone from settings where key = 'time_zone'`);
    expect(config.zone).toBe('Asia/Baghdad');
    // Noon in London is the same day in Baghdad and the next one in Kiritimati.
    await t.db.sql(
      `insert into stock_levels (product_id, warehouse_id, on_hand, updated_at) values ($1, $2, 12, now())`,
      [id, main],
    );
    await t.db.sql(
      `insert into stock_movements (id, product_id, warehouse_id, type, quantity, on_hand_after, reserved_after, actor, origin, created_at)
       values ($1, $2, $3, 'ADJUSTMENT', 12, 12, 0, 'zoho-sync', 'zoho', '2026-01-10T12:00:00Z')`,
      [newId(), id, main],
    );
    const setZone = (zone: string): Promise<unknown> =>
      t.db.sql(`update settings set value = to_jsonb($1::text) where key = 'time_zone'`, [zone]);
    const held = async (zone: string): Promise<number> => {
      const asked = { scope: 'true', day: '2026-01-10', zone, params: [] };
      const shares = await valueStock((text, params) => t.app.services.db.read(text, params), asked);
      return shares.reduce((sum, { quantity }) => sum + Number(quantity), 0);
    };
    expect(await held('Pacific/Kiritimati')).toBe((await held('Asia/Baghdad')) - 12);
    for (const [zone, onHand] of [
      ['Pacific/Kiritimati', '13'],
      ['Pacific/Niue', '15'],
    ] as const) {
      await setZone(zone);
      await t.app.services.transact({ origin: 'zoho', actor: 'zoho-sync' }, (tx) =>
        applyReportedLevels(tx, id, [{ warehouseId: main, onHand, reserved: null }], 'gradual'),
      );
      const [moved] = await t.db.sql<any>(
        `select day::text as day from stock_movements where product_id = $1 and type = 'ADJUSTMENT' order by created_at desc limit 1`,
        [id],
      );
      expect(moved.day).toBe(businessDate(zone));
    }
    await setZone('Asia/Baghdad');
  });

  test('stock that lies still is opened once the ERP owns it, and the valuation is the stock account again', async () => {
    const [known, unknown] = [await product(), await product()];
    await t.db.sql(`update products set cost_usd = 1.5 where id = $1`, [known]);
    for (const id of [known, unknown]) {
      await t.db.sql(
        `insert into stock_levels (product_id, warehouse_id, on_hand, updated_at) values ($1, $2, 7, now())`,
        [id, shop],
      );
      await t.db.sql(
        `insert into stock_movements (id, product_id, warehouse_id, type, quantity, on_hand_after, reserved_after, actor, origin, created_at)
         values ($1, $2, $3, 'ADJUSTMENT', 7, 7, 0, 'zoho-sync', 'zoho', now())`,
        [newId(), id, shop],
      );
    }
    const open = (): Promise<number> =>
      t.app.services.transact({ origin: 'system', actor: 'system' }, (tx) =>
        openReportedStock(tx, { day: businessDate('Asia/Baghdad'), limit: 100 }),
      );
    expect(await open()).toBe(2);
    expect(await open()).toBe(0);
    expect(await worth(known)).toEqual([7, 10.5]);
    expect(await posted(known)).toEqual({ 1310: 10.5, 3900: -10.5 });
    expect(await worth(unknown)).toEqual([7, 0]);
    expect(await valuation()).toBe(await account());
    expect(await faultsOfBooks(t)).toEqual([]);
  });

  test('receipts against sales at once lose no cent and no piece', async () => {
    const id = await product();
    await buy(id, 30, '10');
    const answers = await Promise.all(
      Array.from({ length: 40 }, (_, index) => (index % 2 ? sell(id, 3) : buy(id, 2, String(5 + index)))),
    );
    expect(answers.filter((one) => one.errors || one.code === 'INTERNAL_SERVER_ERROR')).toEqual([]);
    expect(await faultsOfBooks(t)).toEqual([]);
    const [quantity, value] = await worth(id);
    const { 1310: stock, 5100: sold } = (await posted(id)) as any;
    expect(stock).toBeCloseTo(value, 6);
    const bought = 300 + Array.from({ length: 20 }, (_, index) => 2 * (5 + 2 * index)).reduce((a, b) => a + b, 0);
    expect(stock + sold).toBeCloseTo(bought, 6);
    expect(quantity).toBe(30 + 40 - 3 * answers.filter((one) => one.total).length);
  });
});
