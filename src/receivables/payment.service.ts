import { ref } from '@mikro-orm/core';
import { CreditNote } from '../billing/credit-note.entity.js';
import { emitCreditNoteChanged } from '../billing/credit-note.service.js';
import type { VoidInput } from '../billing/invoice.service.js';
import { Payment } from '../billing/payment.entity.js';
import {
  type AllocationInput,
  type ApplySourceInput,
  lockSource,
  releaseAllocations,
  settle,
  settleOldest,
  settleRequested,
} from '../billing/settlement.service.js';
import type { Customer } from '../customers/customer.entity.js';
import { findOwnCustomer } from '../customers/viewer-customer.service.js';
import type { DocumentContext, DocumentMade } from '../documents/document-context.service.js';
import { assertOurs } from '../documents/document.service.js';
import { now } from '../kernel/clock.js';
import { assertMoney, assertReason, assertText } from '../kernel/document-values.js';
import { badInput, notFound, staleVersion } from '../kernel/errors.js';
import { newId } from '../kernel/ids.js';
import { type Currency, Decimal, decimalText } from '../kernel/money.js';
import { assertDay, rateOn } from '../ledger/books.service.js';
import { lockCustomerBalance } from '../ledger/customer-ledger.queries.js';
import { postEntry } from '../ledger/customer-ledger.service.js';
import { nextDocumentNumber } from '../organisation/organisation.service.js';
import type { PaymentMethod } from '../organisation/payment-method.entity.js';
import { Warehouse } from '../organisation/warehouse.entity.js';
import type { Tx } from '../platform/db/transact.js';
import { type Keyed, withIdempotencyKey } from '../platform/idempotency.js';
import { paymentChanged } from './payment.events.js';
import { Refund } from './refund.entity.js';

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

/** The branch that receives money: that of the primary warehouse. */
async function branchOf(tx: Tx): Promise<string> {
  return (await tx.em.findOneOrFail(Warehouse, { isPrimary: true })).branch.id;
}

function assertPaid(amount: string, currency: string, method: PaymentMethod): void {
  assertMoney(amount, currency);
  if (method === 'CREDIT') throw badInput('method', 'A payment cannot be made on credit.');
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
  assertPaid(input.amount, input.currency, input.method);
  assertText(input.reference, 'reference');
  assertText(input.notes, 'notes');
  const customer = await findOwnCustomer(tx, documentContext.viewer, input.customerId);
  if (!customer) throw notFound('Customer', input.customerId, 'customerId');
  await lockCustomerBalance(tx.sql, customer.id, input.currency);
  const receivedOn = await assertDay(tx, documentContext, input.receivedOn, 'receivedOn');
  const branchId = await branchOf(tx);
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
    { ...entry, customerId: customer.id, currency: input.currency },
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
  { idempotencyKey: key, ...input }: NewPayment & { idempotencyKey: string },
): Promise<Keyed<DocumentMade>> {
  return withIdempotencyKey(tx, { operation: 'recordPayment', key, input }, async () => {
    const { id } = await receivePayment(tx, documentContext, input);
    return { id };
  });
}

/** Settles invoices with what is left of a payment. Throws what recordPayment throws. */
export function applyPayment(
  tx: Tx,
  documentContext: DocumentContext,
  { idempotencyKey: key, ...input }: ApplySourceInput,
): Promise<Keyed<DocumentMade>> {
  return withIdempotencyKey(tx, { operation: 'applyPayment', key, input }, async () => {
    assertOurs(documentContext, 'payment');
    const { source, customer } = await lockSource<Payment>(tx, documentContext, Payment, input.id);
    await settleRequested(tx, source, customer, input.allocations);
    emitPaymentChanged(tx, source, customer, 'applied');
    return { id: source.id };
  });
}

/**
 * Voids a payment by a counter-entry of today: the invoices it settled are open again. Throws NOT_FOUND, STALE_VERSION,
 * BAD_INPUT (void already, refunded), PERIOD_CLOSED, FIELD_OWNED_ELSEWHERE, IDEMPOTENCY_MISMATCH.
 */
export function voidPayment(
  tx: Tx,
  documentContext: DocumentContext,
  { idempotencyKey: key, ...input }: VoidInput,
): Promise<Keyed<DocumentMade>> {
  return withIdempotencyKey(tx, { operation: 'voidPayment', key, input }, async () => {
    assertOurs(documentContext, 'payment');
    assertReason(input.reason);
    const { source, customer } = await lockSource<Payment>(tx, documentContext, Payment, input.id);
    if (source.version !== input.version) throw staleVersion(source.version);
    if (source.voidedAt) throw badInput('id', 'This payment is already void.');
    if (!new Decimal(source.refunded).isZero()) throw badInput('id', 'Part of this payment has been refunded.');
    const enteredOn = await assertDay(tx, documentContext, null, 'id');
    await releaseAllocations(tx, { paymentId: source.id });
    source.voidedAt = now();
    source.voidReason = input.reason;
    source.unapplied = '0';
    await tx.em.flush();
    const entry = { kind: 'PAYMENT_VOID', documentId: source.id, number: source.number, enteredOn } as const;
    await postEntry(tx, { ...entry, customerId: customer.id, currency: source.currency }, source.amount);
    emitPaymentChanged(tx, source, customer, 'voided');
    return { id: source.id };
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
  { idempotencyKey: key, ...input }: NewRefund & { idempotencyKey: string },
): Promise<Keyed<DocumentMade>> {
  return withIdempotencyKey(tx, { operation: 'recordRefund', key, input }, async () => {
    const { id } = await refundSource(tx, documentContext, input);
    return { id };
  });
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
    throw badInput('paymentId', 'Name a payment or a credit note, one of them.');
  }
  const type = paymentId === null ? CreditNote : Payment;
  const { source, customer } = await lockSource(tx, documentContext, type, (paymentId ?? creditNoteId) as string);
  assertPaid(input.amount, source.currency, input.method);
  assertText(input.reference, 'reference');
  if (new Decimal(input.amount).greaterThan(source.unapplied)) {
    throw badInput('amount', `Only ${decimalText(source.unapplied)} remain.`);
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
  await postEntry(tx, { ...entry, customerId: customer.id, currency: source.currency }, input.amount);
  if (source instanceof Payment) emitPaymentChanged(tx, source, customer, 'refunded');
  else emitCreditNoteChanged(tx, source, customer, 'refunded');
  return refund;
}
