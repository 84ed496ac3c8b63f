import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { newId } from '../../src/kernel/ids.js';
import { startTestApp, type TestApp, type TestClient } from '../support/app.js';
import { assignWarehouse, faultsOfBooks } from '../support/selling.js';

const EFFECT = `lines { productId before change after value { amount } } value { amount currency }`;

describe('adjusting the stock of many products at once', () => {
  let t: TestApp;
  let owner: TestClient;
  let main: string;
  let shop: string;
  const products: string[] = [];
  beforeAll(async () => {
    t = await startTestApp({ settings: { SYNC_PHASE: 'full' } });
    owner = await t.as('OWNER');
    const [warehouse] = await t.db.sql<any>('select id, branch_id from warehouses where is_primary');
    main = warehouse.id;
    const made = await owner.query<any>(
      `mutation($b: ID!) { createWarehouse(input: { code: "SHOP", name: "Shop", nameAr: "محل", branchId: $b }) { ... on Warehouse { id } } }`,
      { b: warehouse.branch_id },
    );
    shop = made.data.createWarehouse.id;
    for (const name of ['Mouse', 'Cable', 'Screen']) {
      const answer = await owner.query<any>(
        `mutation { createProduct(input: { name: "${name}", nameAr: "منتج" }) { ... on Product { id } } }`,
      );
      products.push(answer.data.createProduct.id);
    }
  });
  afterAll(async () => {
    const faults = await faultsOfBooks(t);
    await t.stop();
    expect(faults).toEqual([]);
  });

  const run = async (mutation: string, input: object, { key = newId(), client = owner } = {}): Promise<any> => {
    const keyed = mutation.startsWith('record');
    const answer = await client.query<any>(
      `mutation($input: StockAdjustmentInput!${keyed ? ', $key: ID!' : ''}) {
         ${mutation}(input: $input${keyed ? ', idempotencyKey: $key' : ''}) { __typename
           ... on ${keyed ? 'StockAdjustmentRecorded' : 'StockAdjustmentPreview'} { ${EFFECT} ${keyed ? 'adjustmentId replayed' : ''} }
           ... on UserError { code faults { code field message } } } }`,
      { input: { reason: 'Found in the store', ...input }, ...(keyed && { key }) },
    );
    if (answer.errors) return answer.errors[0]?.extensions;
    return answer.data[mutation];
  };
  const preview = (input: object, client = owner): Promise<any> => run('previewStockAdjustment', input, { client });
  const record = (input: object, rest: { key?: string; client?: TestClient } = {}): Promise<any> =>
    run('recordStockAdjustment', input, rest);
  const line = (index: number, rest: object, warehouseId = main) => ({
    productId: products[index],
    warehouseId,
    ...rest,
  });
  const accounts = async (): Promise<Record<string, number>> =>
    Object.fromEntries(
      (await t.db.sql<any>('select account, sum(base)::float8 as sum from journal_lines group by 1 order by 1')).map(
        ({ account, sum }) => [account, sum],
      ),
    );
  const trace = (): Promise<any[]> =>
    t.db
      .sql(`select (select count(*)::int from stock_movements) as movements, (select count(*)::int from journal_entries) as entries,
      (select sum(on_hand)::float8 from stock_levels) as held, (select count(*)::int from audit_log where entity_type = 'StockMovement') as audited`);

  test('a preview says what each line is worth and writes nothing; the command does just that, once', async () => {
    const input = {
      opening: true,
      lines: [line(0, { quantity: '10', unitCost: '2.50' }), line(1, { change: '4', unitCost: '3' }, shop)],
    };
    const before = await trace();
    const seen = await preview(input);
    expect(seen).toMatchObject({
      __typename: 'StockAdjustmentPreview',
      lines: [
        { before: '0', change: '10', after: '10', value: { amount: '25' } },
        { before: '0', change: '4', after: '4', value: { amount: '12' } },
      ],
      value: { amount: '37', currency: 'USD' },
    });
    expect(await trace()).toMatchObject([{ movements: before[0].movements, entries: before[0].entries }]);
    const key = newId();
    const done = await record(input, { key });
    expect(done).toMatchObject({ lines: seen.lines, value: seen.value, replayed: false });
    expect(await record(input, { key })).toMatchObject({ adjustmentId: done.adjustmentId, replayed: true });
    expect(await accounts()).toEqual({ '1310': 37, '3900': -37 });

    const less = {
      lines: [
        line(0, { quantity: '6' }),
        line(1, { change: '2' }, shop),
        line(2, { quantity: '0' }),
        line(1, { change: '1' }),
      ],
    };
    const shown = await preview(less);
    expect(shown.lines.map((one: any) => [one.change, one.value.amount])).toEqual([
      ['-4', '-10'],
      ['2', '6'],
      ['0', '0'],
      ['1', '3'],
    ]);
    expect(await record(less)).toMatchObject({ value: { amount: '-1' } });
    // What is missing or found stands against the differences of the stock, at the average.
    expect(await accounts()).toEqual({ '1310': 36, '3900': -37, '5120': 1 });
  });

  test('every fault of every line is told at once, by preview and command alike', async () => {
    const input = {
      reason: ' ',
      lines: [
        line(0, { change: '-1000' }),
        line(0, { change: '1' }),
        line(1, { change: '0.5' }),
        line(1, { change: '1', quantity: '1' }, shop),
        line(2, { quantity: '-1' }),
        { productId: newId(), warehouseId: newId(), change: '0' },
      ],
    };
    const expected = [
      'lines.1.productId',
      'lines.2.change',
      'lines.3.change',
      'lines.4.quantity',
      'lines.5.change',
      'lines.5.productId',
      'lines.5.warehouseId',
      'reason',
    ];
    for (const answer of [await preview(input), await record(input)]) {
      expect(answer.faults.map((one: any) => one.field).sort()).toEqual(expected);
    }
    const short = {
      lines: [line(0, { change: '-1000' }), line(1, { change: '-7' }), line(1, { quantity: '0', unitCost: '1' }, shop)],
    };
    for (const answer of [await preview(short), await record(short)]) {
      expect(answer.faults).toMatchObject([
        {
          code: 'INSUFFICIENT_STOCK',
          field: 'lines.0.change',
          message: 'Line 1: Only 6 of Mouse are left, and 1000 are needed.',
        },
        { code: 'INSUFFICIENT_STOCK', field: 'lines.1.change' },
        { code: 'BAD_INPUT', field: 'lines.2.unitCost' },
      ]);
    }
    expect(await preview({ lines: [] })).toMatchObject({ code: 'BAD_INPUT' });
  });

  test('a manager adjusts the own warehouses without seeing or giving cost', async () => {
    const keeper = await t.as('INVENTORY');
    await assignWarehouse(owner, keeper, main);
    expect(await record({ lines: [line(0, { change: '1' }, shop)] }, { client: keeper })).toMatchObject({
      code: 'NOT_FOUND',
    });
    const client = await t.as('WHOLESALE_CLIENT');
    expect(await preview({ lines: [line(0, { change: '1' })] }, client)).toMatchObject({ code: 'FORBIDDEN' });
  });
});
