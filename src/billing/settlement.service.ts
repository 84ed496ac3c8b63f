import { LockMode, ref } from '@mikro-orm/core';
import type { Customer } from '../customers/customer.entity.js';
import type { DocumentContext } from '../documents/document-context.service.js';
import { findDocumentCustomer } from '../documents/document.service.js';
import { now } from '../kernel/clock.js';
import { assertAmount } from '../kernel/document-values.js';
import { AppError, badInput, notFound } from '../kernel/errors.js';
import { isId, newId } from '../kernel/ids.js';
import { type Currency, Decimal, decimalText } from '../kernel/money.js';
import { lockCustomerBalance } from '../ledger/customer-ledger.queries.js';
import type { Tx } from '../platform/db/transact.js';
import { invoiceChanged } from './billing.events.js';
import { CreditNote } from './credit-note.entity.js';
import { Invoice } from './invoice.entity.js';
import { Payment } from './payment.entity.js';
import { Allocation } from './settlement.entity.js';
import { listOpenInvoices, sumAllocations } from './settlement.queries.js';

export type SourceClass = typeof Payment | typeof CreditNote;

/**
 * A payment or credit note of a customer whom the viewer sees, locked after the customer's balance. Throws NOT_FOUND.
 */
export async function lockSource<Found extends Source>(
  tx: Tx,
  documentContext: DocumentContext,
  type: SourceClass,
  id: string,
): Promise<{ source: Found; customer: Customer }> {
  const noun = type === Payment ? 'Payment' : 'Credit note';
  const known = isId(id) ? await tx.em.findOne<Source>(type as typeof Payment, { id }) : null;
  const customer = known && (await findDocumentCustomer(tx, documentContext.viewer, known.customer.id));
  if (!known || !customer) throw notFound(noun, id);
  await lockCustomerBalance(tx.sql, customer.id, known.currency);
  const options = { lockMode: LockMode.PESSIMISTIC_WRITE, refresh: true } as const;
  const source = await tx.em.findOneOrFail<Source>(type as typeof Payment, { id }, options);
  return { source: source as Found, customer };
}

/** What settles invoices: a payment or a credit note. */
export type Source = Payment | CreditNote;

export interface AllocationInput {
  invoiceId: string;
  amount: string;
}

/** Changes what a source has settled by `change`; what is unapplied changes with it. */
export function moveApplied(source: Source, change: Decimal): void {
  source.applied = new Decimal(source.applied).plus(change).toFixed();
  source.unapplied = new Decimal(source.unapplied).minus(change).toFixed();
}

function moveSettled(invoice: Invoice, source: 'payment' | 'creditNote', change: Decimal): void {
  if (source === 'payment') invoice.paid = new Decimal(invoice.paid).plus(change).toFixed();
  else invoice.credited = new Decimal(invoice.credited).plus(change).toFixed();
  invoice.balance = new Decimal(invoice.balance).minus(change).toFixed();
}

/**
 * Settles invoices of one customer in one currency. The caller has locked the balance; the invoices are locked here, in
 * the order of their ids. Throws NOT_FOUND, WRONG_CURRENCY, OVERPAYMENT, BAD_INPUT.
 */
export async function settle(
  tx: Tx,
  source: Source,
  customer: Customer,
  allocations: readonly AllocationInput[],
): Promise<void> {
  if (allocations.length === 0) return;
  if (allocations.length > 100) throw badInput('allocations', 'At most 100 invoices at once.');
  if (new Set(allocations.map((one) => one.invoiceId)).size < allocations.length) {
    throw badInput('allocations', 'The same invoice appears twice.');
  }
  const ids = allocations.map((one) => one.invoiceId);
  const found = ids.every(isId)
    ? await tx.em.find(
        Invoice,
        { id: { $in: ids }, customer: customer.id },
        { lockMode: LockMode.PESSIMISTIC_WRITE, orderBy: { id: 'asc' }, refresh: true },
      )
    : [];
  const kind = source instanceof Payment ? 'payment' : 'creditNote';
  for (const [index, { invoiceId, amount }] of allocations.entries()) {
    const at = (field: string): string => `allocations.${index}.${field}`;
    const invoice = found.find((one) => one.id === invoiceId);
    if (!invoice) throw notFound('Invoice', invoiceId, at('invoiceId'));
    if (invoice.voidedAt) throw badInput(at('invoiceId'), `${invoice.number} is void.`);
    if (invoice.currency !== source.currency) {
      throw new AppError('WRONG_CURRENCY', `${invoice.number} is in ${invoice.currency}.`, {
        field: at('invoiceId'),
        details: { expected: invoice.currency, given: source.currency },
      });
    }
    assertAmount(amount, source.currency as Currency, at('amount'));
    const change = new Decimal(amount);
    if (change.isZero()) throw badInput(at('amount'), 'The amount must be above 0.');
    if (change.greaterThan(invoice.balance)) {
      throw new AppError('OVERPAYMENT', `Only ${decimalText(invoice.balance)} is still open on ${invoice.number}.`, {
        field: at('amount'),
        details: { open: decimalText(invoice.balance) },
      });
    }
    if (change.greaterThan(source.unapplied)) {
      throw badInput(at('amount'), `Only ${decimalText(source.unapplied)} remain.`);
    }
    moveApplied(source, change);
    moveSettled(invoice, kind, change);
    writeAllocation(tx, source, invoice, change);
    const salespersonId = customer.salesperson?.id ?? null;
    const settled = new Decimal(invoice.balance).isZero();
    const said = { number: invoice.number, customerId: customer.id, salespersonId };
    tx.emit(invoiceChanged(invoice.id, { change: settled ? 'settled' : 'partlySettled', ...said }));
  }
}

function writeAllocation(tx: Tx, source: Source, invoice: Invoice, amount: Decimal): void {
  const isPayment = source instanceof Payment;
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
    moveSettled(invoice, row.paymentId ? 'payment' : 'creditNote', change);
    writeAllocation(tx, source, invoice, change);
    await tx.em.flush();
  }
}

export interface ApplySourceInput {
  id: string;
  allocations: readonly AllocationInput[];
  idempotencyKey: string;
}

/** Settles the invoices that a person named. Throws BAD_INPUT for a void source or none named, and what settle throws. */
export async function settleRequested(
  tx: Tx,
  source: Source,
  customer: Customer,
  allocations: readonly AllocationInput[],
): Promise<void> {
  if (source.voidedAt) throw badInput('id', 'This document is void.');
  if (allocations.length === 0) throw badInput('allocations', 'Name at least one invoice.');
  await settle(tx, source, customer, allocations);
}
