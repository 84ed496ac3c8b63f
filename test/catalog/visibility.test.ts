import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { newId } from '../../src/kernel/ids.js';
import { startTestApp, type TestApp, type TestClient } from '../support/app.js';
import { sellable, Seller } from '../support/selling.js';

/** What those who order for themselves see and may order; the numbers are those of the review's first section. */
describe('what a consumer sees and orders', () => {
  let t: TestApp;
  let owner: TestClient;
  let consumer: TestClient;
  beforeAll(async () => {
    t = await startTestApp({ company: true, settings: { SYNC_PHASE: 'full' } });
    owner = await t.as('OWNER');
    consumer = await t.as('CONSUMER');
  });
  afterAll(() => t.stop());

  const seen = async (id: string): Promise<any> =>
    (await consumer.query<any>('query($id: ID!) { product(id: $id) { id stock { onHand available } } }', { id })).data
      .product;
  const setPhase = (phase: string) =>
    t.db.sql(`update settings set value = to_jsonb($1::text) where key = 'sync_phase'`, [phase]);
  /** A product of the ERP's own with a consumer price, and stock where it is said. */
  const made = async (stock: { primary: number; other?: number; reserved?: number }, price = 1000): Promise<string> => {
    const id = (
      await owner.query<any>(
        `mutation($input: CreateProductInput!) { createProduct(input: $input) { ... on Product { id } } }`,
        { input: { name: `Own ${newId()}` } },
      )
    ).data.createProduct.id as string;
    await t.db.sql(
      `insert into prices (id, price_list_id, product_id, amount, updated_at)
       select gen_random_uuid(), l.id, $1, $2, now() from price_lists l where l.code in ('consumer_iqd', 'retailer')`,
      [id, price],
    );
    await t.db.sql(
      `insert into stock_levels (product_id, warehouse_id, on_hand, reserved, updated_at)
       select $1, w.id, case when w.is_primary then $2::numeric else $3::numeric end,
         case when w.is_primary then $4::numeric else 0 end, now() from warehouses w`,
      [id, stock.primary, stock.other ?? 0, stock.reserved ?? 0],
    );
    return id;
  };

  test('item 17: a product made in the ERP, once the ERP owns the catalogue', async () => {
    const id = await made({ primary: 5 });
    expect(await seen(id)).toMatchObject({ id });
    await setPhase('gradual');
    expect(await seen(id)).toBeNull();
    await setPhase('full');
  });

  test('item 19: the stock from which an order can be confirmed, and no other', async () => {
    expect(await seen(await made({ primary: 0, other: 9 }))).toBeNull();
    expect(await seen(await made({ primary: 4, reserved: 4, other: 9 }))).toBeNull();
    const id = await made({ primary: 4, reserved: 1, other: 9 });
    expect(await seen(id)).toMatchObject({ stock: { onHand: '4', available: '3' } });
    const order = await new Seller(t, consumer).order({ lines: [{ productId: id, quantity: '3' }] });
    expect(await new Seller(t, owner).confirm(order)).toMatchObject({ status: 'CONFIRMED' });
    expect(await seen(id)).toBeNull();
  });

  test('item 18: a price of 0 is no price for whoever orders for themselves', async () => {
    const id = await made({ primary: 5 }, 0);
    const { customerId } = await sellable(t, 'retailer', 1);
    const client = await t.as('WHOLESALE_CLIENT');
    const { userId } = (await client.query<any>('{ me { userId } }')).data.me;
    await owner.query(`mutation($c: ID!, $u: ID!) { linkCustomerUser(customerId: $c, userId: $u) { __typename } }`, {
      c: customerId,
      u: userId,
    });
    const lines = [{ productId: id, quantity: '1' }];
    const order = async (): Promise<any> => new Seller(t, client).order({ lines });
    expect(await order()).toMatchObject({ code: 'BAD_INPUT', field: 'lines.0.productId' });
    expect(await new Seller(t, owner).order({ customerId, lines })).toMatchObject({ total: { amount: '0' } });
  });
});
