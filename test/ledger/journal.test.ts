import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { journalOfEntries } from '../../migrations/20261125000200-journal-of-entries.js';
import { journalByProduct } from '../../migrations/20261125000400-journal-by-product.js';
import { journalOfServices } from '../../migrations/20261126010350-journal-of-services.js';
import { journalOfPurchases } from '../../migrations/20261125000210-journal-of-purchases.js';
import { cashBoxes } from '../../migrations/20261126020100-cash-boxes.js';
import { journalDays } from '../../migrations/20261125000220-journal-days.js';
import { addDays, businessDate } from '../../src/kernel/clock.js';
import { newId } from '../../src/kernel/ids.js';
import { numberEntries } from '../../src/ledger/journal.queries.js';
import { startTestApp, type TestApp, type TestClient } from '../support/app.js';
import { sqlClient } from '../support/database.js';
import { faultsOfBooks, Seller } from '../support/selling.js';

const RECEIVABLES = 1210;

describe('the journal', () => {
  let t: TestApp;
  let accountant: TestClient;
  let seller: Seller;
  let today: string;
  beforeAll(async () => {
    t = await startTestApp({ company: true, settings: { SYNC_PHASE: 'gradual' } });
    seller = new Seller(t, await t.as('OWNER'));
    accountant = await t.as('ACCOUNTANT');
    today = businessDate(t.config.timeZone);
    for (const [days, rate] of [
      [-30, '1310'],
      [-20, '1325.5'],
      [-10, '1307'],
    ] as const) {
      await t.db.sql(
        `insert into exchange_rates (id, currency, rate, effective_on, created_at) values ($1, 'USD', $2, $3, now())`,
        [newId(), rate, addDays(today, days)],
      );
    }
  });
  afterAll(async () => {
    expect(await faultsOfBooks(t)).toEqual([]);
    await t.stop();
  });

  const customer = async (): Promise<{ id: string; version: number }> => {
    const [list] = await t.db.sql<any>(`select id from price_lists where code = 'retailer'`);
    const [user] = await t.db.sql<any>(`select id from users where role = 'SALESPERSON' order by id limit 1`);
    const answer = await accountant.query<any>(
      `mutation($input: CreateCustomerInput!) { createCustomer(input: $input) { ... on Customer { id version } ... on UserError { code message } } }`,
      { input: { name: `Buyer ${newId()}`, currency: 'USD', priceListId: list.id } },
    );
    const made = answer.data.createCustomer;
    await t.db.sql('update customers set salesperson_id = $2 where id = $1', [made.id, user.id]);
    return made;
  };
  const service = (customerId: string, currency: string, unitPrice: string, issuedOn: string): Promise<any> =>
    seller.invoice({
      customerId,
      currency,
      issuedOn,
      freeLines: [{ description: 'Service', quantity: '1', unitPrice }],
      overrideCredit: true,
    });
  const linesOf = (documentId: string, event: string): Promise<any[]> =>
    t.db.sql(
      `select l.account, (l.party_id is not null) as party, l.currency, trim_scale(l.amount)::text as amount, trim_scale(l.base)::text as base
       from journal_entries e join journal_lines l on l.entry_id = e.id where e.document_id = $1 and e.event = $2 order by l.account, l.amount`,
      [documentId, event],
    );
  const balanceOf = async (on: string | null, currency: string | null): Promise<any> => {
    const answer = await accountant.query<any>(
      `query($on: Date, $currency: String) { trialBalance(on: $on, currency: $currency) { on currency debit { amount } credit { amount }
         rows { account { code kind } debit { amount } credit { amount } balance { amount currency } } } }`,
      { on, currency },
    );
    return answer.data.trialBalance;
  };

  test('an invoice with a discount, a tax and shipping, in dinars, posts each part and the cent that rounding leaves', async () => {
    const { id } = await customer();
    const [product] = await t.db.sql<any>(
      `select p.id from products p join stock_levels s on s.product_id = p.id join warehouses w on w.id = s.warehouse_id and w.is_primary
       where p.active and p.trackable and s.on_hand - s.reserved > 20 order by p.id limit 1`,
    );
    const freeLines = [
      { productId: product.id, quantity: '3', unitPrice: '3333', taxPercent: '10' },
      { description: 'Repair', quantity: '1', unitPrice: '1000', taxPercent: '5' },
    ];
    const invoice = await seller.invoice({ customerId: id, currency: 'IQD', issuedOn: addDays(today, -15), freeLines });
    expect(invoice.total.amount).toBe('12049');
    expect(await linesOf(invoice.id, 'INVOICE')).toEqual([
      { account: 1210, party: true, currency: 'IQD', amount: '12049', base: '9.09' },
      { account: 2130, party: false, currency: 'IQD', amount: '-1050', base: '-0.79' },
      { account: 4100, party: false, currency: 'IQD', amount: '-9999', base: '-7.54' },
      { account: 4100, party: false, currency: 'IQD', amount: '-1000', base: '-0.75' },
      { account: 4810, party: false, currency: 'USD', amount: '0', base: '-0.01' },
    ]);
    const [entry] = await t.db.sql<any>(
      `select e.day::text, e.document_type, e.origin, e.actor like 'user:%' as user, bool_and(l.branch_id = i.branch_id) as branch,
         bool_and(l.salesperson_id = c.salesperson_id) as salesperson
       from journal_entries e join journal_lines l on l.entry_id = e.id join invoices i on i.id = e.document_id
         join customers c on c.id = i.customer_id where e.document_id = $1 group by e.id`,
      [invoice.id],
    );
    const said = { document_type: 'invoice', origin: 'user', user: true, branch: true, salesperson: true };
    expect(entry).toEqual({ day: addDays(today, -15), ...said });
  });

  test('a payment, a credit and a refund post to where the money lies; a void negates the lines of its entry, today', async () => {
    const { id } = await customer();
    const invoice = await service(id, 'USD', '100', addDays(today, -12));
    const cash = await seller.pay({
      customerId: id,
      amount: '131000',
      currency: 'IQD',
      receivedOn: addDays(today, -25),
    });
    const bank = await seller.pay({ customerId: id, amount: '30', currency: 'USD', method: 'BANK_TRANSFER' });
    await seller.pay({ customerId: id, amount: '5', currency: 'USD' });
    await seller.refund({ paymentId: bank.id, amount: '5', method: 'CASH' });
    const note = await seller.credit({ invoiceId: invoice.id, amount: '10' });
    const receivable = { account: 1210, party: true };
    expect(await linesOf(cash.id, 'PAYMENT')).toEqual([
      { account: 1130, party: true, currency: 'IQD', amount: '131000', base: '100' },
      { ...receivable, currency: 'IQD', amount: '-131000', base: '-100' },
    ]);
    expect(await linesOf(bank.id, 'PAYMENT')).toMatchObject([{ account: 1140, amount: '30' }, { account: 1210 }]);
    const [refund] = await t.db.sql<any>('select id from refunds where payment_id = $1', [bank.id]);
    expect(await linesOf(refund.id, 'REFUND')).toMatchObject([{ account: 1130, amount: '-5' }, { account: 1210 }]);
    expect(await linesOf(note.id, 'CREDIT_NOTE')).toMatchObject([{ account: 1210, amount: '-10' }, { account: 4110 }]);
    await seller.voidPayment(cash);
    expect(await linesOf(cash.id, 'PAYMENT_VOID')).toEqual([
      { account: 1130, party: true, currency: 'IQD', amount: '-131000', base: '-100' },
      { ...receivable, currency: 'IQD', amount: '131000', base: '100' },
    ]);
    const [entry] = await t.db.sql<any>(
      `select v.day::text, v.reverses = o.id as reverses from journal_entries v join journal_entries o on o.document_id = v.document_id and o.event = 'PAYMENT'
       where v.document_id = $1 and v.event = 'PAYMENT_VOID'`,
      [cash.id],
    );
    expect(entry).toEqual({ day: today, reverses: true });
  });

  test('a merge moves what is owed by an entry of today, and a void after it takes from the customer that stays', async () => {
    const [kept, gone] = [await customer(), await customer()];
    const invoice = await service(gone.id, 'USD', '40', addDays(today, -9));
    await service(gone.id, 'IQD', '13070', addDays(today, -9));
    const [row] = await t.db.sql<any>('select version from customers where id = $1', [gone.id]);
    await accountant.query(
      `mutation($k: ID!, $g: ID!, $v: Int!) { mergeCustomers(keepId: $k, duplicateId: $g, duplicateVersion: $v) { __typename } }`,
      { k: kept.id, g: gone.id, v: row.version },
    );
    const owed = (until: string) =>
      t.db.sql<any>(
        `select party_id as id, currency, trim_scale(sum(amount))::text as amount, trim_scale(sum(base))::text as base from journal_lines
         where account = 1210 and party_id = any ($1) and day <= $2 group by 1, 2 order by 3`,
        [[kept.id, gone.id], until],
      );
    expect((await owed(addDays(today, -1))).map(({ id }) => id)).toEqual([gone.id, gone.id]);
    const nothing = { id: gone.id, amount: '0', base: '0' };
    const after = await owed(today);
    expect(after.filter(({ id }) => id === gone.id)).toMatchObject([nothing, nothing]);
    expect(after.filter(({ id }) => id === kept.id)).toEqual([
      { id: kept.id, currency: 'IQD', amount: '13070', base: '10' },
      { id: kept.id, currency: 'USD', amount: '40', base: '40' },
    ]);
    expect(await seller.voidInvoice(await seller.readInvoice(invoice.id))).toMatchObject({ id: invoice.id });
    expect((await owed(today)).find(({ id, currency }) => id === kept.id && currency === 'USD')).toMatchObject({
      amount: '0',
    });
  });

  test('a day without a rate of the base currency takes no document in dinars', async () => {
    const { id } = await customer();
    expect(await service(id, 'IQD', '1000', '2023-12-31')).toMatchObject({ code: 'BAD_INPUT', field: 'currency' });
    expect(await t.db.sql('select 1 from invoices where customer_id = $1', [id])).toEqual([]);
  });

  const STATEMENT = `query($account: Int!, $party: ID, $currency: String!, $from: Date, $to: Date, $first: Int, $after: String, $last: Int, $before: String) {
    accountStatement(account: $account, partyId: $party, currency: $currency, from: $from, to: $to, first: $first, after: $after, last: $last, before: $before) {
      totalCount pageInfo { hasNextPage hasPreviousPage startCursor endCursor }
      nodes { id number day event documentId partyId salespersonId branchId amount { amount currency } base { amount currency } balance { amount currency } baseBalance { amount } } } }`;
  const pages = async (variables: object, backward: boolean): Promise<any[]> => {
    const all: any[] = [];
    let cursor: string | null = null;
    for (;;) {
      const size: object = backward ? { last: 7, before: cursor } : { first: 7, after: cursor };
      const answer = await accountant.query<any>(STATEMENT, { ...variables, ...size });
      const page = answer.data.accountStatement;
      all[backward ? 'unshift' : 'push'](...page.nodes);
      cursor = backward ? page.pageInfo.startCursor : page.pageInfo.endCursor;
      if (!(backward ? page.pageInfo.hasPreviousPage : page.pageInfo.hasNextPage)) {
        expect(page.totalCount).toBe(all.length);
        return all;
      }
    }
  };

  test('the pages of a statement, from either end, are the naive running sum, for an account and for a party in it', async () => {
    const { id } = await customer();
    for (let index = 0; index < 10; index += 1)
      for (const currency of ['USD', 'IQD'])
        expect(await service(id, currency, String(1000 + index), addDays(today, -((index * 7) % 18)))).toMatchObject({
          number: expect.any(String),
        });
    // Some entries have their number and stand in days, some wait; whoever asks sees no difference.
    await numberEntries(t.app.services.db.read, 12);
    const [busiest] = await t.db.sql<any>(
      `select party_id as id from journal_lines where account = 1210 and currency = 'USD' group by 1 order by count(*) desc limit 1`,
    );
    for (const [account, party, currency, from] of [
      [RECEIVABLES, busiest.id, 'USD', null],
      [RECEIVABLES, null, 'IQD', null],
      [4100, null, 'USD', addDays(today, -18)],
    ] as const) {
      const naive = await t.db.sql<any>(
        `select * from (select entry_id || ':' || line as id, day::text, trim_scale(amount)::text as amount, trim_scale(base)::text as base,
             trim_scale(sum(amount) over o)::text as balance, trim_scale(sum(base) over o)::text as "baseBalance"
           from journal_lines where account = $1 and currency = $2 and ($3::uuid is null or party_id = $3)
           window o as (order by day, entry_id, line) order by day, entry_id, line) x where $4::date is null or day::date >= $4`,
        [account, currency, party, from],
      );
      expect(naive.length).toBeGreaterThan(8);
      for (const backward of [false, true]) {
        const rows = await pages({ account, party, currency, from }, backward);
        expect(
          rows.map(({ id, day, amount, base, balance, baseBalance }) => ({
            ...{ id, day, amount: amount.amount, base: base.amount },
            ...{ balance: balance.amount, baseBalance: baseBalance.amount },
          })),
        ).toEqual(naive);
      }
    }
  });

  test('the chart, balances and statements are for those who read the ledger; faults name their argument', async () => {
    const chart = await accountant.query<any>('{ accounts { code name nameAr unifiedCode kind party active } }');
    expect(chart.data.accounts).toHaveLength(40);
    expect(chart.data.accounts.find((one: any) => one.code === RECEIVABLES)).toMatchObject({
      kind: 'ASSET',
      nameAr: 'الزبائن',
      party: 'customer',
    });
    const clerk = await t.as('SALESPERSON');
    for (const query of [
      '{ accounts { code } }',
      '{ trialBalance { on } }',
      '{ accountStatement(account: 1210, currency: "USD") { nodes { id } } }',
    ]) {
      expect((await clerk.query(query)).errors?.[0]?.extensions['code']).toBe('FORBIDDEN');
    }
    const refused = async (variables: object): Promise<any> =>
      (await accountant.query<any>(STATEMENT, { account: RECEIVABLES, currency: 'USD', ...variables })).errors?.[0]
        ?.extensions;
    expect(await refused({ account: 1211 })).toMatchObject({ code: 'BAD_INPUT', field: 'account' });
    expect(await refused({ party: 'x' })).toMatchObject({ code: 'BAD_INPUT', field: 'partyId' });
    expect(await refused({ currency: 'EUR' })).toMatchObject({ code: 'BAD_INPUT', field: 'currency' });
    expect(await refused({ after: 'eHh4' })).toMatchObject({ code: 'BAD_INPUT', field: 'after' });
    expect(await refused({ first: 101 })).toMatchObject({ code: 'BAD_INPUT', field: 'first' });
  });

  test('the job numbers what waits, and a statement shows it', async () => {
    await t.app.services.transact({ origin: 'system', actor: 'test' }, (tx) =>
      Promise.resolve(tx.enqueue({ kind: 'number-entries', jobKey: 'number-entries' })),
    );
    await t.drain();
    expect(await t.db.sql('select count(*)::int as n from journal_pending')).toEqual([{ n: 0 }]);
    const [facts] = await t.db.sql<any>(
      `select count(*)::int = max(number)::int as dense, count(*)::int = (select count(*)::int from journal_entries) as every from journal_numbers`,
    );
    expect(facts).toEqual({ dense: true, every: true });
    const answer = await accountant.query<any>(STATEMENT, { account: RECEIVABLES, currency: 'USD', last: 3 });
    expect(answer.data.accountStatement.nodes.every(({ number }: any) => Number(number) > 0)).toBe(true);
  });

  test('a bill and a payment made, and their voids, post to what vendors are owed', async () => {
    const mutate = async (name: string, args: string, fields: string, variables: object): Promise<any> => {
      const answer = await accountant.query<any>(
        `mutation(${args}) { ${name}(${[...args.matchAll(/\$(\w+)/g)].map(([, arg]) => `${arg}: $${arg}`).join(', ')}) { __typename
           ... on ${fields} ... on UserError { code message } } }`,
        { ...variables, idempotencyKey: newId() },
      );
      if (answer.errors) throw new Error(JSON.stringify(answer.errors));
      const made = answer.data[name];
      return made.bill ?? made.paymentMade ?? made;
    };
    const [ofBill, ofPayment] = [
      'BillRecorded { bill { id version } }',
      'PaymentMadeRecorded { paymentMade { id version } }',
    ];
    const vendor = await mutate('createVendor', '$input: CreateVendorInput!', 'Vendor { id }', {
      input: { name: 'Maker', currency: 'USD' },
    });
    const input = {
      vendorId: vendor.id,
      lines: [{ description: 'Freight', quantity: '1', unitCost: '80', taxPercent: '5' }],
    };
    const bill = await mutate('createBill', '$input: CreateBillInput!, $idempotencyKey: ID!', ofBill, { input });
    const paid = await mutate('recordPaymentMade', '$input: RecordPaymentMadeInput!, $idempotencyKey: ID!', ofPayment, {
      input: { vendorId: vendor.id, amount: '50', method: 'BANK_TRANSFER' },
    });
    expect(await linesOf(bill.id, 'BILL')).toEqual([
      { account: 2110, party: true, currency: 'USD', amount: '-84', base: '-84' },
      { account: 2130, party: false, currency: 'USD', amount: '4', base: '4' },
      { account: 6900, party: false, currency: 'USD', amount: '80', base: '80' },
    ]);
    expect(await linesOf(paid.id, 'PAYMENT_MADE')).toMatchObject([
      { account: 1140, amount: '-50' },
      { account: 2110, party: true, amount: '50' },
    ]);
    const voided = '$id: ID!, $version: Int!, $reason: String!, $idempotencyKey: ID!';
    await mutate('voidBill', voided, ofBill, { ...bill, reason: 'A mistake' });
    expect(await linesOf(bill.id, 'BILL_VOID')).toMatchObject([
      { account: 2110, amount: '84' },
      { account: 2130, amount: '-4' },
      { account: 6900, amount: '-80' },
    ]);
    await mutate('voidPaymentMade', voided, ofPayment, { ...paid, reason: 'A mistake' });
    expect(await linesOf(paid.id, 'PAYMENT_MADE_VOID')).toMatchObject([
      { account: 1140 },
      { account: 2110, amount: '-50' },
    ]);
  });

  // Which box a line of cash names is not known to the first migration; a later one moves the money by an entry.
  /** What movements of goods posted; the migrations of documents write nothing of it. */
  const OF_GOODS = `'SHIPMENT', 'GOODS_RETURN'`;
  const WRITTEN = `select e.event, e.document_id, e.document_type, e.day::text, l.account,
      case when l.account > 1150 then l.party_id end as party_id, l.currency, l.amount::text,
      case when e.event <> 'REFUND' then l.base::text end as base, l.branch_id, l.salesperson_id, l.product_id, l.day::text as line_day
    from journal_entries e join journal_lines l on l.entry_id = e.id
    where e.event not in ('CUSTOMER_MERGE', 'CASH_BOX_OPENING', 'REFUND_DIFFERENCE', ${OF_GOODS}) and e.event not like 'ALLOCATION%'
      and not (e.event = 'REFUND' and l.account = 4810) and not exists (
      select 1 from account_entries a join customers c on c.merged_into_id = a.customer_id where a.document_id = e.document_id)
    order by 1, 2, 5, 8`;

  test('the migration writes of existing entries what commands wrote, and what a release without the journal left out', async () => {
    const written = await t.db.sql<any>(WRITTEN);
    expect(new Set(written.map(({ event }) => event)).size).toBe(9);
    const days = 'select * from journal_days order by 1, 2, 3, 4';
    const balances = await balanceOf(null, null);
    await sqlClient(t.db.url, async (client) => {
      // As it is when the migration runs: no journal but that of goods, and no rules on it yet.
      await client.query('begin; set local session_replication_role = replica');
      await client.query('truncate journal_pending, journal_numbers, journal_days');
      await client.query(
        `delete from journal_lines where entry_id in (select id from journal_entries where event not in (${OF_GOODS}))`,
      );
      await client.query(`delete from journal_entries where event not in (${OF_GOODS})`);
      await client.query(
        'update journal_head set number = 0; drop function journal_account_entries; drop function journal_purchases',
      );
      await client.query(
        'update allocations set base = null; update bill_allocations set base = null; update refunds set base_amount = null',
      );
      const posting = `select journal_account_entries(0, (select coalesce(max(seq), 0) from account_entries), '-infinity')`;
      const purchases = `select journal_purchases(null, '-infinity')`;
      const carrying = { statements: [`select carry_allocations(null, '-infinity')`] };
      const toBoxes = { statements: ['truncate cash_balances', ...cashBoxes.statements.slice(-2)] };
      const steps = [journalOfEntries, journalOfPurchases, carrying, toBoxes, journalDays].flatMap(({ statements }) =>
        // Today's functions, with a line for each product and services as an expense, in place of those of the first migration.
        statements.flatMap((one) =>
          one === posting
            ? [...journalByProduct.statements, one]
            : one === purchases
              ? [...journalOfServices.statements, one]
              : [one],
        ),
      );
      for (const statement of steps) await client.query(statement);
      await client.query('commit');
    });
    expect(await t.db.sql(WRITTEN)).toEqual(written);
    // Entries of allocations are written anew, to the cent where one was released; the books' own checks hold them.
    const others = ({ rows }: any): any[] =>
      rows.filter(({ account }: any) => ![1210, 2110, 4810].includes(account.code));
    expect(others(await balanceOf(null, null))).toEqual(others(balances));
    expect(await faultsOfBooks(t)).toEqual([]);
    const [naive] = await t.db.sql<any>(
      `select bool_and(d.balance = (select sum(l.amount) from journal_lines l where l.account = d.account and l.currency = d.currency
         and l.day <= d.day and (d.party_id = '00000000-0000-0000-0000-000000000000' or l.party_id = d.party_id))) as right from journal_days d`,
    );
    expect(naive).toEqual({ right: true });
    expect((await t.db.sql(days)).length).toBeGreaterThan(20);

    // A release without the journal posts an invoice and voids it; the void of another one of its finds its entry.
    const { id } = await customer();
    const [left, other] = [await service(id, 'USD', '12', today), await service(id, 'USD', '13', today)];
    await seller.voidInvoice(left);
    await t.db.sql(
      `begin; set local session_replication_role = replica;
       delete from journal_pending where entry_id in (select id from journal_entries where document_id in ('${left.id}', '${other.id}'));
       delete from journal_lines where entry_id in (select id from journal_entries where document_id in ('${left.id}', '${other.id}'));
       delete from journal_entries where document_id in ('${left.id}', '${other.id}'); commit`,
    );
    expect(await seller.voidInvoice(other)).toMatchObject({ id: other.id });
    expect(await linesOf(other.id, 'INVOICE_VOID')).toMatchObject([
      { account: 1210, amount: '-13' },
      { account: 4100 },
    ]);
    await t.app.services.transact({ origin: 'system', actor: 'test' }, (tx) =>
      Promise.resolve(tx.enqueue({ kind: 'journal-newest', jobKey: 'journal-newest' })),
    );
    await t.drain();
    expect(await linesOf(left.id, 'INVOICE_VOID')).toMatchObject([{ account: 1210, amount: '-12' }, { account: 4100 }]);
  });
});
