import { LockMode } from '@mikro-orm/core';
import { CreditNote } from '../billing/credit-note.entity.js';
import { emitCreditNoteChanged } from '../billing/credit-note.service.js';
import { Payment } from '../billing/payment.entity.js';
import { plus } from '../documents/settlement.service.js';
import type { Customer } from '../customers/customer.entity.js';
import type { DocumentContext } from '../documents/document-context.service.js';
import { failuresOf } from '../documents/document.service.js';
import { type DocumentOf, lockCustomerDocument } from '../documents/party.service.js';
import { type VoidInput, voidDocument } from '../documents/void.service.js';
import { badInput } from '../kernel/errors.js';
import { msg } from '../kernel/message.js';
import { Decimal } from '../kernel/money.js';
import { postEntry } from '../ledger/customer-ledger.service.js';
import { insertReversal } from '../ledger/journal.queries.js';
import { defineCommand } from '../platform/command.js';
import type { Tx } from '../platform/db/transact.js';
import { emitPaymentChanged } from './payment.service.js';
import { Refund } from './refund.entity.js';

/** What was given back of, locked. */
async function lockRefunded(tx: Tx, refund: Refund): Promise<Payment | CreditNote> {
  const lock = { lockMode: LockMode.PESSIMISTIC_WRITE, refresh: true } as const;
  return refund.paymentId
    ? tx.em.findOneOrFail(Payment, refund.paymentId, lock)
    : tx.em.findOneOrFail(CreditNote, refund.creditNoteId as string, lock);
}

/** Voids a refund: the money is back, and what it was given back of is unapplied again. */
export const voidRefund = defineCommand(
  failuresOf.voiding,
  (tx: Tx, documentContext: DocumentContext, input: VoidInput) =>
    voidDocument<Refund, Customer>(tx, documentContext, input, {
      operation: 'voidRefund',
      kind: 'payment',
      noun: 'refund',
      async lock(id) {
        const of: DocumentOf<Refund> = { type: Refund, noun: 'Refund', id, balance: true };
        const { document, customer: party } = await lockCustomerDocument<Refund>(tx, documentContext, of);
        return { document, party };
      },
      assertVoidable(refund) {
        // The till has counted its cash with it.
        if (refund.tillSessionId != null)
          throw badInput('id', msg`This was given back at a till. Take the money in as a payment instead.`);
      },
      async undo(refund) {
        const source = await lockRefunded(tx, refund);
        source.refunded = plus(source.refunded, new Decimal(refund.amount).negated());
        source.unapplied = plus(source.unapplied, new Decimal(refund.amount));
      },
      clear: () => undefined,
      async post(refund, customer, enteredOn) {
        const { id: documentId, number, currency, amount } = refund;
        const entry = { kind: 'REFUND_VOID', documentId, number, enteredOn } as const;
        await postEntry(tx, { ...entry, customerId: customer.id, currency }, new Decimal(amount).negated());
        // What a migration posted of a refund that was older than the carried amounts.
        const { actor, origin } = tx;
        const difference = { event: 'REFUND_DIFFERENCE_VOID', reverses: 'REFUND_DIFFERENCE', partyId: customer.id };
        await insertReversal(tx.sql, { documentId, day: enteredOn, reason: null, actor, origin, ...difference });
        const source = await lockRefunded(tx, refund);
        if (source instanceof Payment) emitPaymentChanged(tx, source, customer, 'refundVoided');
        else emitCreditNoteChanged(tx, source, customer, 'refundVoided');
      },
    }),
);
