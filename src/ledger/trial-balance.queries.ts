import { read } from '../platform/read/definition.js';
import { columnText } from '../platform/read/entity-columns.js';
import { column, HEADS, type ReportDefinition } from '../platform/read/report.js';
import { Params, type StatementReader } from '../platform/read/sql.js';
import { Account } from './account.entity.js';
import { FRESH_LINES } from './journal.queries.js';

/** The chart; its lists are short, and written as text. */
export const accountRead = read(Account);

/** The chart, by code. */
export function listAccounts(reader: StatementReader): Promise<Account[]> {
  return reader.read<Account>(`select ${columnText(Account, 'a')} from accounts a order by a.code`);
}

export async function hasAccount(reader: StatementReader, code: number): Promise<boolean> {
  return (await reader.read('select 1 from accounts where code = $1', [code])).length > 0;
}

/** The whole of an account stands under this id in journal_days. */
export const WHOLE_ACCOUNT = '00000000-0000-0000-0000-000000000000';

export interface AccountBalance extends Account {
  balance: string;
}

/**
 * What each account stands at on the end of a day: in one currency, or all of them in the base currency. Numbered entries
 * come from the rows of days, the few that wait from their lines, both in one snapshot, so it is exact at once.
 */
const balancesSql = (day: string, currency: string | null, params: Params): string => {
  const column = currency === null ? 'base' : 'balance';
  const on = `${params.add(day)}::date`;
  const only = (of: string): string => (currency === null ? 'true' : `${of}.currency = ${params.add(currency)}`);
  return `with parts as (
       select a.code, d.${column} as amount from accounts a cross join (values ('IQD'), ('USD'), ('RMB')) c(currency)
         cross join lateral (select x.balance, x.base from journal_days x where x.account = a.code
           and x.party_id = '${WHOLE_ACCOUNT}' and x.currency = c.currency and x.day <= ${on} order by x.day desc limit 1) d
       where ${only('c')}
       union all
       select f.account, f.${currency === null ? 'base' : 'amount'} from ${FRESH_LINES} f where f.day <= ${on} and ${only('f')}
     )
     select ${columnText(Account, 'a')}, sum(parts.amount) as balance from parts join accounts a on a.code = parts.code
     group by a.code order by a.code`;
};

export function listBalances(reader: StatementReader, day: string, currency: string | null): Promise<AccountBalance[]> {
  const params = new Params();
  return reader.read<AccountBalance>(balancesSql(day, currency, params), params.values);
}

export const trialBalanceReport: ReportDefinition = {
  root: 'trialBalance',
  permission: 'ledger:read',
  filters: ['to', 'currency'],
  columns: [
    { ...HEADS.account, name: 'code' },
    HEADS.name,
    HEADS.nameAr,
    column('kind', 'Kind', 'النوع'),
    column('debit', 'Debit', 'مدين'),
    column('credit', 'Credit', 'دائن'),
    HEADS.currency,
  ],
  sql: (ask, params) =>
    `select b.code, b.name, b."nameAr", b.kind, greatest(b.balance, 0) as debit, greatest(-b.balance, 0) as credit,
       coalesce(${params.add(ask.currency)}::text, (select value #>> '{}' from settings where key = 'base_currency')) as currency
     from (${balancesSql(ask.to, ask.currency, params)}) b order by b.code`,
};
