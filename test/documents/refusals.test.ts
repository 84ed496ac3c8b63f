import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { addDays, businessDate } from '../../src/kernel/clock.js';
import { newId } from '../../src/kernel/ids.js';
import { startTestApp, type TestApp, type TestClient } from '../support/app.js';
import { assignWarehouse, faultsOfBooks, sellable, Seller } from '../support/selling.js';

/** What a document refuses, and how it says so. */
describe('documents refuse', () => {
  let t: TestApp;
  let owner: TestClient;
  let seller: Seller;
  let today: string;
  beforeAll(async () => {
    t = await startTestApp({ company: true, settings: { SYNC_PHASE: 'gradual' } });
    owner = await t.as('OWNER');
    seller = new Seller(t, owner);
    today = businessDate(t.config.timeZone);
  });
  afterAll(async () => {
    expect(await faultsOfBooks(t)).toEqual([]);
    await t.stop();
  });

  const free = (customerId: string, line: object) =>
    seller.invoice({
      customerId,
      currency: 'USD',
      freeLines: [{ description: 'x', quantity: '1', unitPrice: '1', ...line }],
    });

  test.each<[string, object, string]>([
    ['a barcode scanned into the quantity', { quantity: '629104150021' }, 'freeLines.0.quantity'],
    ['a price that nobody asks', { unitPrice: '999999999999' }, 'freeLines.0.unitPrice'],
    ['a line above what money holds', { quantity: '900000', unitPrice: '900000000' }, 'freeLines'],
  ])('%s, as an input and not as a fault of the server', async (_name, line, field) => {
    const { customerId } = await sellable(t, 'wholesale_a', 1);
    const answer = await free(customerId, line);
    expect(answer).toMatchObject({ __typename: 'InvalidInputError', code: 'BAD_INPUT' });
    expect(answer.field.replace('freeLines', 'lines')).toBe(field.replace('freeLines', 'lines'));
  });

  test('a barcode scanned into the quantity of an order, a bill and a receipt', async () => {
    const { customerId, products } = await sellable(t, 'wholesale_a', 1);
    const lines = [{ productId: products[0]?.id, quantity: '629104150021' }];
    expect(await seller.order({ customerId, lines })).toMatchObject({ code: 'BAD_INPUT', field: 'lines.0.quantity' });
    const vendor = (await owner.query<any>(`mutation { createVendor(input: { name: "V" }) { ... on Vendor { id } } }`))
      .data.createVendor;
    const bill = await owner.query<any>(
      `mutation($input: CreateBillInput!, $key: ID!) { createBill(input: $input, idempotencyKey: $key) { __typename ... on UserError { code field } } }`,
      { input: { vendorId: vendor.id, lines: [{ ...lines[0], unitCost: '1' }] }, key: newId() },
    );
    expect(bill.data.createBill).toMatchObject({ code: 'BAD_INPUT', field: 'lines.0.quantity' });
  });

  test('a payment of more than any customer pays', async () => {
    const { customerId } = await sellable(t, 'technical_iqd', 1);
    expect(await seller.pay({ customerId, amount: '999999999999', currency: 'IQD' })).toMatchObject({
      __typename: 'InvalidInputError',
      field: 'amount',
    });
    expect(await seller.pay({ customerId, amount: '90000000000', currency: 'IQD' })).toMatchObject({
      amount: { amount: '90000000000' },
    });
  });

  test('a credit note dated before its invoice', async () => {
    const { customerId } = await sellable(t, 'wholesale_b', 1);
    const invoice = await free(customerId, { unitPrice: '20' });
    const early = { invoiceId: invoice.id, amount: '1', issuedOn: addDays(today, -1) };
    expect(await seller.credit(early)).toMatchObject({ __typename: 'InvalidInputError', field: 'issuedOn' });
    expect(await seller.credit({ ...early, issuedOn: today })).toMatchObject({ total: { amount: '1' } });
  });

  test('more than is in stock, naming the line, the product and how many are left, in both languages', async () => {
    const { customerId, products } = await sellable(t, 'retailer', 2);
    const [first, second] = products as [{ id: string; available: number }, { id: string; available: number }];
    const [{ name, name_ar: nameAr }] = (await t.db.sql<any>('select name, name_ar from products where id = $1', [
      second.id,
    ])) as [{ name: string; name_ar: string | null }];
    const draft = await seller.order({
      customerId,
      lines: [
        { productId: first.id, quantity: '1' },
        { productId: second.id, quantity: String(second.available + 1) },
      ],
    });
    const ask = `mutation($id: ID!, $version: Int!, $key: ID!) { confirmOrder(id: $id, version: $version, idempotencyKey: $key) {
      __typename ... on InsufficientStockError { code field message available requested productId productName } } }`;
    const confirm = async (language: string): Promise<any> =>
      (
        await owner.query<any>(
          ask,
          { id: draft.id, version: draft.version, key: newId() },
          { 'accept-language': language },
        )
      ).data.confirmOrder;
    const said = {
      __typename: 'InsufficientStockError',
      field: 'lines.1.quantity',
      available: String(second.available),
      requested: String(second.available + 1),
      productId: second.id,
    };
    const english = await confirm('en');
    expect(english).toMatchObject({ ...said, productName: name });
    for (const part of [name, '2', String(second.available)]) expect(english.message).toContain(part);
    const arabic = await confirm('ar');
    expect(arabic).toMatchObject(said);
    for (const part of [nameAr ?? name, '2', String(second.available)]) expect(arabic.message).toContain(part);
    expect(arabic.message).toMatch(/[\u0600-\u06FF]/);
  });

  describe('an inventory manager', () => {
    let keeper: TestClient;
    let primary: string;
    let other: string;
    beforeAll(async () => {
      keeper = await t.as('INVENTORY');
      [{ primary, other }] = (await t.db.sql<any>(
        `select (select id from warehouses where is_primary) as primary,
           (select id from warehouses where not is_primary and active order by code limit 1) as other`,
      )) as [{ primary: string; other: string }];
      await assignWarehouse(owner, keeper, other);
    });

    test('ships and delivers nothing that lies in another warehouse', async () => {
      const { customerId, products } = await sellable(t, 'retailer', 1);
      const draft = await seller.order({ customerId, lines: [{ productId: products[0]?.id, quantity: '1' }] });
      const order = await seller.confirm(draft);
      const manager = new Seller(t, keeper);
      expect(await manager.ship(order)).toMatchObject({ __typename: 'NotFoundError' });
      const shipped = await seller.ship(order);
      expect(await manager.deliver(shipped)).toMatchObject({ __typename: 'NotFoundError' });
      expect(await seller.deliver(shipped)).toMatchObject({ status: 'DELIVERED' });
    });

    test('receives nothing into another warehouse, and into the own one what was bought', async () => {
      const vendor = (
        await owner.query<any>(`mutation { createVendor(input: { name: "Goods" }) { ... on Vendor { id } } }`)
      ).data.createVendor;
      const { products } = await sellable(t, 'retailer', 1);
      const receive = async (warehouseId: string): Promise<any> => {
        const entered = await owner.query<any>(
          `mutation($input: CreateBillInput!, $key: ID!) { createBill(input: $input, idempotencyKey: $key) { ... on BillRecorded { bill { id version } } } }`,
          {
            input: {
              vendorId: vendor.id,
              warehouseId,
              lines: [{ productId: products[0]?.id, quantity: '1', unitCost: '1' }],
            },
            key: newId(),
          },
        );
        const answer = await keeper.query<any>(
          `mutation($id: ID!, $version: Int!, $key: ID!) { receiveBill(id: $id, version: $version, idempotencyKey: $key) { __typename ... on UserError { code } } }`,
          { ...entered.data.createBill.bill, key: newId() },
        );
        return answer.data.receiveBill;
      };
      expect(await receive(primary)).toEqual({ __typename: 'NotFoundError', code: 'NOT_FOUND' });
      expect(await receive(other)).toEqual({ __typename: 'BillRecorded' });
    });
  });
});
