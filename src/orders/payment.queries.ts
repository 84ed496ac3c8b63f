import type { Tx } from '../platform/db/transact.js';
import { Product } from '../catalog/product.entity.js';
import { many, one, read, type RowOf } from '../platform/read/definition.js';
import { sql } from '../platform/read/sql.js';
import { ownDocuments } from './account.queries.js';
import { Invoice } from './invoice.entity.js';
import { byCreation } from './invoice.queries.js';
import { Allocation, CreditNote, CreditNoteLine, Payment, Refund } from './payment.entity.js';

type Run = Tx['sql'];

export const refundRead = read(Refund, { always: ['currency'] });

export const paymentRead = read(Payment, {
  always: ['currency'],
  scope: (payment, who) => ownDocuments(payment.customer, who),
  kept: [{ count: 'payments' }],
  fields: {
    allocations: many(Allocation, (payment, allocation) => sql`${allocation.paymentId} = ${payment.id}`, {
      orderBy: byCreation,
    }),
    refunds: many(Refund, (payment, refund) => sql`${refund.paymentId} = ${payment.id}`, { orderBy: byCreation }),
  },
});

export type PaymentRow = RowOf<typeof paymentRead>;

export const creditNoteLineRead = read(CreditNoteLine, {
  fields: { product: one(Product, (line, product) => sql`${product.id} = ${line.productId}`) },
});

export const creditNoteRead = read(CreditNote, {
  always: ['currency'],
  scope: (note, who) => ownDocuments(note.customer, who),
  kept: [{ count: 'credit_notes' }],
  fields: {
    // The invoice is of the same customer.
    invoice: one(Invoice, (note, invoice) => sql`${invoice.id} = ${note.invoiceId}`, { scopedByParent: true }),
    lines: many(CreditNoteLine, (note, line) => sql`${line.creditNote} = ${note.id}`, {
      orderBy: (line) => line.position,
      also: (note) => ({ currency: note.currency }),
    }),
    allocations: many(Allocation, (note, allocation) => sql`${allocation.creditNoteId} = ${note.id}`, {
      orderBy: byCreation,
    }),
    refunds: many(Refund, (note, refund) => sql`${refund.creditNoteId} = ${note.id}`, { orderBy: byCreation }),
  },
});

export type CreditNoteRow = RowOf<typeof creditNoteRead>;

/** Open invoices of a customer in one currency, the oldest due first. */
export function listOpenInvoices(
  run: Run,
  customerId: string,
  currency: string,
): Promise<{ id: string; balance: string }[]> {
  return run(
    `select id, balance::text as balance from invoices
     where customer_id = $1 and currency = $2 and balance > 0 order by due_on, id limit 100`,
    [customerId, currency],
  );
}

export interface AllocationSum {
  invoiceId: string;
  paymentId: string | null;
  creditNoteId: string | null;
  amount: string;
}

/** What stands between a document and those that it settles or is settled by, in the order in which they are locked. */
export function sumAllocations(
  run: Run,
  of: { invoiceId: string } | { paymentId: string } | { creditNoteId: string },
): Promise<AllocationSum[]> {
  const [column, id] =
    'invoiceId' in of
      ? ['invoice_id', of.invoiceId]
      : 'paymentId' in of
        ? ['payment_id', of.paymentId]
        : ['credit_note_id', of.creditNoteId];
  return run<AllocationSum>(
    `select invoice_id as "invoiceId", payment_id as "paymentId", credit_note_id as "creditNoteId", sum(amount)::text as amount
     from allocations where ${column} = $1 group by 1, 2, 3 having sum(amount) <> 0 order by 1, 2, 3`,
    [id],
  );
}

/** How much of each invoice line has left the warehouse and not come back. */
export async function listReturnable(run: Run, invoiceId: string): Promise<Map<string, string>> {
  const rows = await run<{ id: string; left: string }>(
    `select il.id, (case when il.order_line_id is not null then ol.shipped when il.moved_stock then il.quantity else 0 end
       - coalesce((select sum(nl.quantity) from credit_note_lines nl join credit_notes n on n.id = nl.credit_note_id
           join invoice_lines x on x.id = nl.invoice_line_id
           where n.restocked and n.voided_at is null
             and (x.id = il.id or (x.order_line_id is not null and x.order_line_id = il.order_line_id))), 0))::text as left
     from invoice_lines il left join order_lines ol on ol.id = il.order_line_id and ol.stocked
     where il.invoice_id = $1`,
    [invoiceId],
  );
  return new Map(rows.map((row) => [row.id, row.left ?? '0']));
}
