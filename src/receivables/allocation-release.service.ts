import { CreditNote } from '../billing/credit-note.entity.js';
import { emitCreditNoteChanged } from '../billing/credit-note.service.js';
import { emitInvoiceChanged } from '../billing/invoice.service.js';
import { Payment } from '../billing/payment.entity.js';
import { Allocation } from '../billing/settlement.entity.js';
import { lockSource, releaseOne, type Source } from '../billing/settlement.service.js';
import type { Customer } from '../customers/customer.entity.js';
import { type DocumentContext, recordDocument } from '../documents/document-context.service.js';
import { failuresOf, findDocumentCustomer } from '../documents/document.service.js';
import { assertReason } from '../kernel/document-values.js';
import { badInput, notFound } from '../kernel/errors.js';
import { checkAll } from '../kernel/faults.js';
import { isId } from '../kernel/ids.js';
import { msg } from '../kernel/message.js';
import { assertDay } from '../ledger/books.service.js';
import { defineCommand } from '../platform/command.js';
import type { Tx } from '../platform/db/transact.js';
import { emitPaymentChanged } from './payment.service.js';

/** What an allocation takes of, locked after its customer and the balances that move. Throws NOT_FOUND. */
async function lockAllocated(
  tx: Tx,
  documentContext: DocumentContext,
  id: string,
): Promise<{ source: Source; customer: Customer }> {
  const known = isId(id) ? await tx.em.findOne(Allocation, id, { populate: ['invoice'] }) : null;
  const ownerId = known?.invoice.unwrap().customer.id;
  const seen = ownerId === undefined ? null : await findDocumentCustomer(tx, documentContext.viewer, ownerId);
  if (!known || !seen) throw notFound('Allocation', id);
  const { currency, sourceCurrency, paymentId, creditNoteId } = known;
  const others = currency === sourceCurrency ? undefined : () => Promise.resolve([currency]);
  const locked = await (paymentId == null
    ? lockSource<CreditNote>(tx, documentContext, CreditNote, { id: creditNoteId as string, others })
    : lockSource<Payment>(tx, documentContext, Payment, { id: paymentId, others }));
  return { source: locked.document, customer: locked.party };
}

/**
 * Takes one allocation of a payment or credit note back, by the opposite of its entry today: the invoice is open again, what
 * was taken is unapplied again, and an exchange difference is gone. Answers the invoice. A write-off is voided instead,
 * because what is left of one belongs to nobody.
 */
export const releaseAllocation = defineCommand(
  failuresOf.making,
  (tx: Tx, documentContext: DocumentContext, input: { id: string; reason: string; idempotencyKey: string }) =>
    recordDocument(
      tx,
      documentContext,
      { operation: 'releaseAllocation', kind: 'payment', input },
      async ({ id, reason }) => {
        const [{ source, customer }, day] = await checkAll(
          () => lockAllocated(tx, documentContext, id),
          () => assertDay(tx, documentContext, null, 'id'),
          () => assertReason(reason),
        );
        if (source instanceof CreditNote && source.kind === 'WRITE_OFF')
          throw badInput('id', msg`This was written off. Void ${source.number} instead.`);
        const invoice = await releaseOne(tx, { id, source }, { customer, day, reason: reason.trim() });
        emitInvoiceChanged(tx, invoice, customer, 'released');
        if (source instanceof Payment) emitPaymentChanged(tx, source, customer, 'released');
        else emitCreditNoteChanged(tx, source, customer, 'released');
        return invoice;
      },
    ),
);
