import { LockMode, ref } from '@mikro-orm/core';
import type { Customer } from '../customers/customer.entity.js';
import {
  type AllocationRow,
  type AllocationSteps,
  releaseAllocation,
  settleAllotted,
  shareOf,
} from '../documents/allocation.service.js';
import type { DocumentContext } from '../documents/document-context.service.js';
import { type DocumentOf, lockCustomerDocument } from '../documents/party.service.js';
import {
  type Allotted,
  type Available,
  lockAllotted,
  lockNamed,
  type OpenDocuments,
  plus,
  type RequestedAllocation,
} from '../documents/settlement.service.js';
import { badInput } from '../kernel/errors.js';
import { isId, newId } from '../kernel/ids.js';
import { msg } from '../kernel/message.js';
import { Decimal } from '../kernel/money.js';
import { recordEntry } from '../ledger/customer-ledger.service.js';
import { ACCOUNTS } from '../ledger/journal.service.js';
import type { Tx } from '../platform/db/transact.js';
import { invoiceChanged } from './billing.events.js';
import { CreditNote } from './credit-note.entity.js';
import { Invoice } from './invoice.entity.js';
import { Payment } from './payment.entity.js';
import { Allocation } from './settlement.entity.js';
import {
  currenciesOfInvoices,
  listAllocations,
  listOpenInvoices,
  readCarried,
  type StandingAllocation,
} from './settlement.queries.js';

/** What settles invoices: a payment or a credit note. */
export type Source = Payment | CreditNote;
export type SourceClass = typeof Payment | typeof CreditNote;

export interface AllocationInput extends Omit<RequestedAllocation, 'id'> {
  invoiceId: string;
}

export interface ApplySourceInput {
  id: string;
  allocations: readonly AllocationInput[];
  idempotencyKey: string;
}

/**
 * A payment or credit note of a customer whom the viewer sees, locked after the customer's balance, and with `others` after
 * those of the currencies that move with it. Throws NOT_FOUND.
 */
export async function lockSource<Found extends Source>(
  tx: Tx,
  documentContext: DocumentContext,
  type: SourceClass,
  { id, field = 'id', others }: Pick<DocumentOf<Payment>, 'id' | 'field' | 'others'>,
): Promise<{ document: Found; party: Customer }> {
  const noun = type === Payment ? 'Payment' : 'Credit note';
  const of: DocumentOf<Payment> = { type: type as typeof Payment, noun, id, field, balance: true, others };
  const { document, customer } = await lockCustomerDocument<Payment>(tx, documentContext, of);
  return { document: document as Source as Found, party: customer };
}

/** The invoices of one customer, as open documents. */
const invoicesOf = (tx: Tx, customer: Customer): OpenDocuments<Invoice> => ({
  noun: 'Invoice',
  idField: 'invoiceId',
  dayOf: (invoice) => invoice.issuedOn,
  lock: (ids) =>
    tx.em.find(
      Invoice,
      { id: { $in: ids }, customer: customer.id },
      { lockMode: LockMode.PESSIMISTIC_WRITE, orderBy: { id: 'asc' }, refresh: true },
    ),
});

const totalOf = (source: Source): string =>
  source instanceof Payment ? new Decimal(source.amount).plus(source.allowed ?? 0).toFixed() : source.total;

/** How allocations of a source are written and told. */
export const stepsOf = (tx: Tx, source: Source, customer: Customer): AllocationSteps<Invoice> => ({
  account: ACCOUNTS.receivables,
  partyId: customer.id,
  totalOfSource: totalOf(source),
  carried: (ids, sourceId) => readCarried(tx.sql, ids, sourceId),
  write(invoice, row: AllocationRow) {
    const isPayment = source instanceof Payment;
    const amount = new Decimal(row.amount);
    if (isPayment) invoice.paid = plus(invoice.paid, amount);
    else invoice.credited = plus(invoice.credited, amount);
    invoice.balance = plus(invoice.balance, amount.negated());
    const [paymentId, creditNoteId] = isPayment ? [source.id, null] : [null, source.id];
    tx.em.create(Allocation, { ...row, invoice: ref(invoice), paymentId, creditNoteId });
  },
  owe({ day: enteredOn, amount, ...change }) {
    return recordEntry(tx, { id: newId(), customerId: customer.id, enteredOn, ...change, amount: amount.toFixed() });
  },
  emit(invoice, change) {
    const salespersonId = customer.salesperson?.id ?? null;
    tx.emit(invoiceChanged(invoice.id, { change, number: invoice.number, customerId: customer.id, salespersonId }));
  },
});

/** The allocations of a form as settling knows them. */
export const requested = (allocations: readonly AllocationInput[]): RequestedAllocation[] =>
  allocations.map(({ invoiceId: id, ...allocation }) => ({ id, ...allocation }));

/** The currencies of the invoices that a form names, as far as these exist. */
export const currenciesOf = async (tx: Tx, allocations: readonly AllocationInput[]): Promise<string[]> => {
  const ids = allocations.map(({ invoiceId }) => invoiceId).filter(isId);
  return ids.length === 0 ? [] : currenciesOfInvoices(tx.sql, ids);
};

/** Locks the invoices that a source of this customer is to settle; the balance is locked by the caller. */
export const lockInvoices = (
  tx: Tx,
  documentContext: DocumentContext,
  of: { customer: Customer; source: Available },
  allocations: readonly AllocationInput[],
): Promise<Allotted<Invoice>[]> =>
  lockAllotted(tx, documentContext, of.source, requested(allocations), invoicesOf(tx, of.customer));

/** Settles the invoices that lockInvoices has found. */
export const settleInvoices = (
  tx: Tx,
  source: Source,
  customer: Customer,
  allotted: readonly Allotted<Invoice>[],
): Promise<void> => settleAllotted(tx, source, allotted, stepsOf(tx, source, customer));

/** Settles invoices of one customer from the day of the source; the balance is locked by the caller. */
export async function settle(
  tx: Tx,
  documentContext: DocumentContext,
  of: { source: Source; customer: Customer; day: string },
  allocations: readonly AllocationInput[],
): Promise<void> {
  const { source, customer, day } = of;
  const { currency, unapplied } = source;
  const available = { customer, source: { currency, unapplied, day } };
  const allotted = await lockInvoices(tx, documentContext, available, allocations);
  await settleInvoices(tx, source, customer, allotted);
}

/** Settles the invoices that a person named with what is left of a source. Throws `failuresOf.applying`. */
export async function applySource<Found extends Source>(
  tx: Tx,
  documentContext: DocumentContext,
  type: SourceClass,
  { id, allocations }: Omit<ApplySourceInput, 'idempotencyKey'>,
): Promise<{ source: Found; customer: Customer }> {
  const named = await currenciesOf(tx, allocations);
  // In one currency nobody needs the customer alone.
  const others = named.length === 0 ? undefined : await othersThan(tx, type, id, named);
  const { document: source, party: customer } = await lockSource<Found>(tx, documentContext, type, { id, others });
  const allotted = await lockNamed(tx, documentContext, source, requested(allocations), invoicesOf(tx, customer));
  await settleInvoices(tx, source, customer, allotted);
  return { source, customer };
}

async function othersThan(
  tx: Tx,
  type: SourceClass,
  id: string,
  named: readonly string[],
): Promise<DocumentOf<Payment>['others']> {
  const source = isId(id) ? await tx.em.findOne(type as typeof Payment, id) : null;
  const others = named.filter((currency) => currency !== source?.currency);
  return others.length === 0 ? undefined : () => Promise.resolve(others);
}

/** Settles the oldest open invoices first, until nothing is left of the source or nothing is open. */
export async function settleOldest(
  tx: Tx,
  documentContext: DocumentContext,
  of: { source: Source; customer: Customer; day: string },
): Promise<void> {
  const { source, customer } = of;
  const open = await listOpenInvoices(tx.sql, customer.id, source.currency);
  let left = new Decimal(source.unapplied);
  const allocations: AllocationInput[] = [];
  for (const { id, balance } of open) {
    if (left.isZero() || allocations.length === 100) break;
    const amount = Decimal.min(left, balance);
    allocations.push({ invoiceId: id, amount: amount.toFixed() });
    left = left.minus(amount);
  }
  await settle(tx, documentContext, of, allocations);
}

/** What a part of a source that is not applied yet carries in the base currency. */
export async function carriedShare(tx: Tx, source: Source, part: Decimal): Promise<Decimal> {
  await tx.em.flush();
  const carried = await readCarried(tx.sql, [], source.id);
  return shareOf(carried.source, { part, open: source.unapplied, total: totalOf(source) }, carried.baseCurrency);
}

/**
 * Releases the allocations of a voided document on the day of the void: invoices are open again, payments and credit
 * notes unapplied again. The caller has locked the balances of the customer.
 */
export async function releaseAllocations(
  tx: Tx,
  of: { invoiceId: string } | { paymentId: string } | { creditNoteId: string },
  { customer, day }: { customer: Customer; day: string },
): Promise<void> {
  await tx.em.flush();
  for (const standing of await listAllocations(tx.sql, of))
    await release(tx, standing, { customer, day, reason: null });
}

/**
 * Releases one allocation of a source on a day, for a reason: its invoice, which this answers, is open again by it. The
 * caller has locked the source after its customer. Throws BAD_INPUT for an allocation that does not stand.
 */
export async function releaseOne(
  tx: Tx,
  { id, source }: { id: string; source: Source },
  by: { customer: Customer; day: string; reason: string },
): Promise<Invoice> {
  await tx.em.flush();
  const of = source instanceof Payment ? { paymentId: source.id } : { creditNoteId: source.id };
  const standing = (await listAllocations(tx.sql, of)).find((one) => one.id === id);
  if (!standing) throw badInput('id', msg`This has been taken back already.`);
  return release(tx, standing, by);
}

async function release(
  tx: Tx,
  { invoiceId, paymentId, creditNoteId, ...allocation }: StandingAllocation,
  { customer, ...by }: { customer: Customer; day: string; reason: string | null },
): Promise<Invoice> {
  const lock = { lockMode: LockMode.PESSIMISTIC_WRITE, refresh: true } as const;
  const document = await tx.em.findOneOrFail(Invoice, invoiceId, lock);
  const source = paymentId
    ? await tx.em.findOneOrFail(Payment, paymentId, lock)
    : await tx.em.findOneOrFail(CreditNote, creditNoteId as string, lock);
  await releaseAllocation(tx, allocation, { source, document, ...by }, stepsOf(tx, source, customer));
  await tx.em.flush();
  return document;
}
