import { column, HEADS, type ReportAsk, type ReportDefinition } from '../platform/read/report.js';
import type { Params } from '../platform/read/sql.js';
import { FRESH_LINES } from './journal.queries.js';

export interface PartyBalanceRow {
  account: number;
  name: string;
  nameAr: string;
  balance: string;
  currency: string;
  base: string;
  baseCurrency: string;
}

/** Where a customer, vendor, user or box stands in each account at the end of a day. */
export const partyBalancesSql = (ask: ReportAsk, params: Params): string => {
  const party = `${params.add(ask.partyId)}::uuid`;
  const day = `${params.add(ask.to)}::date`;
  return `with parts as (
      select a.code, c.currency, d.balance, d.base from accounts a cross join (values ('IQD'), ('USD'), ('RMB')) c(currency)
        cross join lateral (select x.balance, x.base from journal_days x where x.account = a.code and x.party_id = ${party}
          and x.currency = c.currency and x.day <= ${day} order by x.day desc limit 1) d
      where a.party is not null
      union all
      select f.account, f.currency, f.amount, f.base from ${FRESH_LINES} f where f.party_id = ${party} and f.day <= ${day}
    )
    select a.code as account, a.name, a.name_ar as "nameAr", sum(p.balance) as balance, p.currency, sum(p.base) as base,
      (select value #>> '{}' from settings where key = 'base_currency') as "baseCurrency"
    from parts p join accounts a on a.code = p.code group by a.code, p.currency order by a.code, p.currency`;
};

export const partyBalancesReport: ReportDefinition = {
  root: 'partyBalances',
  permission: 'ledger:read',
  filters: ['to', 'partyId'],
  columns: [
    HEADS.account,
    HEADS.name,
    HEADS.nameAr,
    column('balance', 'Balance', 'الرصيد'),
    HEADS.currency,
    column('base', 'In the base currency', 'بالعملة الأساسية'),
    column('baseCurrency', 'Base currency', 'العملة الأساسية'),
  ],
  sql: partyBalancesSql,
};
