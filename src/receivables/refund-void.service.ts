import { LockMode } from '@mikro-orm/core';
import { CreditNote } from '../billing/credit-note.entity.js';
import { emitCreditNoteChanged } from '../billing/credit-note.service.js';
import { Payment } from '../billing/payment.entity.js';
import { plus } from '../documents/settlement.service.js';
import type { Customer } from '../customers/customer.entity.js';
import type { DocumentContext, DocumentMade } from '../documents/document-context.service.js';
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
import type { Keyed } from '../platform/idempotency.js';
import { emitPaymentChanged } from './payment.service.js';
import { Refund } from './refund.entity.js';
import { findRefundBox } from './refund.queries.js';

/** What was given back of, locked. */
async function lockRefunded(tx: Tx, refund: Refund): Promise<Payment | CreditNote> {
  const lock = { lockMode: LockMode.PESSIMISTIC_WRITE, refresh: true } as const;
  return refund.paymentId
    ? tx.em.findOneOrFail(Payment, refund.paymentId, lock)
    : tx.em.findOneOrFail(CreditNote, refund.creditNoteId as string, lock);
}

/** The open shift into whose drawer the money comes back. */
export interface VoidingTill {
  sessionId: string;
  boxId: string | null;
}

/** Money of a drawer comes back into that drawer, while a shift counts it. Throws BAD_INPUT. */
async function assertPlace(tx: Tx, refund: Refund, till: VoidingTill | null): Promise<void> {
  if (till === null) {
    if (refund.tillSessionId != null) throw badInput('id', msg`This was given back at a till. Void it there.`);
    return;
  }
  if (refund.tillSessionId == null) throw badInput('id', msg`This was not given back at a till.`);
  if (refund.method !== 'CASH') return;
  const box = await findRefundBox(tx.sql, refund.id);
  if (box !== till.boxId)
    throw badInput('id', msg`This was given back out of another drawer. Void it in a shift of that one.`);
}

/**
 * Voids a refund as an operation of its own; `lockTill` locks the shift that takes the money back, before the customer.
 * Throws `failuresOf.voiding`.
 */
export function takeRefundBack(
  tx: Tx,
  documentContext: DocumentContext,
  input: VoidInput,
  { operation, lockTill }: { operation: string; lockTill: () => Promise<VoidingTill | null> },
): Promise<Keyed<DocumentMade>> {
  const known: { till: VoidingTill | null } = { till: null };
  return voidDocument<Refund, Customer>(tx, documentContext, input, {
    operation,
    kind: 'payment',
    noun: 'refund',
    async lock(id) {
      known.till = await lockTill();
      const of: DocumentOf<Refund> = { type: Refund, noun: 'Refund', id, balance: true };
      const { document, customer: party } = await lockCustomerDocument<Refund>(tx, documentContext, of);
      return { document, party };
    },
    assertVoidable: (refund) => assertPlace(tx, refund, known.till),
    async undo(refund) {
      const source = await lockRefunded(tx, refund);
      source.refunded = plus(source.refunded, new Decimal(refund.amount).negated());
      source.unapplied = plus(source.unapplied, new Decimal(refund.amount));
    },
    clear(refund) {
      refund.voidTillSessionId = known.till?.sessionId ?? null;
    },
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
  });
}

/** Voids a refund: the money is back, and what it was given back of is unapplied again. */
export const voidRefund = defineCommand(
  failuresOf.voiding,
  (tx: Tx, documentContext: DocumentContext, input: VoidInput) =>
    takeRefundBack(tx, documentContext, input, { operation: 'voidRefund', lockTill: () => Promise.resolve(null) }),
);
