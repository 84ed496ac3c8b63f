import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { generateCompany } from '../../src/generator/company.js';
import { newId } from '../../src/kernel/ids.js';
import { startTestApp, type TestApp } from '../support/app.js';
import { faultsOfBooks, ORDER, sellable, Seller } from '../support/selling.js';

/** Item 8 of what blocks going live in the review of a trading day: partial reservation. Decision 46. */
describe('partial reservation and backorders', () => {
  let t: TestApp;
  let owner: Seller;
  let customerId: string;
  let main: string;
  const products: string[] = [];
  beforeAll(async () => {
    t = await startTestApp({ settings: { SYNC_PHASE: 'gradual' } });
    await generateCompany(t.app.services.db, 1);
    owner = new Seller(t, await t.as('OWNER'));
    const found = await sellable(t, 'wholesale_a', 12);
    ({ customerId } = found);
    products.push(...found.products.map(({ id }) => id));
    await t.db.sql('update customers set credit_limit = 10000000 where id = $1', [customerId]);
    main = (await t.db.sql<any>('select id from warehouses where is_primary'))[0].id;
  });
  afterAll(async () => {
    const faults = await faultsOfBooks(t);
    await t.stop();
    expect(faults).toEqual([]);
  });

  /** In the primary warehouse, beside what Zoho said was reserved before orders were made here. */
  const level = async (
    productId: string,
    warehouseId = main,
  ): Promise<{ onHand: number; reserved: number; elsewhere: number }> =>
    (
      await t.db.sql<any>(
        `select coalesce(sum(s.on_hand - z.reserved), 0)::float8 as "onHand", coalesce(sum(s.reserved - z.reserved), 0)::float8 as reserved,
           coalesce(sum(z.reserved), 0)::float8 as elsewhere
         from stock_levels s cross join lateral (select coalesce(sum(m.reserved), 0) as reserved from stock_movements m
           where m.product_id = s.product_id and m.warehouse_id = s.warehouse_id and m.reference_type is distinct from 'order') z
         where s.product_id = $1 and s.warehouse_id = $2`,
        [productId, warehouseId],
      )
    )[0];
  const run = async (mutation: string, input: object, type: string, fields: string): Promise<any> => {
    const answer = await owner.client.query<any>(
      `mutation($input: ${type}!, $key: ID!) { ${mutation}(input: $input, idempotencyKey: $key) { __typename ${fields}
         ... on UserError { code field message faults { code field message } } } }`,
      { input, key: newId() },
    );
    if (answer.errors) throw new Error(JSON.stringify(answer.errors));
    return answer.data[mutation];
  };
  /** Leaves so much free of a product. */
  const leave = async (productId: string, free: number): Promise<void> => {
    const { onHand, reserved, elsewhere } = await level(productId);
    const expectedQuantity = String(onHand + elsewhere);
    const input = { productId, warehouseId: main, expectedQuantity, reason: 'Counted' };
    await run('adjustStock', { ...input, quantity: String(reserved + elsewhere + free) }, 'AdjustStockInput', '');
  };
  const bring = async (productId: string, quantity: number): Promise<void> => {
    const { onHand, reserved } = await level(productId);
    await leave(productId, onHand - reserved + quantity);
  };
  const draft = (lines: [string, number][]): Promise<any> =>
    owner.order({ customerId, lines: lines.map(([productId, n]) => ({ productId, quantity: String(n) })) });
  const waiting = async (productId: string, ...quantities: number[]): Promise<any[]> => {
    const orders = [];
    for (const quantity of quantities) orders.push(await owner.confirmPart(await draft([[productId, quantity]])));
    return orders;
  };
  const amend = (order: any, input: object): Promise<any> =>
    run(
      'amendOrder',
      { id: order.id, version: order.version, ...input },
      'AmendOrderInput',
      `... on OrderRecorded { order { ${ORDER} } }`,
    ).then((answer) => answer.order ?? answer);
  const lineOf = async ({ id }: any, index = 0): Promise<any> => (await owner.readOrder(id)).lines[index];

  test('item 8: what is there is reserved and the rest waits; without leave it is refused with every line that is short', async () => {
    const [first, second, third] = products as [string, string, string];
    await leave(first, 4);
    await leave(second, 0);
    await leave(third, 9);
    const order = await draft([
      [first, 10],
      [second, 2],
      [third, 3],
    ]);
    const refused = await owner.client.query<any>(
      `mutation($id: ID!, $version: Int!, $key: ID!) { confirmOrder(id: $id, version: $version, idempotencyKey: $key) {
         __typename ... on UserError { faults { code field message } } } }`,
      { id: order.id, version: order.version, key: newId() },
    );
    expect(refused.data.confirmOrder.faults).toMatchObject([
      { code: 'INSUFFICIENT_STOCK', field: 'lines.0.quantity', message: expect.stringMatching(/Only 4 .* 10 are/) },
      { code: 'INSUFFICIENT_STOCK', field: 'lines.1.quantity', message: expect.stringMatching(/Only 0 .* 2 are/) },
    ]);
    const confirmed = await owner.confirmPart(order);
    expect(confirmed).toMatchObject({
      status: 'CONFIRMED',
      hasBackorders: true,
      lines: [
        { quantity: '10', reserved: '4', backordered: '6' },
        { quantity: '2', reserved: '0', backordered: '2' },
        { quantity: '3', reserved: '3', backordered: '0' },
      ],
    });
    const found = await owner.client.query<any>(`{ orders(filter: { hasBackorders: { eq: true } }) { nodes { id } } }`);
    expect(found.data.orders.nodes).toEqual([{ id: order.id }]);

    const [line, empty] = confirmed.lines;
    expect(await owner.ship(confirmed, [{ lineId: line.id, quantity: '5' }])).toMatchObject({
      code: 'BAD_INPUT',
      field: 'lines.0.quantity',
      message: expect.stringMatching(/Only 4 of .* are reserved; 6 wait for goods/),
    });
    expect(await owner.invoice({ orderId: order.id, lines: [{ lineId: line.id, quantity: '5' }] })).toMatchObject({
      code: 'BAD_INPUT',
      message: expect.stringMatching(/Only 4 of/),
    });
    const shipped = await owner.ship(confirmed);
    expect(shipped).toMatchObject({ status: 'CONFIRMED', fulfilmentStatus: 'PARTIAL' });
    expect(shipped.lines.map((one: any) => [one.shipped, one.reserved, one.backordered])).toEqual([
      ['4', '0', '6'],
      ['0', '0', '2'],
      ['3', '0', '0'],
    ]);
    expect(await owner.ship(shipped)).toMatchObject({
      code: 'BAD_INPUT',
      message: 'The rest of this order waits for goods.',
    });
    const invoice = await owner.invoice({ orderId: order.id });
    expect(invoice.lines.map((one: any) => one.quantity)).toEqual(['4', '3']);
    expect(await owner.invoice({ orderId: order.id })).toMatchObject({
      message: 'The rest of this order waits for goods.',
    });

    await bring(first, 6);
    await bring(second, 1);
    await t.drain();
    const filled = await owner.readOrder(order.id);
    expect(filled.lines.map((one: any) => [one.reserved, one.backordered])).toEqual([
      ['6', '0'],
      ['1', '1'],
      ['0', '0'],
    ]);
    await bring(second, 1);
    await t.drain();
    const rest = await owner.ship(await owner.readOrder(order.id));
    expect(rest).toMatchObject({ status: 'SHIPPED', hasBackorders: false, lines: [{}, { id: empty.id }, {}] });
    expect((await owner.invoice({ orderId: order.id })).lines.map((one: any) => one.quantity)).toEqual(['6', '2']);
  });

  test('what comes goes to the order that was confirmed first, wherever it comes from, and a second run changes nothing', async () => {
    const productId = products[3] as string;
    await leave(productId, 5);
    const [held] = await waiting(productId, 5);
    const sold = await owner.invoice({ orderId: (await owner.ship(held)).id });
    await bring(productId, 4);
    const [other] = await waiting(productId, 4);
    const [first, second] = await waiting(productId, 6, 50);
    const state = async (): Promise<string[]> => {
      await t.drain();
      await t.drain();
      return [(await lineOf(first)).reserved, (await lineOf(second)).reserved];
    };
    expect(await state()).toEqual(['0', '0']);
    await bring(productId, 2);
    expect(await state()).toEqual(['2', '0']);
    await owner.credit({
      invoiceId: sold.id,
      lines: [{ invoiceLineId: sold.lines[0].id, quantity: '3' }],
      restock: true,
    });
    expect(await state()).toEqual(['5', '0']);
    await owner.cancel(other);
    expect(await state()).toEqual(['6', '3']);

    const made = await owner.client.query<any>(
      `mutation { createVendor(input: { name: "Vendor", currency: "USD" }) { ... on Vendor { id } } }`,
    );
    const vendorId = made.data.createVendor.id;
    const { bill } = await run(
      'createBill',
      {
        vendorId,
        receive: true,
        lines: [{ productId, quantity: '7', unitCost: '2' }],
      },
      'CreateBillInput',
      '... on BillRecorded { bill { id } }',
    );
    expect(bill.id).toBeDefined();
    expect(await state()).toEqual(['6', '10']);

    const [branch] = await t.db.sql<any>('select branch_id from warehouses where is_primary');
    const shop = (
      await owner.client.query<any>(
        `mutation($b: ID!) { createWarehouse(input: { code: "BACK", name: "Back", nameAr: "خلف", branchId: $b }) { ... on Warehouse { id } } }`,
        { b: branch.branch_id },
      )
    ).data.createWarehouse.id;
    const inShop = { productId, warehouseId: shop, quantity: '8', expectedQuantity: '0', reason: 'Found' };
    await run('adjustStock', inShop, 'AdjustStockInput', '');
    // Goods of another warehouse are not what they wait for.
    expect(await state()).toEqual(['6', '10']);
    const lines = [{ productId, quantity: '8' }];
    await run(
      'transferStock',
      { fromWarehouseId: shop, toWarehouseId: main, lines, reason: 'Needed' },
      'TransferStockInput',
      '',
    );
    expect(await state()).toEqual(['6', '18']);

    await run(
      'startStockCount',
      { reason: 'Count', productIds: [productId] },
      'StartStockCountInput',
      '... on StockCountRecorded { stockCount { id version } }',
    ).then(async ({ stockCount }) => {
      const { onHand, elsewhere } = await level(productId);
      const step = { id: stockCount.id, version: stockCount.version };
      const entered = await owner.client.query<any>(
        `mutation($id: ID!, $lines: [CountedLineInput!]!, $key: ID!) { enterStockCount(id: $id, lines: $lines, idempotencyKey: $key) {
           ... on StockCountRecorded { stockCount { version } } } }`,
        { id: step.id, lines: [{ productId, quantity: String(onHand + elsewhere + 1) }], key: newId() },
      );
      const { version } = entered.data.enterStockCount.stockCount;
      await owner.client.query(
        `mutation($id: ID!, $version: Int!, $key: ID!) { postStockCount(id: $id, version: $version, idempotencyKey: $key) { __typename } }`,
        { id: step.id, version, key: newId() },
      );
    });
    expect(await state()).toEqual(['6', '19']);
    expect(await level(productId)).toMatchObject({ reserved: 25, onHand: 25 });
  });

  test('what waits is given up before what is reserved: changing, closing, cancelling and crediting release rightly', async () => {
    const productId = products[4] as string;
    await leave(productId, 10);
    const [order] = await waiting(productId, 16);
    const lineId = order.lines[0].id;
    expect(order.lines[0]).toMatchObject({ reserved: '10', backordered: '6' });
    const to = (of: any, quantity: string, rest: object = {}): Promise<any> =>
      amend(of, { quantities: [{ lineId, quantity }], ...rest });
    expect(await to(order, '17')).toMatchObject({ code: 'INSUFFICIENT_STOCK' });
    const more = await to(order, '18', { allowBackorder: true });
    expect(more.lines[0]).toMatchObject({ reserved: '10', backordered: '8' });
    const fewer = await to(more, '12');
    expect(fewer.lines[0]).toMatchObject({ reserved: '10', backordered: '2' });
    const enough = await to(fewer, '9');
    expect(enough.lines[0]).toMatchObject({ reserved: '9', backordered: '0' });
    const [next] = await waiting(productId, 4);
    expect(next.lines[0]).toMatchObject({ reserved: '1', backordered: '3' });

    const again = await to(await owner.readOrder(order.id), '11', { allowBackorder: true });
    expect(again.lines[0]).toMatchObject({ reserved: '9', backordered: '2' });
    const invoice = await owner.invoice({ orderId: order.id, lines: [{ lineId, quantity: '5' }] });
    await owner.credit({ invoiceId: invoice.id, lines: [{ invoiceLineId: invoice.lines[0].id, quantity: '3' }] });
    await t.drain();
    // Of the three, two were waiting; the third was reserved, and goes to who waits now.
    expect(await lineOf(order)).toMatchObject({ reserved: '8', backordered: '0' });
    expect(await lineOf(next)).toMatchObject({ reserved: '2', backordered: '2' });

    const shipped = await owner.ship(await owner.readOrder(next.id));
    const closed = await owner.client.query<any>(
      `mutation($id: ID!, $version: Int!, $key: ID!) { closeOrder(id: $id, version: $version, reason: "Enough", idempotencyKey: $key) {
         ... on OrderRecorded { order { status hasBackorders lines { reserved backordered cancelled } } } } }`,
      { id: next.id, version: shipped.version, key: newId() },
    );
    expect(closed.data.closeOrder.order).toEqual({
      status: 'SHIPPED',
      hasBackorders: false,
      lines: [{ reserved: '0', backordered: '0', cancelled: '2' }],
    });
    const [gone] = await waiting(productId, 3);
    expect(await owner.cancel(gone)).toMatchObject({ status: 'CANCELLED', hasBackorders: false });
    expect((await level(productId)).reserved).toBe(8);
  });

  test('nobody overtakes who waits while the goods that came are not assigned yet', async () => {
    const productId = products[5] as string;
    await leave(productId, 0);
    const [first] = await waiting(productId, 4);
    await bring(productId, 5);
    const late = await draft([[productId, 3]]);
    expect(await owner.confirm(late)).toMatchObject({
      code: 'INSUFFICIENT_STOCK',
      message: expect.stringMatching(/Only 1 of/),
    });
    expect((await owner.confirmPart(late)).lines[0]).toMatchObject({ reserved: '1', backordered: '2' });
    await t.drain();
    expect(await lineOf(first)).toMatchObject({ reserved: '4', backordered: '0' });
    expect(await lineOf(late)).toMatchObject({ reserved: '1', backordered: '2' });
    await owner.cancel(await owner.readOrder(first.id));
    await owner.cancel(await owner.readOrder(late.id));
  });

  test('orders, shipments, cancellations and goods at once: reserved is what levels say, never more than the stock, and nothing waits beside free goods', async () => {
    const raced = products.slice(6, 9);
    for (const productId of raced) await leave(productId, 8);
    const mine: string[] = [];
    let seed = 7;
    const random = (below: number): number => {
      seed = (seed * 1103515245 + 12345) % 2147483648;
      return Math.floor((seed / 2147483648) * below);
    };
    const oneOf = <T>(list: readonly T[]): T => list[random(list.length)] as T;
    const act = async (): Promise<void> => {
      const kind = random(6);
      const id = mine.length > 0 ? oneOf(mine) : null;
      const known = id === null ? null : await owner.readOrder(id);
      if (known === null || kind <= 1) {
        const lines = raced.map((productId): [string, number] => [productId, 1 + random(6)]);
        const order = await owner.confirmPart(await draft(lines.slice(random(2))));
        if (order.id) mine.push(order.id);
      } else if (kind === 2) await owner.ship(known);
      else if (kind === 3) await owner.cancel(known);
      else if (kind === 4) {
        await amend(known, {
          quantities: [{ lineId: known.lines[0].id, quantity: String(1 + random(9)) }],
          allowBackorder: true,
        });
      } else await bring(oneOf(raced), 1 + random(5));
    };
    for (let round = 0; round < 8; round += 1) {
      await Promise.all([act(), act(), act(), act(), act(), act(), t.drain()]);
    }
    await t.drain();
    const lines = await t.db.sql<any>(
      `select l.product_id as id, sum(l.quantity - l.shipped - l.cancelled - l.credited - l.backordered)::float8 as promised,
         sum(l.backordered)::float8 as waiting
       from order_lines l join orders o on o.id = l.order_id and o.status = 'CONFIRMED'
       where l.product_id = any ($1) and o.warehouse_id = $2 group by 1`,
      [raced, main],
    );
    expect(mine.length).toBeGreaterThan(8);
    for (const productId of raced) {
      const { reserved, onHand } = await level(productId);
      const { promised, waiting: left } = lines.find(({ id }) => id === productId) ?? { promised: 0, waiting: 0 };
      expect(reserved).toBe(promised);
      expect(reserved).toBeLessThanOrEqual(onHand);
      expect(Math.min(left, onHand - reserved)).toBe(0);
    }
  }, 60_000);
});
