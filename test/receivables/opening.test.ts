import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { addDays, businessDate } from '../../src/kernel/clock.js';
import { newId } from '../../src/kernel/ids.js';
import { startTestApp, type TestApp, type TestClient } from '../support/app.js';
import { faultsOfBooks, Seller } from '../support/selling.js';

describe('opening balances', () => {
  let t: TestApp;
  let owner: TestClient;
  let seller: Seller;
  let day: string;
  let parties: { customers: string[]; vendorId: string; boxId: string };
  beforeAll(async () => {
    t = await startTestApp({ company: true, settings: { SYNC_PHASE: 'gradual' } });
    owner = await t.as('OWNER');
    seller = new Seller(t, owner);
    day = addDays(businessDate(t.config.timeZone), -60);
    await t.db.sql(
      `insert into exchange_rates (id, currency, rate, effective_on, created_at) values ($1, 'USD', 1310, $2, now())
       on conflict (currency, effective_on) do update set rate = 1310`,
      [newId(), day],
    );
    const customers = await t.db.sql<any>(
      `select c.id from customers c where c.active and c.archived_at is null order by c.code limit 2`,
    );
    const made = await owner.query<any>(
      `mutation($input: CreateVendorInput!) { createVendor(input: $input) { ... on Vendor { id } } }`,
      { input: { name: `Vendor ${newId()}`, currency: 'USD' } },
    );
    const [box] = await t.db.sql<any>(`select id from cash_boxes where account = 1130 order by id limit 1`);
    const vendorId = made.data.createVendor.id;
    parties = { customers: customers.map(({ id }) => id), vendorId, boxId: box.id };
  });
  afterAll(async () => {
    expect(await faultsOfBooks(t)).toEqual([]);
    await t.stop();
  });

  const preview = async (input: object): Promise<any> => {
    const answer = await owner.query<any>(
      `mutation($input: OpeningBalancesInput!) { previewOpeningBalances(input: $input) {
         ... on OpeningPreview { rows totals { currency customers { amount } vendors { amount } accounts { amount } } }
         ... on UserError { code faults { field } } } }`,
      { input },
    );
    return answer.data?.previewOpeningBalances ?? answer.errors;
  };
  const record = async (input: object, key: string, client = owner): Promise<any> => {
    const answer = await client.query<any>(
      `mutation($input: OpeningBalancesInput!, $key: ID!) { recordOpeningBalances(input: $input, idempotencyKey: $key) {
         ... on OpeningBatchRecorded { replayed batch { id version day } } ... on UserError { code field message } } }`,
      { input, key },
    );
    return answer.errors ? { code: answer.errors[0]?.extensions['code'] } : answer.data.recordOpeningBalances;
  };
  const stands = async (): Promise<Record<string, string>> => {
    const rows = await t.db.sql<any>(
      `select l.account || ' ' || l.currency as key, trim_scale(sum(l.amount))::text as amount from journal_lines l
         join journal_entries e on e.id = l.entry_id where e.event like 'OPENING%' or l.account = 3900
         or e.document_id in (select id from opening_documents) group by 1 having sum(l.amount) <> 0 order by 1`,
    );
    return Object.fromEntries(rows.map(({ key, amount }) => [key, amount]));
  };
  const rowsOf = ({ customers: [one, other], vendorId, boxId }: typeof parties): object[] => [
    { customerId: one, currency: 'USD', amount: '250.5', reference: 'Old invoice 17', dueOn: addDays(day, -30) },
    { customerId: one, currency: 'IQD', amount: '1310000' },
    { customerId: other, currency: 'USD', amount: '-40', reference: 'Advance' },
    { vendorId, currency: 'USD', amount: '900', reference: 'B-77', dueOn: addDays(day, 20) },
    { vendorId, currency: 'USD', amount: '-100' },
    { account: 1130, partyId: boxId, currency: 'IQD', amount: '2620000' },
    { account: 1510, currency: 'USD', amount: '5000' },
  ];

  test('a preview answers every fault of every row, or what the batch comes to, and writes nothing', async () => {
    const bad = [
      { currency: 'USD', amount: '1' },
      { customerId: newId(), currency: 'EUR', amount: '0' },
      { account: 1210, currency: 'USD', amount: '5' },
      { account: 1130, currency: 'USD', amount: '5' },
      { account: 1510, partyId: newId(), currency: 'IQD', amount: '1.5' },
    ];
    const fields = (await preview({ day: '2999-01-01', rows: bad })).faults?.map(({ field }: any) => field);
    expect(fields).toEqual([
      'day',
      'rows.0.customerId',
      'rows.1.customerId',
      'rows.1.currency',
      'rows.1.amount',
      'rows.2.account',
      'rows.3.partyId',
      'rows.4.partyId',
      'rows.4.amount',
    ]);
    expect(await preview({ day, rows: rowsOf(parties) })).toMatchObject({
      rows: 7,
      totals: [
        {
          currency: 'IQD',
          customers: { amount: '1310000' },
          vendors: { amount: '0' },
          accounts: { amount: '2620000' },
        },
        { currency: 'USD', customers: { amount: '210.5' }, vendors: { amount: '-800' }, accounts: { amount: '5000' } },
      ],
    });
    expect(await stands()).toEqual({});
  });

  test('a batch opens items that can be settled, and is voided as a whole', async () => {
    const [key, input] = [newId(), { day, notes: 'From the old books', rows: rowsOf(parties) }];
    expect(await record(input, key, await t.as('MANAGER'))).toMatchObject({ code: 'FORBIDDEN' });
    const { batch, replayed } = await record(input, key);
    expect([batch.day, replayed]).toEqual([day, false]);
    expect(await record(input, key)).toMatchObject({ replayed: true, batch: { id: batch.id } });
    expect(await stands()).toEqual({
      '1130 IQD': '2620000',
      '1210 IQD': '1310000',
      '1210 USD': '210.5',
      '1510 USD': '5000',
      '2110 USD': '-800',
      '3900 IQD': '-3930000',
      '3900 USD': '-4410.5',
    });
    const found = await owner.query<any>(
      `query($c: ID!) { invoices(first: 5, filter: { customerId: { eq: $c } }) { nodes { id version kind status dueOn issuedOn total { amount currency } lines { description } } } }`,
      { c: parties.customers[0] },
    );
    const invoice = found.data.invoices.nodes.find((one: any) => one.total.currency === 'USD');
    expect(invoice).toMatchObject({
      kind: 'OPENING',
      status: 'OVERDUE',
      issuedOn: day,
      dueOn: addDays(day, -30),
      lines: [{ description: 'Old invoice 17' }],
    });
    expect(await seller.voidInvoice(invoice)).toMatchObject({ code: 'BAD_INPUT', field: 'id' });
    const allocations = [{ invoiceId: invoice.id, amount: '250.5' }];
    const payment = await seller.pay({
      customerId: parties.customers[0],
      amount: '250.5',
      currency: 'USD',
      allocations,
    });
    expect((await seller.readInvoice(invoice.id)).status).toBe('PAID');
    expect(await faultsOfBooks(t)).toEqual([]);

    const answer = await owner.query<any>(
      `mutation($id: ID!, $v: Int!, $key: ID!) { voidOpeningBalances(id: $id, version: $v, reason: "Wrong day", idempotencyKey: $key) {
         ... on OpeningBatchRecorded { batch { id voidedOn } } ... on UserError { code message } } }`,
      { id: batch.id, v: batch.version, key: newId() },
    );
    expect(answer.data.voidOpeningBalances).toMatchObject({ batch: { id: batch.id } });
    expect(await stands()).toEqual({});
    expect(
      (await seller.balances(parties.customers[0] as string)).map((one) => [one.currency, one.balance.amount]),
    ).toEqual([
      ['IQD', '0'],
      ['USD', '-250.5'],
    ]);
    const { data } = await owner.query<any>('query($id: ID!) { payment(id: $id) { unapplied { amount } } }', {
      id: payment.id,
    });
    expect(data.payment.unapplied.amount).toBe('250.5');
  });
});
