import { column, HEADS, type ReportAsk, type ReportDefinition } from '../platform/read/report.js';
import type { Params } from '../platform/read/sql.js';
import { FRESH_LINES } from './journal.queries.js';
import { WHOLE_ACCOUNT } from './trial-balance.queries.js';

export interface CashRow {
  account: number;
  name: string;
  nameAr: string;
  /** The box; null for money that names none. */
  partyId: string | null;
  opening: string;
  paidIn: string;
  paidOut: string;
  closing: string;
  currency: string;
}

/**
 * What lay in each account of cash, and in each of its boxes, at the beginning of the first day, what came and went, and
 * what lies there at the end of the last one. What names no box is the whole account less its boxes.
 */
export function cashPositionSql(ask: ReportAsk, params: Params): string {
  const [from, to] = [`${params.add(ask.from)}::date`, `${params.add(ask.to)}::date`];
  const currency = ask.currency === null ? '' : ` and s.currency = ${params.add(ask.currency)}`;
  const accounts = ask.accounts === null ? '' : ` and a.code = any (${params.add(ask.accounts)}::int[])`;
  const party = ask.partyId === null ? '' : ` and s.party_id = ${params.add(ask.partyId)}::uuid`;
  const whole = `'${WHOLE_ACCOUNT}'::uuid`;
  const figures = (table: string, debit: string, credit: string): string =>
    `coalesce(sum(${debit} - ${credit}) filter (where ${table}.day < ${from}), 0) as opening,
     coalesce(sum(${debit}) filter (where ${table}.day >= ${from}), 0) as paid_in,
     coalesce(sum(${credit}) filter (where ${table}.day >= ${from}), 0) as paid_out`;
  return `with parts as materialized (
      select d.account, d.party_id, d.currency, ${figures('d', 'd.debit', 'd.credit')}
      from accounts a join journal_days d on d.account = a.code and d.day <= ${to} where a.party = 'box' group by 1, 2, 3
      union all
      select f.account, p.party_id, f.currency, ${figures('f', 'greatest(f.amount, 0)', 'greatest(-f.amount, 0)')}
      from ${FRESH_LINES} f join accounts a on a.code = f.account and a.party = 'box'
        cross join lateral (values (${whole}), (f.party_id)) p(party_id)
      where f.day <= ${to} and p.party_id is not null group by 1, 2, 3
    ), boxes as (
      select account, party_id, currency, opening, paid_in, paid_out from parts where party_id <> ${whole}
      union all
      select account, null, currency, case party_id when ${whole} then 1 else -1 end * opening,
        case party_id when ${whole} then 1 else -1 end * paid_in, case party_id when ${whole} then 1 else -1 end * paid_out
      from parts
    ), sums as (
      select account, party_id, currency, sum(opening) as opening, sum(paid_in) as paid_in, sum(paid_out) as paid_out
      from boxes group by 1, 2, 3
    )
    select s.account, a.name, a.name_ar as "nameAr", s.party_id as "partyId", s.opening, s.paid_in as "paidIn",
      s.paid_out as "paidOut", s.opening + s.paid_in - s.paid_out as closing, s.currency
    from sums s join accounts a on a.code = s.account
    where (s.opening <> 0 or s.paid_in <> 0 or s.paid_out <> 0)${currency}${accounts}${party}
    order by s.account, s.party_id nulls first, s.currency`;
}

export const cashPositionReport: ReportDefinition = {
  root: 'cashPosition',
  permission: 'ledger:read',
  filters: ['from', 'to', 'currency', 'accounts', 'partyId'],
  columns: [
    HEADS.account,
    HEADS.name,
    HEADS.nameAr,
    column('partyId', 'Box', 'الصندوق'),
    column('opening', 'Opening', 'الرصيد الافتتاحي'),
    column('paidIn', 'In', 'الوارد'),
    column('paidOut', 'Out', 'الصادر'),
    column('closing', 'Closing', 'الرصيد الختامي'),
    HEADS.currency,
  ],
  sql: cashPositionSql,
};
