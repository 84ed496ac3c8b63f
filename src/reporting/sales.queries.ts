import { entered } from '../documents/document.queries.js';
import type { Params } from '../platform/read/sql.js';

/** The days of a report, both included. */
export interface Period {
  from: string;
  to: string;
}

export const between = (column: string, { from, to }: Period, params: Params): string =>
  `${column} between ${params.add(from)}::date and ${params.add(to)}::date`;

/**
 * What was billed, credited and voided in a period: a row an invoice and credit note, and one for the counter-entry of
 * each that is void, on the day of the void. `n` counts invoices. Currencies are kept apart.
 */
export const soldDocuments = (period: Period, params: Params): string =>
  `select i.entered_on as day, i.customer_id, i.currency, i.exchange_rate, i.sign * i.total as billed, 0::numeric as credited,
     i.sign as n, i.paid, i.balance, i.voided_at
   from ${entered('invoices', 'issued_on')} i where ${between('i.entered_on', period, params)}
   union all
   select c.entered_on, c.customer_id, c.currency, c.exchange_rate, 0, c.sign * c.total, 0, 0, 0, c.voided_at
   from ${entered('credit_notes', 'issued_on')} c where ${between('c.entered_on', period, params)}`;

/**
 * The same by line, before tax: a credited line takes its quantity and amount back; an allowance is an amount without a
 * quantity.
 */
export const soldLines = (period: Period, params: Params): string =>
  `select i.customer_id, i.currency, i.exchange_rate, il.product_id, il.description, i.sign * il.quantity as quantity,
     i.sign * (il.line_total - il.discount_share) as total, i.voided_at
   from ${entered('invoices', 'issued_on')} i join invoice_lines il on il.invoice_id = i.id
   where ${between('i.entered_on', period, params)}
   union all
   select c.customer_id, c.currency, c.exchange_rate, cl.product_id, cl.description,
     case when cl.invoice_line_id is null then 0 else -c.sign * cl.quantity end,
     -c.sign * (cl.line_total - cl.discount_share), c.voided_at
   from ${entered('credit_notes', 'issued_on')} c join credit_note_lines cl on cl.credit_note_id = c.id
   where ${between('c.entered_on', period, params)}`;

/** Payments less what was given back, each on its own day; `n` counts payments. */
export const collectedRows = (period: Period, params: Params): string =>
  `select y.customer_id, y.currency, y.sign * y.amount as amount, y.sign as n
   from ${entered('payments', 'received_on')} y where ${between('y.entered_on', period, params)}
   union all
   select r.customer_id, r.currency, -r.amount, 0 from refunds r where ${between('r.refunded_on', period, params)}
   union all
   select r.customer_id, r.currency, r.amount, 0 from refunds r where ${between('r.voided_on', period, params)}`;
