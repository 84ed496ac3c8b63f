import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { newId } from '../../src/kernel/ids.js';
import { startTestApp, type TestApp, type TestClient } from '../support/app.js';
import { faultsOfBooks, Seller } from '../support/selling.js';

const BILL = `id number version status total { amount currency } paid { amount } credited { amount } balance { amount }
  lines { id quantity received returned unitCost { amount } landedCost { amount } landed } corrections { amount { amount } reason }`;
const ORDER = `id number version status total { amount } lines { id quantity received }`;
const CREDIT = `id number version returned total { amount } applied { amount } unapplied { amount } voidedAt
  lines { quantity lineTotal { amount } } allocations { billNumber amount { amount } }`;

describe('what goods cost when they are bought', () => {
  let t: TestApp;
  let owner: TestClient;
  let seller: Seller;
  let customerId: string;
  let main: string;
  beforeAll(async () => {
    t = await startTestApp({ settings: { SYNC_PHASE: 'full' } });
    owner = await t.as('OWNER');
    seller = new Seller(t, owner);
    for (const [currency, rate] of [
      ['USD', '1310'],
      ['RMB', '183.4'],
    ])
      await owner.query(
        `mutation { recordExchangeRate(currency: "${currency}", rate: "${rate}", effectiveOn: "2024-01-01") { __typename } }`,
      );
    main = (await t.db.sql<any>('select id from warehouses where is_primary'))[0].id;
    const [list] = await t.db.sql<any>(`select id from price_lists where code = 'retailer'`);
    customerId = (
      await owner.query<any>(
        `mutation($input: CreateCustomerInput!) { createCustomer(input: $input) { ... on Customer { id } } }`,
        { input: { name: 'Shop of Ali', currency: 'USD', priceListId: list.id } },
      )
    ).data.createCustomer.id;
  });
  afterAll(() => t.stop());

  const run = async (mutation: string, args: Record<string, [string, unknown]>): Promise<any> => {
    const [field, type, fields] = /VendorCredit/.test(mutation)
      ? ['vendorCredit', 'VendorCreditRecorded', CREDIT]
      : /PurchaseOrder/.test(mutation)
        ? ['purchaseOrder', 'PurchaseOrderRecorded', ORDER]
        : ['bill', 'BillRecorded', BILL];
    const all: Record<string, [string, unknown]> = { ...args, idempotencyKey: ['ID!', newId()] };
    const names = Object.keys(all);
    const answer = await owner.query<any>(
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
  const bill = (input: object): Promise<any> => run('createBill', { input: ['CreateBillInput!', input] });
  const order = (input: object): Promise<any> =>
    run('createPurchaseOrder', { input: ['CreatePurchaseOrderInput!', input] });
  const credit = (input: object): Promise<any> =>
    run('issueVendorCredit', { input: ['IssueVendorCreditInput!', { reason: 'Broken', ...input }] });
  const correct = (of: any, lines: object[]): Promise<any> =>
    step('correctBill', of, { reason: ['String!', 'A wrong cost'], lines: ['[BillLineCostInput!]!', lines] });
  const receive = (of: any, lines: object[] | null = null): Promise<any> =>
    step('receivePurchaseOrder', of, { lines: ['[LineQuantityInput!]', lines] });
  const readBill = async (id: string): Promise<any> =>
    (await owner.query<any>(`query($id: ID!) { bill(id: $id) { ${BILL} } }`, { id })).data.bill;
  const receipts = async (filter: object): Promise<any[]> =>
    (
      await owner.query<any>(
        `query($filter: GoodsReceiptFilter) { goodsReceipts(first: 50, filter: $filter, orderBy: CREATED_ASC) { nodes {
           id number receivedOn billId orderId lines { id quantity billed value amount { amount currency } product { id } } } } }`,
        { filter },
      )
    ).data.goodsReceipts.nodes;
  const product = async (): Promise<string> =>
    (await owner.query<any>(`mutation { createProduct(input: { name: "Cable" }) { ... on Product { id } } }`)).data
      .createProduct.id;
  const vendor = async (currency = 'USD'): Promise<string> =>
    (
      await owner.query<any>(
        `mutation($input: CreateVendorInput!) { createVendor(input: $input) { ... on Vendor { id } } }`,
        { input: { name: 'Mill', currency } },
      )
    ).data.createVendor.id;
  const sell = (productId: string, quantity: number): Promise<any> =>
    seller.invoice({
      customerId,
      currency: 'USD',
      freeLines: [{ productId, quantity: String(quantity), unitPrice: '50' }],
    });
  const worth = async (productId: string): Promise<[number, number]> => {
    const [row] = await t.db.sql<any>(
      'select quantity::float8 as q, value::float8 as v from product_costs where product_id = $1',
      [productId],
    );
    return [row.q, row.v];
  };
  const posted = async (productId: string, account: number): Promise<number> =>
    (
      await t.db.sql<any>(
        `select coalesce(sum(base), 0)::float8 as n from journal_lines where product_id = $1 and account = $2`,
        [productId, account],
      )
    )[0].n;
  /** What stands as received and not billed, in all currencies and in the base. */
  const notBilled = async (): Promise<any[]> =>
    t.db.sql(
      `select currency, sum(amount)::float8 as amount, sum(base)::float8 as base from journal_lines where account = 2120
       group by 1 having sum(amount) <> 0 or sum(base) <> 0`,
    );
  const owed = async (vendorId: string): Promise<number> =>
    (
      await t.db.sql<any>(
        `select -coalesce(sum(amount), 0)::float8 as n from journal_lines where account = 2110 and party_id = $1`,
        [vendorId],
      )
    )[0].n;

  test('domain review 12: a received bill with a wrong cost is corrected: what is here takes it, what is sold is a cost of today', async () => {
    const [vendorId, id] = [await vendor(), await product()];
    const made = await bill({ vendorId, receive: true, lines: [{ productId: id, quantity: '30', unitCost: '24' }] });
    await sell(id, 10);
    const fixed = await correct(made, [{ lineId: made.lines[0].id, unitCost: '25.50' }]);
    expect(fixed).toMatchObject({
      total: { amount: '765' },
      balance: { amount: '765' },
      corrections: [{ amount: { amount: '45' }, reason: 'A wrong cost' }],
    });
    // 45 more for 30 pieces, of which 20 are here.
    expect(await worth(id)).toEqual([20, 510]);
    expect(await posted(id, 5110)).toBe(15);
    expect(await posted(id, 5100)).toBe(240);
    expect(await owed(vendorId)).toBe(765);
    const less = await correct(fixed, [{ lineId: made.lines[0].id, unitCost: '24' }]);
    expect(less).toMatchObject({ total: { amount: '720' } });
    expect(await worth(id)).toEqual([20, 480]);
    expect(await posted(id, 5110)).toBe(0);
    expect(await correct(made, [{ lineId: made.lines[0].id, unitCost: '1' }])).toMatchObject({ code: 'STALE_VERSION' });
    await owner.query(
      `mutation($input: RecordPaymentMadeInput!, $key: ID!) { recordPaymentMade(input: $input, idempotencyKey: $key) { __typename } }`,
      {
        input: { vendorId, amount: '700', method: 'BANK_TRANSFER', allocations: [{ billId: made.id, amount: '700' }] },
        key: newId(),
      },
    );
    expect(await correct(await readBill(made.id), [{ lineId: made.lines[0].id, unitCost: '20' }])).toMatchObject({
      code: 'BAD_INPUT',
      field: 'lines',
    });
    expect(await faultsOfBooks(t)).toEqual([]);
  });

  test('a bill that is received in part is corrected for both parts, and what comes later clears the rest', async () => {
    const [vendorId, id] = [await vendor('RMB'), await product()];
    const made = await bill({ vendorId, lines: [{ productId: id, quantity: '3', unitCost: '33.35' }] });
    const part = await step('receiveBill', made, {
      lines: ['[LineQuantityInput!]', [{ lineId: made.lines[0].id, quantity: '1' }]],
    });
    const fixed = await correct(part, [{ lineId: made.lines[0].id, unitCost: '40.01' }]);
    await step('receiveBill', fixed, { lines: ['[LineQuantityInput!]', null] });
    expect(await notBilled()).toEqual([]);
    expect(await worth(id)).toEqual([3, Number(((3 * 40.01 * 183.4) / 1310).toFixed(2))]);
    const [first, second] = await receipts({ billId: { eq: made.id } });
    expect([first.number, second.number]).toEqual([
      expect.stringMatching(/^GR-HQ-\d{6}$|^GR-/),
      expect.stringMatching(/^GR-/),
    ]);
    expect(second.lines).toMatchObject([{ quantity: '2', billed: '2', product: { id } }]);
    expect(await faultsOfBooks(t)).toEqual([]);
  });

  test('freight on a bill is spread over its goods by value, the rest to the largest line, and services are an expense', async () => {
    const [vendorId, a, b] = [await vendor(), await product(), await product()];
    const made = await bill({
      vendorId,
      receive: true,
      lines: [
        { productId: a, quantity: '10', unitCost: '20' },
        { productId: b, quantity: '7', unitCost: '10' },
        { description: 'Freight', quantity: '1', unitCost: '15.02', landed: true },
        { description: 'Advice', quantity: '1', unitCost: '5' },
      ],
    });
    expect(made.lines.map((line: any) => line.landedCost.amount)).toEqual(['11.13', '3.89', '0', '0']);
    expect(await worth(a)).toEqual([10, 211.13]);
    expect(await worth(b)).toEqual([7, 73.89]);
    expect(await notBilled()).toEqual([]);
    const [row] = await t.db.sql<any>(
      `select sum(base)::float8 as n from journal_lines l join journal_entries e on e.id = l.entry_id where e.document_id = $1 and account = 6900`,
      [made.id],
    );
    expect(row.n).toBe(5);
    const [receipt] = await receipts({ billId: { eq: made.id } });
    await sell(a, 5);
    const late = await bill({
      vendorId: await vendor('IQD'),
      lines: [{ description: 'Customs', quantity: '1', unitCost: '131000', landedReceiptId: receipt.id }],
    });
    // 100 USD: 74.08 of it for 10 pieces, of which 5 are here; 25.92 for 7 that are all here.
    expect(await worth(a)).toEqual([5, 105.56 + 37.04]);
    expect(await worth(b)).toEqual([7, 99.81]);
    expect(await step('voidBill', late, { reason: ['String!', 'x'] })).toMatchObject({
      code: 'BAD_INPUT',
      field: 'id',
    });
    const taken = await correct(late, [{ lineId: late.lines[0].id, unitCost: '0' }]);
    expect(taken).toMatchObject({ balance: { amount: '0' } });
    expect(await worth(a)).toEqual([5, 105.56]);
    expect(
      await bill({ vendorId, lines: [{ description: 'Freight', quantity: '1', unitCost: '1', landed: true }] }),
    ).toMatchObject({ code: 'BAD_INPUT', field: 'lines.0.landed' });
    expect(await faultsOfBooks(t)).toEqual([]);
  });

  test('an order is sent, comes in parts and is billed at another price: 2120 is cleared, the difference goes forward', async () => {
    const [vendorId, id] = [await vendor(), await product()];
    const draft = await order({ vendorId, lines: [{ productId: id, quantity: '30', unitCost: '24' }] });
    expect(draft).toMatchObject({ status: 'DRAFT', number: expect.stringMatching(/^PO-/), total: { amount: '720' } });
    expect(await receive(draft)).toMatchObject({ code: 'ILLEGAL_TRANSITION' });
    const sent = await step('sendPurchaseOrder', draft);
    const part = await receive(sent, [{ lineId: draft.lines[0].id, quantity: '10' }]);
    expect(part).toMatchObject({ status: 'PARTLY_RECEIVED', lines: [{ received: '10' }] });
    expect(await worth(id)).toEqual([10, 240]);
    expect(await notBilled()).toEqual([{ currency: 'USD', amount: -240, base: -240 }]);
    const whole = await receive(part);
    expect(whole).toMatchObject({ status: 'RECEIVED' });
    await sell(id, 15);
    const [first, second] = await receipts({ orderId: { eq: draft.id } });
    const line = (receipt: any, quantity: string, unitCost = '25') => ({
      productId: id,
      receiptLineId: receipt.lines[0].id,
      quantity,
      unitCost,
    });
    expect(await bill({ vendorId, lines: [line(first, '11')] })).toMatchObject({
      code: 'BAD_INPUT',
      field: 'lines.0.quantity',
    });
    expect(await bill({ vendorId: await vendor(), lines: [line(first, '1')] })).toMatchObject({
      code: 'NOT_FOUND',
      field: 'lines.0.receiptLineId',
    });
    const billed = await bill({ vendorId, lines: [line(first, '10'), line(second, '20')] });
    expect(billed).toMatchObject({ total: { amount: '750' }, lines: [{ received: '10' }, { received: '20' }] });
    expect(await notBilled()).toEqual([]);
    // 10 more for 10 pieces that are here, and 20 for 20 of which 15 are.
    expect(await worth(id)).toEqual([15, 360 + 10 + 15]);
    expect(await posted(id, 5110)).toBe(5);
    expect((await receipts({ orderId: { eq: draft.id } })).map((one) => one.lines[0].billed)).toEqual(['10', '20']);
    const other = await order({ vendorId, lines: [{ productId: id, quantity: '2', unitCost: '1' }] });
    expect(await step('cancelPurchaseOrder', other, { reason: ['String!', 'Too dear'] })).toMatchObject({
      status: 'CANCELLED',
    });
    const short = await step(
      'sendPurchaseOrder',
      await order({ vendorId, lines: [{ productId: id, quantity: '2', unitCost: '1' }] }),
    );
    const came = await receive(short, [{ lineId: short.lines[0].id, quantity: '1' }]);
    expect(await step('closePurchaseOrder', came)).toMatchObject({ status: 'CLOSED' });
    expect(await faultsOfBooks(t)).toEqual([]);
  });

  test('a receipt is voided while its goods are here and on no bill: stock and order are as before, the average stays the rule', async () => {
    const [vendorId, id] = [await vendor(), await product()];
    const others = await notBilled();
    await bill({ vendorId, receive: true, lines: [{ productId: id, quantity: '10', unitCost: '20' }] });
    const sent = await step(
      'sendPurchaseOrder',
      await order({ vendorId, lines: [{ productId: id, quantity: '30', unitCost: '24' }] }),
    );
    const part = await receive(sent, [{ lineId: sent.lines[0].id, quantity: '10' }]);
    await receive(part);
    const before = await notBilled();
    const [first, second] = await receipts({ orderId: { eq: sent.id } });
    const undo = async (receipt: any, version = 1): Promise<any> => {
      const answer = await owner.query<any>(
        `mutation($id: ID!, $version: Int!, $key: ID!) { voidGoodsReceipt(id: $id, version: $version, reason: "Counted twice", idempotencyKey: $key) {
           ... on GoodsReceiptRecorded { goodsReceipt { version voidedOn voidReason } } ... on UserError { code field message } } }`,
        { id: receipt.id, version, key: newId() },
      );
      return answer.data.voidGoodsReceipt.goodsReceipt ?? answer.data.voidGoodsReceipt;
    };
    const readOrder = async (): Promise<any> =>
      (
        await owner.query<any>(`query($id: ID!) { purchaseOrder(id: $id) { status version lines { received } } }`, {
          id: sent.id,
        })
      ).data.purchaseOrder;
    expect(await worth(id)).toEqual([40, 920]);
    await bill({
      vendorId,
      lines: [{ productId: id, receiptLineId: first.lines[0].id, quantity: '4', unitCost: '24' }],
    });
    expect(await undo(first)).toMatchObject({
      code: 'BAD_INPUT',
      field: 'id',
      message: '4 of 10 Cable are billed. Return them to the vendor instead.',
    });
    await sell(id, 25);
    expect(await undo(second)).toMatchObject({
      code: 'INSUFFICIENT_STOCK',
      message: 'Only 15 of Cable are left, and 20 are needed.',
    });
    await bill({ vendorId, receive: true, lines: [{ productId: id, quantity: '25', unitCost: '23' }] });
    expect(await worth(id)).toEqual([40, 920]);
    expect(await undo(second, 7)).toMatchObject({ code: 'STALE_VERSION' });
    expect(await undo(second)).toMatchObject({ voidReason: 'Counted twice', voidedOn: expect.any(String) });
    // 20 leave at the average of 23; the receipt said 24, so 20 are a correction of cost.
    expect(await worth(id)).toEqual([20, 460]);
    expect(await posted(id, 5110)).toBe(460);
    expect(await readOrder()).toMatchObject({ status: 'PARTLY_RECEIVED', lines: [{ received: '10' }] });
    expect(await undo(second, 2)).toMatchObject({ code: 'BAD_INPUT', field: 'id' });
    expect(
      await bill({
        vendorId,
        lines: [{ productId: id, receiptLineId: second.lines[0].id, quantity: '1', unitCost: '24' }],
      }),
    ).toMatchObject({ code: 'NOT_FOUND', field: 'lines.0.receiptLineId' });
    // Of 720 that was received and not billed 96 are billed, and 480 are void.
    const left = (await notBilled())[0] ?? { amount: 0, base: 0 };
    expect([left.amount, left.base]).toEqual([before[0].amount + 96 + 480, before[0].base + 96 + 480]);
    const again = await step('receivePurchaseOrder', { id: sent.id, ...(await readOrder()) });
    expect(again).toMatchObject({ status: 'RECEIVED' });
    await bill({
      vendorId,
      lines: [
        { productId: id, receiptLineId: first.lines[0].id, quantity: '6', unitCost: '24' },
        {
          productId: id,
          receiptLineId: (await receipts({ orderId: { eq: sent.id }, isVoid: { eq: false } }))[1].lines[0].id,
          quantity: '20',
          unitCost: '24',
        },
      ],
    });
    expect(await notBilled()).toEqual(others);
    expect(await faultsOfBooks(t)).toEqual([]);
  });

  test('goods go back to the vendor at the average, the debt is less by what the bill says, the rest is a correction', async () => {
    const [vendorId, id] = [await vendor(), await product()];
    await bill({ vendorId, receive: true, lines: [{ productId: id, quantity: '10', unitCost: '22' }] });
    const dear = await bill({
      vendorId,
      receive: true,
      lines: [{ productId: id, quantity: '2', unitCost: '26', taxPercent: '10' }],
    });
    expect(await worth(id)).toEqual([12, 272]);
    expect(await credit({ billId: dear.id, lines: [{ billLineId: dear.lines[0].id, quantity: '3' }] })).toMatchObject({
      code: 'BAD_INPUT',
      field: 'lines.0.quantity',
    });
    const back = await credit({ billId: dear.id, lines: [{ billLineId: dear.lines[0].id, quantity: '2' }] });
    expect(back).toMatchObject({
      returned: true,
      total: { amount: '57.2' },
      applied: { amount: '57.2' },
      unapplied: { amount: '0' },
      number: expect.stringMatching(/^VC-/),
      allocations: [{ billNumber: dear.number, amount: { amount: '57.2' } }],
    });
    expect(await worth(id)).toEqual([10, 226.67]);
    expect(await owed(vendorId)).toBe(220);
    const [row] = await t.db.sql<any>(
      `select sum(l.base)::float8 as n from journal_lines l join journal_entries e on e.id = l.entry_id where e.document_id = $1 and account = 5110`,
      [back.id],
    );
    expect(row.n).toBe(-6.67);
    expect(await readBill(dear.id)).toMatchObject({
      status: 'PAID',
      credited: { amount: '57.2' },
      lines: [{ returned: '2' }],
    });
    expect(await step('voidVendorCredit', back, { reason: ['String!', 'x'] })).toMatchObject({ code: 'BAD_INPUT' });
    expect(await faultsOfBooks(t)).toEqual([]);
  });

  test('an allowance waits, settles bills and is void again; ageing and balance are what the journal says', async () => {
    const vendorId = await vendor();
    const old = await bill({
      vendorId,
      billedOn: '2026-01-05',
      dueOn: '2026-01-10',
      lines: [{ description: 'Rent', quantity: '1', unitCost: '90' }],
    });
    await bill({ vendorId, lines: [{ description: 'Rent', quantity: '1', unitCost: '40' }] });
    const given = await credit({ vendorId, amount: '25' });
    expect(given).toMatchObject({ unapplied: { amount: '25' }, returned: false });
    const ageing = async (): Promise<any> =>
      (
        await owner.query<any>(
          `{ vendorAgeing { rows { recordId current { amount } over90 { amount } onAccount { amount } balance { amount currency } } } }`,
        )
      ).data.vendorAgeing.rows.find((one: any) => one.recordId === vendorId);
    expect(await ageing()).toMatchObject({
      current: { amount: '40' },
      over90: { amount: '90' },
      onAccount: { amount: '25' },
      balance: { amount: '105', currency: 'USD' },
    });
    expect(await owed(vendorId)).toBe(105);
    const applied = await run('applyVendorCredit', {
      id: ['ID!', given.id],
      allocations: ['[BillAllocationInput!]!', [{ billId: old.id, amount: '20' }]],
    });
    expect(applied).toMatchObject({ applied: { amount: '20' }, unapplied: { amount: '5' } });
    expect(await readBill(old.id)).toMatchObject({ balance: { amount: '70' }, credited: { amount: '20' } });
    expect(await ageing()).toMatchObject({
      over90: { amount: '70' },
      onAccount: { amount: '5' },
      balance: { amount: '105' },
    });
    const voided = await step('voidVendorCredit', applied, { reason: ['String!', 'A mistake'] });
    expect(voided).toMatchObject({ voidedAt: expect.any(String), applied: { amount: '0' } });
    expect(await ageing()).toMatchObject({ over90: { amount: '90' }, balance: { amount: '130' } });
    const statement = await owner.query<any>(
      `query($v: ID!) { accountStatement(account: 2110, partyId: $v, currency: "USD", first: 10) { nodes { event amount { amount } balance { amount } } } }`,
      { v: vendorId },
    );
    expect(statement.errors).toBeUndefined();
    expect(statement.data.accountStatement.nodes.map((one: any) => one.event)).toEqual([
      'BILL',
      'BILL',
      'VENDOR_CREDIT',
      'VENDOR_CREDIT_VOID',
    ]);
    expect(await faultsOfBooks(t)).toEqual([]);
  });

  test('the worked example of the design through commands, every figure', async () => {
    const [vendorId, id] = [await vendor(), await product()];
    const line = (quantity: number, unitCost: string) => ({ productId: id, quantity: String(quantity), unitCost });
    const bought = await bill({ vendorId, receive: true, lines: [line(10, '20')] });
    const [received] = await receipts({ billId: { eq: bought.id } });
    const freight = (amount: string, landedReceiptId: string) =>
      bill({ vendorId, lines: [{ description: 'Freight', quantity: '1', unitCost: amount, landedReceiptId }] });
    await freight('15', received.id);
    expect(await worth(id)).toEqual([10, 215]);
    const sale = await sell(id, 4);
    expect(await worth(id)).toEqual([6, 129]);
    const more = await bill({ vendorId, receive: true, lines: [line(30, '24')] });
    expect(await worth(id)).toEqual([36, 849]);
    await seller.credit({
      invoiceId: sale.id,
      restock: true,
      lines: [{ invoiceLineId: sale.lines[0].id, quantity: '1' }],
    });
    expect(await worth(id)).toEqual([37, 870.5]);
    await correct(more, [{ lineId: more.lines[0].id, unitCost: '25' }]);
    expect(await worth(id)).toEqual([37, 900.5]);
    await sell(id, 37);
    expect(await worth(id)).toEqual([0, 0]);
    // Goods leave beyond the stock where another system says so.
    await t.db.sql(`update stock_levels set on_hand = on_hand - 3 where product_id = $1`, [id]);
    await t.db.sql(`update product_costs set quantity = -3, value = -73.01 where product_id = $1`, [id]);
    await bill({ vendorId, receive: true, lines: [line(5, '26')] });
    expect(await worth(id)).toEqual([2, 52]);
    expect(await posted(id, 5110)).toBe(4.99);
    const ten = await bill({ vendorId, receive: true, lines: [line(10, '22')], billedOn: '2026-02-02' });
    expect(await worth(id)).toEqual([12, 272]);
    const two = await bill({ vendorId, lines: [{ description: 'x', quantity: '1', unitCost: '1' }] });
    expect(two.id).toBeDefined();
    await credit({ billId: ten.id, lines: [{ billLineId: ten.lines[0].id, quantity: '2' }] });
    expect(await worth(id)).toEqual([10, 226.67]);
    const [old] = await receipts({ billId: { eq: more.id } });
    await freight('30', old.id);
    expect(await worth(id)).toEqual([10, 236.67]);
    await owner.query(
      `mutation($input: AdjustStockInput!, $key: ID!) { adjustStock(input: $input, idempotencyKey: $key) { __typename } }`,
      {
        input: { productId: id, warehouseId: main, quantity: '9', expectedQuantity: '10', reason: 'missing' },
        key: newId(),
      },
    );
    expect(await worth(id)).toEqual([9, 213]);
    expect(await posted(id, 5120)).toBe(23.67);
  });
});
