import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { addDays, businessDate } from '../../src/kernel/clock.js';
import { newId } from '../../src/kernel/ids.js';
import { startTestApp, type TestApp, type TestClient } from '../support/app.js';
import { faultsOfBooks, Seller } from '../support/selling.js';

/** Credits and debts without goods: allowances and debit notes on their own, bad debts, and refunds that are taken back. */
describe('adjustments of what customers owe', () => {
  let t: TestApp;
  let owner: TestClient;
  let accountant: TestClient;
  let seller: Seller;
  let today: string;
  beforeAll(async () => {
    t = await startTestApp({ company: true, settings: { SYNC_PHASE: 'gradual' } });
    owner = await t.as('OWNER');
    accountant = await t.as('ACCOUNTANT');
    seller = new Seller(t, owner);
    today = businessDate(t.config.timeZone);
    await t.db.sql(
      `insert into exchange_rates (id, currency, rate, effective_on, created_at) values ($1, 'USD', 1320, $2, now())
       on conflict (currency, effective_on) do update set rate = 1320`,
      [newId(), today],
    );
  });
  afterAll(async () => {
    expect(await faultsOfBooks(t)).toEqual([]);
    await t.stop();
  });

  const customer = async (): Promise<string> => {
    const [list] = await t.db.sql<any>(`select id from price_lists where code = 'retailer'`);
    const answer = await owner.query<any>(
      `mutation($input: CreateCustomerInput!) { createCustomer(input: $input) { ... on Customer { id } } }`,
      { input: { name: `Buyer ${newId()}`, currency: 'USD', priceListId: list.id, paymentTermsDays: 14 } },
    );
    return answer.data.createCustomer.id;
  };
  const service = (customerId: string, currency: string, unitPrice: string): Promise<any> =>
    seller.invoice({ customerId, currency, freeLines: [{ description: 'Service', quantity: '1', unitPrice }] });
  const FIELDS = {
    creditNote: 'id version number kind total { amount } applied { amount } unapplied { amount }',
    invoice: 'id version number kind status dueOn total { amount currency } balance { amount }',
  } as const;
  const run = async (
    mutation: string,
    input: object,
    field: keyof typeof FIELDS,
    client: TestClient = owner,
  ): Promise<any> => {
    const type = `${mutation.charAt(0).toUpperCase()}${mutation.slice(1)}Input!`;
    const recorded = field === 'invoice' ? 'InvoiceRecorded' : 'CreditNoteRecorded';
    const answer = await client.query<any>(
      `mutation($input: ${type}, $key: ID!) { ${mutation}(input: $input, idempotencyKey: $key) {
         ... on ${recorded} { ${field} { ${FIELDS[field]} } } ... on UserError { code field message } } }`,
      { input, key: newId() },
    );
    if (answer.errors) return { code: answer.errors[0]?.extensions['code'] };
    return answer.data[mutation][field] ?? answer.data[mutation];
  };
  const posted = async (documentId: string, event: string): Promise<unknown[]> => {
    const rows = await t.db.sql<any>(
      `select l.account, l.currency, trim_scale(l.amount)::text as amount from journal_entries e join journal_lines l on l.entry_id = e.id
       where e.document_id = $1 and e.event = $2 order by l.account`,
      [documentId, event],
    );
    return rows.map((row) => Object.values(row));
  };

  test('an allowance without an invoice settles what is named, in another currency too, and the rest waits on account', async () => {
    const customerId = await customer();
    const invoice = await service(customerId, 'USD', '100');
    const note = await run(
      'createCreditNote',
      {
        customerId,
        currency: 'IQD',
        amount: '100000',
        reason: 'Late delivery',
        allocations: [{ invoiceId: invoice.id, amount: '50', rate: '1320' }],
      },
      'creditNote',
    );
    expect(note).toMatchObject({ kind: 'CREDIT_NOTE', applied: { amount: '66000' }, unapplied: { amount: '34000' } });
    expect(await posted(note.id, 'CREDIT_NOTE')).toEqual([
      [1210, 'IQD', '-100000'],
      [4110, 'IQD', '100000'],
    ]);
    expect(
      (await seller.balances(customerId)).map((one) => [one.currency, one.balance.amount, one.unapplied.amount]),
    ).toEqual([
      ['IQD', '-34000', '34000'],
      ['USD', '50', '0'],
    ]);
    expect(await seller.voidNote(note)).toMatchObject({ id: note.id });
    expect((await seller.readInvoice(invoice.id)).balance.amount).toBe('100');
    const faults = await run(
      'createCreditNote',
      { customerId, currency: 'EUR', amount: '0', reason: ' ' },
      'creditNote',
    );
    expect(faults).toMatchObject({ code: 'BAD_INPUT' });
  });

  test('a debit note is owed like an invoice, by the terms of the customer, and no report counts it as a sale', async () => {
    const customerId = await customer();
    const debit = await run(
      'createDebitNote',
      { customerId, currency: 'USD', amount: '12.5', reason: 'Bank fee of a returned check' },
      'invoice',
    );
    expect(debit).toMatchObject({
      kind: 'DEBIT_NOTE',
      status: 'OPEN',
      dueOn: addDays(today, 14),
      balance: { amount: '12.5' },
    });
    expect(debit.number).toMatch(/^DN-/);
    expect(await posted(debit.id, 'DEBIT_NOTE')).toEqual([
      [1210, 'USD', '12.5'],
      [4200, 'USD', '-12.5'],
    ]);
    const allocations = [{ invoiceId: debit.id, amount: '12.5' }];
    const payment = await seller.pay({ customerId, amount: '12.5', currency: 'USD', allocations });
    expect((await seller.readInvoice(debit.id)).status).toBe('PAID');
    await seller.voidPayment(payment);
    expect(await seller.voidInvoice(await seller.readInvoice(debit.id))).toMatchObject({ id: debit.id });
    expect(await posted(debit.id, 'DEBIT_NOTE_VOID')).toEqual([
      [1210, 'USD', '-12.5'],
      [4200, 'USD', '12.5'],
    ]);
  });

  test('a debt is written off with a right, a reason and a bound, and comes back when it is paid after all', async () => {
    const customerId = await customer();
    const [small, large] = [await service(customerId, 'USD', '100'), await service(customerId, 'USD', '900')];
    const off = (input: object, client?: TestClient): Promise<any> => run('writeOff', input, 'creditNote', client);
    expect(await off({ invoiceId: small.id, reason: 'Gone' }, await t.as('CASHIER'))).toMatchObject({
      code: 'FORBIDDEN',
    });
    expect(await off({ invoiceId: small.id, reason: ' ' }, accountant)).toMatchObject({ field: 'reason' });
    expect(await off({ invoiceId: large.id, reason: 'Gone' }, accountant)).toMatchObject({ field: 'amount' });
    expect(await off({ invoiceId: small.id, amount: '101', reason: 'Gone' }, accountant)).toMatchObject({
      code: 'OVERPAYMENT',
    });
    const part = await off({ invoiceId: large.id, amount: '300', reason: 'Moved away' }, accountant);
    expect(part).toMatchObject({ kind: 'WRITE_OFF', applied: { amount: '300' }, unapplied: { amount: '0' } });
    expect(await off({ invoiceId: large.id, reason: 'Moved away' })).toMatchObject({ total: { amount: '600' } });
    expect(await posted(part.id, 'WRITE_OFF')).toEqual([
      [1210, 'USD', '-300'],
      [6500, 'USD', '300'],
    ]);
    expect((await seller.readInvoice(large.id)).balance.amount).toBe('0');
    const { data } = await owner.query<any>('query($id: ID!) { creditNote(id: $id) { id version } }', { id: part.id });
    expect(await seller.voidNote(data.creditNote)).toMatchObject({ id: part.id });
    expect((await seller.readInvoice(large.id)).balance.amount).toBe('300');
  });

  test('domain 12: a refund can be voided, and what it was given back of is unapplied again', async () => {
    const customerId = await customer();
    const payment = await seller.pay({ customerId, amount: '132000', currency: 'IQD' });
    const { refundId } = await seller.refund({ paymentId: payment.id, amount: '32000' });
    const read = async (): Promise<any> =>
      (
        await owner.query<any>(
          'query($id: ID!) { payment(id: $id) { version refunded { amount } unapplied { amount } refunds { id version voidedOn } } }',
          { id: payment.id },
        )
      ).data.payment;
    expect(await read()).toMatchObject({ refunded: { amount: '32000' }, unapplied: { amount: '100000' } });
    const voided = async (version: number, key: string): Promise<any> => {
      const answer = await owner.query<any>(
        `mutation($id: ID!, $version: Int!, $key: ID!) { voidRefund(id: $id, version: $version, reason: "Never handed over", idempotencyKey: $key) {
           ... on RefundVoided { refundId replayed } ... on UserError { code field } } }`,
        { id: refundId, version, key },
      );
      return answer.data.voidRefund;
    };
    const key = newId();
    expect(await voided(1, key)).toEqual({ refundId, replayed: false });
    expect(await voided(1, key)).toEqual({ refundId, replayed: true });
    expect(await voided(1, newId())).toMatchObject({ code: 'STALE_VERSION' });
    expect(await read()).toMatchObject({
      refunded: { amount: '0' },
      unapplied: { amount: '132000' },
      refunds: [{ id: refundId, voidedOn: today }],
    });
    expect(await posted(refundId, 'REFUND_VOID')).toEqual([
      [1130, 'IQD', '32000'],
      [1210, 'IQD', '-32000'],
    ]);
    expect((await seller.balances(customerId)).map((one) => [one.currency, one.balance.amount])).toEqual([
      ['IQD', '-132000'],
    ]);
    expect(await seller.voidPayment({ ...payment, version: (await read()).version })).toMatchObject({ id: payment.id });
  });
});
