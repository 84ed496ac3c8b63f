import { can } from '../kernel/viewer.js';
import type { Tx } from '../platform/db/transact.js';
import { read, type RowOf } from '../platform/read/definition.js';
import { slots, sql, type Sql } from '../platform/read/sql.js';
import { type Who } from '../platform/read/who.js';
import { Commission, type CommissionBasis, CommissionPlan } from './commission.entity.js';

const ownEarnings = (salespersonId: Sql, who: Who): Sql | boolean => {
  if (can(who, 'cash:all')) return true;
  return who.kind === 'user' ? sql`${salespersonId} = ${slots.userId}` : false;
};

/** One's own; with cash:all those of everybody. */
export const commissionPlanRead = read(CommissionPlan, { scope: (plan, who) => ownEarnings(plan.salespersonId, who) });

export const commissionRead = read(Commission, {
  always: ['currency'],
  scope: (commission, who) => ownEarnings(commission.salespersonId, who),
});

export type CommissionRow = RowOf<typeof commissionRead>;

export interface Earning {
  salespersonId: string;
  planId: string;
  ratePercent: string;
  target: string | null;
  bonus: string | null;
  currency: string;
  amount: string;
}

/** Lines that count, by the basis of a plan: sales, returns and discounts, or what payments and refunds did to debts. */
const COUNTED: Record<CommissionBasis, string> = {
  SALES: 'l.account in (4100, 4110, 4120)',
  COLLECTED: `l.account = 1210 and exists (select 1 from journal_entries e where e.id = l.entry_id
    and e.event in ('PAYMENT', 'PAYMENT_VOID', 'REFUND', 'REFUND_VOID'))`,
};

/** What everybody with a plan sold or collected in a month, in the base currency. */
export function listEarnings(run: Tx['sql'], month: string): Promise<Earning[]> {
  return run<Earning>(
    `with plans as (
       select distinct on (p.salesperson_id) p.* from commission_plans p where p.from_month <= $1::date
       order by p.salesperson_id, p.from_month desc
     ), lines as materialized (
       select l.* from journal_lines l where l.account in (4100, 4110, 4120, 1210) and l.currency in ('IQD', 'USD', 'RMB')
         and l.day >= $1::date and l.day < ($1::date + interval '1 month') and l.salesperson_id is not null
     )
     select p.salesperson_id as "salespersonId", p.id as "planId", p.rate_percent::text as "ratePercent", p.target::text as target,
       p.bonus::text as bonus, (select value #>> '{}' from settings where key = 'base_currency') as currency,
       coalesce(-(select sum(l.base) from lines l where l.salesperson_id = p.salesperson_id
         and case p.basis when 'SALES' then ${COUNTED.SALES} else ${COUNTED.COLLECTED} end), 0)::text as amount
     from plans p order by p.salesperson_id`,
    [month],
  );
}
