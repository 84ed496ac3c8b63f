import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { addDays, businessDate } from '../../src/kernel/clock.js';
import { newId } from '../../src/kernel/ids.js';
import { startTestApp, type TestApp, type TestClient } from '../support/app.js';
import { faultsOfBooks, sellable, Seller } from '../support/selling.js';

const LONG = 'x'.repeat(2001);

interface Fixture {
  customerId: string;
  products: string[];
  /** Of an archived product. */
  gone: string;
  orderId: string;
  orderLineId: string;
  invoice: { id: string; lineId: string };
  paymentId: string;
  creditNoteId: string;
  draft: { id: string; version: number };
  vendorId: string;
  bill: { id: string; version: number; lineId: string };
  paymentMadeId: string;
  future: string;
}

/** A mutation, the types of its arguments, their values, and every fault in the order in which it is found. */
type Case = [name: string, types: Record<string, string>, args: (given: Fixture) => object, faults: string[]];

const INPUT = (type: string): Record<string, string> => ({ input: type, idempotencyKey: 'ID!' });
const STEP = { id: 'ID!', version: 'Int!', idempotencyKey: 'ID!' };

const CASES: Case[] = [
  [
    'createOrder',
    INPUT('CreateOrderInput!'),
    ({ gone, products }) => ({
      input: {
        customerId: newId(),
        warehouseId: newId(),
        discountPercent: '101',
        shipping: '-1',
        deliveryAddress: LONG,
        notes: LONG,
        lines: [
          { productId: products[0], quantity: '1' },
          { productId: products[1], quantity: '0', discountPercent: '150', taxId: newId() },
          { productId: gone, quantity: '1' },
          { productId: newId(), quantity: '629104150021' },
        ],
      },
    }),
    [
      'NOT_FOUND customerId',
      'NOT_FOUND warehouseId',
      'BAD_INPUT discountPercent',
      'BAD_INPUT shipping',
      'BAD_INPUT deliveryAddress',
      'BAD_INPUT notes',
      'BAD_INPUT lines.1.quantity',
      'BAD_INPUT lines.1.discountPercent',
      'NOT_FOUND lines.1.taxId',
      'BAD_INPUT lines.2.productId',
      'NOT_FOUND lines.3.productId',
      'BAD_INPUT lines.3.quantity',
    ],
  ],
  [
    'updateOrder',
    { input: 'UpdateOrderInput!' },
    ({ draft, products }) => ({
      input: {
        ...draft,
        warehouseId: newId(),
        shipping: '0.001',
        lines: [
          { productId: newId(), quantity: '1' },
          { productId: products[0], quantity: '0' },
        ],
      },
    }),
    ['NOT_FOUND warehouseId', 'BAD_INPUT shipping', 'NOT_FOUND lines.0.productId', 'BAD_INPUT lines.1.quantity'],
  ],
  [
    'cancelOrder',
    { ...STEP, reason: 'String!' },
    () => ({ id: newId(), version: 1, reason: ' ' }),
    ['BAD_INPUT reason', 'NOT_FOUND id'],
  ],
  [
    'shipOrder',
    { ...STEP, lines: '[LineQuantityInput!]' },
    ({ orderId, orderLineId }) => ({
      id: orderId,
      version: 0,
      lines: [
        { lineId: orderLineId, quantity: '99' },
        { lineId: newId(), quantity: '0' },
      ],
    }),
    ['BAD_INPUT lines.0.quantity', 'NOT_FOUND lines.1.lineId', 'BAD_INPUT lines.1.quantity'],
  ],
  [
    'createInvoice',
    INPUT('CreateInvoiceInput!'),
    ({ products, future }) => ({
      input: {
        customerId: newId(),
        currency: 'EUR',
        warehouseId: newId(),
        issuedOn: future,
        dueOn: '2020-01-01',
        notes: LONG,
        freeLines: [
          { description: 'Repair', quantity: '1', unitPrice: '5' },
          { description: ' ', quantity: '0', unitPrice: '-1', discountPercent: '101', taxPercent: '101' },
          { productId: newId(), quantity: '1', unitPrice: '1' },
          { productId: products[0], quantity: '1', unitPrice: '999999999999' },
        ],
      },
    }),
    [
      'BAD_INPUT currency',
      'NOT_FOUND customerId',
      'NOT_FOUND warehouseId',
      'BAD_INPUT issuedOn',
      'BAD_INPUT dueOn',
      'BAD_INPUT notes',
      'BAD_INPUT freeLines.1.description',
      'BAD_INPUT freeLines.1.quantity',
      'BAD_INPUT freeLines.1.unitPrice',
      'BAD_INPUT freeLines.1.discountPercent',
      'BAD_INPUT freeLines.1.taxPercent',
      'NOT_FOUND freeLines.2.productId',
      'BAD_INPUT freeLines.3.unitPrice',
    ],
  ],
  [
    'createInvoice',
    INPUT('CreateInvoiceInput!'),
    ({ orderId, orderLineId, future }) => ({
      input: {
        orderId,
        issuedOn: future,
        notes: LONG,
        lines: [
          { lineId: orderLineId, quantity: '99' },
          { lineId: newId(), quantity: '1' },
        ],
      },
    }),
    ['BAD_INPUT lines.0.quantity', 'NOT_FOUND lines.1.lineId', 'BAD_INPUT issuedOn', 'BAD_INPUT notes'],
  ],
  [
    'voidInvoice',
    { ...STEP, reason: 'String!' },
    () => ({ id: newId(), version: 1, reason: LONG }),
    ['BAD_INPUT reason', 'NOT_FOUND id'],
  ],
  [
    'issueCreditNote',
    INPUT('IssueCreditNoteInput!'),
    ({ invoice, future }) => ({
      input: {
        invoiceId: invoice.id,
        reason: '',
        issuedOn: future,
        restock: true,
        lines: [
          { invoiceLineId: invoice.lineId, quantity: '99' },
          { invoiceLineId: newId(), quantity: '1' },
        ],
      },
    }),
    ['BAD_INPUT reason', 'BAD_INPUT issuedOn', 'BAD_INPUT lines.0.quantity', 'NOT_FOUND lines.1.invoiceLineId'],
  ],
  [
    'issueCreditNote',
    INPUT('IssueCreditNoteInput!'),
    () => ({ input: { invoiceId: newId(), reason: ' ', restock: true, amount: '-1' } }),
    ['BAD_INPUT reason', 'NOT_FOUND invoiceId', 'BAD_INPUT restock', 'BAD_INPUT amount'],
  ],
  [
    'recordPayment',
    INPUT('RecordPaymentInput!'),
    ({ customerId, invoice, future }) => ({
      input: {
        customerId,
        amount: '5.123',
        currency: 'USD',
        method: 'CREDIT',
        receivedOn: future,
        reference: LONG,
        notes: LONG,
        allocations: [
          { invoiceId: invoice.id, amount: '999' },
          { invoiceId: newId(), amount: '1' },
        ],
      },
    }),
    [
      'BAD_INPUT amount',
      'BAD_INPUT method',
      'BAD_INPUT reference',
      'BAD_INPUT notes',
      'BAD_INPUT receivedOn',
      'OVERPAYMENT allocations.0.amount',
      'NOT_FOUND allocations.1.invoiceId',
    ],
  ],
  [
    'recordPayment',
    INPUT('RecordPaymentInput!'),
    ({ invoice }) => ({
      input: {
        customerId: newId(),
        amount: '0',
        currency: 'EUR',
        method: 'CASH',
        allocations: [{ invoiceId: invoice.id, amount: '0' }],
      },
    }),
    ['BAD_INPUT currency', 'NOT_FOUND customerId', 'BAD_INPUT amount', 'BAD_INPUT allocations.0.amount'],
  ],
  [
    'applyPayment',
    { id: 'ID!', allocations: '[AllocationInput!]!', idempotencyKey: 'ID!' },
    ({ paymentId, invoice }) => ({
      id: paymentId,
      allocations: [
        { invoiceId: invoice.id, amount: '5' },
        { invoiceId: newId(), amount: '1' },
      ],
    }),
    ['BAD_INPUT allocations.0.amount', 'NOT_FOUND allocations.1.invoiceId'],
  ],
  [
    'applyCreditNote',
    { id: 'ID!', allocations: '[AllocationInput!]!', idempotencyKey: 'ID!' },
    ({ creditNoteId, invoice }) => ({
      id: creditNoteId,
      allocations: [
        { invoiceId: newId(), amount: '1' },
        { invoiceId: invoice.id, amount: '999' },
      ],
    }),
    ['NOT_FOUND allocations.0.invoiceId', 'OVERPAYMENT allocations.1.amount'],
  ],
  [
    'recordRefund',
    INPUT('RecordRefundInput!'),
    () => ({ input: { creditNoteId: newId(), amount: '0', method: 'CREDIT', reference: LONG } }),
    ['NOT_FOUND creditNoteId', 'BAD_INPUT amount', 'BAD_INPUT method', 'BAD_INPUT reference'],
  ],
  [
    'createBill',
    INPUT('CreateBillInput!'),
    ({ products, future }) => ({
      input: {
        vendorId: newId(),
        vendorNumber: LONG,
        warehouseId: newId(),
        billedOn: future,
        dueOn: '2020-01-01',
        notes: LONG,
        lines: [
          { productId: products[0], quantity: '0', unitCost: '-1', taxPercent: '101' },
          { quantity: '1', unitCost: '1' },
          { productId: newId(), quantity: '1', unitCost: '1' },
        ],
      },
    }),
    [
      'NOT_FOUND vendorId',
      'NOT_FOUND warehouseId',
      'BAD_INPUT billedOn',
      'BAD_INPUT dueOn',
      'BAD_INPUT vendorNumber',
      'BAD_INPUT notes',
      'BAD_INPUT lines.0.quantity',
      'BAD_INPUT lines.0.unitCost',
      'BAD_INPUT lines.0.taxPercent',
      'BAD_INPUT lines.1.description',
      'NOT_FOUND lines.2.productId',
    ],
  ],
  [
    'receiveBill',
    { ...STEP, lines: '[LineQuantityInput!]' },
    ({ bill }) => ({
      id: bill.id,
      version: bill.version,
      lines: [
        { lineId: bill.lineId, quantity: '99' },
        { lineId: newId(), quantity: '1' },
      ],
    }),
    ['BAD_INPUT lines.0.quantity', 'NOT_FOUND lines.1.lineId'],
  ],
  [
    'recordPaymentMade',
    INPUT('RecordPaymentMadeInput!'),
    ({ vendorId, bill, future }) => ({
      input: {
        vendorId,
        amount: '0',
        method: 'CREDIT',
        paidOn: future,
        reference: LONG,
        allocations: [
          { billId: newId(), amount: '1' },
          { billId: bill.id, amount: '999' },
        ],
      },
    }),
    [
      'BAD_INPUT amount',
      'BAD_INPUT method',
      'BAD_INPUT reference',
      'BAD_INPUT paidOn',
      'NOT_FOUND allocations.0.billId',
      'OVERPAYMENT allocations.1.amount',
    ],
  ],
  [
    'applyPaymentMade',
    { id: 'ID!', allocations: '[BillAllocationInput!]!', idempotencyKey: 'ID!' },
    ({ paymentMadeId, bill }) => ({
      id: paymentMadeId,
      allocations: [
        { billId: newId(), amount: '1' },
        { billId: bill.id, amount: '999' },
      ],
    }),
    ['NOT_FOUND allocations.0.billId', 'OVERPAYMENT allocations.1.amount'],
  ],
  [
    'openTill',
    { counts: '[CountedCashInput!]!', warehouseId: 'ID', idempotencyKey: 'ID!' },
    () => ({
      warehouseId: newId(),
      counts: [
        { currency: 'EUR', amount: '-1' },
        { currency: 'IQD', amount: '0.5' },
      ],
    }),
    ['NOT_FOUND warehouseId', 'BAD_INPUT counts.0.currency', 'BAD_INPUT counts.0.amount', 'BAD_INPUT counts.1.amount'],
  ],
  [
    'sellAtTill',
    INPUT('SellAtTillInput!'),
    ({ products }) => ({
      input: {
        sessionId: newId(),
        customerId: newId(),
        discountPercent: '101',
        lines: [
          { productId: newId(), quantity: '1' },
          { productId: products[0], quantity: '0' },
        ],
        payments: [
          { method: 'CREDIT', amount: '1' },
          { method: 'CASH', amount: '0' },
        ],
      },
    }),
    [
      'NOT_FOUND sessionId',
      'NOT_FOUND customerId',
      'BAD_INPUT discountPercent',
      'NOT_FOUND lines.0.productId',
      'BAD_INPUT lines.1.quantity',
      'BAD_INPUT payments.0.method',
      'BAD_INPUT payments.1.amount',
    ],
  ],
  [
    'returnAtTill',
    INPUT('ReturnAtTillInput!'),
    () => ({
      input: {
        sessionId: newId(),
        invoiceId: newId(),
        reason: '',
        method: 'CREDIT',
        lines: [{ invoiceLineId: newId(), quantity: '0' }],
      },
    }),
    [
      'NOT_FOUND sessionId',
      'BAD_INPUT method',
      'BAD_INPUT reason',
      'NOT_FOUND invoiceId',
      'BAD_INPUT lines.0.quantity',
    ],
  ],
  [
    'closeTill',
    { ...STEP, counts: '[CountedCashInput!]!' },
    () => ({
      id: newId(),
      version: 1,
      counts: [
        { currency: 'USD', amount: '-1' },
        { currency: 'USD', amount: '1' },
      ],
    }),
    ['NOT_FOUND id', 'BAD_INPUT counts', 'BAD_INPUT counts.0.amount'],
  ],
];

/** A form learns everything that is wrong with it at once, by the names that it uses itself. */
describe('the faults of an input', () => {
  let t: TestApp;
  let owner: TestClient;
  let seller: Seller;
  let given: Fixture;
  beforeAll(async () => {
    t = await startTestApp({ company: true, settings: { SYNC_PHASE: 'gradual' } });
    owner = await t.as('OWNER');
    seller = new Seller(t, owner);
    const { customerId, products } = await sellable(t, 'wholesale_a', 3);
    const [one, two, gone] = products.map(({ id }) => id) as [string, string, string];
    await t.db.sql('update products set active = false where id = $1', [gone]);
    const draft = await seller.order({ customerId, lines: [{ productId: one, quantity: '1' }] });
    const order = await seller.confirm(await seller.order({ customerId, lines: [{ productId: one, quantity: '2' }] }));
    const freeLines = [{ description: 'Repair', quantity: '1', unitPrice: '20' }];
    const invoice = await seller.invoice({ customerId, currency: 'USD', freeLines });
    const payment = await seller.pay({ customerId, amount: '3', currency: 'USD' });
    const other = await seller.invoice({ customerId, currency: 'USD', freeLines });
    await seller.pay({
      customerId,
      amount: '20',
      currency: 'USD',
      allocations: [{ invoiceId: other.id, amount: '20' }],
    });
    const note = await seller.credit({ invoiceId: other.id, amount: '2' });
    const answer = async (mutation: string, variables: object = {}): Promise<any> =>
      (await owner.query<any>(mutation, { ...variables })).data;
    const { id: vendorId } = (
      await answer(
        `mutation { createVendor(input: { name: "Goods", currency: "USD" }) { ... on Vendor { id } ... on UserError { message } } }`,
      )
    ).createVendor;
    const { bill } = (
      await answer(
        `mutation($input: CreateBillInput!, $key: ID!) { createBill(input: $input, idempotencyKey: $key) { ... on BillRecorded { bill { id version lines { id } } } } }`,
        { input: { vendorId, lines: [{ productId: two, quantity: '2', unitCost: '5' }] }, key: newId() },
      )
    ).createBill;
    const { paymentMade } = (
      await answer(
        `mutation($input: RecordPaymentMadeInput!, $key: ID!) { recordPaymentMade(input: $input, idempotencyKey: $key) { ... on PaymentMadeRecorded { paymentMade { id } } } }`,
        { input: { vendorId, amount: '1000', method: 'BANK_TRANSFER' }, key: newId() },
      )
    ).recordPaymentMade;
    given = {
      customerId,
      products: [one, two],
      gone,
      orderId: order.id,
      orderLineId: order.lines[0].id,
      invoice: { id: invoice.id, lineId: invoice.lines[0].id },
      paymentId: payment.id,
      creditNoteId: note.id,
      draft: { id: draft.id, version: draft.version },
      vendorId,
      bill: { id: bill.id, version: bill.version, lineId: bill.lines[0].id },
      paymentMadeId: paymentMade.id,
      future: addDays(businessDate(t.config.timeZone), 3),
    };
  });
  afterAll(async () => {
    expect(await faultsOfBooks(t)).toEqual([]);
    await t.stop();
  });

  const run = async (mutation: string, types: Record<string, string>, args: object, language = 'en'): Promise<any> => {
    const names = Object.keys(types);
    const answer = await owner.query<any>(
      `mutation(${names.map((name) => `$${name}: ${types[name]}`).join(', ')}) {
         ${mutation}(${names.map((name) => `${name}: $${name}`).join(', ')}) {
           __typename ... on UserError { code field message faults { code field message } } } }`,
      { idempotencyKey: newId(), ...args },
      { 'accept-language': language },
    );
    expect(answer.errors).toBeUndefined();
    return answer.data[mutation];
  };

  test.each(CASES)('%s names all of them, each with its path', async (mutation, types, args, expected) => {
    const input = { ...args(given) } as Record<string, unknown>;
    if (input['version'] === 0) input['version'] = (await seller.readOrder(given.orderId)).version;
    const answer = await run(mutation, types, input);
    expect(answer.faults.map(({ code, field }: any) => `${code} ${field}`)).toEqual(expected);
    expect(`${answer.code} ${answer.field}`).toBe(expected[0]);
    expect(answer.message).toBe(answer.faults[0].message);
  });

  test('they are said in Arabic too', async () => {
    const [, types, args] = CASES[0] as Case;
    const { faults } = await run('createOrder', types, args(given), 'ar');
    for (const { message } of faults) expect(message).toMatch(/[\u0621-\u064a]/);
  });

  test('every line that lacks stock is named, with what is left of its product', async () => {
    const { customerId, products } = await sellable(t, 'retailer', 3);
    const [first, second, third] = products as [any, any, any];
    const lines = [
      { productId: first.id, quantity: String(first.available + 1) },
      { productId: second.id, quantity: '1' },
      { productId: third.id, quantity: String(third.available + 2) },
    ];
    const draft = await seller.order({ customerId, lines });
    const confirmed = await run('confirmOrder', STEP, { id: draft.id, version: draft.version });
    expect(confirmed).toMatchObject({ __typename: 'InsufficientStockError', field: 'lines.0.quantity' });
    expect(confirmed.faults).toMatchObject([
      { code: 'INSUFFICIENT_STOCK', field: 'lines.0.quantity', message: expect.stringContaining('Line 1') },
      { code: 'INSUFFICIENT_STOCK', field: 'lines.2.quantity', message: expect.stringContaining(`${third.available}`) },
    ]);
    const freeLines = lines.map((line) => ({ ...line, unitPrice: '1' }));
    const billed = await run('createInvoice', INPUT('CreateInvoiceInput!'), {
      input: { customerId, currency: 'USD', freeLines },
    });
    expect(billed.faults.map(({ field }: any) => field)).toEqual(['freeLines.0.quantity', 'freeLines.2.quantity']);
  });

  test('a search of more than 200 characters is refused by name, before anything is looked up', async () => {
    for (const list of ['orders', 'invoices']) {
      const search = async (text: string): Promise<any> =>
        owner.query<any>(`query($text: String) { ${list}(search: $text) { nodes { id } } }`, { text });
      expect((await search('x'.repeat(200))).errors).toBeUndefined();
      const { errors } = await search('x'.repeat(201));
      expect(errors?.[0]).toMatchObject({
        message: expect.stringContaining('200'),
        extensions: { code: 'BAD_INPUT', limit: 200 },
      });
      const literal = await owner.query<any>(`{ ${list}(search: "${'x'.repeat(201)}") { nodes { id } } }`);
      expect(literal.errors?.[0]?.extensions).toMatchObject({ code: 'BAD_INPUT', field: 'search' });
    }
  });
});
