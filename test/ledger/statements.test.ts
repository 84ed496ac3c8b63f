import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { addDays } from '../../src/kernel/clock.js';
import { newId } from '../../src/kernel/ids.js';
import { postLines } from '../../src/ledger/journal.service.js';
import { startTestApp, type TestApp, type TestClient } from '../support/app.js';

/** Every statement is a sum of the lines of the journal: each is compared with a naive sum over them. */
describe('statements of the journal', () => {
  let t: TestApp;
  let accountant: TestClient;
  let sellerId: string;
  const box = newId();
  const [FROM, TO] = ['2026-02-10', '2026-04-20'];

  beforeAll(async () => {
    t = await startTestApp({ trade: true, settings: { SYNC_PHASE: 'gradual' } });
    accountant = await t.as('ACCOUNTANT');
    sellerId = (await (await t.as('SALESPERSON')).query<any>('{ me { userId } }')).data.me.userId;
    await t.db.sql(
      `insert into cash_boxes (id, account, name, name_ar, branch_id, created_at)
       select $1, 1110, 'Till 2', 'صندوق 2', id, now() from branches order by code limit 1`,
      [box],
    );
    const post = (day: string, lines: [number, string, string?][], currency = 'USD'): Promise<string> =>
      t.app.services.transact({ origin: 'user', actor: 'user:test' }, (tx) =>
        postLines(tx, {
          day,
          event: 'TEST',
          documentType: 'test',
          documentId: newId(),
          lines: lines.map(([account, amount, partyId]) => ({
            account,
            amount,
            currency,
            partyId: partyId ?? null,
            salespersonId: sellerId,
          })),
        }),
      );
    // Goods, their cost, wages and money in a box, in three years; the last ones wait for their numbers.
    await post('2025-04-01', [[1310, '90000'], [3100, '-90000']]); // prettier-ignore
    await post('2025-06-01', [[5100, '20000'], [1310, '-20000']]); // prettier-ignore
    await post('2026-03-05', [[5100, '30000'], [1310, '-30000']]); // prettier-ignore
    await post('2026-03-06', [[1110, '500', box], [1130, '-500']]); // prettier-ignore
    while ((await t.db.sql<any>('select number_entries(1000) as n'))[0].n > 0);
    await post('2026-03-31', [[6100, '1310000'], [1130, '-1310000']], 'IQD'); // prettier-ignore
    await post('2026-04-02', [[6900, '7.25'], [1110, '-7.25', box]]); // prettier-ignore
  }, 180_000);
  afterAll(() => t.stop());

  const sum = async (what: string, condition: string, params: unknown[] = []): Promise<string> =>
    (
      await t.db.sql<any>(
        `select trim_scale(coalesce(sum(${what}), 0))::text as n from journal_lines l join accounts a on a.code = l.account where ${condition}`,
        params,
      )
    )[0].n;

  const FIGURES = 'amount { amount currency } previous { amount } months { amount }';
  const ask = async (args: string): Promise<any> => {
    const answer = await accountant.query<any>(
      `{ profitAndLoss(${args}) { from to currency previous { from to } months { from to } rows { section code ${FIGURES} }
         sales { ${FIGURES} } costOfGoods { ${FIGURES} } grossProfit { ${FIGURES} } otherIncome { ${FIGURES} } expenses { ${FIGURES} } netProfit { ${FIGURES} } } }`,
    );
    expect(answer.errors).toBeUndefined();
    return answer.data.profitAndLoss;
  };

  test('profit and loss is the sum of its accounts, months and sections, beside the period before', async () => {
    const result = await ask(`from: "${FROM}", to: "${TO}"`);
    expect(result.months).toEqual([
      { from: '2026-02-10', to: '2026-02-28' },
      { from: '2026-03-01', to: '2026-03-31' },
      { from: '2026-04-01', to: '2026-04-20' },
    ]);
    expect(result.previous).toEqual({ from: '2025-12-02', to: '2026-02-09' });
    const between = `l.day between $1 and $2`;
    for (const row of result.rows) {
      expect(row.amount.amount).toBe(await sum('-l.base', `${between} and l.account = $3`, [FROM, TO, row.code]));
      expect(row.previous.amount).toBe(
        await sum('-l.base', `${between} and l.account = $3`, ['2025-12-02', '2026-02-09', row.code]),
      );
      for (const [index, { from, to }] of result.months.entries()) {
        expect(row.months[index].amount).toBe(
          await sum('-l.base', `${between} and l.account = $3`, [from, to, row.code]),
        );
      }
    }
    const all = `${between} and a.kind in ('INCOME', 'EXPENSE')`;
    expect(result.netProfit.amount).toEqual({ amount: await sum('-l.base', all, [FROM, TO]), currency: 'USD' });
    expect(result.sales.amount.amount).toBe(
      await sum('-l.base', `${between} and l.account in (4100, 4110, 4120)`, [FROM, TO]),
    );
    expect(result.costOfGoods.amount.amount).toBe('-30000');
    expect(result.expenses.months.map((one: any) => one.amount)).toEqual(['0', '-1000', '-7.25']);
    expect(Number(result.grossProfit.amount.amount)).toBeCloseTo(
      Number(result.sales.amount.amount) + Number(result.costOfGoods.amount.amount),
      6,
    );
  });

  test('profit and loss of whole months stands beside as many months', async () => {
    expect((await ask('from: "2026-03-01", to: "2026-04-30"')).previous).toEqual({
      from: '2026-01-01',
      to: '2026-02-28',
    });
    expect((await ask('from: "2026-01-01", to: "2026-12-31"')).previous).toEqual({
      from: '2025-01-01',
      to: '2025-12-31',
    });
  });

  test('profit and loss in one currency, by salesperson and translated', async () => {
    const inDinars = await ask(`from: "${FROM}", to: "${TO}", currency: "IQD"`);
    expect(inDinars.expenses.amount).toEqual({ amount: '-1310000', currency: 'IQD' });
    const ofSeller = await ask(`from: "${FROM}", to: "${TO}", salespersonId: "${sellerId}"`);
    expect(ofSeller.netProfit.amount.amount).toBe('-31007.25');
    const translated = await ask(`from: "${FROM}", to: "${TO}", translateTo: "IQD"`);
    expect(translated.currency).toBe('IQD');
    const [rate] = await t.db.sql<any>(
      `select rate::float8 as rate from exchange_rates where currency = 'USD' and effective_on <= '2026-03-05' order by effective_on desc limit 1`,
    );
    expect(Number(translated.costOfGoods.amount.amount)).toBe(Math.round(-30000 * rate.rate));
    const both = await accountant.query('{ profitAndLoss(currency: "IQD", translateTo: "IQD") { from } }');
    expect(both.errors?.[0]?.extensions).toMatchObject({ code: 'BAD_INPUT', field: 'translateTo' });
  });

  test.each(['2025-02-01', '2025-12-31', '2026-01-01', '2026-03-31', '2026-10-21', '2027-05-05'])(
    'the balance sheet on %s has equal sides, and the results of its years',
    async (on) => {
      const FIELDS = `on currency assets { amount } liabilities { amount } equity { amount } rows { section code line amount { amount currency } }`;
      const answer = await accountant.query<any>(
        `query($on: Date!) { base: balanceSheet(on: $on) { ${FIELDS} } iqd: balanceSheet(on: $on, translateTo: "IQD") { ${FIELDS} } }`,
        { on },
      );
      expect(answer.errors).toBeUndefined();
      const { base, iqd } = answer.data;
      for (const sheet of [base, iqd]) {
        expect(Number(sheet.assets.amount)).toBeCloseTo(
          Number(sheet.liabilities.amount) + Number(sheet.equity.amount),
          6,
        );
      }
      for (const { code, section, amount } of base.rows.filter((row: any) => row.code !== null)) {
        const sign = section === 'ASSETS' ? '' : '-';
        expect(amount.amount).toBe(await sum(`${sign}l.base`, 'l.account = $1 and l.day <= $2', [code, on]));
      }
      const line = (sheet: any, name: string): string =>
        sheet.rows.find((row: any) => row.line === name)?.amount.amount ?? '0';
      const results = `a.kind in ('INCOME', 'EXPENSE') and l.day <= $1`;
      const newYear = `${on.slice(0, 4)}-01-01`;
      expect(line(base, 'RESULT_OF_THE_YEAR')).toBe(await sum('-l.base', `${results} and l.day >= $2`, [on, newYear]));
      expect(line(base, 'EARLIER_RESULTS')).toBe(await sum('-l.base', results, [addDays(newYear, -1)]));
      expect(line(base, 'TRANSLATION')).toBe('0');
      const [rate] = await t.db.sql<any>(
        `select rate::float8 as rate from exchange_rates where currency = 'USD' order by effective_on > $1, abs(effective_on - $1::date) limit 1`,
        [on],
      );
      const [stock, inIqd] = [base, iqd].map(
        (sheet) => sheet.rows.find((row: any) => row.code === 1310)?.amount.amount,
      );
      if (stock !== undefined) expect(Number(inIqd)).toBeCloseTo(Number(stock) * rate.rate, 0);
    },
  );

  test('the pages of the general ledger are its lines once and in order, forward, backward and filtered', async () => {
    const read = async (args: string, variables: Record<string, unknown> = {}): Promise<any> => {
      const answer = await accountant.query<any>(
        `query($after: String, $before: String) { generalLedger(${args}, after: $after, before: $before) { totalCount nodes { id day account amount { amount currency } base { amount } }
           pageInfo { hasNextPage hasPreviousPage startCursor endCursor } } }`,
        variables,
      );
      expect(answer.errors).toBeUndefined();
      return answer.data.generalLedger;
    };
    const days = 'from: "2026-03-01", to: "2026-03-07"';
    const lines = (condition: string): Promise<any[]> =>
      t.db.sql(`select l.entry_id || ':' || l.line as id from journal_lines l
        where l.day between '2026-03-01' and '2026-03-07' and ${condition} order by l.day, l.entry_id, l.line`);
    for (const [filter, condition] of [
      ['', 'true'],
      [', accounts: [1210, 1130]', 'l.account in (1210, 1130)'],
      [', currency: "IQD"', `l.currency = 'IQD'`],
      [`, partyId: "${box}"`, `l.party_id = '${box}'`],
      [`, salespersonId: "${sellerId}"`, `l.salesperson_id = '${sellerId}'`],
    ] as const) {
      const expected = (await lines(condition)).map(({ id }) => id);
      const seen: string[] = [];
      for (let after: string | null = null; ;) {
        const page: any = await read(`first: 100, ${days}${filter}`, { after });
        seen.push(...page.nodes.map((node: any) => node.id));
        expect(page.totalCount).toBe(expected.length);
        after = page.pageInfo.endCursor;
        if (!page.pageInfo.hasNextPage) break;
      }
      expect(seen).toEqual(expected);
    }
    const all = (await lines('true')).map(({ id }) => id);
    const end = await read(`last: 10, ${days}`);
    expect(end.nodes.map((node: any) => node.id)).toEqual(all.slice(-10));
    const before = await read(`last: 10, ${days}`, { before: end.pageInfo.startCursor });
    expect(before.nodes.map((node: any) => node.id)).toEqual(all.slice(-20, -10));
    const foreign = await accountant.query('{ generalLedger(after: "abc") { nodes { id } } }');
    expect(foreign.errors?.[0]?.extensions).toMatchObject({ code: 'BAD_INPUT', field: 'after' });
  });

  test('the cash position has each box beside what names none, and closes where the trial balance stands', async () => {
    const answer = await accountant.query<any>(
      `{ cashPosition(from: "${FROM}", to: "${TO}") { account partyId opening { amount currency } paidIn { amount } paidOut { amount } closing { amount currency } } }`,
    );
    expect(answer.errors).toBeUndefined();
    const rows = answer.data.cashPosition;
    expect(rows.find((row: any) => row.partyId === box)).toEqual({
      account: 1110,
      partyId: box,
      opening: { amount: '0', currency: 'USD' },
      paidIn: { amount: '500' },
      paidOut: { amount: '7.25' },
      closing: { amount: '492.75', currency: 'USD' },
    });
    for (const row of rows) {
      const of = `l.account = $1 and l.currency = $2 and l.party_id is not distinct from $3`;
      const params = [row.account, row.closing.currency, row.partyId];
      expect(row.opening.amount).toBe(await sum('l.amount', `${of} and l.day < $4`, [...params, FROM]));
      expect(row.closing.amount).toBe(await sum('l.amount', `${of} and l.day <= $4`, [...params, TO]));
      expect(row.paidIn.amount).toBe(
        await sum('greatest(l.amount, 0)', `${of} and l.day between $4 and $5`, [...params, FROM, TO]),
      );
    }
    expect(new Set(rows.map((row: any) => row.account))).toEqual(new Set([1110, 1130, 1140]));
  });

  test('the balances of a party are those that its statements end with', async () => {
    const [customer] = await t.db.sql<any>(
      `select party_id as id from journal_lines where account = 1210 group by 1 order by count(*) desc limit 1`,
    );
    const answer = await accountant.query<any>(
      `query($id: ID!) { partyBalances(partyId: $id, on: "${TO}") { account balance { amount currency } base { amount currency } } }`,
      { id: customer.id },
    );
    expect(answer.data.partyBalances.length).toBeGreaterThan(0);
    for (const { account, balance, base } of answer.data.partyBalances) {
      const statement = await accountant.query<any>(
        `query($id: ID!, $account: Int!, $currency: String!) { accountStatement(account: $account, partyId: $id, currency: $currency, to: "${TO}", last: 1) {
           nodes { balance { amount } baseBalance { amount } } } }`,
        { id: customer.id, account, currency: balance.currency },
      );
      const [last] = statement.data.accountStatement.nodes;
      expect([last.balance.amount, last.baseBalance.amount]).toEqual([balance.amount, base.amount]);
    }
  });
});
