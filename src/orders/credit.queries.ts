import type { Tx } from '../platform/db/transact.js';

type Run = Tx['sql'];

export interface CreditState {
  /** What was due before today and is not settled. */
  overdue: string;
  /** Ordered on credit and not invoiced yet. */
  agreed: string;
}

/** What uses a customer's credit besides the balance. The caller holds the balance's lock. */
export async function readCreditState(
  run: Run,
  customerId: string,
  currency: string,
  today: string,
): Promise<CreditState> {
  const [row] = await run<CreditState>(
    `select
       (select coalesce(sum(i.balance), 0)::text from invoices i
        where i.customer_id = $1 and i.currency = $2 and i.balance > 0 and i.due_on < $3::date) as overdue,
       (select coalesce(sum(ol.line_total - ol.discount_share + ol.tax_amount) filter (where ol.invoiced = 0), 0)
          + coalesce(sum((ol.line_total - ol.discount_share + ol.tax_amount) * (ol.quantity - ol.invoiced) / ol.quantity)
              filter (where ol.invoiced > 0), 0)
        from orders o join order_lines ol on ol.order_id = o.id
        where o.customer_id = $1 and o.currency = $2 and o.payment_method = 'CREDIT'
          and o.status in ('CONFIRMED', 'SHIPPED', 'DELIVERED'))::text as agreed`,
    [customerId, currency, today],
  );
  return row ?? { overdue: '0', agreed: '0' };
}
