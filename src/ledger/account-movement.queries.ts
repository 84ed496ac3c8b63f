import type { Params } from '../platform/read/sql.js';
import { FRESH_LINES } from './journal.queries.js';
import { WHOLE_ACCOUNT } from './trial-balance.queries.js';

/** Which accounts moved, between which days (null: from the first one), and for whom. */
export interface MovementsOf {
  /** A condition on the account `a`. */
  accounts: string;
  from: string | null;
  to: string;
  currency: string | null;
  branchId: string | null;
  salespersonId: string | null;
}

const CURRENCIES = `(values ('IQD'), ('USD'), ('RMB')) c(currency)`;

/**
 * What accounts moved by, as rows (account, currency, day, amount, base); positive is debit. The rows of days and what
 * waits for them say it of the whole company; by branch or salesperson the lines themselves are read.
 */
export function accountMovements(of: MovementsOf, params: Params): string {
  const { currency } = of;
  const from = of.from === null ? null : `${params.add(of.from)}::date`;
  const to = `${params.add(of.to)}::date`;
  const inCurrency = currency === null ? '' : ` and c.currency = ${params.add(currency)}`;
  const within = (alias: string): string =>
    `${from === null ? '' : `${alias}.day >= ${from} and `}${alias}.day <= ${to}`;
  if (of.branchId !== null || of.salespersonId !== null) {
    const branch = of.branchId === null ? '' : ` and l.branch_id = ${params.add(of.branchId)}::uuid`;
    const seller = of.salespersonId === null ? '' : ` and l.salesperson_id = ${params.add(of.salespersonId)}::uuid`;
    return `(select a.code as account, c.currency, l.day, l.amount, l.base from accounts a cross join ${CURRENCIES}
        cross join lateral (select x.* from journal_lines x where x.account = a.code and x.currency = c.currency and ${within('x')} offset 0) l
      where ${of.accounts}${inCurrency}${branch}${seller})`;
  }
  return `(select a.code as account, c.currency, d.day, d.debit - d.credit as amount, d.base_debit - d.base_credit as base
      from accounts a cross join ${CURRENCIES}
        cross join lateral (select x.* from journal_days x where x.account = a.code and x.party_id = '${WHOLE_ACCOUNT}'
          and x.currency = c.currency and ${within('x')} offset 0) d
      where ${of.accounts}${inCurrency}
      union all
      select f.account, f.currency, f.day, f.amount, f.base from ${FRESH_LINES} f
        join accounts a on a.code = f.account cross join ${CURRENCIES}
      where c.currency = f.currency and ${of.accounts}${inCurrency} and ${within('f')})`;
}

/** IQD for one unit on a day; before the first rate that is known, that one. */
const iqdFor = (currency: string, day: string): string =>
  `(case ${currency} when 'IQD' then 1 else (select r.rate from exchange_rates r where r.currency = ${currency}
     order by r.effective_on > ${day}, abs(r.effective_on - ${day}) limit 1) end)`;

const BASE = `(select value #>> '{}' from settings where key = 'base_currency')`;

/** What one unit of the base currency is in another one at the rate of a day. */
export const rateFromBase = (currency: string, day: string): string =>
  `(${iqdFor(BASE, day)} / ${iqdFor(currency, day)})`;
