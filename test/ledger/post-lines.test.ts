import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { newId } from '../../src/kernel/ids.js';
import { type EntryLine, postLines, reverseLines } from '../../src/ledger/journal.service.js';
import { startTestApp, type TestApp } from '../support/app.js';

const CUSTOMER = '00000000-0000-7000-8000-00000000000a';
const DAY = '2026-05-10';

interface Row {
  account: number;
  currency: string;
  amount: string;
  base: string;
}

describe('an entry of lines', () => {
  let t: TestApp;
  beforeAll(async () => {
    t = await startTestApp();
    await t.db.sql(
      `insert into exchange_rates (id, currency, rate, effective_on, created_at) values ($1, 'USD', 1310, '2026-05-01', now())`,
      [newId()],
    );
  });
  afterAll(() => t.stop());

  const post = (lines: readonly EntryLine[], rates?: Record<string, string>, documentId = newId()): Promise<string> =>
    t.app.services.transact({ origin: 'user', actor: 'user:test' }, (tx) =>
      postLines(tx, { day: DAY, event: 'TEST', documentType: 'test', documentId, lines, rates }),
    );
  const linesOf = (id: string): Promise<Row[]> =>
    t.db.sql(
      `select account, currency, trim_scale(amount)::text as amount, trim_scale(base)::text as base
       from journal_lines where entry_id = $1 order by line`,
      [id],
    );

  test.each<[string, EntryLine[], Record<string, string> | undefined, [number, string, string, string][]]>([
    [
      'of dinars taken and dollars given, at the rate of the day, passes through the conversion account',
      [
        { account: 1210, partyId: CUSTOMER, currency: 'IQD', amount: '132000' },
        { account: 1210, partyId: CUSTOMER, currency: 'USD', amount: '-100' },
      ],
      undefined,
      [
        [4810, 'USD', '0', '-0.76'],
        [1210, 'IQD', '132000', '100.76'],
        [1210, 'USD', '-100', '-100'],
        [1190, 'IQD', '-132000', '0'],
        [1190, 'USD', '100', '0'],
      ],
    ],
    [
      'at its own rate has no exchange difference',
      [
        { account: 1210, partyId: CUSTOMER, currency: 'IQD', amount: '132000' },
        { account: 1210, partyId: CUSTOMER, currency: 'USD', amount: '-100' },
      ],
      { USD: '1320' },
      [
        [1210, 'IQD', '132000', '100'],
        [1210, 'USD', '-100', '-100'],
        [1190, 'IQD', '-132000', '0'],
        [1190, 'USD', '100', '0'],
      ],
    ],
    [
      'with an amount in base only, such as an exchange difference, keeps what is given',
      [
        { account: 1210, partyId: CUSTOMER, currency: 'IQD', amount: 0, base: '-2.31' },
        { account: 4810, currency: 'USD', amount: 0, base: '2.31' },
      ],
      undefined,
      [
        [1210, 'IQD', '0', '-2.31'],
        [4810, 'USD', '0', '2.31'],
      ],
    ],
    [
      'of one currency leaves the cent of its rounding to the exchange difference',
      [
        { account: 1130, currency: 'IQD', amount: '10000' },
        { account: 4100, currency: 'IQD', amount: '-5000' },
        { account: 4200, currency: 'IQD', amount: '-5000' },
      ],
      undefined,
      [
        [4810, 'USD', '0', '0.01'],
        [1130, 'IQD', '10000', '7.63'],
        [4100, 'IQD', '-5000', '-3.82'],
        [4200, 'IQD', '-5000', '-3.82'],
      ],
    ],
  ])('%s', async (_, lines, rates, expected) => {
    const written = await linesOf(await post(lines, rates));
    expect(written.map((row) => [row.account, row.currency, row.amount, row.base])).toEqual(expected);
  });

  test('is taken back line by line, once', async () => {
    const documentId = newId();
    await post(
      [
        { account: 1210, partyId: CUSTOMER, currency: 'USD', amount: '7' },
        { account: 4200, currency: 'USD', amount: '-7' },
      ],
      undefined,
      documentId,
    );
    const reverse = (): Promise<void> =>
      t.app.services.transact({ origin: 'user', actor: 'user:test' }, (tx) =>
        reverseLines(tx, { documentId, reverses: 'TEST', event: 'TEST_VOID', day: DAY, reason: 'Typed twice' }),
      );
    await reverse();
    const rows = await t.db.sql<any>(
      `select l.account, l.party_id, trim_scale(l.amount)::text as amount, e.reason from journal_entries e
         join journal_lines l on l.entry_id = e.id where e.document_id = $1 and e.event = 'TEST_VOID' order by l.line`,
      [documentId],
    );
    expect(rows).toEqual([
      { account: 1210, party_id: CUSTOMER, amount: '-7', reason: 'Typed twice' },
      { account: 4200, party_id: null, amount: '7', reason: 'Typed twice' },
    ]);
    await expect(reverse()).rejects.toThrow();
  });

  test('of a currency without any rate is refused, and nothing is written', async () => {
    const documentId = newId();
    const lines = [
      { account: 1130, currency: 'RMB', amount: '10' },
      { account: 4200, currency: 'RMB', amount: '-10' },
    ];
    await expect(post(lines, undefined, documentId)).rejects.toMatchObject({ code: 'BAD_INPUT' });
    const [left] = await t.db.sql<{ n: number }>(
      'select count(*)::int as n from journal_entries where document_id = $1',
      [documentId],
    );
    expect(left).toEqual({ n: 0 });
  });
});
