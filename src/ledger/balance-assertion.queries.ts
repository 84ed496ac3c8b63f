import type { Tx } from '../platform/db/transact.js';
import { computed, read, type RowOf } from '../platform/read/definition.js';
import { raw, sql } from '../platform/read/sql.js';
import { BalanceAssertion } from './balance-assertion.entity.js';
import { FRESH_LINES } from './journal.queries.js';
import { WHOLE_ACCOUNT } from './trial-balance.queries.js';

type Run = Tx['sql'];

/** What the account of an assertion `a`, or the party in it, stands at on the end of its day, exact to the last commit. */
const ACTUAL = `(coalesce((select d.balance from journal_days d where d.account = a.account
    and d.party_id = coalesce(a.party_id, '${WHOLE_ACCOUNT}'::uuid) and d.currency = a.currency and d.day <= a."on"
    order by d.day desc limit 1), 0)
  + coalesce((select sum(f.amount) from ${FRESH_LINES} f where f.account = a.account and f.currency = a.currency
    and f.day <= a."on" and (a.party_id is null or f.party_id = a.party_id)), 0))`;

export const balanceAssertionRead = read(BalanceAssertion, {
  always: ['currency'],
  fields: {
    actual: computed(
      (assertion) =>
        sql`(select json_build_object('currency', a.currency, 'amount', ${raw(ACTUAL)}::text) from balance_assertions a where a.id = ${assertion.id})`,
    ),
  },
});

export type BalanceAssertionRow = RowOf<typeof balanceAssertionRead>;

export interface FailedAssertion {
  account: number;
  currency: string;
  on: string;
  balance: string;
  actual: string;
}

/** The assertions up to a day that the journal does not agree with. */
export function listFailedAssertions(run: Run, until: string): Promise<FailedAssertion[]> {
  return run<FailedAssertion>(
    `select * from (
       select a.account, a.currency, a."on"::text as "on", a.id, trim_scale(a.balance)::text as balance,
         trim_scale(${ACTUAL})::text as actual
       from balance_assertions a where a."on" <= $1::date
     ) x where x.balance <> x.actual order by x."on", x.account, x.id`,
    [until],
  );
}
