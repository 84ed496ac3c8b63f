import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { newId } from '../src/kernel/ids.js';
import { startTestApp, type TestApp } from './support/app.js';
import { sellable, Seller } from './support/selling.js';

/** What statements write past the ORM leaves the same trail: which record, what changed, who, and from where. */
describe('the audit of set-based writes', () => {
  let t: TestApp;
  let owner: Seller;
  let actor: string;
  beforeAll(async () => {
    t = await startTestApp({ company: true, settings: { SYNC_PHASE: 'gradual' } });
    owner = new Seller(t, await t.as('OWNER'));
    actor = `user:${(await owner.client.query<any>('{ me { userId } }')).data.me.userId}`;
  });
  afterAll(() => t.stop());

  const audit = (entityType: string, since: string): Promise<any[]> =>
    t.db.sql(
      `select entity_id as id, action, changes, actor, origin from audit_log
       where entity_type = $1 and at >= $2::timestamptz order by at, id`,
      [entityType, since],
    );
  const now = async (): Promise<string> =>
    (await t.db.sql<{ at: string }>('select clock_timestamp()::text as at'))[0]?.at ?? '';

  test('a price that is set, changed and taken away', async () => {
    const { products } = await sellable(t, 'wholesale_a', 1);
    const productId = products[0]?.id;
    const [list] = await t.db.sql<{ id: string }>(`select id from price_lists where code = 'retailer'`);
    await t.db.sql('delete from prices where price_list_id = $1 and product_id = $2', [list?.id, productId]);
    const since = await now();
    const set = (amount: string | null) =>
      owner.client.query(
        `mutation($l: ID!, $p: [PriceInput!]!, $k: ID!) { setPrices(priceListId: $l, prices: $p, idempotencyKey: $k) { __typename } }`,
        { l: list?.id, p: [{ productId, amount, currency: 'USD' }], k: newId() },
      );
    await set('10');
    await set('10');
    await set('12');
    await set(null);
    const rows = await audit('Price', since);
    expect(rows.map(({ action, changes }) => [action, changes.amount])).toEqual([
      ['create', [null, '10.000000']],
      ['update', ['10.000000', '12.000000']],
      ['delete', ['12.000000', null]],
    ]);
    expect(new Set(rows.map(({ id }) => id)).size).toBe(1);
    expect(rows[0]).toMatchObject({ actor, origin: 'user', changes: { product: [null, productId] } });
  });

  test('what a sale moves of goods and of money', async () => {
    const { customerId, products } = await sellable(t, 'wholesale_a', 1);
    const since = await now();
    const order = await owner.order({ customerId, lines: [{ productId: products[0]?.id, quantity: '1' }] });
    const shipped = await owner.ship(await owner.confirm(order));
    const invoice = await owner.invoice({ orderId: shipped.id });
    const movements = await t.db.sql<any>(
      'select id, actor, origin from stock_movements where created_at >= $1::timestamptz order by id',
      [since],
    );
    const rows = await audit('StockMovement', since);
    expect(movements.length).toBeGreaterThan(1);
    expect(rows.map(({ id }) => id).sort()).toEqual(movements.map(({ id }) => id));
    expect(rows.map((row) => row.actor)).toEqual(rows.map(() => actor));
    expect(rows[0].changes).toMatchObject({ productId: [null, products[0]?.id], quantity: [null, expect.any(String)] });

    const [entry] = await t.db.sql<any>('select * from account_entries where document_id = $1', [invoice.id]);
    expect(entry).toMatchObject({ kind: 'INVOICE', actor, origin: 'user' });
    expect(await audit('AccountEntry', since)).toMatchObject([
      { id: entry.id, action: 'create', actor, origin: 'user', changes: { documentId: [null, invoice.id] } },
    ]);
  });

  test('the documents, entries and people that a merge moves', async () => {
    const kept = await sellable(t, 'retailer', 1);
    const [other] = await t.db.sql<{ id: string }>(
      `select c.id from customers c join customers k on k.price_list_id = c.price_list_id and k.currency = c.currency
       where k.id = $1 and c.id <> k.id and c.active
         and not exists (select 1 from customer_balances b where b.customer_id = c.id) order by c.code limit 1`,
      [kept.customerId],
    );
    const gone = { customerId: other?.id as string, products: kept.products };
    const order = await owner.order({
      customerId: gone.customerId,
      lines: [{ productId: gone.products[0]?.id, quantity: '1' }],
    });
    await owner.confirm(order);
    const invoice = await owner.invoice({ orderId: order.id });
    const payment = await owner.pay({ customerId: gone.customerId, amount: '1', currency: 'USD' });
    const [row] = await t.db.sql<any>('select version from customers where id = $1', [gone.customerId]);
    const since = await now();
    await owner.client.query(
      `mutation($k: ID!, $g: ID!, $v: Int!) { mergeCustomers(keepId: $k, duplicateId: $g, duplicateVersion: $v) { __typename } }`,
      { k: kept.customerId, g: gone.customerId, v: row.version },
    );
    const moved = { action: 'update', actor, changes: { customer: [gone.customerId, kept.customerId] } };
    expect(await audit('Order', since)).toMatchObject([{ id: order.id, ...moved }]);
    expect(await audit('Invoice', since)).toMatchObject([{ id: invoice.id, ...moved }]);
    expect(await audit('Payment', since)).toMatchObject([{ id: payment.id, ...moved }]);
    const entries = await audit('AccountEntry', since);
    expect(entries).toHaveLength(2);
    expect(entries).toMatchObject([moved, moved]);
  });
});
