import { column, HEADS, type ReportAsk, type ReportDefinition } from '../platform/read/report.js';
import type { Params } from '../platform/read/sql.js';
import { accountMovements, rateFromBase } from './account-movement.queries.js';
import { FRESH_LINES } from './journal.queries.js';
import { WHOLE_ACCOUNT } from './trial-balance.queries.js';

export const SHEET_SECTIONS = ['ASSETS', 'LIABILITIES', 'EQUITY'] as const;
export type SheetSection = (typeof SHEET_SECTIONS)[number];

/** What is no account: the result of this year and of those before it, and what the closing rate leaves over. */
export const SHEET_LINES = ['RESULT_OF_THE_YEAR', 'EARLIER_RESULTS', 'TRANSLATION'] as const;
export type SheetLine = (typeof SHEET_LINES)[number];

export interface SheetRow {
  section: SheetSection;
  /** Null for a line that is no account. */
  code: number | null;
  line: SheetLine | null;
  name: string;
  nameAr: string;
  amount: string;
  currency: string;
}

const NAMES: Record<SheetLine, readonly [string, string]> = {
  RESULT_OF_THE_YEAR: ['Result of the year', 'نتيجة السنة'],
  EARLIER_RESULTS: ['Results of earlier years', 'نتائج السنوات السابقة'],
  TRANSLATION: ['Translation difference', 'فروق ترجمة العملة'],
};

const nameOf = (part: string, place: 0 | 1): string =>
  `case ${part} ${SHEET_LINES.map((line) => `when '${line}' then '${NAMES[line][place]}'`).join(' ')} end`;

/** Where everything stands in the base currency at the end of a day, from the rows of days and what waits for them. */
const balancesOf = (day: string): string => `(
  select a.code, a.kind, d.base from accounts a cross join (values ('IQD'), ('USD'), ('RMB')) c(currency)
    cross join lateral (select x.base from journal_days x where x.account = a.code and x.party_id = '${WHOLE_ACCOUNT}'
      and x.currency = c.currency and x.day <= ${day} order by x.day desc limit 1) d
  union all
  select f.account, a.kind, f.base from ${FRESH_LINES} f join accounts a on a.code = f.account where f.day <= ${day})`;

const PART = `case when kind in ('INCOME', 'EXPENSE') then
    case when day >= date_trunc('year', LAST)::date then 'RESULT_OF_THE_YEAR' else 'EARLIER_RESULTS' end else code::text end`;

/**
 * The balance sheet at the end of a day, as rows of both sides. No entry closes a year: the result of the year, and of
 * those before it, are the sums of income and expenses. Translated, assets and liabilities stand at the rate of the day
 * asked, everything else at the rates of the days on which it came to be; what is left over is the translation difference.
 */
export function balanceSheetSql(ask: ReportAsk, params: Params): string {
  const last = `${params.add(ask.to)}::date`;
  const target = ask.translateTo === null ? null : params.add(ask.translateTo);
  const amounts = target === null ? inBase(last) : translated(ask, last, target, params);
  return `with amounts as materialized (${amounts}),
    sides as (
      select part, section, sum(amount) as amount from amounts group by 1, 2
      union all
      select 'TRANSLATION', 'EQUITY', sum(case section when 'ASSETS' then amount else -amount end) from amounts
    )
    select s.section, a.code, case when a.code is null then s.part end as line, coalesce(a.name, ${nameOf('s.part', 0)}) as name,
      coalesce(a.name_ar, ${nameOf('s.part', 1)}) as "nameAr", s.amount,
      coalesce(${target ?? 'null'}, (select value #>> '{}' from settings where key = 'base_currency')) as currency
    from sides s left join accounts a on a.code::text = s.part
    where a.code is not null or s.part <> 'TRANSLATION' or s.amount <> 0
    order by case s.section when 'ASSETS' then 0 when 'LIABILITIES' then 1 else 2 end, a.code nulls last,
      case s.part when 'EARLIER_RESULTS' then 0 when 'RESULT_OF_THE_YEAR' then 1 else 2 end`;
}

const SECTION = `case kind when 'ASSET' then 'ASSETS' when 'LIABILITY' then 'LIABILITIES' else 'EQUITY' end`;
const SIGN = `case kind when 'ASSET' then 1 else -1 end`;

function inBase(last: string): string {
  const newYear = `(date_trunc('year', ${last})::date - 1)`;
  const result = `kind in ('INCOME', 'EXPENSE')`;
  return `select case when ${result} then 'RESULT_OF_THE_YEAR' else code::text end as part, ${SECTION} as section, ${SIGN} * base as amount
      from ${balancesOf(last)} b
    union all
    select p.part, 'EQUITY', p.sign * base from ${balancesOf(newYear)} b
      cross join (values ('RESULT_OF_THE_YEAR', 1), ('EARLIER_RESULTS', -1)) p(part, sign) where ${result}`;
}

function translated(ask: ReportAsk, last: string, target: string, params: Params): string {
  const moved = accountMovements(
    {
      accounts: `a.kind not in ('ASSET', 'LIABILITY')`,
      from: null,
      to: ask.to,
      currency: null,
      branchId: null,
      salespersonId: null,
    },
    params,
  );
  const decimals = `case ${target} when 'IQD' then 0 else 2 end`;
  return `select code::text as part, ${SECTION} as section, round(${SIGN} * sum(base) * ${rateFromBase(target, last)}, ${decimals}) as amount
      from ${balancesOf(last)} b where kind in ('ASSET', 'LIABILITY') group by code, kind
    union all
    select ${PART.replaceAll('LAST', last)}, 'EQUITY', round(-sum(base * rate), ${decimals})
    from (select m.day, m.base, a.code, a.kind, r.rate from ${moved} m join accounts a on a.code = m.account
      cross join lateral (select ${rateFromBase(target, 'm.day')} as rate) r) x group by 1`;
}

export const balanceSheetReport: ReportDefinition = {
  root: 'balanceSheet',
  permission: 'ledger:read',
  filters: ['to', 'translateTo'],
  columns: [
    column('section', 'Side', 'الجانب'),
    { ...HEADS.account, name: 'code' },
    column('line', 'Line', 'البند'),
    HEADS.name,
    HEADS.nameAr,
    column('amount', 'Amount', 'المبلغ'),
    HEADS.currency,
  ],
  sql: balanceSheetSql,
};
