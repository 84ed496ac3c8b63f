import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { newId } from '../../src/kernel/ids.js';
import { startTestApp, type TestApp, type TestClient } from '../support/app.js';
import { faultsOfBooks, Seller } from '../support/selling.js';

/** Decision 47: what comes back damaged has its value until it is written off, and is not sold. */
describe('damaged goods', () => {
  let t: TestApp;
  let owner: TestClient;
  let seller: Seller;
  let main: { id: string; branch_id: string };
  let customerId: string;
  let productId: string;
  beforeAll(async () => {
    t = await startTestApp({ settings: { SYNC_PHASE: 'full' } });
    owner = await t.as('OWNER');
    seller = new Seller(t, owner);
    [main] = (await t.db.sql<any>('select id, branch_id from warehouses where is_primary')) as [any];
    const [list] = await t.db.sql<any>(`select id from price_lists where code = 'retailer'`);
    await mutate(`recordExchangeRate(currency: "USD", rate: "1320", effectiveOn: "2024-01-01") { __typename }`);
    customerId = (
      await mutate(
        `createCustomer(input: { name: "Ali", currency: "USD", priceListId: "${list.id}" }) { ... on Customer { id } }`,
      )
    ).id;
    productId = (await mutate(`createProduct(input: { name: "Mouse" }) { ... on Product { id } }`)).id;
    await mutate(
      `setPrices(priceListId: "${list.id}", prices: [{ productId: "${productId}", amount: "10", currency: "USD" }], idempotencyKey: "${newId()}") { __typename }`,
    );
    await mutate(
      `adjustStock(input: { productId: "${productId}", warehouseId: "${main.id}", quantity: "20", expectedQuantity: "0", reason: "Opening", unitCost: "4", opening: true }, idempotencyKey: "${newId()}") { __typename }`,
    );
  });
  afterAll(async () => {
    const faults = await faultsOfBooks(t);
    await t.stop();
    expect(faults).toEqual([]);
  });

  const mutate = async (mutation: string): Promise<any> => {
    const answer = await owner.query<any>(`mutation { ${mutation} }`);
    if (answer.errors) throw new Error(JSON.stringify(answer.errors));
    return Object.values(answer.data)[0];
  };
  const account = async (code: number): Promise<number> =>
    (await t.db.sql<any>('select coalesce(sum(base), 0)::float8 as n from journal_lines where account = $1', [code]))[0]
      .n;
  const shown = async (): Promise<any> =>
    (
      await owner.query<any>(
        `query($id: ID!) { product(id: $id) { stock { onHand available } stockLevels { onHand warehouse { code } } } }`,
        { id: productId },
      )
    ).data.product;

  test('they come back at what they were sold at, into a warehouse of which nothing is sold, and are written off there', async () => {
    const sold = await seller.invoice({
      customerId,
      currency: 'USD',
      freeLines: [
        { productId, quantity: '5', unitPrice: '10' },
        { productId, quantity: '2', unitPrice: '10' },
      ],
    });
    const [broken, sound] = sold.lines;
    const back = { invoiceId: sold.id, restock: true, reason: 'Came back' };
    const lines = [
      { invoiceLineId: broken.id, quantity: '3', damaged: true },
      { invoiceLineId: sound.id, quantity: '1' },
    ];
    expect(await seller.credit({ ...back, lines })).toMatchObject({
      code: 'BAD_INPUT',
      field: 'lines.0.damaged',
      message: 'There is no warehouse for damaged goods. Make one first.',
    });
    const made = await mutate(
      `createWarehouse(input: { code: "BROKEN", name: "Broken", nameAr: "تالف", branchId: "${main.branch_id}", damaged: true }) { ... on Warehouse { id damaged } }`,
    );
    expect(made).toMatchObject({ damaged: true });
    expect(await seller.credit({ ...back, restock: false, lines })).toMatchObject({
      code: 'BAD_INPUT',
      field: 'lines.0.damaged',
      message: 'Only goods that come back can be damaged.',
    });
    expect(await account(5100)).toBe(28);
    const note = await seller.credit({ ...back, lines });
    expect(note).toMatchObject({ total: { amount: '40' }, restocked: true });
    const { data } = await owner.query<any>(
      `query($id: ID!) { creditNotes(filter: { invoiceId: { eq: $id } }) { nodes { lines { quantity damaged } } } }`,
      { id: sold.id },
    );
    expect(data.creditNotes.nodes[0].lines).toEqual([
      { quantity: '3', damaged: true },
      { quantity: '1', damaged: false },
    ]);
    // 13 + 1 can be sold; the three that are broken have their value of 4 each.
    expect(await shown()).toMatchObject({
      stock: { onHand: '14', available: '14' },
      stockLevels: expect.arrayContaining([{ onHand: '3', warehouse: { code: 'BROKEN' } }]),
    });
    expect([await account(1310), await account(5100)]).toEqual([68, 12]);
    const found = await owner.query<any>(`{ products(filter: { available: { eq: "14" } }) { nodes { id } } }`);
    expect(found.data.products.nodes).toEqual([{ id: productId }]);

    const from = { warehouseId: made.id };
    const message = 'Broken holds damaged goods. They are not sold.';
    expect(await seller.order({ customerId, lines: [{ productId, quantity: '1' }], ...from })).toMatchObject({
      code: 'BAD_INPUT',
      field: 'warehouseId',
      message,
    });
    const freeLines = [{ productId, quantity: '1', unitPrice: '10' }];
    expect(await seller.invoice({ customerId, currency: 'USD', freeLines, ...from })).toMatchObject({ message });

    const written = await mutate(
      `recordStockAdjustment(input: { reason: "Beyond repair", lines: [{ productId: "${productId}", warehouseId: "${made.id}", change: "-2" }] }, idempotencyKey: "${newId()}") {
         ... on StockAdjustmentRecorded { value { amount } } ... on UserError { message } }`,
    );
    expect(written).toEqual({ value: { amount: '-8' } });
    expect([await account(1310), await account(5120)]).toEqual([60, 8]);
    // One is repaired.
    await mutate(
      `transferStock(input: { fromWarehouseId: "${made.id}", toWarehouseId: "${main.id}", lines: [{ productId: "${productId}", quantity: "1" }], reason: "Repaired" }, idempotencyKey: "${newId()}") { __typename }`,
    );
    expect(await shown()).toMatchObject({ stock: { available: '15' } });
  });
});
