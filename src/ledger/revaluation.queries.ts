import type { Tx } from '../platform/db/transact.js';
import { ACCOUNTS } from './posting-table.js';

type Run = Tx['sql'];

/** What stands in a currency other than that of the books, at the end of a day. */
export interface ForeignBalance {
  account: number;
  /** The box; null for debts, which are valued as a whole. */
  partyId: string | null;
  currency: string;
  amount: string;
  base: string;
}

/** The balances of accounts at the end of a day, in each currency other than that of the books; `byParty`: of each box. */
export function listForeignBalances(
  run: Run,
  of: { accounts: readonly number[]; byParty: boolean; day: string },
): Promise<ForeignBalance[]> {
  return run<ForeignBalance>(
    `select l.account, ${of.byParty ? 'l.party_id' : 'null::uuid'} as "partyId", l.currency, sum(l.amount)::text as amount, sum(l.base)::text as base
     from journal_lines l
     where l.account = any ($1::int[]) and l.day <= $2::date
       and l.currency <> (select value #>> '{}' from settings where key = 'base_currency')
     group by 1, 2, 3 having sum(l.amount) <> 0 or sum(l.base) <> 0 order by 1, 3, 2`,
    [of.accounts, of.day],
  );
}

/** By how much debts were revalued on a day already, in each currency. */
export async function listRevalued(run: Run, day: string): Promise<Map<string, string>> {
  const rows = await run<{ currency: string; base: string }>(
    `select l.currency, sum(l.base)::text as base from journal_entries e join journal_lines l on l.entry_id = e.id
     where e.event = 'REVALUATION' and e.day = $1::date and l.account = ${ACCOUNTS.revaluation} and l.day = $1::date group by 1`,
    [day],
  );
  return new Map(rows.map(({ currency, base }) => [currency, base]));
}
