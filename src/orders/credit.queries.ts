import { ANONYMOUS } from '../kernel/viewer.js';
import type { Tx } from '../platform/db/transact.js';
import { inline, Params, raw, sql, type Sql } from '../platform/read/sql.js';

type Run = Tx['sql'];

/** IQD for one unit of a currency, by the newest rate that is not later than the day. */
const rateOf = (currency: Sql, day: Sql): Sql =>
  sql`(case ${currency} when 'IQD' then 1 else (select e.rate from exchange_rates e
    where e.currency = ${currency} and e.effective_on <= ${day} order by e.effective_on desc limit 1) end)`;

/**
 * What uses a customer's credit, in the agreed currency: what is owed, and what is ordered and not billed yet, whatever
 * payment an order says it will have; other currencies count at the rate of the day. The schema shows it, and confirming
 * checks it.
 */
export const creditUsed = (customer: { id: Sql; currency: Sql }, day: Sql): Sql => {
  const unbilled = raw(`(ol.line_total - ol.discount_share + ol.tax_amount)
    * case when ol.invoiced + ol.cancelled = 0 then 1 else (ol.quantity - ol.invoiced - ol.cancelled) / ol.quantity end`);
  const decimals = sql`case ${customer.currency} when 'IQD' then 0 else 2 end`;
  return sql`(select coalesce(sum(case when u.currency = ${customer.currency} then u.amount
      else round(u.amount * ${rateOf(raw('u.currency'), day)} / ${rateOf(customer.currency, day)}, ${decimals}) end), 0)
    from (select b.currency, b.balance as amount from customer_balances b where b.customer_id = ${customer.id}
      union all
      select o.currency, sum(${unbilled})
        + case when exists (select 1 from invoices i where i.order_id = o.id and i.voided_at is null) then 0
            else o.shipping + o.adjustment end
      from orders o join order_lines ol on ol.order_id = o.id and ol.invoiced + ol.cancelled < ol.quantity
      where o.customer_id = ${customer.id} and o.status in ('CONFIRMED', 'SHIPPED', 'DELIVERED') group by o.id) u)`;
};

export interface CreditState {
  /** What was due before today and is not settled, in the currency of the document. */
  overdue: string;
  /** What of the limit is not used; negative above it. */
  left: string;
  /** What the document comes to in the agreed currency. */
  needed: string;
}

/** What is left of a customer's credit, and what a document needs of it. The caller holds the balance's lock. */
export async function readCreditState(
  run: Run,
  customer: { id: string; currency: string; creditLimit: string },
  document: { currency: string; total: string },
  today: string,
): Promise<CreditState> {
  const params = new Params();
  const day = sql`${today}::date`;
  const [agreed, currency] = [sql`${customer.currency}::text`, sql`${document.currency}::text`];
  const needed = sql`case when ${currency} = ${agreed} then ${document.total}::numeric
    else round(${document.total}::numeric * ${rateOf(currency, day)} / ${rateOf(agreed, day)},
      case ${agreed} when 'IQD' then 0 else 2 end) end`;
  const state = sql`select (${customer.creditLimit}::numeric
      - ${creditUsed({ id: sql`${customer.id}::uuid`, currency: agreed }, day)})::text as "left",
    (${needed})::text as needed,
    (select coalesce(sum(i.balance), 0)::text from invoices i where i.customer_id = ${customer.id}::uuid
      and i.currency = ${currency} and i.balance > 0 and i.due_on < ${day}) as overdue`;
  const [row] = await run<CreditState>(inline(state, { viewer: ANONYMOUS, today }, params), params.values);
  return row as CreditState;
}
