import type { Tx } from '../platform/db/transact.js';

type Run = Tx['sql'];

/** What a source says that a document settles of an invoice that is here. */
export interface SaidAllocation {
  invoiceId: string;
  paymentId: string | null;
  creditNoteId: string | null;
  amount: string;
  day: string;
}

/** What is said to settle invoices, by documents of the same customer that stand; the earliest first. */
export function listSaidAllocations(run: Run, invoiceIds: readonly string[]): Promise<SaidAllocation[]> {
  return run<SaidAllocation>(
    `select i.id as "invoiceId", r.payment_id as "paymentId", r.credit_note_id as "creditNoteId", r.amount::text as amount,
       greatest(r.day, i.issued_on)::text as day
     from invoices i join reported_allocations r on r.invoice_ref = i.external_ref
       left join payments p on p.id = r.payment_id left join credit_notes n on n.id = r.credit_note_id
     where i.id = any ($1::uuid[]) and coalesce(p.customer_id, n.customer_id) = i.customer_id
       and coalesce(p.currency, n.currency) = i.currency
       and coalesce(p.voided_at, n.voided_at) is null and not coalesce(p.draft, n.draft)
     order by i.id, r.day, r.payment_id, r.credit_note_id`,
    [invoiceIds],
  );
}

/** The invoices here that a document settles, or is said to settle. */
export async function listTouchedInvoices(run: Run, sourceId: string, refs: readonly string[]): Promise<string[]> {
  const rows = await run<{ id: string }>(
    `select a.invoice_id as id from allocations a where a.payment_id = $1 or a.credit_note_id = $1
     union select i.id from invoices i where i.external_ref = any ($2::text[]) order by 1`,
    [sourceId, refs],
  );
  return rows.map(({ id }) => id);
}
