import { column, HEADS, type ReportAsk, type ReportDefinition } from '../platform/read/report.js';
import type { Params } from '../platform/read/sql.js';
import { accountMovements, rateFromBase } from './account-movement.queries.js';

export const RESULT_SECTIONS = ['SALES', 'COST_OF_GOODS', 'OTHER_INCOME', 'EXPENSES'] as const;
export type ResultSection = (typeof RESULT_SECTIONS)[number];

/** Which part of the result an account belongs to, whatever is added to the chart: by its kind and first digits. */
const SECTION = `case when left(a.code::text, 2) = '41' then 'SALES' when left(a.code::text, 1) = '5' then 'COST_OF_GOODS'
  when a.kind = 'INCOME' then 'OTHER_INCOME' else 'EXPENSES' end`;

const ORDER = RESULT_SECTIONS.map((section, index) => `when '${section}' then ${index}`).join(' ');

/** A month of the period, or the part of it that the period has. */
export interface ResultRow {
  section: ResultSection;
  code: number;
  name: string;
  nameAr: string;
  /** The first day of the month within the period. */
  from: string;
  to: string;
  /** What it adds to the profit; a cost is negative. */
  amount: string;
  currency: string;
}

/**
 * Income and expenses by account and month, as they add to the profit: an income is positive, a cost negative. In the
 * base currency, in one currency's own postings, or the base translated at the rate of each day.
 */
export function profitAndLossSql(ask: ReportAsk, params: Params): string {
  const [from, to] = [`${params.add(ask.from)}::date`, `${params.add(ask.to)}::date`];
  const target = ask.translateTo === null ? null : params.add(ask.translateTo);
  const own = ask.currency === null ? null : params.add(ask.currency);
  const value = own !== null ? 'm.amount' : target !== null ? 'm.base * r.rate' : 'm.base';
  const sum = target === null ? `-sum(${value})` : `round(-sum(${value}), case ${target} when 'IQD' then 0 else 2 end)`;
  const rates =
    target === null
      ? ''
      : `join (select x.day, ${rateFromBase(target, 'x.day')} as rate from (select distinct day from moved) x) r on r.day = m.day`;
  const moved = accountMovements({ ...ask, accounts: `a.kind in ('INCOME', 'EXPENSE')` }, params);
  return `with moved as materialized ${moved},
    months as (
      select greatest(g.day::date, ${from}) as first_day, least((g.day + interval '1 month - 1 day')::date, ${to}) as last_day
      from generate_series(date_trunc('month', ${from}), ${to}, interval '1 month') g(day)
    )
    select ${SECTION} as section, a.code, a.name, a.name_ar as "nameAr", x.first_day::text as "from", x.last_day::text as "to",
      ${sum} as amount, coalesce(${target ?? own ?? 'null'}, (select value #>> '{}' from settings where key = 'base_currency')) as currency
    from moved m join months x on m.day between x.first_day and x.last_day join accounts a on a.code = m.account ${rates}
    group by a.code, x.first_day, x.last_day
    order by case ${SECTION} ${ORDER} end, a.code, x.first_day`;
}

export const profitAndLossReport: ReportDefinition = {
  root: 'profitAndLoss',
  permission: 'ledger:read',
  filters: ['from', 'to', 'currency', 'translateTo', 'branchId', 'salespersonId'],
  columns: [
    column('section', 'Section', 'القسم'),
    { ...HEADS.account, name: 'code' },
    HEADS.name,
    HEADS.nameAr,
    column('from', 'From', 'من'),
    column('to', 'To', 'إلى'),
    column('amount', 'Adds to the profit', 'الأثر في الربح'),
    HEADS.currency,
  ],
  sql: profitAndLossSql,
};
