import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { newId } from '../../src/kernel/ids.js';
import { startTestApp, type TestApp, type TestClient } from '../support/app.js';

/** No third of a mouse is sold: a quantity has no more decimals than the unit of its product, wherever people give one. */
describe('units with decimals', () => {
  let t: TestApp;
  let owner: TestClient;
  let main: string;
  let shop: string;
  let customerId: string;
  let vendorId: string;
  let listId: string;
  /** By unit, as the product names it. */
  const products: Record<string, string> = {};
  beforeAll(async () => {
    t = await startTestApp({ settings: { SYNC_PHASE: 'full' } });
    owner = await t.as('OWNER');
    const [warehouse] = await t.db.sql<any>('select id, branch_id from warehouses where is_primary');
    main = warehouse.id;
    await mutate(`recordExchangeRate(currency: "USD", rate: "1320", effectiveOn: "2024-01-01") { __typename }`);
    shop = (
      await mutate(
        `createWarehouse(input: { code: "SHOP", name: "Shop", nameAr: "محل", branchId: "${warehouse.branch_id}" }) { ... on Warehouse { id } }`,
      )
    ).id;
    [{ id: listId }] = (await t.db.sql<any>(`select id from price_lists where code = 'retailer'`)) as [any];
    customerId = (
      await mutate(
        `createCustomer(input: { name: "Shop", currency: "USD", priceListId: "${listId}" }) { ... on Customer { id } }`,
      )
    ).id;
    vendorId = (await mutate(`createVendor(input: { name: "Cables", currency: "USD" }) { ... on Vendor { id } }`)).id;
    for (const unit of ['pcs', 'M ', 'crate', 'cm']) {
      const { id } = await mutate(
        `createProduct(input: { name: "In ${unit}", nameAr: "منتج", unit: "${unit}" }) { ... on Product { id } }`,
      );
      products[unit] = id;
      await mutate(
        `setPrices(priceListId: "${listId}", prices: [{ productId: "${id}", amount: "3", currency: "USD" }], idempotencyKey: "${newId()}") { __typename }`,
      );
      expect(await adjust(id, '100', '0')).toMatchObject({ __typename: 'StockMovementsRecorded' });
    }
  });
  afterAll(() => t.stop());

  const mutate = async (mutation: string, client = owner): Promise<any> => {
    const answer = await client.query<any>(`mutation { ${mutation} }`);
    if (answer.errors) return answer.errors[0]?.extensions;
    return Object.values(answer.data)[0];
  };
  const call = async (mutation: string, type: string, input: object, fields = ''): Promise<any> => {
    const answer = await owner.query<any>(
      `mutation($input: ${type}!, $key: ID!) { ${mutation}(input: $input, idempotencyKey: $key) { __typename ${fields}
         ... on UserError { code field message } } }`,
      { input, key: newId() },
    );
    if (answer.errors) throw new Error(JSON.stringify(answer.errors));
    return answer.data[mutation];
  };
  const adjust = (productId: string, quantity: string, expectedQuantity: string): Promise<any> =>
    call('adjustStock', 'AdjustStockInput', {
      productId,
      warehouseId: main,
      quantity,
      expectedQuantity,
      reason: 'Opening',
    });
  const refused = (field = 'lines.0.quantity') => ({
    code: 'BAD_INPUT',
    field,
    message: 'In pcs is counted in whole units.',
  });

  test('a product shows its decimals by the unit that it names, whatever its capitals; what nobody described is whole', async () => {
    const { data } = await owner.query<any>(`{ products(first: 10) { nodes { unit quantityDecimals } } }`);
    const shown = Object.fromEntries(data.products.nodes.map((one: any) => [one.unit, one.quantityDecimals]));
    expect(shown).toMatchObject({ pcs: 0, crate: 0, cm: 1 });
    expect(shown['M '] ?? shown['M']).toBe(3);
  });

  test('orders, invoices, purchases, transfers, counts and adjustments refuse a third of a mouse', async () => {
    const productId = products['pcs'] as string;
    const third = { productId, quantity: '0.333' };
    expect(await call('createOrder', 'CreateOrderInput', { customerId, lines: [third] })).toMatchObject(refused());
    const freeLines = [{ ...third, unitPrice: '3' }];
    expect(await call('createInvoice', 'CreateInvoiceInput', { customerId, currency: 'USD', freeLines })).toMatchObject(
      refused('freeLines.0.quantity'),
    );
    const bought = { vendorId, lines: [{ ...third, unitCost: '2' }] };
    expect(await call('createBill', 'CreateBillInput', bought)).toMatchObject(refused());
    expect(await call('createPurchaseOrder', 'CreatePurchaseOrderInput', bought)).toMatchObject(refused());
    const way = { fromWarehouseId: main, toWarehouseId: shop, reason: 'Refill', lines: [third] };
    expect(await call('sendGoods', 'SendGoodsInput', way)).toMatchObject(refused());
    expect(await call('transferStock', 'TransferStockInput', way)).toMatchObject(refused());
    expect(await adjust(productId, '99.5', '100')).toMatchObject(refused('quantity'));
    const { stockCount } = await call(
      'startStockCount',
      'StartStockCountInput',
      { reason: 'Year end', productIds: [productId] },
      '... on StockCountRecorded { stockCount { id } }',
    );
    expect(
      await mutate(
        `enterStockCount(id: "${stockCount.id}", lines: [{ productId: "${productId}", quantity: "99.9" }], idempotencyKey: "${newId()}") {
           ... on UserError { code field message } }`,
      ),
    ).toMatchObject(refused());
  });

  test('metres are cut, and a part of a whole quantity is whole again', async () => {
    const { order } = await call(
      'createOrder',
      'CreateOrderInput',
      {
        customerId,
        lines: [
          { productId: products['M '], quantity: '2.333' },
          { productId: products['pcs'], quantity: '4' },
          { productId: products['cm'], quantity: '2.5' },
        ],
      },
      '... on OrderRecorded { order { id version lines { id quantity } } }',
    );
    expect(order.lines.map((line: any) => line.quantity)).toEqual(['2.333', '4', '2.5']);
    expect(
      await call('createOrder', 'CreateOrderInput', {
        customerId,
        lines: [{ productId: products['cm'], quantity: '2.25' }],
      }),
    ).toMatchObject({ code: 'BAD_INPUT', message: 'A quantity of In cm has at most 1 decimals.' });
    const confirmed = await mutate(
      `confirmOrder(id: "${order.id}", version: ${order.version}, idempotencyKey: "${newId()}") { ... on OrderRecorded { order { version } } ... on UserError { message } }`,
    );
    const ship = (quantity: string): Promise<any> =>
      mutate(
        `shipOrder(id: "${order.id}", version: ${confirmed.order.version}, lines: [{ lineId: "${order.lines[1].id}", quantity: "${quantity}" }], idempotencyKey: "${newId()}") {
           ... on OrderRecorded { order { version } } ... on UserError { code field message } }`,
      );
    expect(await ship('1.5')).toMatchObject(refused());
    expect((await ship('1')).order.version).toBeGreaterThan(confirmed.order.version);
  });

  test('a unit is described and changed; what stands in it already stays and leaves as it is', async () => {
    const productId = products['crate'] as string;
    const made = await mutate(
      `createUnit(input: { code: " Crate", name: "Crate", nameAr: "قفص", decimals: 1 }) { ... on Unit { id code decimals version } }`,
    );
    expect(made).toMatchObject({ code: 'crate', decimals: 1, version: 1 });
    const { order } = await call(
      'createOrder',
      'CreateOrderInput',
      { customerId, lines: [{ productId, quantity: '1.5' }] },
      '... on OrderRecorded { order { id version } }',
    );
    const update = (rest: string): Promise<any> =>
      mutate(
        `updateUnit(input: { id: "${made.id}", version: 1, ${rest} }) { ... on Unit { decimals version } ... on UserError { code field } }`,
      );
    expect(await update('decimals: 4')).toMatchObject({ code: 'BAD_INPUT', field: 'decimals' });
    expect(await update('decimals: 0')).toEqual({ decimals: 0, version: 2 });
    expect(await update('decimals: 1')).toMatchObject({ code: 'STALE_VERSION' });
    const confirmed = await mutate(
      `confirmOrder(id: "${order.id}", version: ${order.version}, idempotencyKey: "${newId()}") { ... on OrderRecorded { order { version } } }`,
    );
    expect(
      await mutate(
        `shipOrder(id: "${order.id}", version: ${confirmed.order.version}, idempotencyKey: "${newId()}") { ... on OrderRecorded { order { status } } }`,
      ),
    ).toMatchObject({ order: { status: 'SHIPPED' } });
    expect(
      await mutate(
        `createUnit(input: { code: "CRATE", name: "", nameAr: "x", decimals: 9 }) { ... on UserError { faults { code field } } }`,
      ),
    ).toEqual({
      faults: [
        { code: 'ALREADY_EXISTS', field: 'code' },
        { code: 'BAD_INPUT', field: 'name' },
        { code: 'BAD_INPUT', field: 'decimals' },
      ],
    });
    const clerk = await t.as('SALESPERSON');
    expect(
      (await mutate(`createUnit(input: { code: "x", name: "X", nameAr: "x", decimals: 0 }) { __typename }`, clerk))
        .code,
    ).toBe('FORBIDDEN');
  });

  test('an installation begins with the units of the trade', async () => {
    const rows = await t.db.sql<any>(
      `select code, decimals from units where code in ('pcs', 'm', 'kg', 'roll') order by code`,
    );
    expect(rows).toEqual([
      { code: 'kg', decimals: 3 },
      { code: 'm', decimals: 3 },
      { code: 'pcs', decimals: 0 },
      { code: 'roll', decimals: 0 },
    ]);
  });
});
