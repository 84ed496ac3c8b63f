import { LockMode, ref } from '@mikro-orm/core';
import type { Customer } from '../customers/customer.entity.js';
import type { DocumentContext } from '../documents/document-context.service.js';
import { type DocumentOf, lockCustomerDocument } from '../documents/party.service.js';
import {
  type Allotted,
  lockAllotted,
  lockNamed,
  moveApplied,
  type OpenDocuments,
  plus,
  type RequestedAllocation,
  settleAllotted,
  type SettlementSource,
  type SettlementSteps,
} from '../documents/settlement.service.js';
import { now } from '../kernel/clock.js';
import { newId } from '../kernel/ids.js';
import { Decimal } from '../kernel/money.js';
import type { Tx } from '../platform/db/transact.js';
import { invoiceChanged } from './billing.events.js';
import { CreditNote } from './credit-note.entity.js';
import { Invoice } from './invoice.entity.js';
import { Payment } from './payment.entity.js';
import { Allocation } from './settlement.entity.js';
import { listOpenInvoices, sumAllocations } from './settlement.queries.js';

/** What settles invoices: a payment or a credit note. */
export type Source = Payment | CreditNote;
export type SourceClass = typeof Payment | typeof CreditNote;

export interface AllocationInput {
  invoiceId: string;
  amount: string;
}

export interface ApplySourceInput {
  id: string;
  allocations: readonly AllocationInput[];
  idempotencyKey: string;
}

/**
 * A payment or credit note of a customer whom the viewer sees, locked after the customer's balance. Throws NOT_FOUND.
 */
export async function lockSource<Found extends Source>(
  tx: Tx,
  documentContext: DocumentContext,
  type: SourceClass,
  id: string,
  field = 'id',
): Promise<{ document: Found; party: Customer }> {
  const noun = type === Payment ? 'Payment' : 'Credit note';
  const of: DocumentOf<Payment> = { type: type as typeof Payment, noun, id, field, balance: true };
  const { document, customer } = await lockCustomerDocument<Payment>(tx, documentContext, of);
  return { document: document as Source as Found, party: customer };
}

/** Writes an allocation, and what it changes on both sides; a negative one takes it back. */
function allocate(tx: Tx, source: Source, invoice: Invoice, amount: Decimal): void {
  const isPayment = source instanceof Payment;
  if (isPayment) invoice.paid = plus(invoice.paid, amount);
  else invoice.credited = plus(invoice.credited, amount);
  invoice.balance = plus(invoice.balance, amount.negated());
  tx.em.create(Allocation, {
    id: newId(),
    invoice: ref(invoice),
    paymentId: isPayment ? source.id : null,
    creditNoteId: isPayment ? null : source.id,
    currency: source.currency,
    amount: amount.toFixed(),
    createdAt: now(),
  });
}

/** The invoices of one customer, as open documents. */
const invoicesOf = (tx: Tx, customer: Customer): OpenDocuments<Invoice> => ({
  noun: 'Invoice',
  idField: 'invoiceId',
  lock: (ids) =>
    tx.em.find(
      Invoice,
      { id: { $in: ids }, customer: customer.id },
      { lockMode: LockMode.PESSIMISTIC_WRITE, orderBy: { id: 'asc' }, refresh: true },
    ),
});

const stepsOf = (tx: Tx, source: Source, customer: Customer): SettlementSteps<Invoice> => ({
  allocate: (invoice, amount) => allocate(tx, source, invoice, amount),
  emit(invoice, change) {
    const salespersonId = customer.salesperson?.id ?? null;
    tx.emit(invoiceChanged(invoice.id, { change, number: invoice.number, customerId: customer.id, salespersonId }));
  },
});

/** The allocations of a form as settling knows them. */
export const requested = (allocations: readonly AllocationInput[]): RequestedAllocation[] =>
  allocations.map(({ invoiceId: id, amount }) => ({ id, amount }));

/** Locks the invoices that a source of this customer is to settle; the balance is locked by the caller. */
export const lockInvoices = (
  tx: Tx,
  customer: Customer,
  source: Pick<SettlementSource, 'currency' | 'unapplied'>,
  allocations: readonly AllocationInput[],
): Promise<Allotted<Invoice>[]> => lockAllotted(source, requested(allocations), invoicesOf(tx, customer));

/** Settles the invoices that lockInvoices has found. */
export function settleInvoices(
  tx: Tx,
  source: Source,
  customer: Customer,
  allotted: readonly Allotted<Invoice>[],
): void {
  settleAllotted(source, allotted, stepsOf(tx, source, customer));
}

/** Settles invoices of one customer; the balance is locked by the caller. Throws what lockAllotted throws. */
export async function settle(
  tx: Tx,
  source: Source,
  customer: Customer,
  allocations: readonly AllocationInput[],
): Promise<void> {
  settleInvoices(tx, source, customer, await lockInvoices(tx, customer, source, allocations));
}

/** Settles the invoices that a person named with what is left of a source. Throws `failuresOf.settling`. */
export async function applySource<Found extends Source>(
  tx: Tx,
  documentContext: DocumentContext,
  type: SourceClass,
  { id, allocations }: Omit<ApplySourceInput, 'idempotencyKey'>,
): Promise<{ source: Found; customer: Customer }> {
  const { document: source, party: customer } = await lockSource<Found>(tx, documentContext, type, id);
  const allotted = await lockNamed(source, requested(allocations), invoicesOf(tx, customer));
  settleInvoices(tx, source, customer, allotted);
  return { source, customer };
}

/** Settles the oldest open invoices first, until nothing is left of the source or nothing is open. */
export async function settleOldest(tx: Tx, source: Source, customer: Customer): Promise<void> {
  const open = await listOpenInvoices(tx.sql, customer.id, source.currency);
  let left = new Decimal(source.unapplied);
  const allocations: AllocationInput[] = [];
  for (const { id, balance } of open) {
    if (left.isZero() || allocations.length === 100) break;
    const amount = Decimal.min(left, balance);
    allocations.push({ invoiceId: id, amount: amount.toFixed() });
    left = left.minus(amount);
  }
  await settle(tx, source, customer, allocations);
}

/**
 * Releases the allocations of a voided document by rows of the opposite sign: invoices are open again, payments and
 * credit notes unapplied again. The caller has locked the balance.
 */
export async function releaseAllocations(
  tx: Tx,
  of: { invoiceId: string } | { paymentId: string } | { creditNoteId: string },
): Promise<void> {
  await tx.em.flush();
  for (const row of await sumAllocations(tx.sql, of)) {
    const lock = { lockMode: LockMode.PESSIMISTIC_WRITE, refresh: true } as const;
    const invoice = await tx.em.findOneOrFail(Invoice, row.invoiceId, lock);
    const source = row.paymentId
      ? await tx.em.findOneOrFail(Payment, row.paymentId, lock)
      : await tx.em.findOneOrFail(CreditNote, row.creditNoteId as string, lock);
    const change = new Decimal(row.amount).negated();
    moveApplied(source, change);
    allocate(tx, source, invoice, change);
    await tx.em.flush();
  }
}
