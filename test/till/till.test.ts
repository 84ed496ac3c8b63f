import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { newId } from '../../src/kernel/ids.js';
import { startTestApp, type TestApp, type TestClient } from '../support/app.js';
import { faultsOfBooks, INVOICE } from '../support/selling.js';

const SESSION = `id version openedAt closedAt sales warehouse { code } counts { currency opening { amount } expected { amount } counted { amount } }`;

describe('the till', () => {
  let t: TestApp;
  let cashier: TestClient;
  let product: { id: string; price: number };
  beforeAll(async () => {
    t = await startTestApp({ company: true, settings: { SYNC_PHASE: 'gradual' } });
    cashier = await t.as('CASHIER');
    [product] = (await t.db.sql<any>(
      `select p.id, x.amount::float8 as price from products p join stock_levels s on s.product_id = p.id
         join warehouses w on w.id = s.warehouse_id and w.is_primary join prices x on x.product_id = p.id and x.min_quantity = 1
         join price_lists l on l.id = x.price_list_id and l.code = 'consumer_iqd'
       where p.active and p.trackable and s.on_hand - s.reserved >= 20 order by p.id limit 1`,
    )) as [{ id: string; price: number }];
  });
  afterAll(async () => {
    expect(await faultsOfBooks(t)).toEqual([]);
    await t.stop();
  });

  const run = async (
    client: TestClient,
    [mutation, booked, field, fields]: [string, string, string, string],
    types: Record<string, string>,
    args: object,
  ): Promise<any> => {
    const names = Object.keys(types);
    const answer = await client.query<any>(
      `mutation(${names.map((name) => `$${name}: ${types[name]}`).join(', ')}) { ${mutation}(${names.map((name) => `${name}: $${name}`).join(', ')}) {
         __typename ... on ${booked} { replayed ${field} { ${fields} } } ... on UserError { code field } } }`,
      { ...args },
    );
    if (answer.errors) return { code: answer.errors[0]?.extensions['code'] };
    const result = answer.data[mutation];
    return result[field] ? { ...result[field], replayed: result.replayed } : result;
  };
  const open = (client: TestClient, counts: object[] = [], idempotencyKey: string = newId()) =>
    run(
      client,
      ['openTill', 'TillSessionRecorded', 'session', SESSION],
      { counts: '[CountedCashInput!]!', idempotencyKey: 'ID!' },
      { counts, idempotencyKey },
    );
  const close = (client: TestClient, { id, version }: any, counts: object[]) =>
    run(
      client,
      ['closeTill', 'TillSessionRecorded', 'session', SESSION],
      { id: 'ID!', version: 'Int!', counts: '[CountedCashInput!]!', idempotencyKey: 'ID!' },
      { id, version, counts, idempotencyKey: newId() },
    );
  const sell = (client: TestClient, input: object, idempotencyKey: string = newId()) =>
    run(
      client,
      ['sellAtTill', 'InvoiceRecorded', 'invoice', INVOICE],
      { input: 'SellAtTillInput!', idempotencyKey: 'ID!' },
      { input, idempotencyKey },
    );
  const giveBack = (client: TestClient, input: object) =>
    run(
      client,
      [
        'returnAtTill',
        'CreditNoteRecorded',
        'creditNote',
        'id total { amount } refunded { amount } unapplied { amount }',
      ],
      { input: 'ReturnAtTillInput!', idempotencyKey: 'ID!' },
      { input, idempotencyKey: newId() },
    );
  const level = async (): Promise<any> =>
    (
      await t.db.sql<any>(
        `select sum(on_hand)::float8 as on_hand, sum(reserved)::float8 as reserved from stock_levels where product_id = $1`,
        [product.id],
      )
    )[0];

  test('a shift: opened with counted cash, a split sale, a return, closed with a difference that stays visible', async () => {
    const session = await open(cashier, [{ currency: 'IQD', amount: '50000' }]);
    expect(session).toMatchObject({
      closedAt: null,
      sales: 0,
      counts: [
        { currency: 'IQD', opening: { amount: '50000' } },
        { currency: 'USD', opening: { amount: '0' } },
      ],
    });
    expect(await open(cashier)).toMatchObject({ __typename: 'AlreadyRunningError' });
    const before = await level();
    const total = product.price * 3;
    const sale = { sessionId: session.id, lines: [{ productId: product.id, quantity: '3' }] };
    const key = newId();
    const payments = [
      { method: 'CASH', amount: String(total - 1000) },
      { method: 'CARD', amount: '1000' },
    ];
    const invoice = await sell(cashier, { ...sale, payments }, key);
    expect(invoice).toMatchObject({
      status: 'PAID',
      total: { amount: String(total), currency: 'IQD' },
      balance: { amount: '0' },
      replayed: false,
    });
    expect(await sell(cashier, { ...sale, payments }, key)).toMatchObject({ id: invoice.id, replayed: true });
    expect(await level()).toEqual({ ...before, on_hand: before.on_hand - 3 });
    const [order] = await t.db.sql<any>(
      'select o.status from orders o join invoices i on i.order_id = o.id where i.id = $1',
      [invoice.id],
    );
    expect(order.status).toBe('DELIVERED');
    const back = await giveBack(cashier, {
      sessionId: session.id,
      invoiceId: invoice.id,
      lines: [{ invoiceLineId: invoice.lines[0].id, quantity: '1' }],
      reason: 'Broken',
      method: 'CASH',
    });
    expect(back).toMatchObject({
      total: { amount: String(product.price) },
      refunded: { amount: String(product.price) },
      unapplied: { amount: '0' },
    });
    expect(await level()).toEqual({ ...before, on_hand: before.on_hand - 2 });
    const expected = 50_000 + total - 1000 - product.price;
    expect(await close(cashier, session, [])).toMatchObject({ code: 'BAD_INPUT', field: 'counts' });
    const closed = await close(cashier, session, [{ currency: 'IQD', amount: String(expected - 250) }]);
    expect(closed).toMatchObject({
      closedAt: expect.any(String),
      sales: 1,
      counts: [
        { currency: 'IQD', expected: { amount: String(expected) }, counted: { amount: String(expected - 250) } },
        { currency: 'USD' },
      ],
    });
    expect(await sell(cashier, { ...sale, payments })).toMatchObject({ code: 'BAD_INPUT', field: 'sessionId' });
  });

  test('a sale that does not add up, lacks stock or gives too much leaves nothing behind', async () => {
    const session = await open(cashier);
    const counts = async (): Promise<any> =>
      (
        await t.db.sql<any>(
          `select (select count(*) from orders) as o, (select count(*) from invoices) as i, (select count(*) from payments) as p, (select count(*) from stock_movements) as m`,
        )
      )[0];
    const before = await counts();
    const line = { productId: product.id, quantity: '1' };
    const cash = (amount: number) => [{ method: 'CASH', amount: String(amount) }];
    const base = { sessionId: session.id, lines: [line] };
    expect(await sell(cashier, { ...base, payments: cash(product.price - 1) })).toMatchObject({
      code: 'BAD_INPUT',
      field: 'payments',
    });
    expect(await sell(cashier, { ...base, payments: cash(product.price + 1) })).toMatchObject({
      code: 'BAD_INPUT',
      field: 'payments',
    });
    expect(await sell(cashier, { ...base, payments: [] })).toMatchObject({ code: 'BAD_INPUT', field: 'payments' });
    expect(
      await sell(cashier, { ...base, payments: [{ method: 'CREDIT', amount: String(product.price) }] }),
    ).toMatchObject({ code: 'BAD_INPUT', field: 'payments.0.method' });
    expect(await sell(cashier, { ...base, lines: [{ ...line, quantity: '10000' }], payments: cash(1) })).toMatchObject({
      code: 'INSUFFICIENT_STOCK',
    });
    expect(await sell(cashier, { ...base, discountPercent: '50', payments: cash(product.price / 2) })).toMatchObject({
      __typename: 'ApprovalNeededError',
    });
    expect(await sell(cashier, { ...base, sessionId: newId(), payments: cash(product.price) })).toMatchObject({
      code: 'NOT_FOUND',
      field: 'sessionId',
    });
    expect(await counts()).toEqual(before);
    const other = await t.as('CASHIER');
    expect(await sell(other, { ...base, payments: cash(product.price) })).toMatchObject({ code: 'NOT_FOUND' });
    const seen = await other.query<any>(`query($id: ID!) { tillSession(id: $id) { id } tillSessions { totalCount } }`, {
      id: session.id,
    });
    expect(seen.data).toEqual({ tillSession: null, tillSessions: { totalCount: 0 } });
    expect(
      (await (await t.as('SALESPERSON')).query('{ tillSessions { totalCount } }')).errors?.[0]?.extensions['code'],
    ).toBe('FORBIDDEN');
  });

  test('ten tills at once sell the last of a product once, and every drawer agrees with its sales', async () => {
    const tills = await Promise.all(
      Array.from({ length: 10 }, async () => {
        const client = await t.as('CASHIER');
        return { client, session: await open(client) };
      }),
    );
    const { on_hand: onHand, reserved } = await level();
    const [primary] = await t.db.sql<any>(
      `select (s.on_hand - s.reserved)::float8 as free from stock_levels s join warehouses w on w.id = s.warehouse_id and w.is_primary where s.product_id = $1`,
      [product.id],
    );
    const each = Math.ceil(primary.free / 4);
    const answers = await Promise.all(
      tills.map(({ client, session }) =>
        sell(client, {
          sessionId: session.id,
          lines: [{ productId: product.id, quantity: String(each) }],
          payments: [{ method: 'CASH', amount: String(each * product.price) }],
        }),
      ),
    );
    const sold = answers.filter((one) => one.status === 'PAID');
    expect(sold).toHaveLength(Math.floor(primary.free / each));
    expect(answers.filter((one) => one.code === 'INSUFFICIENT_STOCK')).toHaveLength(10 - sold.length);
    expect(await level()).toEqual({ on_hand: onHand - sold.length * each, reserved });
    for (const [index, { client, session }] of tills.entries()) {
      const taken = answers[index]?.status === 'PAID' ? each * product.price : 0;
      const now = (
        await client.query<any>(`query($id: ID!) { tillSession(id: $id) { ${SESSION} } }`, { id: session.id })
      ).data.tillSession;
      expect(now.counts[0]).toMatchObject({ currency: 'IQD', expected: { amount: String(taken) } });
    }
  });
});
