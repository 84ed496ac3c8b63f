import { ref } from '@mikro-orm/core';
import { CreditNote } from '../billing/credit-note.entity.js';
import { emitCreditNoteChanged } from '../billing/credit-note.service.js';
import { Payment } from '../billing/payment.entity.js';
import {
  type AllocationInput,
  type ApplySourceInput,
  lockSource,
  releaseAllocations,
  settle,
  settleNamed,
  settleOldest,
} from '../billing/settlement.service.js';
import type { Customer } from '../customers/customer.entity.js';
import { type DocumentContext, type DocumentMade, recordDocument } from '../documents/document-context.service.js';
import { assertOurs } from '../documents/document.service.js';
import { nextDocumentNumber } from '../documents/numbering.service.js';
import { lockNamedCustomer } from '../documents/party.service.js';
import { assertHandedOver } from '../documents/settlement.service.js';
import { type VoidInput, voidDocument } from '../documents/void.service.js';
import { primaryBranchId } from '../documents/warehouse.service.js';
import { now } from '../kernel/clock.js';
import { badInput } from '../kernel/errors.js';
import { newId } from '../kernel/ids.js';
import { type Currency, Decimal, decimalText } from '../kernel/money.js';
import { assertDay, rateOn } from '../ledger/books.service.js';
import { postEntry } from '../ledger/customer-ledger.service.js';
import type { PaymentMethod } from '../organisation/payment-method.entity.js';
import type { Tx } from '../platform/db/transact.js';
import type { Keyed } from '../platform/idempotency.js';
import { paymentChanged } from './payment.events.js';
import { Refund } from './refund.entity.js';
import { msg } from '../kernel/message.js';

export interface NewPayment {
  customerId: string;
  amount: string;
  currency: Currency;
  method: PaymentMethod;
  receivedOn?: string | null | undefined;
  reference?: string | null | undefined;
  notes?: string | null | undefined;
  allocations?: readonly AllocationInput[] | null | undefined;
  /** Settle the oldest open invoices with what the allocations leave. */
  oldestFirst?: boolean | null | undefined;
}

function emitPaymentChanged(tx: Tx, payment: Payment, customer: Customer, change: string): void {
  const salespersonId = customer.salesperson?.id ?? null;
  tx.emit(paymentChanged(payment.id, { change, number: payment.number, customerId: customer.id, salespersonId }));
}

/** Takes money in, inside a Tx that holds an idempotency key; the balance is locked here. */
export async function receivePayment(
  tx: Tx,
  documentContext: DocumentContext,
  input: NewPayment,
  tillSessionId: string | null = null,
): Promise<Payment> {
  assertOurs(documentContext, 'payment');
  assertHandedOver(input);
  const customer = await lockNamedCustomer(tx, documentContext, input);
  const receivedOn = await assertDay(tx, documentContext, input.receivedOn, 'receivedOn');
  const branchId = await primaryBranchId(tx);
  const payment = tx.em.create(Payment, {
    id: newId(),
    number: await nextDocumentNumber(tx, 'PAY', branchId),
    customer: ref(customer),
    branchId,
    tillSessionId,
    receivedOn,
    method: input.method,
    currency: input.currency,
    exchangeRate: await rateOn(tx, input.currency, receivedOn),
    amount: input.amount,
    applied: '0',
    refunded: '0',
    unapplied: input.amount,
    reference: input.reference ?? null,
    notes: input.notes ?? null,
    createdBy: tx.actor,
    version: 1,
    createdAt: now(),
  });
  const entry = { kind: 'PAYMENT', documentId: payment.id, number: payment.number, enteredOn: receivedOn } as const;
  await postEntry(
    tx,
    { ...entry, customerId: customer.id, currency: input.currency, document: payment },
    new Decimal(input.amount).negated(),
  );
  await settle(tx, payment, customer, input.allocations ?? []);
  await tx.em.flush();
  if (input.oldestFirst === true) await settleOldest(tx, payment, customer);
  emitPaymentChanged(tx, payment, customer, 'received');
  return payment;
}

/**
 * Records money received, whole or in part against invoices; what is left stays unapplied. Throws NOT_FOUND, BAD_INPUT,
 * OVERPAYMENT, WRONG_CURRENCY, PERIOD_CLOSED, FIELD_OWNED_ELSEWHERE, IDEMPOTENCY_MISMATCH.
 */
export function recordPayment(
  tx: Tx,
  documentContext: DocumentContext,
  input: NewPayment & { idempotencyKey: string },
): Promise<Keyed<DocumentMade>> {
  return recordDocument(tx, documentContext, { operation: 'recordPayment', kind: 'payment', input }, (given) =>
    receivePayment(tx, documentContext, given),
  );
}

/** Settles invoices with what is left of a payment. Throws what recordPayment throws. */
export function applyPayment(
  tx: Tx,
  documentContext: DocumentContext,
  input: ApplySourceInput,
): Promise<Keyed<DocumentMade>> {
  return recordDocument(tx, documentContext, { operation: 'applyPayment', kind: 'payment', input }, async (given) => {
    const { document: source, party: customer } = await lockSource<Payment>(tx, documentContext, Payment, given.id);
    await settleNamed(tx, source, customer, given.allocations);
    emitPaymentChanged(tx, source, customer, 'applied');
    return source;
  });
}

/** Voids a payment: the invoices it settled are open again. Throws what voidDocument throws; BAD_INPUT when refunded. */
export function voidPayment(tx: Tx, documentContext: DocumentContext, input: VoidInput): Promise<Keyed<DocumentMade>> {
  return voidDocument<Payment, Customer>(tx, documentContext, input, {
    operation: 'voidPayment',
    kind: 'payment',
    noun: 'payment',
    lock: (id) => lockSource<Payment>(tx, documentContext, Payment, id),
    assertVoidable(payment) {
      if (!new Decimal(payment.refunded).isZero()) throw badInput('id', msg`Part of this payment has been refunded.`);
    },
    undo: (payment) => releaseAllocations(tx, { paymentId: payment.id }),
    clear(payment) {
      payment.unapplied = '0';
    },
    async post(payment, customer, enteredOn) {
      const { id: documentId, number, currency, amount } = payment;
      const party = { customerId: customer.id, currency };
      await postEntry(tx, { kind: 'PAYMENT_VOID', documentId, number, enteredOn, ...party }, amount);
      emitPaymentChanged(tx, payment, customer, 'voided');
    },
  });
}

export interface NewRefund {
  paymentId?: string | null | undefined;
  creditNoteId?: string | null | undefined;
  amount: string;
  method: PaymentMethod;
  reference?: string | null | undefined;
}

/**
 * Gives money back: what is left of a payment or of a credit note. Throws NOT_FOUND, BAD_INPUT (more than is left),
 * PERIOD_CLOSED, FIELD_OWNED_ELSEWHERE, IDEMPOTENCY_MISMATCH.
 */
export function recordRefund(
  tx: Tx,
  documentContext: DocumentContext,
  input: NewRefund & { idempotencyKey: string },
): Promise<Keyed<DocumentMade>> {
  return recordDocument(tx, documentContext, { operation: 'recordRefund', kind: 'payment', input }, (given) =>
    refundSource(tx, documentContext, given),
  );
}

/** Gives money back inside a Tx that holds an idempotency key. */
export async function refundSource(
  tx: Tx,
  documentContext: DocumentContext,
  input: NewRefund,
  tillSessionId: string | null = null,
): Promise<Refund> {
  assertOurs(documentContext, 'payment');
  const { paymentId = null, creditNoteId = null } = input;
  if ((paymentId === null) === (creditNoteId === null)) {
    throw badInput('paymentId', msg`Name a payment or a credit note, one of them.`);
  }
  const type = paymentId === null ? CreditNote : Payment;
  const { document: source, party: customer } = await lockSource(
    tx,
    documentContext,
    type,
    (paymentId ?? creditNoteId) as string,
  );
  assertHandedOver({ ...input, currency: source.currency });
  if (new Decimal(input.amount).greaterThan(source.unapplied)) {
    throw badInput('amount', msg`Only ${decimalText(source.unapplied)} remain.`);
  }
  const refundedOn = await assertDay(tx, documentContext, null, 'amount');
  source.refunded = new Decimal(source.refunded).plus(input.amount).toFixed();
  source.unapplied = new Decimal(source.unapplied).minus(input.amount).toFixed();
  const refund = tx.em.create(Refund, {
    id: newId(),
    number: await nextDocumentNumber(tx, 'RF', source.branchId),
    customer: ref(customer),
    paymentId,
    creditNoteId,
    tillSessionId,
    method: input.method,
    currency: source.currency,
    amount: input.amount,
    refundedOn,
    reference: input.reference ?? null,
    createdBy: tx.actor,
    createdAt: now(),
  });
  await tx.em.flush();
  const entry = { kind: 'REFUND', documentId: refund.id, number: refund.number, enteredOn: refundedOn } as const;
  const document = { branchId: source.branchId, method: input.method, tillSessionId };
  await postEntry(tx, { ...entry, customerId: customer.id, currency: source.currency, document }, input.amount);
  if (source instanceof Payment) emitPaymentChanged(tx, source, customer, 'refunded');
  else emitCreditNoteChanged(tx, source, customer, 'refunded');
  return refund;
}
