import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { newId } from '../../src/kernel/ids.js';
import { startTestApp, type TestApp, type TestClient } from '../support/app.js';
import { FAULTS, faultsOfMutation } from '../support/faults.js';

const ADJUST = `mutation($input: AdjustStockInput!, $key: ID!) { adjustStock(input: $input, idempotencyKey: $key) {
  __typename
  ... on StockMovementsRecorded { movementIds replayed }
  ... on UserError { code field message }
  ... on StaleQuantityError { currentQuantity }
} }`;
const TRANSFER = `mutation($input: TransferStockInput!, $key: ID!) { transferStock(input: $input, idempotencyKey: $key) {
  __typename
  ... on StockMovementsRecorded { movementIds replayed }
  ... on UserError { code field message }
  ... on InsufficientStockError { available }
} }`;

describe('stock', () => {
  let t: TestApp;
  let owner: TestClient;
  let main: string;
  let shop: string;
  const products: string[] = [];

  beforeAll(async () => {
    t = await startTestApp({ settings: { SYNC_PHASE: 'gradual' } });
    owner = await t.as('OWNER');
    const [warehouse] = await t.db.sql<any>('select id, branch_id from warehouses where is_primary');
    main = warehouse.id;
    const made = await owner.query<any>(
      `mutation($b: ID!) { createWarehouse(input: { code: "SHOP", name: "Shop", nameAr: "محل", branchId: $b }) { ... on Warehouse { id } } }`,
      { b: warehouse.branch_id },
    );
    shop = made.data.createWarehouse.id;
    for (let index = 0; index < 6; index += 1) {
      const answer = await owner.query<any>(
        `mutation { createProduct(input: { name: "Cable ${index}" }) { ... on Product { id version } } }`,
      );
      products.push(answer.data.createProduct.id);
    }
    await t.db.sql(`update products set unit = 'm' where id = any ($1)`, [products]);
  });
  afterAll(() => t.stop());

  const onHand = async (productId: string, warehouseId: string): Promise<string> => {
    const [row] = await t.db.sql<any>('select on_hand from stock_levels where product_id = $1 and warehouse_id = $2', [
      productId,
      warehouseId,
    ]);
    return row?.on_hand ?? '0';
  };
  const adjust = async (
    productId: string,
    quantity: string,
    expectedQuantity: string,
    options: { warehouseId?: string; key?: string; client?: TestClient; reason?: string } = {},
  ): Promise<any> => {
    const { warehouseId = main, key = newId(), client = owner, reason = 'count' } = options;
    const input = { productId, warehouseId, quantity, expectedQuantity, reason };
    const answer = await client.query<any>(ADJUST, { input, key });
    return answer.errors ?? answer.data.adjustStock;
  };
  const transfer = async (lines: { productId: string; quantity: string }[], options: any = {}): Promise<any> => {
    const { from = main, to = shop, key = newId(), client = owner } = options;
    const input = { fromWarehouseId: from, toWarehouseId: to, lines, reason: 'refill' };
    const answer = await client.query(TRANSFER, { input, key });
    return answer.errors ?? answer.data['transferStock'];
  };
  const ledgerDifferences = (): Promise<any[]> =>
    t.db.sql(
      `select s.product_id, s.on_hand, m.quantity from stock_levels s
       left join (select product_id, warehouse_id, sum(quantity) as quantity, sum(reserved) as reserved
         from stock_movements group by 1, 2) m using (product_id, warehouse_id)
       where s.on_hand <> coalesce(m.quantity, 0) or s.reserved <> coalesce(m.reserved, 0)`,
    );

  test('an adjustment books the difference, and a stale one is told what there is', async () => {
    const [product] = products as [string];
    expect(await adjust(product, '10.5', '0')).toMatchObject({ __typename: 'StockMovementsRecorded', replayed: false });
    expect(await adjust(product, '7', '9')).toMatchObject({
      __typename: 'StaleQuantityError',
      code: 'STALE_QUANTITY',
      field: 'expectedQuantity',
      currentQuantity: '10.5',
    });
    expect(await adjust(product, '10.5', '10.5')).toMatchObject({ movementIds: [] });
    expect(await onHand(product, main)).toBe('10.500');
    const answer = await owner.query<any>(
      `query($p: ID!) { stockMovements(filter: { productId: { eq: $p } }) { nodes { type quantity onHandAfter reason origin actor warehouse { code } } } }`,
      { p: product },
    );
    expect(answer.data.stockMovements.nodes).toEqual([
      {
        type: 'ADJUSTMENT',
        quantity: '10.5',
        onHandAfter: '10.5',
        reason: 'count',
        origin: 'USER',
        actor: expect.stringMatching(/^user:/),
        warehouse: { code: 'MAIN' },
      },
    ]);
  });

  test('100 equal mutations with one key make one movement; the same key with another input is refused', async () => {
    const product = products[1] as string;
    const key = newId();
    const answers = await Promise.all(Array.from({ length: 100 }, () => adjust(product, '5', '0', { key })));
    expect(answers.every((one) => one.__typename === 'StockMovementsRecorded')).toBe(true);
    expect(answers.filter((one) => !one.replayed)).toHaveLength(1);
    expect(new Set(answers.map((one) => one.movementIds.join()))).toHaveProperty('size', 1);
    expect(await onHand(product, main)).toBe('5.000');
    expect(await adjust(product, '6', '5', { key })).toMatchObject({ code: 'IDEMPOTENCY_MISMATCH' });
    const other = await t.as('MANAGER');
    expect(await adjust(product, '6', '5', { key, client: other })).toMatchObject({ replayed: false });
  });

  test('200 transfers at once over the same products lose nothing, oversell nothing and never deadlock', async () => {
    const [a, b, c] = products.slice(2, 5) as [string, string, string];
    for (const product of [a, b, c]) await adjust(product, '60', '0');
    const answers = await Promise.all(
      Array.from({ length: 200 }, (_, index) => {
        const lines = [a, b, c].map((productId) => ({ productId, quantity: '1' }));
        if (index % 2) lines.reverse();
        const [from, to] = index % 3 === 0 ? [shop, main] : [main, shop];
        return transfer(lines, { from, to });
      }),
    );
    const kinds = new Set(answers.map((one) => one.__typename));
    expect([...kinds].sort()).toEqual(['InsufficientStockError', 'StockMovementsRecorded']);
    for (const product of [a, b, c]) {
      const [atMain, atShop] = [Number(await onHand(product, main)), Number(await onHand(product, shop))];
      expect(atMain + atShop).toBe(60);
      expect(Math.min(atMain, atShop)).toBeGreaterThanOrEqual(0);
    }
    expect(await ledgerDifferences()).toEqual([]);
  });

  test('all lines of a transfer move or none', async () => {
    const [a, b] = [products[0], products[5]] as [string, string];
    const before = await onHand(a, main);
    const refused = await transfer([
      { productId: a, quantity: '1' },
      { productId: b, quantity: '1' },
    ]);
    expect(refused).toMatchObject({ code: 'INSUFFICIENT_STOCK', available: '0' });
    expect(await onHand(a, main)).toBe(before);
    expect(await ledgerDifferences()).toEqual([]);
  });

  test.each<[string, () => Promise<any>, string, string]>([
    ['an unknown product', () => adjust(newId(), '1', '0'), 'NOT_FOUND', 'productId'],
    ['no id at all', () => adjust('nonsense', '1', '0'), 'NOT_FOUND', 'productId'],
    [
      'an unknown warehouse',
      () => adjust(products[5] as string, '1', '0', { warehouseId: newId() }),
      'NOT_FOUND',
      'warehouseId',
    ],
    ['a fourth decimal', () => adjust(products[5] as string, '1.0001', '0'), 'BAD_INPUT', 'quantity'],
    ['a negative count', () => adjust(products[5] as string, '-1', '0'), 'BAD_INPUT', 'quantity'],
    ['no reason', () => adjust(products[5] as string, '1', '0', { reason: ' ' }), 'BAD_INPUT', 'reason'],
    ['a short key', () => adjust(products[5] as string, '1', '0', { key: 'x' }), 'BAD_INPUT', 'idempotencyKey'],
    [
      'a transfer to itself',
      () => transfer([{ productId: products[0] as string, quantity: '1' }], { to: main }),
      'BAD_INPUT',
      'toWarehouseId',
    ],
    ['no lines', () => transfer([]), 'BAD_INPUT', 'lines'],
    [
      'a quantity of 0',
      () => transfer([{ productId: products[0] as string, quantity: '0' }]),
      'BAD_INPUT',
      'lines.0.quantity',
    ],
    [
      'a product twice',
      () => transfer([0, 0].map(() => ({ productId: products[0] as string, quantity: '1' }))),
      'BAD_INPUT',
      'lines.1.productId',
    ],
  ])('%s is refused by name', async (_name, run, code, field) => {
    expect(await run()).toMatchObject({ code, field });
    expect(await ledgerDifferences()).toEqual([]);
  });

  test('a count and a transfer learn all their faults at once, each under its path', async () => {
    const adjusting = `mutation($input: AdjustStockInput!, $key: ID!) { adjustStock(input: $input, idempotencyKey: $key) { ${FAULTS} } }`;
    const count = {
      productId: newId(),
      warehouseId: 'nonsense',
      quantity: '628123456789',
      expectedQuantity: '1.0001',
      reason: ' ',
    };
    expect(await faultsOfMutation(owner, adjusting, { input: count, key: newId() })).toEqual([
      'quantity: BAD_INPUT',
      'expectedQuantity: BAD_INPUT',
      'reason: BAD_INPUT',
      'productId: NOT_FOUND',
      'warehouseId: NOT_FOUND',
    ]);
    const moving = `mutation($input: TransferStockInput!, $key: ID!) { transferStock(input: $input, idempotencyKey: $key) { ${FAULTS} } }`;
    const input = {
      fromWarehouseId: newId(),
      toWarehouseId: 'nonsense',
      lines: [
        { productId: products[0], quantity: '1' },
        { productId: newId(), quantity: '1' },
        { productId: products[0], quantity: '0' },
        { productId: products[1], quantity: '628123456789' },
      ],
      reason: '',
    };
    expect(await faultsOfMutation(owner, moving, { input, key: newId() })).toEqual([
      'lines.1.productId: NOT_FOUND',
      'lines.2.productId: BAD_INPUT',
      'lines.2.quantity: BAD_INPUT',
      'lines.3.quantity: BAD_INPUT',
      'reason: BAD_INPUT',
      'fromWarehouseId: NOT_FOUND',
      'toWarehouseId: NOT_FOUND',
    ]);
    const short = {
      fromWarehouseId: main,
      toWarehouseId: shop,
      lines: [0, 1, 2].map((index) => ({ productId: products[index], quantity: index === 1 ? '1' : '900000' })),
      reason: 'refill',
    };
    expect(await faultsOfMutation(owner, moving, { input: short, key: newId() })).toEqual([
      'lines.0.quantity: INSUFFICIENT_STOCK',
      'lines.2.quantity: INSUFFICIENT_STOCK',
    ]);
    expect(await ledgerDifferences()).toEqual([]);
  });

  test('the ledger is never changed', async () => {
    await expect(t.db.sql(`update stock_movements set quantity = 0`)).rejects.toThrow('no update');
    await expect(t.db.sql(`delete from stock_movements`)).rejects.toThrow('no update');
  });

  test('levels are the sum of their movements after any history', async () => {
    const product = products[5] as string;
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.record({ place: fc.boolean(), quantity: fc.integer({ min: 0, max: 50 }), move: fc.boolean() }), {
          maxLength: 8,
        }),
        async (steps) => {
          for (const { place, quantity, move } of steps) {
            const [from, to] = place ? [main, shop] : [shop, main];
            if (move && quantity > 0)
              await transfer([{ productId: product, quantity: String(quantity) }], { from, to });
            else await adjust(product, String(quantity), await onHand(product, from), { warehouseId: from });
          }
          expect(await ledgerDifferences()).toEqual([]);
        },
      ),
      { numRuns: 15 },
    );
  });

  test('an inventory manager sees and moves stock of own warehouses only', async () => {
    const keeper = await t.as('INVENTORY');
    const query = `{ stockLevels(first: 100) { nodes { warehouse { code } } totalCount } stockMovements(first: 100) { nodes { warehouse { code } } } products(first: 100) { nodes { stockLevels { warehouse { code } } } } }`;
    const codes = async (): Promise<string[]> => [
      ...new Set(JSON.stringify((await keeper.query(query)).data).match(/(?<="code":")[A-Z]+/g) ?? []),
    ];
    expect(await codes()).toEqual([]);
    const me = (await keeper.query<any>('{ me { userId } }')).data.me.userId;
    await owner.query(
      `mutation($u: ID!, $w: [ID!]!) { assignWarehouses(userId: $u, warehouseIds: $w) { ... on WarehousesAssigned { userId } } }`,
      { u: me, w: [shop] },
    );
    for (let rounds = 0; (await codes()).length === 0 && rounds < 200; rounds += 1)
      await new Promise((resolve) => setImmediate(resolve));
    expect(await codes()).toEqual(['SHOP']);
    const product = products[0] as string;
    expect(await adjust(product, '1', await onHand(product, main), { client: keeper })).toMatchObject({
      code: 'NOT_FOUND',
      field: 'warehouseId',
    });
    expect(
      await adjust(product, '3', await onHand(product, shop), { client: keeper, warehouseId: shop }),
    ).toMatchObject({ replayed: false });
    expect(
      await transfer([{ productId: product, quantity: '1' }], { from: shop, to: main, client: keeper }),
    ).toMatchObject({ field: 'toWarehouseId' });
  });

  test('states, valuation and filters answer what the ledger says', async () => {
    const states = await owner.query<any>(
      `{ out: stockLevels(first: 100, state: OUT) { nodes { available } } in: stockLevels(first: 100, state: IN_STOCK, orderBy: AVAILABLE_ASC) { nodes { available product { name } } } stockValuation { products withoutCost quantity value { amount currency } warehouse { code } } }`,
    );
    expect(states.errors).toBeUndefined();
    expect(states.data.out.nodes.every((one: any) => Number(one.available) <= 0)).toBe(true);
    const values = states.data.in.nodes.map((one: any) => Number(one.available));
    expect(values).toEqual([...values].sort((x, y) => x - y));
    expect(states.data.stockValuation.map((one: any) => one.warehouse.code).sort()).toEqual(['MAIN', 'SHOP']);
    const odd = await owner.query(`{ stockMovements(filter: { productId: { eq: "nonsense" } }) { nodes { id } } }`);
    expect(odd.errors?.[0]?.extensions).toMatchObject({ code: 'BAD_INPUT', field: 'filter.productId.eq' });
  });
});

describe('stock in the parallel phase', () => {
  test('is the source’s: a product of Zoho refuses, and each claim becomes a line of the ledger', async () => {
    const t = await startTestApp({ simulator: { items: 20 } });
    const owner = await t.as('OWNER');
    await owner.query(`mutation { startSyncRun(entity: ITEM, mode: FULL) { __typename } }`);
    await t.drain();
    const [row] = await t.db.sql<any>(
      `select s.product_id, s.warehouse_id, s.on_hand from stock_levels s join products p on p.id = s.product_id
       where s.on_hand > 0 and p.trackable limit 1`,
    );
    const input = {
      productId: row.product_id,
      warehouseId: row.warehouse_id,
      quantity: '1',
      expectedQuantity: Number(row.on_hand).toString(),
      reason: 'count',
    };
    const answer = await owner.query<any>(ADJUST, { input, key: newId() });
    expect(answer.data.adjustStock).toMatchObject({ __typename: 'FieldOwnedElsewhereError', field: 'stock' });
    const wrong = await t.db.sql(
      `select 1 from stock_levels s left join (select product_id, warehouse_id, sum(quantity) q, sum(reserved) r
         from stock_movements where origin = 'zoho' group by 1, 2) m using (product_id, warehouse_id)
       where s.on_hand <> coalesce(m.q, 0) or s.reserved <> coalesce(m.r, 0) or s.on_hand <> coalesce(s.source_on_hand, s.on_hand)`,
    );
    expect(wrong).toEqual([]);
    const [places] = await t.db.sql<any>(
      'select count(*)::int as n, count(external_ref)::int as bound from warehouses',
    );
    expect(places).toEqual({ n: 3, bound: 3 });
    await t.stop();
  });
});
