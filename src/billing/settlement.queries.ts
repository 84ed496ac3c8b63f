import type { Tx } from '../platform/db/transact.js';

type Run = Tx['sql'];

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

/**
 * The open allocations between a document and those that it settles or that settle it, in the order in which they are
 * locked.
 */
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
