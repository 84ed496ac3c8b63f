import { LockMode, ref } from '@mikro-orm/core';
import { now } from '../kernel/clock.js';
import { assertAmount, assertMoney, assertReason, assertText } from '../kernel/document-values.js';
import { AppError, badInput, notFound, staleVersion } from '../kernel/errors.js';
import { isId, newId } from '../kernel/ids.js';
import { Decimal, decimalText, type Currency } from '../kernel/money.js';
import { assertOwned } from '../kernel/ownership.js';
import { assertDay, rateOn } from '../ledger/books.service.js';
import { type DocumentContext, type DocumentMade } from '../documents/document-context.service.js';
import { nextDocumentNumber } from '../organisation/organisation.service.js';
import type { PaymentMethod } from '../organisation/payment-method.entity.js';
import { Warehouse } from '../organisation/warehouse.entity.js';
import type { Tx } from '../platform/db/transact.js';
import { withIdempotencyKey, type Keyed } from '../platform/idempotency.js';
import { Bill, BillAllocation, PaymentMade } from './bill.entity.js';
import { billChanged, paymentMadeChanged } from './purchasing.events.js';
import { sumBillAllocations } from './purchasing.queries.js';
import { lockVendor } from '../vendors/vendor.service.js';
import { purchasingOwners } from './purchasing-owners.js';

export interface BillAllocationInput {
  billId: string;
  amount: string;
}

export interface NewPaymentMade {
  vendorId: string;
  amount: string;
  method: PaymentMethod;
  paidOn?: string | null | undefined;
  reference?: string | null | undefined;
  allocations?: readonly BillAllocationInput[] | null | undefined;
}

function move(tx: Tx, payment: PaymentMade, bill: Bill, change: Decimal): void {
  payment.applied = new Decimal(payment.applied).plus(change).toFixed();
  payment.unapplied = new Decimal(payment.unapplied).minus(change).toFixed();
  bill.paid = new Decimal(bill.paid).plus(change).toFixed();
  bill.balance = new Decimal(bill.balance).minus(change).toFixed();
  tx.em.create(BillAllocation, {
    id: newId(),
    bill: ref(bill),
    payment: ref(payment),
    currency: payment.currency,
    amount: change.toFixed(),
    createdAt: now(),
  });
}

/** Pays bills of one vendor; the vendor is locked by the caller. Throws NOT_FOUND, BAD_INPUT, OVERPAYMENT, WRONG_CURRENCY. */
async function pay(tx: Tx, payment: PaymentMade, allocations: readonly BillAllocationInput[]): Promise<void> {
  if (new Set(allocations.map((one) => one.billId)).size < allocations.length) {
    throw badInput('allocations', 'The same bill appears twice.');
  }
  if (allocations.length > 100) throw badInput('allocations', 'At most 100 bills at once.');
  for (const [index, { billId, amount }] of allocations.entries()) {
    const field = (name: string): string => `allocations.${index}.${name}`;
    const where = { id: billId, vendor: payment.vendor.id };
    const bill = isId(billId)
      ? await tx.em.findOne(Bill, where, { lockMode: LockMode.PESSIMISTIC_WRITE, refresh: true })
      : null;
    if (!bill) throw notFound('Bill', billId, field('billId'));
    if (bill.voidedAt) throw badInput(field('billId'), `${bill.number} is void.`);
    if (bill.currency !== payment.currency) {
      throw new AppError('WRONG_CURRENCY', `${bill.number} is in ${bill.currency}.`, {
        field: field('billId'),
        details: { expected: bill.currency, given: payment.currency },
      });
    }
    assertAmount(amount, payment.currency as Currency, field('amount'));
    const change = new Decimal(amount);
    if (change.isZero()) throw badInput(field('amount'), 'The amount must be above 0.');
    if (change.greaterThan(bill.balance)) {
      throw new AppError('OVERPAYMENT', `Only ${decimalText(bill.balance)} is still open on ${bill.number}.`, {
        field: field('amount'),
        details: { open: decimalText(bill.balance) },
      });
    }
    if (change.greaterThan(payment.unapplied)) {
      throw badInput(field('amount'), `Only ${decimalText(payment.unapplied)} remain.`);
    }
    move(tx, payment, bill, change);
    const settled = new Decimal(bill.balance).isZero();
    tx.emit(
      billChanged(bill.id, {
        change: settled ? 'settled' : 'partlySettled',
        number: bill.number,
        vendorId: bill.vendor.id,
      }),
    );
  }
}

function emitPaymentMadeChanged(tx: Tx, payment: PaymentMade, change: string): void {
  tx.emit(paymentMadeChanged(payment.id, { change, number: payment.number, vendorId: payment.vendor.id }));
}

/**
 * Records money paid to a vendor in the vendor's currency, for bills or in advance. Throws NOT_FOUND, BAD_INPUT,
 * OVERPAYMENT, WRONG_CURRENCY, PERIOD_CLOSED, FIELD_OWNED_ELSEWHERE, IDEMPOTENCY_MISMATCH.
 */
export function recordPaymentMade(
  tx: Tx,
  documentContext: DocumentContext,
  { idempotencyKey: key, ...input }: NewPaymentMade & { idempotencyKey: string },
): Promise<Keyed<DocumentMade>> {
  return withIdempotencyKey(tx, { operation: 'recordPaymentMade', key, input }, async () => {
    assertOwned(purchasingOwners, ['paymentMade'], documentContext.phase);
    if (input.method === 'CREDIT') throw badInput('method', 'A payment cannot be made on credit.');
    assertText(input.reference, 'reference');
    const vendor = await lockVendor(tx, input.vendorId, 'vendorId');
    assertMoney(input.amount, vendor.currency);
    const paidOn = await assertDay(tx, documentContext, input.paidOn, 'paidOn');
    const branchId = (await tx.em.findOneOrFail(Warehouse, { isPrimary: true })).branch.id;
    const payment = tx.em.create(PaymentMade, {
      id: newId(),
      number: await nextDocumentNumber(tx, 'PM', branchId),
      vendor: ref(vendor),
      branchId,
      paidOn,
      method: input.method,
      currency: vendor.currency,
      exchangeRate: await rateOn(tx, vendor.currency, paidOn),
      amount: input.amount,
      applied: '0',
      unapplied: input.amount,
      reference: input.reference ?? null,
      createdBy: tx.actor,
      version: 1,
      createdAt: now(),
    });
    await pay(tx, payment, input.allocations ?? []);
    emitPaymentMadeChanged(tx, payment, 'paid');
    return { id: payment.id };
  });
}

/** A payment, locked after its vendor. Throws NOT_FOUND. */
async function lockPaymentMade(tx: Tx, id: string): Promise<PaymentMade> {
  const known = isId(id) ? await tx.em.findOne(PaymentMade, id) : null;
  if (!known) throw notFound('Payment made', id);
  await lockVendor(tx, known.vendor.id, 'id');
  return tx.em.findOneOrFail(PaymentMade, id, { lockMode: LockMode.PESSIMISTIC_WRITE, refresh: true });
}

/** Pays bills with what is left of a payment. Throws what recordPaymentMade throws. */
export function applyPaymentMade(
  tx: Tx,
  documentContext: DocumentContext,
  {
    idempotencyKey: key,
    ...input
  }: { id: string; allocations: readonly BillAllocationInput[]; idempotencyKey: string },
): Promise<Keyed<DocumentMade>> {
  return withIdempotencyKey(tx, { operation: 'applyPaymentMade', key, input }, async () => {
    assertOwned(purchasingOwners, ['paymentMade'], documentContext.phase);
    const payment = await lockPaymentMade(tx, input.id);
    if (payment.voidedAt) throw badInput('id', 'This payment is void.');
    if (input.allocations.length === 0) throw badInput('allocations', 'Name at least one bill.');
    await pay(tx, payment, input.allocations);
    emitPaymentMadeChanged(tx, payment, 'applied');
    return { id: payment.id };
  });
}

/** Takes back what a voided document paid, by rows of the opposite sign. The vendor is locked by the caller. */
export async function releaseBillAllocations(tx: Tx, of: { billId: string } | { paymentId: string }): Promise<void> {
  await tx.em.flush();
  for (const row of await sumBillAllocations(tx.sql, of)) {
    const lock = { lockMode: LockMode.PESSIMISTIC_WRITE, refresh: true } as const;
    const bill = await tx.em.findOneOrFail(Bill, row.billId, lock);
    const payment = await tx.em.findOneOrFail(PaymentMade, row.paymentId, lock);
    move(tx, payment, bill, new Decimal(row.amount).negated());
    await tx.em.flush();
  }
}

/** Takes a payment back: what it paid is open again. Throws what voidBill throws. */
export function voidPaymentMade(
  tx: Tx,
  documentContext: DocumentContext,
  { idempotencyKey: key, ...input }: { id: string; version: number; reason: string; idempotencyKey: string },
): Promise<Keyed<DocumentMade>> {
  return withIdempotencyKey(tx, { operation: 'voidPaymentMade', key, input }, async () => {
    assertOwned(purchasingOwners, ['paymentMade'], documentContext.phase);
    assertReason(input.reason);
    const payment = await lockPaymentMade(tx, input.id);
    if (payment.version !== input.version) throw staleVersion(payment.version);
    if (payment.voidedAt) throw badInput('id', 'This payment is already void.');
    await assertDay(tx, documentContext, payment.paidOn, 'id');
    await releaseBillAllocations(tx, { paymentId: payment.id });
    await tx.em.refresh(payment);
    payment.voidedAt = now();
    payment.voidReason = input.reason;
    payment.unapplied = '0';
    emitPaymentMadeChanged(tx, payment, 'voided');
    return { id: payment.id };
  });
}
