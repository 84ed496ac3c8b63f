import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { addDays, businessDate } from '../../src/kernel/clock.js';
import { newId } from '../../src/kernel/ids.js';
import { startTestApp, type TestApp, type TestClient } from '../support/app.js';

const ERROR = '... on UserError { code message field faults { field message } }';
const ENTRY = `... on JournalEntry { id number day event reason reverses reversedBy documentType
  lines { line account partyId amount { amount currency } base { amount currency } } }`;
const POST = `mutation($input: PostJournalEntryInput!, $key: ID!) { result: postJournalEntry(input: $input, idempotencyKey: $key) { ${ENTRY} ${ERROR} } }`;
const REVERSE = `mutation($id: ID!, $key: ID!) { result: reverseJournalEntry(id: $id, reason: "Typed twice", idempotencyKey: $key) { ${ENTRY} ${ERROR} } }`;
const STATE = `mutation($input: AssertBalanceInput!, $key: ID!) { result: assertBalance(input: $input, idempotencyKey: $key) {
  ... on BalanceAssertion { id on balance { amount currency } actual { amount currency } } ${ERROR} } }`;
const CLOSE = `mutation($until: Date!) { result: closeBooks(until: $until) { ... on BooksClosed { closedUntil } ${ERROR} } }`;
const REOPEN = `mutation($until: Date, $reason: String!) { result: reopenBooks(until: $until, reason: $reason) { ... on Books { closedUntil baseCurrency } ${ERROR} } }`;

describe('what an accountant does with the books', () => {
  let t: TestApp;
  let accountant: TestClient;
  let owner: TestClient;
  let today: string;
  beforeAll(async () => {
    t = await startTestApp();
    [accountant, owner] = [await t.as('ACCOUNTANT'), await t.as('OWNER')];
    today = businessDate(t.config.timeZone);
    await t.db.sql(
      `insert into exchange_rates (id, currency, rate, effective_on, created_at) values ($1, 'USD', 1310, $2, now())`,
      [newId(), addDays(today, -100)],
    );
  });
  afterAll(() => t.stop());

  const run = async (query: string, variables: object, client = accountant): Promise<any> => {
    const answer = await client.query<any>(query, variables as Record<string, unknown>);
    expect(answer.errors).toBeUndefined();
    return answer.data.result;
  };
  const capital = (amount: string, day = today): object => ({
    day,
    reason: 'Paid in by the owners',
    lines: [
      { account: 1510, currency: 'USD', debit: amount },
      { account: 3100, currency: 'USD', credit: amount },
    ],
  });
  const post = (input: object, key = newId()): Promise<any> => run(POST, { input, key });

  test('the base currency is set before the first posting, and not after it', async () => {
    const SET = `mutation($currency: String!) { result: setBaseCurrency(currency: $currency) { ... on Books { baseCurrency } ${ERROR} } }`;
    expect(await run(SET, { currency: 'IQD' }, owner)).toEqual({ baseCurrency: 'IQD' });
    expect(await run(SET, { currency: 'USD' }, owner)).toEqual({ baseCurrency: 'USD' });
    await post(capital('1'));
    expect(await run(SET, { currency: 'IQD' }, owner)).toMatchObject({ code: 'BAD_INPUT', field: 'currency' });
    expect(await run(SET, { currency: 'EUR' }, owner)).toMatchObject({ code: 'BAD_INPUT', field: 'currency' });
  });

  test('an entry of one’s own is posted once for its key, read by its id, and reversed once', async () => {
    const input = {
      ...capital('500'),
      lines: [
        { account: 6100, currency: 'IQD', debit: '131000' },
        { account: 2150, currency: 'IQD', credit: '131000' },
        { account: 1510, currency: 'USD', debit: '500' },
        { account: 3100, currency: 'USD', credit: '500' },
      ],
    };
    const key = newId();
    const entry = await post(input, key);
    expect(entry).toMatchObject({
      day: today,
      event: 'MANUAL',
      documentType: 'manual',
      reverses: null,
      reversedBy: null,
    });
    expect(entry.lines).toHaveLength(4);
    expect(entry.lines[0]).toEqual({
      line: 1,
      account: 6100,
      partyId: null,
      amount: { amount: '131000', currency: 'IQD' },
      base: { amount: '100', currency: 'USD' },
    });
    expect((await post(input, key)).id).toBe(entry.id);
    expect(await post(capital('501'), key)).toMatchObject({ code: 'IDEMPOTENCY_MISMATCH' });

    const back = await run(REVERSE, { id: entry.id, key: newId() });
    expect(back).toMatchObject({ event: 'MANUAL_VOID', reverses: entry.id, reason: 'Typed twice', day: today });
    expect(back.lines.map((line: any) => line.amount.amount)).toEqual(['-131000', '131000', '-500', '500']);
    expect(await run(REVERSE, { id: entry.id, key: newId() })).toMatchObject({ code: 'BAD_INPUT', field: 'id' });
    expect(await run(REVERSE, { id: back.id, key: newId() })).toMatchObject({ code: 'BAD_INPUT', field: 'id' });
    expect(await run(REVERSE, { id: '999999', key: newId() })).toMatchObject({ code: 'NOT_FOUND' });
    const read = await accountant.query<any>(`query($id: ID!) { journalEntry(id: $id) { id reversedBy } }`, {
      id: entry.id,
    });
    expect(read.data.journalEntry).toEqual({ id: entry.id, reversedBy: back.id });
  });

  test.each<[string, object[], string, string]>([
    [
      'is out of balance in a currency',
      [
        { account: 1510, currency: 'USD', debit: '10' },
        { account: 3100, currency: 'IQD', credit: '13100' },
      ],
      'lines',
      'differ by 10 USD',
    ],
    [
      'names receivables, which documents keep',
      [
        { account: 1210, currency: 'USD', debit: '10' },
        { account: 3100, currency: 'USD', credit: '10' },
      ],
      'lines.0.account',
      'Only documents post to account 1210',
    ],
    [
      'names an account that is not there',
      [
        { account: 1511, currency: 'USD', debit: '10' },
        { account: 3100, currency: 'USD', credit: '10' },
      ],
      'lines.0.account',
      'There is no account 1511',
    ],
    [
      'has a debit and a credit in one line',
      [
        { account: 1510, currency: 'USD', debit: '10', credit: '10' },
        { account: 3100, currency: 'USD', credit: '10' },
      ],
      'lines.0.debit',
      'one of them',
    ],
    [
      'owes staff and names nobody',
      [
        { account: 1230, currency: 'USD', debit: '10' },
        { account: 3100, currency: 'USD', credit: '10' },
      ],
      'lines.0.partyId',
      'User not found',
    ],
    ['has one line', [{ account: 1510, currency: 'USD', debit: '10' }], 'lines', '2 to 200'],
    [
      'has an amount beyond any money',
      [
        { account: 1510, currency: 'USD', debit: '999999999999' },
        { account: 3100, currency: 'USD', credit: '999999999999' },
      ],
      'lines.0.debit',
      'above',
    ],
  ])('an entry that %s is refused, and nothing is written', async (_, lines, field, message) => {
    const before = await t.db.sql('select count(*)::int as n from journal_entries');
    const refused = await post({ reason: 'A try', lines });
    expect(refused.faults[0]).toMatchObject({ field });
    expect(refused.message).toContain(message);
    expect(await t.db.sql('select count(*)::int as n from journal_entries')).toEqual(before);
  });

  test('the chart is changed under its version; what documents post to stays in use', async () => {
    const CREATE = `mutation($input: CreateAccountInput!) { result: createAccount(input: $input) { ... on Account { account: code kind control active version name } ${ERROR} } }`;
    const UPDATE = `mutation($input: UpdateAccountInput!) { result: updateAccount(input: $input) { ... on Account { name active version } ${ERROR} } }`;
    const rent = { code: 6300, name: 'Rent', nameAr: 'الإيجار', unifiedCode: '33' };
    expect(await run(CREATE, { input: rent })).toMatchObject({
      kind: 'EXPENSE',
      control: false,
      active: true,
      version: 1,
    });
    expect(await run(CREATE, { input: rent })).toMatchObject({ code: 'ALREADY_EXISTS', field: 'code' });
    expect(await run(CREATE, { input: { ...rent, code: 12, name: ' ' } })).toMatchObject({
      faults: [{ field: 'code' }, { field: 'name' }],
    });
    expect(await run(UPDATE, { input: { code: 6300, version: 1, name: 'Rents', active: false } })).toMatchObject({
      name: 'Rents',
      active: false,
    });
    expect(await run(UPDATE, { input: { code: 6300, version: 1, name: 'Again' } })).toMatchObject({
      code: 'STALE_VERSION',
    });
    expect(await run(UPDATE, { input: { code: 4100, version: 1, active: false } })).toMatchObject({ field: 'active' });
    const lines = [
      { account: 6300, currency: 'USD', debit: '10' },
      { account: 3100, currency: 'USD', credit: '10' },
    ];
    expect(await post({ reason: 'Rent', lines })).toMatchObject({ message: 'Account 6300 is out of use.' });
  });

  test('a stated balance that the journal does not agree with keeps a day open; the owner opens a closed one, for a reason', async () => {
    const [day, later] = [addDays(today, -40), addDays(today, -30)];
    await post(capital('300', day));
    const stated = (balance: string): Promise<any> =>
      run(STATE, { input: { account: 1510, currency: 'USD', on: day, balance }, key: newId() });
    const wrong = await stated('299');
    expect(wrong).toMatchObject({ on: day, balance: { amount: '299' }, actual: { amount: '300', currency: 'USD' } });
    expect(await stated('300')).toMatchObject({ actual: { amount: '300' } });
    expect(await run(CLOSE, { until: later })).toMatchObject({
      code: 'BAD_INPUT',
      message: `Account 1510 stood at 300 USD on ${day}, not at 299.`,
    });
    const REMOVE = `mutation($id: ID!) { result: removeBalanceAssertion(id: $id) { ... on BalanceAssertionRemoved { id } ${ERROR} } }`;
    expect(await run(REMOVE, { id: wrong.id })).toEqual({ id: wrong.id });
    expect(await run(REMOVE, { id: wrong.id })).toMatchObject({ code: 'NOT_FOUND' });
    expect(await run(CLOSE, { until: later })).toEqual({ closedUntil: later });
    // What is closed has its numbers.
    expect(await t.db.sql('select count(*)::int as n from journal_pending')).toEqual([{ n: 0 }]);
    const books = (await accountant.query<any>('{ books { closedUntil baseCurrency } }')).data.books;
    expect(books).toEqual({ closedUntil: later, baseCurrency: 'USD' });
    expect(await post(capital('1', later))).toMatchObject({ code: 'PERIOD_CLOSED', field: 'day' });

    const refused = await accountant.query<any>(REOPEN, { until: day, reason: 'A bill was late' });
    expect(refused.errors?.[0]?.extensions['code']).toBe('FORBIDDEN');
    expect(await run(REOPEN, { until: today, reason: ' ' }, owner)).toMatchObject({
      faults: [{ field: 'reason' }, { field: 'until' }],
    });
    expect(await run(REOPEN, { until: day, reason: 'A bill was late' }, owner)).toMatchObject({ closedUntil: day });
    expect(await post(capital('1', later))).toMatchObject({ day: later });
    expect(await run(REOPEN, { until: null, reason: 'All of it' }, owner)).toMatchObject({ closedUntil: null });
    const audited = await t.db.sql<any>(
      `select changes from audit_log where entity_id = 'books_closed_until' order by at, id`,
    );
    expect(audited.map(({ changes }) => changes.reason ?? null)).toEqual([
      null,
      [null, 'A bill was late'],
      [null, 'All of it'],
    ]);
  });

  test('entries are listed the newest first, and by day, page by page', async () => {
    const LIST = `query($first: Int, $after: String, $filter: JournalEntryFilter, $orderBy: JournalEntrySort) {
      journalEntries(first: $first, after: $after, filter: $filter, orderBy: $orderBy) { nodes { id day number } totalCount pageInfo { hasNextPage endCursor } } }`;
    const expected = await t.db.sql<{ id: string }>(
      `select id::text as id from journal_entries where event = 'MANUAL' order by day, id`,
    );
    const found: string[] = [];
    for (let after: string | null = null; ;) {
      const answer = await accountant.query<any>(LIST, {
        ...{ first: 2, after, orderBy: 'DAY_ASC' },
        filter: { event: { eq: 'MANUAL' } },
      });
      expect(answer.errors).toBeUndefined();
      const page: any = answer.data.journalEntries;
      expect(page.totalCount).toBe(expected.length);
      found.push(...page.nodes.map((node: any) => node.id));
      if (!page.pageInfo.hasNextPage) break;
      after = page.pageInfo.endCursor;
    }
    expect(found).toEqual(expected.map(({ id }) => id));
    expect((await accountant.query<any>(LIST, { first: 1 })).data.journalEntries.nodes).toHaveLength(1);
    expect((await accountant.query<any>(LIST, { after: 'eHh4' })).errors?.[0]?.extensions['field']).toBe('after');
    const clerk = await t.as('SALESPERSON');
    expect((await clerk.query(LIST, {})).errors?.[0]?.extensions['code']).toBe('FORBIDDEN');
  });
});
