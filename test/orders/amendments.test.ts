import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { newId } from '../../src/kernel/ids.js';
import { startTestApp, type TestApp } from '../support/app.js';
import { faultsOfBooks, ORDER, sellable, Seller } from '../support/selling.js';

describe('changing a confirmed order', () => {
  let t: TestApp;
  let owner: Seller;
  let customerId: string;
  let products: { id: string; available: number }[];
  beforeAll(async () => {
    t = await startTestApp({ company: true, settings: { SYNC_PHASE: 'gradual' } });
    owner = new Seller(t, await t.as('OWNER'));
    ({ customerId, products } = await sellable(t, 'wholesale_a', 3));
    await t.db.sql('update customers set credit_limit = 10000000 where id = $1', [customerId]);
  });
  afterAll(async () => {
    const faults = await faultsOfBooks(t);
    await t.stop();
    expect(faults).toEqual([]);
  });

  const amend = async (order: any, input: object, by = owner): Promise<any> => {
    const answer = await by.client.query<any>(
      `mutation($input: AmendOrderInput!, $key: ID!) { amendOrder(input: $input, idempotencyKey: $key) { __typename
         ... on UserError { code field message } ... on OrderRecorded { order { ${ORDER} } } } }`,
      { input: { id: order.id, version: order.version, ...input }, key: newId() },
    );
    if (answer.errors) return { code: answer.errors[0]?.extensions['code'] };
    return answer.data.amendOrder.order ?? answer.data.amendOrder;
  };
  const reserved = async (id: string): Promise<number> =>
    (
      await t.db.sql<any>(
        `select s.reserved::float8 as n from stock_levels s join warehouses w on w.id = s.warehouse_id and w.is_primary
         where s.product_id = $1`,
        [id],
      )
    )[0].n;
  const confirmed = async (...quantities: string[]): Promise<any> =>
    owner.confirm(
      await owner.order({
        customerId,
        lines: quantities.map((quantity, index) => ({ productId: products[index]?.id, quantity })),
      }),
    );

  test('more, fewer, other and new lines: the difference is reserved or freed, and the total follows', async () => {
    const before = await Promise.all(products.map(({ id }) => reserved(id)));
    const order = await confirmed('3', '2');
    const [first, second] = order.lines;
    const changed = await amend(order, {
      quantities: [{ lineId: first.id, quantity: '1' }],
      remove: [second.id],
      lines: [{ productId: products[2]?.id, quantity: '4' }],
    });
    expect(changed).toMatchObject({
      status: 'CONFIRMED',
      lines: [
        { id: first.id, quantity: '1', unitPrice: first.unitPrice },
        { quantity: '4', product: { id: products[2]?.id } },
      ],
    });
    const after = await Promise.all(products.map(({ id }) => reserved(id)));
    expect(after.map((one, index) => one - (before[index] as number))).toEqual([1, 0, 4]);
    const more = await amend(changed, { quantities: [{ lineId: first.id, quantity: '5' }] });
    expect(more.lines[0]).toMatchObject({ quantity: '5' });
    expect(await reserved(products[0]?.id as string)).toBe((before[0] as number) + 5);
    expect(await owner.invoice({ orderId: order.id })).toMatchObject({ total: more.total });
  });

  test('what is not there is not reserved, and nothing is half changed', async () => {
    const order = await confirmed('1', '1');
    const answer = await amend(order, {
      remove: [order.lines[1].id],
      quantities: [{ lineId: order.lines[0].id, quantity: String((products[0]?.available ?? 0) + 1) }],
    });
    expect(answer).toMatchObject({ code: 'INSUFFICIENT_STOCK' });
    expect(await owner.readOrder(order.id)).toMatchObject({ version: order.version, total: order.total });
  });

  test('credit is checked again for what is more, and not for what is less', async () => {
    const order = await confirmed('2');
    await t.db.sql('update customers set credit_limit = 1 where id = $1', [customerId]);
    const to = (quantity: string, rest: object = {}) => ({
      quantities: [{ lineId: order.lines[0].id, quantity }],
      ...rest,
    });
    expect(await amend(order, to('3'))).toMatchObject({ code: 'CREDIT_REFUSED' });
    const cashier = new Seller(t, await t.as('CASHIER'));
    expect(await amend(order, to('3', { overrideCredit: true }), cashier)).toMatchObject({ code: 'FORBIDDEN' });
    const more = await amend(order, to('3', { overrideCredit: true }));
    expect(more.lines[0].quantity).toBe('3');
    expect(await amend(more, to('1'))).toMatchObject({ lines: [{ quantity: '1' }] });
    await t.db.sql('update customers set credit_limit = 10000000 where id = $1', [customerId]);
  });

  test('what has left stays, what is billed is closed instead, and a discount above the limit waits', async () => {
    const order = await confirmed('4', '1');
    const [line, other] = order.lines;
    await owner.ship(order, [{ lineId: line.id, quantity: '2' }]);
    const shipped = await owner.readOrder(order.id);
    expect(await amend(shipped, { quantities: [{ lineId: line.id, quantity: '1' }] })).toMatchObject({
      field: 'quantities.0.quantity',
    });
    expect(await amend(shipped, { remove: [line.id] })).toMatchObject({ field: 'remove.0' });
    expect(await amend(shipped, { remove: [other.id, newId()] })).toMatchObject({ code: 'NOT_FOUND' });
    expect(await amend(shipped, {})).toMatchObject({ code: 'BAD_INPUT' });
    const cashier = new Seller(t, await t.as('CASHIER'));
    const steep = [{ productId: products[2]?.id, quantity: '9', discountPercent: '50' }];
    expect(await amend(shipped, { lines: steep }, cashier)).toMatchObject({ code: 'APPROVAL_NEEDED' });
    const less = await amend(shipped, { quantities: [{ lineId: line.id, quantity: '2' }], remove: [other.id] });
    expect(less).toMatchObject({ lines: [{ quantity: '2', shipped: '2' }] });
    const partly = await confirmed('4');
    const lineId = partly.lines[0].id;
    await owner.invoice({ orderId: partly.id, lines: [{ lineId, quantity: '1' }] });
    const billed = await owner.readOrder(partly.id);
    expect(await amend(billed, { quantities: [{ lineId, quantity: '3' }] })).toMatchObject({
      code: 'BAD_INPUT',
    });
    expect(
      await amend(await owner.order({ customerId, lines: [{ productId: products[0]?.id, quantity: '1' }] }), {}),
    ).toMatchObject({
      __typename: 'IllegalTransitionError',
    });
  });
});
