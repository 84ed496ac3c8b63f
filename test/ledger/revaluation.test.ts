import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { newId } from '../../src/kernel/ids.js';
import { type EntryLine, postLines } from '../../src/ledger/journal.service.js';
import { revalue } from '../../src/ledger/revaluation.service.js';
import { startTestApp, type TestApp } from '../support/app.js';

const CUSTOMER = '00000000-0000-7000-8000-00000000000a';
const VENDOR = '00000000-0000-7000-8000-00000000000b';
const [BILLED, MONTH_END, NEXT] = ['2026-05-10', '2026-05-31', '2026-06-01'] as const;

/** Design of the ledger, section 6: IQD 600,000 carried at 458.02, at the end of a month with 1,325. */
describe('the revaluation of a month’s end', () => {
  let t: TestApp;
  beforeAll(async () => {
    t = await startTestApp();
    for (const [day, currency, rate] of [
      ['2026-05-01', 'USD', '1310'],
      [MONTH_END, 'USD', '1325'],
      [MONTH_END, 'RMB', '185.5'],
    ]) {
      await t.db.sql(
        `insert into exchange_rates (id, currency, rate, effective_on, created_at) values ($1, $2, $3, $4, now())`,
        [newId(), currency, rate, day],
      );
    }
  });
  afterAll(() => t.stop());

  const post = (day: string, lines: readonly EntryLine[]): Promise<string> =>
    t.app.services.transact({ origin: 'user', actor: 'user:test' }, (tx) =>
      postLines(tx, { day, event: 'TEST', documentType: 'test', documentId: newId(), lines }),
    );
  const revalued = (day: string): Promise<string[]> =>
    t.app.services.transact({ origin: 'user', actor: 'user:test' }, (tx) => revalue(tx, day));
  /** Of entries of revaluation: event, day, account, currency, amount, base. */
  const lines = async (): Promise<unknown[]> => {
    const rows = await t.db.sql<any>(
      `select e.event, e.day::text, l.account, l.currency, trim_scale(l.amount)::text as amount, trim_scale(l.base)::text as base
       from journal_entries e join journal_lines l on l.entry_id = e.id where e.document_type = 'revaluation' order by e.id, l.account`,
    );
    return rows.map((row) => Object.values(row));
  };
  const income = (day: string): Promise<any[]> =>
    t.db.sql(
      `select account, trim_scale(sum(base))::text as base from journal_lines where account in (4810, 4820, 1290) and day <= $1
       group by 1 having sum(base) <> 0 order by 1`,
      [day],
    );

  test('debts are valued by an entry a currency that the next day takes back, cash by a difference that stays, and again is a no-op', async () => {
    await post(BILLED, [
      { account: 1210, partyId: CUSTOMER, currency: 'IQD', amount: '600000', base: '458.02' },
      { account: 4100, currency: 'IQD', amount: '-600000', base: '-458.02' },
    ]);
    await post(BILLED, [
      { account: 1210, partyId: CUSTOMER, currency: 'USD', amount: '77' },
      { account: 4100, currency: 'USD', amount: '-77' },
    ]);
    await post(BILLED, [
      { account: 1130, currency: 'IQD', amount: '1310000' },
      { account: 3100, currency: 'IQD', amount: '-1310000' },
    ]);
    await post(MONTH_END, [
      { account: 2120, currency: 'RMB', amount: '1000', base: '142' },
      { account: 2110, partyId: VENDOR, currency: 'RMB', amount: '-1000', base: '-142' },
    ]);
    // After the day: not part of it.
    await post(NEXT, [
      { account: 1210, partyId: CUSTOMER, currency: 'IQD', amount: '9000' },
      { account: 4100, currency: 'IQD', amount: '-9000' },
    ]);
    expect(await revalued(MONTH_END)).toHaveLength(3);
    const expected = [
      ['REVALUATION', MONTH_END, 1290, 'IQD', '0', '-5.19'],
      ['REVALUATION', MONTH_END, 4820, 'IQD', '0', '5.19'],
      ['REVALUATION_REVERSAL', NEXT, 1290, 'IQD', '0', '5.19'],
      ['REVALUATION_REVERSAL', NEXT, 4820, 'IQD', '0', '-5.19'],
      ['REVALUATION', MONTH_END, 1290, 'RMB', '0', '2'],
      ['REVALUATION', MONTH_END, 4820, 'RMB', '0', '-2'],
      ['REVALUATION_REVERSAL', NEXT, 1290, 'RMB', '0', '-2'],
      ['REVALUATION_REVERSAL', NEXT, 4820, 'RMB', '0', '2'],
      ['CASH_REVALUATION', MONTH_END, 1130, 'IQD', '0', '-11.32'],
      ['CASH_REVALUATION', MONTH_END, 4810, 'USD', '0', '11.32'],
    ];
    expect(await lines()).toEqual(expected);
    expect(await revalued(MONTH_END)).toEqual([]);
    expect(await lines()).toEqual(expected);
    expect(await income(MONTH_END)).toEqual([
      { account: 1290, base: '-3.19' },
      { account: 4810, base: '11.32' },
      { account: 4820, base: '3.19' },
    ]);
    expect(await income(NEXT)).toEqual([{ account: 4810, base: '11.32' }]);
  });

  test('what was entered on the day meanwhile is valued by an entry of the difference', async () => {
    await post(MONTH_END, [
      { account: 1210, partyId: CUSTOMER, currency: 'IQD', amount: '-600000', base: '-458.02' },
      { account: 1130, currency: 'IQD', amount: '600000', base: '458.02' },
    ]);
    expect(await revalued(MONTH_END)).toHaveLength(2);
    expect((await lines()).slice(-6)).toEqual([
      ['REVALUATION', MONTH_END, 1290, 'IQD', '0', '5.19'],
      ['REVALUATION', MONTH_END, 4820, 'IQD', '0', '-5.19'],
      ['REVALUATION_REVERSAL', NEXT, 1290, 'IQD', '0', '-5.19'],
      ['REVALUATION_REVERSAL', NEXT, 4820, 'IQD', '0', '5.19'],
      ['CASH_REVALUATION', MONTH_END, 1130, 'IQD', '0', '-5.19'],
      ['CASH_REVALUATION', MONTH_END, 4810, 'USD', '0', '5.19'],
    ]);
    expect(await revalued(MONTH_END)).toEqual([]);
  });

  test('a currency without a rate on the day is refused, and nothing is written', async () => {
    const before = await lines();
    await post('2026-05-20', [
      { account: 1140, currency: 'RMB', amount: '10', base: '1' },
      { account: 3100, currency: 'RMB', amount: '-10', base: '-1' },
    ]);
    await expect(revalued('2026-05-20')).rejects.toMatchObject({ code: 'BAD_INPUT', field: 'currency' });
    expect(await lines()).toEqual(before);
  });
});
