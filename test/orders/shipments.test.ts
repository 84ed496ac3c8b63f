import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { businessDate } from '../../src/kernel/clock.js';
import { newId } from '../../src/kernel/ids.js';
import { startTestApp, type TestApp } from '../support/app.js';
import { faultsOfBooks, sellable, Seller } from '../support/selling.js';

const SHIPMENT = `id number version shippedOn voidedAt voidedOn voidReason createdBy warehouse { id } customer { id } order { id }
  lines { orderLineId description quantity product { id } }`;

describe('shipments', () => {
  let t: TestApp;
  let owner: Seller;
  beforeAll(async () => {
    t = await startTestApp({ company: true, settings: { SYNC_PHASE: 'gradual' } });
    owner = new Seller(t, await t.as('OWNER'));
  });
  afterAll(async () => {
    const faults = await faultsOfBooks(t);
    await t.stop();
    expect(faults).toEqual([]);
  });

  const shipmentsOf = async (orderId: string, of = owner): Promise<any[]> =>
    (await of.client.query<any>(`query($id: ID!) { order(id: $id) { shipments { ${SHIPMENT} } } }`, { id: orderId }))
      .data.order.shipments;
  const voidShipment = async (shipment: { id: string; version: number }, of = owner): Promise<any> => {
    const answer = await of.client.query<any>(
      `mutation($id: ID!, $version: Int!, $key: ID!) {
         voidShipment(id: $id, version: $version, reason: "Wrong address", idempotencyKey: $key) {
           __typename ... on UserError { code message field } ... on ShipmentRecorded { replayed shipment { ${SHIPMENT} } } } }`,
      { id: shipment.id, version: shipment.version, key: newId() },
    );
    return answer.errors ? { code: answer.errors[0]?.extensions['code'] } : answer.data.voidShipment;
  };
  const level = async (id: string) =>
    (
      await t.db.sql<any>(
        `select s.on_hand::float8 as on_hand, s.reserved::float8 as reserved from stock_levels s
         join warehouses w on w.id = s.warehouse_id and w.is_primary where s.product_id = $1`,
        [id],
      )
    )[0];
  const confirmed = async (quantity: string) => {
    const { customerId, products } = await sellable(t, 'retailer', 1);
    const productId = products[0]?.id as string;
    const order = await owner.confirm(await owner.order({ customerId, lines: [{ productId, quantity }] }));
    return { order, productId, customerId, lineId: order.lines[0].id as string };
  };

  test('each part that leaves is a document with its own number, lines, warehouse, day and who shipped it', async () => {
    const { order, lineId, productId, customerId } = await confirmed('10');
    await owner.ship(order, [{ lineId, quantity: '6' }]);
    await owner.ship(await owner.readOrder(order.id));
    const made = await shipmentsOf(order.id);
    expect(made).toMatchObject([
      { lines: [{ orderLineId: lineId, quantity: '6', product: { id: productId } }], customer: { id: customerId } },
      { lines: [{ quantity: '4' }], order: { id: order.id }, voidedAt: null },
    ]);
    for (const one of made) {
      expect(one).toMatchObject({
        number: expect.stringMatching(/^SH-/),
        shippedOn: businessDate(t.config.timeZone),
        createdBy: expect.stringMatching(/^user:/),
      });
    }
    const found = await owner.client.query<any>(
      `query($id: ID!, $number: String!) { shipment(id: $id) { ${SHIPMENT} }
         shipments(filter: { number: { eq: $number } }) { totalCount nodes { id } } }`,
      { id: made[0].id, number: made[0].number },
    );
    expect(found.data).toEqual({ shipment: made[0], shipments: { totalCount: 1, nodes: [{ id: made[0].id }] } });
  });

  test('a void brings the goods back for the same order, which ships anew; twice it is refused', async () => {
    const { order, lineId, productId } = await confirmed('5');
    const reserved = await level(productId);
    await owner.ship(order, [{ lineId, quantity: '2' }]);
    await owner.ship(await owner.readOrder(order.id));
    const [first] = await shipmentsOf(order.id);
    expect(await voidShipment(first)).toMatchObject({
      shipment: { voidReason: 'Wrong address', voidedOn: businessDate(t.config.timeZone) },
    });
    expect(await voidShipment(first)).toMatchObject({ __typename: 'StaleVersionError' });
    const again = await owner.readOrder(order.id);
    expect(again).toMatchObject({ status: 'CONFIRMED', lines: [{ shipped: '3' }] });
    expect(await level(productId)).toEqual({ on_hand: reserved.on_hand - 3, reserved: reserved.reserved - 3 });
    expect(await owner.ship(again)).toMatchObject({ status: 'SHIPPED' });
    expect(await shipmentsOf(order.id)).toHaveLength(3);
  });

  test('what is delivered or returned does not come back by a void', async () => {
    const { order } = await confirmed('4');
    const shipped = await owner.ship(order);
    const invoice = await owner.invoice({ orderId: order.id });
    await owner.credit({
      invoiceId: invoice.id,
      restock: true,
      lines: [{ invoiceLineId: invoice.lines[0].id, quantity: '1' }],
    });
    const [shipment] = await shipmentsOf(order.id);
    expect(await voidShipment(shipment)).toMatchObject({ code: 'BAD_INPUT', field: 'id' });
    await owner.deliver({ ...shipped, version: (await owner.readOrder(order.id)).version });
    expect(await voidShipment(shipment)).toMatchObject({
      code: 'BAD_INPUT',
      message: expect.stringMatching(/delivered/),
    });
  });

  test('a cancelled order and a void free invoice take their shipments along', async () => {
    const { order, productId, customerId } = await confirmed('2');
    await owner.cancel(await owner.ship(order));
    expect(await shipmentsOf(order.id)).toMatchObject([{ voidedAt: expect.any(String), voidReason: 'Changed mind' }]);
    const invoice = await owner.invoice({
      customerId,
      currency: 'USD',
      freeLines: [
        { productId, quantity: '1', unitPrice: '3' },
        { description: 'Fitting', quantity: '1', unitPrice: '2' },
      ],
    });
    const made = async (): Promise<any> =>
      (
        await owner.client.query<any>(
          `query($c: ID!) { shipments(first: 1, filter: { customerId: { eq: $c } }) { nodes { ${SHIPMENT} } } }`,
          { c: customerId },
        )
      ).data.shipments.nodes[0];
    const shipment = await made();
    expect(shipment).toMatchObject({ order: null, lines: [{ quantity: '1', product: { id: productId } }] });
    expect(await voidShipment(shipment)).toMatchObject({
      code: 'BAD_INPUT',
      message: expect.stringMatching(/invoice/),
    });
    await owner.voidInvoice(invoice);
    expect(await made()).toMatchObject({ id: shipment.id, voidedAt: expect.any(String) });
  });

  test('a client sees the own shipments, without why one is void; a stranger none', async () => {
    const { order, customerId } = await confirmed('1');
    await owner.ship(order);
    const [shipment] = await shipmentsOf(order.id);
    await voidShipment(shipment);
    const ask = `query($id: ID!) { shipment(id: $id) { id voidedAt } }`;
    const stranger = await t.as('CONSUMER');
    expect((await stranger.query<any>(ask, { id: shipment.id })).data.shipment).toBeNull();
    const client = await t.as('WHOLESALE_CLIENT');
    await t.db.sql(
      `insert into customer_users (user_id, customer_id) select id, $1 from users where role = 'WHOLESALE_CLIENT'`,
      [customerId],
    );
    expect((await client.query<any>(ask, { id: shipment.id })).data.shipment).toMatchObject({ id: shipment.id });
    const reason = await client.query<any>(`query($id: ID!) { shipment(id: $id) { voidReason } }`, { id: shipment.id });
    expect(reason.errors?.[0]?.extensions?.['code']).toBe('FORBIDDEN');
  });
});
