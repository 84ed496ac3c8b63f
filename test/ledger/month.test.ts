import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { setClock } from '../../src/kernel/clock.js';
import { newId } from '../../src/kernel/ids.js';
import { startTestApp, type TestApp, type TestClient } from '../support/app.js';
import { faultsOfBooks } from '../support/selling.js';

/**
 * A month of a small shop, day by day, and its balance sheet by hand. The base currency is USD; a dollar is 1,310 dinars
 * until the 14th, 1,320 from the 15th and 1,325 on the last day.
 *
 * - 1: the owner pays USD 1,000 and IQD 1,310,000 into the safe: capital 2,000.
 * - 2: 10 lamps at 20 and 20 cables at 5, with a freight of 30 over both by value: a lamp is worth 22, a cable 5.50.
 * - 3: the bill of 330 is paid out of the safe.
 * - 5: 4 lamps at 35 on account: receivables 140, cost 88.
 * - 6: at the till 3 cables at IQD 13,000 (29.77). The customer hands over USD 20 and IQD 13,000; of the 200 that are due
 *   back the nearest note is 250, so 50 dinars (.04) are rounding, and the drawer holds USD 20 and IQD 12,750 (9.73).
 * - 7: a service of IQD 131,000 on account: 100.00.
 * - 16: the salesperson collects IQD 66,000 of it (50.00; carried 50.38, so .38 are lost) and USD 70 of the lamps.
 * - 18: a lamp comes back: 35 off receivables, 22 back into the stock.
 * - 20: the lamps cost 21 and not 20. The freight is spread anew (20.32 and 9.68), so lamps cost 10.32 more and cables .32
 *   less: 7 of 10 lamps and 17 of 20 cables are on the shelf, which takes 7.22 - .27; the other 3.05 are a cost of today.
 * - 22: the salesperson hands over what was collected.
 * - 25: rent of USD 100 out of the safe.
 * - 31: the safe's IQD 1,376,000 (1,050.00) are worth 1,038.49, the drawer's 9.62, the service's rest of IQD 65,000
 *   (49.62) 49.06; the books close.
 */
const ASSETS = { 1110: '29.62', 1130: '1678.49', 1210: '84.62', 1290: '-0.56', 1310: '254.45' };
const RESULTS = {
  ...{ 4100: '269.77', 4110: '-35', 4810: '-12', 4820: '-0.56', 4830: '-0.04' },
  ...{ 5100: '82.5', 5110: '3.05', 6900: '100' },
};

describe('a month of trade', () => {
  let t: TestApp;
  let restore: () => void;
  const clients = new Map<string, TestClient>();
  const ids: Record<string, string> = {};

  const go = (day: string): void => {
    clients.clear();
    restore?.();
    restore = setClock(() => Date.parse(`${day}T09:00:00Z`));
  };
  const as = async (role: 'OWNER' | 'ACCOUNTANT'): Promise<TestClient> => {
    const known = clients.get(role);
    if (known) return known;
    const client = await t.as(role);
    clients.set(role, client);
    return client;
  };
  /** A person who comes back on another day. */
  const signIn = async (email: string): Promise<TestClient> => {
    const answer = await t.anonymous.query<any>(
      `mutation($email: String!) { signIn(email: $email, password: "correct horse battery") { ... on Session { accessToken } } }`,
      { email },
    );
    return t.withToken(answer.data.signIn.accessToken);
  };
  const person = async (role: 'SALESPERSON' | 'CASHIER'): Promise<{ id: string; email: string }> => {
    await t.as(role);
    const [user] = await t.db.sql<any>('select id, email from users where role = $1', [role]);
    return user;
  };
  const run = async (
    mutation: string,
    args: Record<string, [string, unknown]>,
    shown: string,
    by?: TestClient,
  ): Promise<any> => {
    const all: Record<string, [string, unknown]> = {
      ...args,
      ...(args['idempotencyKey'] === null ? {} : { idempotencyKey: ['ID!', newId()] }),
    };
    const names = Object.keys(all).filter((name) => all[name] !== null);
    const client = by ?? (await as('OWNER'));
    const answer = await client.query<any>(
      `mutation(${names.map((name) => `$${name}: ${all[name]?.[0]}`).join(', ')}) {
         result: ${mutation}(${names.map((name) => `${name}: $${name}`).join(', ')}) { ${shown} ... on UserError { code field message } } }`,
      Object.fromEntries(names.map((name) => [name, all[name]?.[1]])),
    );
    expect({ mutation, errors: answer.errors }).toEqual({ mutation, errors: undefined });
    const { result } = answer.data;
    expect({ mutation, code: result.code, message: result.message }).toEqual({ mutation });
    return result;
  };
  const keyless = { idempotencyKey: null as never };
  const trial = async (on: string): Promise<Record<number, string>> => {
    const answer = await (
      await as('OWNER')
    ).query<any>(
      `query($on: Date) { trialBalance(on: $on) { rows { account { number: code } balance { amount } } debit { amount } credit { amount } } }`,
      { on },
    );
    const { rows, debit, credit } = answer.data.trialBalance;
    expect(debit).toEqual(credit);
    return Object.fromEntries(
      rows
        .filter((row: any) => Number(row.balance.amount) !== 0)
        .map((row: any) => [row.account.number, row.balance.amount]),
    );
  };

  beforeAll(async () => {
    go('2027-05-01');
    t = await startTestApp({ settings: { SYNC_PHASE: 'full' } });
    for (const [rate, effectiveOn] of [
      ['1310', '2027-05-01'],
      ['1320', '2027-05-15'],
      ['1325', '2027-05-31'],
    ] as const) {
      await t.db.sql(
        `insert into exchange_rates (id, currency, rate, effective_on, created_at) values ($1, 'USD', $2, $3, now())`,
        [newId(), rate, effectiveOn],
      );
    }
    const lists = await t.db.sql<any>('select id, code from price_lists');
    const list = (code: string): string => lists.find((one) => one.code === code).id;
    for (const [name, code, amount, currency] of [
      ['lamp', 'wholesale_a', '35', 'USD'],
      ['cable', 'consumer_iqd', '13000', 'IQD'],
    ] as const) {
      const product = await run(
        'createProduct',
        { ...keyless, input: ['CreateProductInput!', { name, nameAr: name, sku: name.toUpperCase(), unit: 'pcs' }] },
        '... on Product { id }',
      );
      ids[name] = product.id;
      await run(
        'setPrices',
        { priceListId: ['ID!', list(code)], prices: ['[PriceInput!]!', [{ productId: product.id, amount, currency }]] },
        '... on PricesWritten { changed }',
      );
    }
    const salesperson = await person('SALESPERSON');
    ids['salesperson'] = salesperson.email;
    ids['cashier'] = (await person('CASHIER')).email;
    const box = await run(
      'createCashBox',
      {
        ...keyless,
        input: [
          'CreateCashBoxInput!',
          { kind: 'SALESPERSON', name: 'Box of Ali', nameAr: 'عهدة علي', keeperId: salesperson.id },
        ],
      },
      '... on CashBox { id }',
    );
    ids['box'] = box.id;
    const customer = await run(
      'createCustomer',
      {
        ...keyless,
        input: [
          'CreateCustomerInput!',
          {
            name: 'Shop of Omar',
            currency: 'USD',
            priceListId: list('wholesale_a'),
            creditLimit: '1000',
            salespersonId: salesperson.id,
          },
        ],
      },
      '... on Customer { id }',
    );
    ids['customer'] = customer.id;
    const vendor = await run(
      'createVendor',
      { ...keyless, input: ['CreateVendorInput!', { name: 'Lamp factory', currency: 'USD' }] },
      '... on Vendor { id }',
    );
    ids['vendor'] = vendor.id;
    const safe = (
      await (await as('OWNER')).query<any>('{ cashBoxes(filter: { kind: { eq: SAFE } }) { nodes { id } } }')
    ).data.cashBoxes.nodes[0];
    ids['safe'] = safe.id;
  });
  afterAll(async () => {
    restore();
    await t.stop();
  });

  test('is traded day by day', async () => {
    const [safe] = [ids['safe']];
    await run(
      'postJournalEntry',
      {
        input: [
          'PostJournalEntryInput!',
          {
            reason: 'Capital',
            lines: [
              { account: 1130, partyId: safe, currency: 'USD', debit: '1000' },
              { account: 3100, currency: 'USD', credit: '1000' },
              { account: 1130, partyId: safe, currency: 'IQD', debit: '1310000' },
              { account: 3100, currency: 'IQD', credit: '1310000' },
            ],
          },
        ],
      },
      '... on JournalEntry { id }',
    );

    go('2027-05-02');
    const { bill } = await run(
      'createBill',
      {
        input: [
          'CreateBillInput!',
          {
            vendorId: ids['vendor'],
            receive: true,
            lines: [
              { productId: ids['lamp'], quantity: '10', unitCost: '20' },
              { productId: ids['cable'], quantity: '20', unitCost: '5' },
              { description: 'Freight', quantity: '1', unitCost: '30', landed: true },
            ],
          },
        ],
      },
      '... on BillRecorded { bill { id version total { amount } lines { id } } }',
    );
    expect(bill.total.amount).toBe('330');

    go('2027-05-03');
    await run(
      'recordPaymentMade',
      {
        input: [
          'RecordPaymentMadeInput!',
          { vendorId: ids['vendor'], amount: '330', method: 'CASH', allocations: [{ billId: bill.id, amount: '330' }] },
        ],
      },
      '... on PaymentMadeRecorded { paymentMade { id } }',
    );

    go('2027-05-05');
    const ORDER = '... on OrderRecorded { order { id version } }';
    let { order } = await run(
      'createOrder',
      {
        input: [
          'CreateOrderInput!',
          { customerId: ids['customer'], lines: [{ productId: ids['lamp'], quantity: '4' }] },
        ],
      },
      ORDER,
    );
    for (const step of ['confirmOrder', 'shipOrder']) {
      ({ order } = await run(step, { id: ['ID!', order.id], version: ['Int!', order.version] }, ORDER));
    }
    const INVOICE = '... on InvoiceRecorded { invoice { id version total { amount } lines { id } } }';
    const { invoice: lamps } = await run(
      'createInvoice',
      { input: ['CreateInvoiceInput!', { orderId: order.id }] },
      INVOICE,
    );
    expect(lamps.total.amount).toBe('140');

    go('2027-05-06');
    const cashier = await signIn(ids['cashier'] as string);
    const { session } = await run(
      'openTill',
      { counts: ['[CountedCashInput!]!', []] },
      '... on TillSessionRecorded { session { id } }',
      cashier,
    );
    const { invoice: cables } = await run(
      'sellAtTill',
      {
        input: [
          'SellAtTillInput!',
          {
            sessionId: session.id,
            lines: [{ productId: ids['cable'], quantity: '3' }],
            payments: [],
            cash: {
              tendered: [
                { currency: 'USD', amount: '20' },
                { currency: 'IQD', amount: '13000' },
              ],
            },
          },
        ],
      },
      INVOICE,
      cashier,
    );
    expect(cables.total.amount).toBe('39000');

    go('2027-05-07');
    const { invoice: service } = await run(
      'createInvoice',
      {
        input: [
          'CreateInvoiceInput!',
          {
            customerId: ids['customer'],
            currency: 'IQD',
            freeLines: [{ description: 'Wiring', quantity: '1', unitPrice: '131000' }],
          },
        ],
      },
      INVOICE,
    );
    ids['service'] = service.id;

    go('2027-05-16');
    const salesperson = await signIn(ids['salesperson'] as string);
    for (const [currency, amount, invoiceId] of [
      ['IQD', '66000', service.id],
      ['USD', '70', lamps.id],
    ]) {
      const input = {
        customerId: ids['customer'],
        currency,
        amount,
        method: 'CASH',
        allocations: [{ invoiceId, amount }],
      };
      await run(
        'recordPayment',
        { input: ['RecordPaymentInput!', input] },
        '... on PaymentRecorded { payment { id } }',
        salesperson,
      );
    }

    go('2027-05-18');
    await run(
      'issueCreditNote',
      {
        input: [
          'IssueCreditNoteInput!',
          {
            invoiceId: lamps.id,
            lines: [{ invoiceLineId: lamps.lines[0].id, quantity: '1' }],
            restock: true,
            reason: 'Broken switch',
          },
        ],
      },
      '... on CreditNoteRecorded { creditNote { total { amount } } }',
    );

    go('2027-05-20');
    const { version } = (
      await (await as('OWNER')).query<any>('query($id: ID!) { bill(id: $id) { version } }', { id: bill.id })
    ).data.bill;
    await run(
      'correctBill',
      {
        id: ['ID!', bill.id],
        version: ['Int!', version],
        lines: ['[BillLineCostInput!]!', [{ lineId: bill.lines[0].id, unitCost: '21' }]],
        reason: ['String!', 'Misread'],
      },
      '... on BillRecorded { bill { id } }',
    );

    go('2027-05-22');
    const claims = [
      { currency: 'IQD', amount: '66000' },
      { currency: 'USD', amount: '70' },
    ];
    const { transfer } = await run(
      'handOverCash',
      { input: ['HandOverCashInput!', { fromBoxId: ids['box'], toBoxId: safe, claims }] },
      '... on CashTransferRecorded { transfer { id version status } }',
      await signIn(ids['salesperson'] as string),
    );
    if (transfer.status !== 'RECEIVED') {
      await run(
        'receiveCashTransfer',
        { id: ['ID!', transfer.id], version: ['Int!', transfer.version] },
        '... on CashTransferRecorded { transfer { id } }',
      );
    }

    go('2027-05-25');
    await run(
      'createExpense',
      {
        input: [
          'CreateExpenseInput!',
          { account: 6900, amount: '100', currency: 'USD', description: 'Rent', boxId: safe },
        ],
      },
      '... on ExpenseRecorded { expense { id status } }',
    );
  }, 60_000);

  test('going live: closes with the balance sheet that was computed by hand', async () => {
    go('2027-06-01');
    await run('closeBooks', { ...keyless, until: ['Date!', '2027-05-31'] }, '... on BooksClosed { closedUntil }');
    const rows = await trial('2027-05-31');
    expect(rows).toEqual({
      ...ASSETS,
      ...{ 2110: '-10', 3100: '-2000' },
      ...Object.fromEntries(
        Object.entries(RESULTS).map(([code, amount]) => [
          code,
          code.startsWith('4') ? String(-Number(amount)) : amount,
        ]),
      ),
    });
    const sheet = (
      await (
        await as('OWNER')
      ).query<any>(
        `{ balanceSheet(on: "2027-05-31") { assets { amount } liabilities { amount } equity { amount } rows { code line amount { amount } } } }`,
      )
    ).data.balanceSheet;
    expect(sheet).toMatchObject({
      assets: { amount: '2046.62' },
      liabilities: { amount: '10' },
      equity: { amount: '2036.62' },
    });
    expect(sheet.rows.find((row: any) => row.line === 'RESULT_OF_THE_YEAR').amount.amount).toBe('36.62');
    expect(await faultsOfBooks(t)).toEqual([]);
  });

  test('a void after the closing is an entry of its own day, and the closed month stays as it was', async () => {
    const before = await trial('2027-05-31');
    go('2027-06-03');
    const owner = await as('OWNER');
    const { version } = (
      await owner.query<any>('query($id: ID!) { invoice(id: $id) { version } }', { id: ids['service'] })
    ).data.invoice;
    await run(
      'voidInvoice',
      { id: ['ID!', ids['service']], version: ['Int!', version], reason: ['String!', 'Never done'] },
      '... on InvoiceRecorded { invoice { id } }',
    );
    expect(await trial('2027-05-31')).toEqual(before);
    const after = await trial('2027-06-03');
    expect(after[4100]).toBe('-169.77');
    // What the customer paid for it waits: 50.00, against 35 of the lamps that are open.
    expect(after[1210]).toBe('-15');
    expect(after[1290]).toBeUndefined();
    expect(await faultsOfBooks(t)).toEqual([]);
  });
});
