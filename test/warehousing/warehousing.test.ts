import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { newId } from '../../src/kernel/ids.js';
import { startTestApp, type TestApp, type TestClient } from '../support/app.js';
import { assignWarehouse, faultsOfBooks, Seller } from '../support/selling.js';

const COUNT = `id number version status postedOn lines { expected counted difference product { id } }`;
const TRANSFER = `id number version status lines { id quantity received lost }`;

describe('warehousing', () => {
  let t: TestApp;
  let owner: TestClient;
  let main: string;
  let shop: string;
  beforeAll(async () => {
    t = await startTestApp({ settings: { SYNC_PHASE: 'full' } });
    owner = await t.as('OWNER');
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
  });
  afterAll(() => t.stop());

  const run = async (mutation: string, args: Record<string, [string, unknown]>, client = owner): Promise<any> => {
    const [field, type, fields] = /StockCount/.test(mutation)
      ? ['stockCount', 'StockCountRecorded', COUNT]
      : ['goodsTransfer', 'GoodsTransferRecorded', TRANSFER];
    const all: Record<string, [string, unknown]> = { ...args, idempotencyKey: ['ID!', newId()] };
    const names = Object.keys(all);
    const answer = await client.query<any>(
      `mutation(${names.map((name) => `$${name}: ${all[name]?.[0]}`).join(', ')}) {
         ${mutation}(${names.map((name) => `${name}: $${name}`).join(', ')}) {
           __typename ... on ${type} { ${field} { ${fields} } } ... on UserError { code field message } } }`,
      Object.fromEntries(names.map((name) => [name, all[name]?.[1]])),
    );
    if (answer.errors) return { errors: answer.errors, code: answer.errors[0]?.extensions['code'] };
    const result = answer.data[mutation];
    return result[field] ?? result;
  };
  const step = (mutation: string, { id, version }: any, rest: Record<string, [string, unknown]> = {}): Promise<any> =>
    run(mutation, { id: ['ID!', id], version: ['Int!', version], ...rest });
  const start = (input: object, client = owner): Promise<any> =>
    run('startStockCount', { input: ['StartStockCountInput!', { reason: 'Year end', ...input }] }, client);
  const enter = ({ id }: any, lines: object[]): Promise<any> =>
    run('enterStockCount', { id: ['ID!', id], lines: ['[CountedLineInput!]!', lines] });
  const send = (lines: object[], rest: object = {}, client = owner): Promise<any> =>
    run(
      'sendGoods',
      { input: ['SendGoodsInput!', { fromWarehouseId: main, toWarehouseId: shop, reason: 'Refill', lines, ...rest }] },
      client,
    );
  const stocked = async (quantity: string, unitCost: string): Promise<string> => {
    const made = await owner.query<any>(
      `mutation { createProduct(input: { name: "Cable" }) { ... on Product { id } } }`,
    );
    const { id } = made.data.createProduct;
    await adjust(id, quantity, '0', { unitCost, opening: true });
    return id;
  };
  const adjust = (productId: string, quantity: string, expectedQuantity: string, rest: object = {}) =>
    owner.query<any>(
      `mutation($input: AdjustStockInput!, $key: ID!) { adjustStock(input: $input, idempotencyKey: $key) { __typename } }`,
      {
        input: { productId, warehouseId: main, quantity, expectedQuantity, reason: 'x', ...rest },
        key: newId(),
      },
    );
  const onHand = async (productId: string, warehouseId: string): Promise<number> =>
    (
      await t.db.sql<any>(
        `select coalesce(sum(on_hand), 0)::float8 as n from stock_levels where product_id = $1 and warehouse_id = $2`,
        [productId, warehouseId],
      )
    )[0].n;
  const posted = async (productId: string, account: number): Promise<number> =>
    (
      await t.db.sql<any>(
        `select coalesce(sum(base), 0)::float8 as n from journal_lines where product_id = $1 and account = $2`,
        [productId, account],
      )
    )[0].n;

  test('a count freezes what should be there, and posts the difference to what was counted; what moved meanwhile stays', async () => {
    const [a, b, c] = [await stocked('10', '3'), await stocked('5', '2'), await stocked('7', '1')];
    const begun = await start({ productIds: [a, b, c] });
    expect(begun).toMatchObject({ status: 'OPEN', number: expect.stringMatching(/^CT-/) });
    expect(begun.lines.map((line: any) => [line.expected, line.counted])).toEqual(
      expect.arrayContaining([
        ['10', null],
        ['5', null],
        ['7', null],
      ]),
    );
    expect(await start({ productIds: [a] })).toMatchObject({ code: 'ALREADY_RUNNING' });
    expect(await step('postStockCount', begun)).toMatchObject({ code: 'BAD_INPUT' });
    await adjust(a, '12', '10', { unitCost: '3' });
    await enter(begun, [{ productId: a, quantity: '9' }]);
    const entered = await enter(begun, [
      { productId: a, quantity: '8' },
      { productId: b, quantity: '6' },
    ]);
    expect(entered.lines.find((line: any) => line.product.id === a)).toMatchObject({ counted: '8', difference: '-2' });
    expect(await enter(begun, [{ productId: newId(), quantity: '1' }])).toMatchObject({ code: 'NOT_FOUND' });
    const done = await step('postStockCount', entered);
    expect(done).toMatchObject({ status: 'POSTED', postedOn: expect.any(String) });
    expect([await onHand(a, main), await onHand(b, main), await onHand(c, main)]).toEqual([10, 6, 7]);
    expect([await posted(a, 5120), await posted(b, 5120), await posted(c, 5120)]).toEqual([0, -2, 0]);
    expect(await step('cancelStockCount', done)).toMatchObject({ code: 'ILLEGAL_TRANSITION' });
    const again = await start({ productIds: [a] });
    expect(await step('cancelStockCount', again)).toMatchObject({ status: 'CANCELLED' });
    expect(await faultsOfBooks(t)).toEqual([]);
  });

  test('goods on the way are in no warehouse and worth what they were; what never comes is a difference of the stock', async () => {
    const id = await stocked('10', '4');
    const sent = await send([{ productId: id, quantity: '6' }]);
    expect(sent).toMatchObject({ status: 'SENT', number: expect.stringMatching(/^TR-/) });
    expect([await onHand(id, main), await onHand(id, shop)]).toEqual([4, 0]);
    expect(await posted(id, 1310)).toBe(40);
    const seen = await owner.query<any>('{ stockValuation { quantity value { amount } warehouse { code } } }');
    expect(seen.data.stockValuation.find((one: any) => one.warehouse === null)).toEqual({
      quantity: '6',
      value: { amount: '24' },
      warehouse: null,
    });
    expect(await send([{ productId: id, quantity: '5' }])).toMatchObject({ code: 'INSUFFICIENT_STOCK' });
    const part = await step('receiveGoods', sent, {
      lines: ['[LineQuantityInput!]', [{ lineId: sent.lines[0].id, quantity: '4' }]],
    });
    expect(part).toMatchObject({ status: 'SENT', lines: [{ received: '4', lost: '0' }] });
    expect(await step('receiveGoods', sent)).toMatchObject({ code: 'STALE_VERSION' });
    const lost = await step('loseGoods', part, {
      lines: ['[LineQuantityInput!]', null],
      reason: ['String!', 'Stolen on the road'],
    });
    expect(lost).toMatchObject({ status: 'RECEIVED', lines: [{ received: '4', lost: '2' }] });
    expect([await onHand(id, main), await onHand(id, shop)]).toEqual([4, 4]);
    expect([await posted(id, 1310), await posted(id, 5120)]).toEqual([32, 8]);
    expect(await step('receiveGoods', lost)).toMatchObject({ code: 'BAD_INPUT' });
    expect(await faultsOfBooks(t)).toEqual([]);
  });

  test('domain review 13: what a closed warehouse holds is brought out, and an archived product’s draft does not confirm', async () => {
    const id = await stocked('3', '1');
    const [warehouse] = await t.db.sql<any>('select branch_id from warehouses where is_primary');
    const old = (
      await owner.query<any>(
        `mutation($b: ID!) { createWarehouse(input: { code: "OLD", name: "Old", nameAr: "قديم", branchId: $b }) { ... on Warehouse { id } } }`,
        { b: warehouse.branch_id },
      )
    ).data.createWarehouse.id;
    const move = (from: string, to: string, quantity: string): Promise<any> =>
      owner.query<any>(
        `mutation($input: TransferStockInput!, $key: ID!) { transferStock(input: $input, idempotencyKey: $key) { __typename ... on UserError { code field } } }`,
        {
          input: { fromWarehouseId: from, toWarehouseId: to, lines: [{ productId: id, quantity }], reason: 'x' },
          key: newId(),
        },
      );
    await move(main, old, '3');
    await t.db.sql('update warehouses set active = false where id = $1', [old]);
    expect((await move(old, main, '1')).data.transferStock.__typename).toBe('StockMovementsRecorded');
    expect((await move(main, old, '1')).data.transferStock).toMatchObject({
      code: 'BAD_INPUT',
      field: 'toWarehouseId',
    });
    expect(await send([{ productId: id, quantity: '2' }], { fromWarehouseId: old, toWarehouseId: main })).toMatchObject(
      {
        status: 'SENT',
      },
    );
    expect(await onHand(id, old)).toBe(0);

    const seller = new Seller(t, owner);
    const [list] = await t.db.sql<any>(`select id from price_lists where code = 'retailer'`);
    const customer = await owner.query<any>(
      `mutation($input: CreateCustomerInput!) { createCustomer(input: $input) { ... on Customer { id } } }`,
      { input: { name: 'Shop of Ali', currency: 'USD', priceListId: list.id } },
    );
    await owner.query(
      `mutation($l: ID!, $p: [PriceInput!]!, $k: ID!) { setPrices(priceListId: $l, prices: $p, idempotencyKey: $k) { __typename } }`,
      { l: list.id, p: [{ productId: id, amount: '10', currency: 'USD' }], k: newId() },
    );
    const draft = await seller.order({
      customerId: customer.data.createCustomer.id,
      lines: [{ productId: id, quantity: '1' }],
    });
    expect(draft.status).toBe('DRAFT');
    await t.db.sql('update products set archived_at = now() where id = $1', [id]);
    expect(await seller.confirm(draft)).toMatchObject({ code: 'BAD_INPUT', field: 'lines.0.productId' });
    expect(await faultsOfBooks(t)).toEqual([]);
  });

  test('domain review 21: who keeps one warehouse counts, sends from and receives into no other', async () => {
    const keeper = await t.as('INVENTORY');
    const id = await stocked('9', '1');
    await send([{ productId: id, quantity: '4' }]);
    const into = await send([{ productId: id, quantity: '1' }]);
    await step('receiveGoods', into);
    await assignWarehouse(owner, keeper, shop);
    expect(await start({ productIds: [id] }, keeper)).toMatchObject({ code: 'NOT_FOUND', field: 'warehouseId' });
    expect(await send([{ productId: id, quantity: '1' }], {}, keeper)).toMatchObject({
      code: 'NOT_FOUND',
      field: 'fromWarehouseId',
    });
    const back = await send([{ productId: id, quantity: '1' }], { fromWarehouseId: shop, toWarehouseId: main }, keeper);
    expect(back.status).toBe('SENT');
    const args = { id: ['ID!', back.id], version: ['Int!', back.version] } as Record<string, [string, unknown]>;
    expect(await run('receiveGoods', args, keeper)).toMatchObject({ code: 'NOT_FOUND', field: 'id' });
    const count = await start({ productIds: [id] });
    const visible = await keeper.query<any>(
      '{ stockCounts(first: 50) { nodes { id } } goodsTransfers(first: 50) { nodes { id } } }',
    );
    expect(visible.data.stockCounts.nodes).toEqual([]);
    expect(visible.data.goodsTransfers.nodes.map((one: any) => one.id)).toContain(back.id);
    await step('cancelStockCount', count);
  });
});
