import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { addDays, businessDate } from '../../src/kernel/clock.js';
import { newId } from '../../src/kernel/ids.js';
import { startTestApp, type TestApp, type TestClient } from '../support/app.js';
import { Cashier } from '../support/cash.js';
import { faultsOfBooks, Seller } from '../support/selling.js';

/** Issue 10, done when 4: closing against booking. Writers book on the very day that is being closed, until they are refused. */
describe('closing the books while people book on the day that is closed', () => {
  let t: TestApp;
  let owner: TestClient;
  let day: string;
  let customers: string[];
  let vendorId: string;
  const WRITERS = 8;
  beforeAll(async () => {
    t = await startTestApp({ settings: { SYNC_PHASE: 'gradual' } });
    owner = await t.as('OWNER');
    day = addDays(businessDate(t.config.timeZone), -1);
    const office = new Cashier(t, owner);
    await office.rate('USD', '1310', addDays(day, -40));
    // What stands in dinars is valued when the day is closed.
    await office.rate('USD', '1325', day);
    customers = [];
    for (let index = 0; index < 3; index += 1) customers.push(await office.customer('USD'));
    // Older than the day, so that closing has something to revalue.
    const freeLines = [{ description: 'Service', quantity: '1', unitPrice: '1000000' }];
    await new Seller(t, owner).invoice({
      customerId: customers[0],
      currency: 'IQD',
      issuedOn: addDays(day, -5),
      overrideCredit: true,
      freeLines,
    });
    vendorId = (
      await owner.query<any>(
        'mutation { createVendor(input: { name: "Mill", currency: "IQD" }) { ... on Vendor { id } } }',
      )
    ).data.createVendor.id;
  });
  afterAll(() => t.stop());

  /** The kinds of booking in turn, each by the client of its writer. */
  const bookings = (seller: Seller, customerId: string): (() => Promise<any>)[] => [
    () =>
      seller.invoice({
        customerId,
        currency: 'IQD',
        issuedOn: day,
        overrideCredit: true,
        freeLines: [{ description: 'Service', quantity: '1', unitPrice: '13000' }],
      }),
    () => seller.pay({ customerId, amount: '5000', currency: 'IQD', receivedOn: day, oldestFirst: true }),
    () =>
      seller.client
        .query<any>(
          `mutation($input: CreateBillInput!, $k: ID!) { createBill(input: $input, idempotencyKey: $k) {
             ... on BillRecorded { bill { id } } ... on UserError { code field } } }`,
          {
            input: { vendorId, billedOn: day, lines: [{ description: 'Freight', quantity: '1', unitCost: '7000' }] },
            k: newId(),
          },
        )
        .then(({ data, errors }) =>
          errors ? { code: errors[0]?.extensions['code'] } : (data.createBill.bill ?? data.createBill),
        ),
    () =>
      seller.client
        .query<any>(
          `mutation($input: PostJournalEntryInput!, $k: ID!) { postJournalEntry(input: $input, idempotencyKey: $k) {
             ... on JournalEntry { id } ... on UserError { code field } } }`,
          {
            input: {
              day,
              reason: 'Rent',
              lines: [
                { account: 6900, currency: 'IQD', debit: '1000' },
                { account: 3100, currency: 'IQD', credit: '1000' },
              ],
            },
            k: newId(),
          },
        )
        .then(({ data, errors }) => (errors ? { code: errors[0]?.extensions['code'] } : data.postJournalEntry)),
  ];

  const statements = async (): Promise<unknown> => {
    const answer = await owner.query<any>(
      `query($day: Date!) {
         trialBalance(on: $day) { debit { amount } credit { amount } rows { account { code } debit { amount } credit { amount } } }
         balanceSheet(on: $day) { assets { amount } equity { amount } liabilities { amount } rows { code line amount { amount } } } }`,
      { day },
    );
    if (answer.errors) throw new Error(answer.errors[0]?.message);
    return answer.data;
  };
  /** Every account and party at the end of the day, and who wrote it: the lines up to the day, by entry. */
  const closedLines = (): Promise<any[]> =>
    t.db.sql(
      `select account, party_id, currency, count(*)::int as lines, sum(amount)::text as amount, sum(base)::text as base
       from journal_lines where day <= $1 group by 1, 2, 3 order by 1, 2, 3`,
      [day],
    );

  test('eight writers are refused by name once it is closed, and what was closed stays as it was', async () => {
    const clients = await Promise.all(Array.from({ length: WRITERS }, () => t.as('OWNER')));
    const made: any[] = [];
    const refused: any[] = [];
    const write = async (client: TestClient, index: number): Promise<void> => {
      const list = bookings(new Seller(t, client), customers[index % customers.length] as string);
      // On until the writer has been refused with every kind of booking.
      for (let turn = index, last = 0; last < list.length; turn += 1) {
        const answer = await (list[turn % list.length] as () => Promise<any>)();
        if (answer.id === undefined) {
          refused.push(answer);
          last += 1;
        } else made.push(answer);
      }
    };
    const writing = Promise.all(clients.map(write));
    // Closing begins when every writer is under way.
    while (made.length < 2 * WRITERS) await t.db.sql('select 1');
    const closing = await owner.query<any>(
      `mutation($until: Date!) { closeBooks(until: $until) { ... on BooksClosed { closedUntil } ... on UserError { code } } }`,
      { until: day },
    );
    expect(closing.data.closeBooks).toEqual({ closedUntil: day });
    const [atClosing, lines] = [await statements(), await closedLines()];
    await writing;
    expect(await statements()).toEqual(atClosing);
    expect(await closedLines()).toEqual(lines);
    expect(new Set(refused.map(({ code }) => code))).toEqual(new Set(['PERIOD_CLOSED']));
    expect(refused).toHaveLength(WRITERS * 4);
    expect(made.length).toBeGreaterThanOrEqual(2 * WRITERS);
    // Nobody wrote into the closed day after whoever closed it; only the revaluation of the closing comes with it.
    const late = await t.db.sql(
      `select e.event from journal_entries e where e.day <= $1
         and e.id > (select max(id) from journal_entries where event in ('REVALUATION', 'CASH_REVALUATION') and day = $1)`,
      [day],
    );
    expect(late).toEqual([]);
    expect(await t.db.sql(`select 1 from journal_entries where event = 'REVALUATION' and day = $1`, [day])).not.toEqual(
      [],
    );
    expect(await faultsOfBooks(t)).toEqual([]);
  });
});
