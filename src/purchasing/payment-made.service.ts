import { LockMode, ref } from '@mikro-orm/core';
import { type DocumentContext, type DocumentMade, recordDocument } from '../documents/document-context.service.js';
import { nextDocumentNumber } from '../documents/numbering.service.js';
import {
  assertHandedOver,
  moveApplied,
  plus,
  type RequestedAllocation,
  settleDocuments,
  settleRequested,
  type SettlementSide,
} from '../documents/settlement.service.js';
import { type VoidInput, voidDocument } from '../documents/void.service.js';
import { primaryBranchId } from '../documents/warehouse.service.js';
import { now } from '../kernel/clock.js';
import { notFound } from '../kernel/errors.js';
import { isId, newId } from '../kernel/ids.js';
import { Decimal } from '../kernel/money.js';
import { assertDay, rateOn } from '../ledger/books.service.js';
import type { PaymentMethod } from '../organisation/payment-method.entity.js';
import type { Tx } from '../platform/db/transact.js';
import type { Keyed } from '../platform/idempotency.js';
import { lockVendor } from '../vendors/vendor.service.js';
import { Bill, BillAllocation, PaymentMade } from './bill.entity.js';
import { billChanged, paymentMadeChanged } from './purchasing.events.js';
import { sumBillAllocations } from './purchasing.queries.js';

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

function emitPaymentMadeChanged(tx: Tx, payment: PaymentMade, change: string): void {
  tx.emit(paymentMadeChanged(payment.id, { change, number: payment.number, vendorId: payment.vendor.id }));
}

/** Writes an allocation, and what it changes on the bill; a negative one takes it back. */
function allocate(tx: Tx, payment: PaymentMade, bill: Bill, amount: Decimal): void {
  bill.paid = plus(bill.paid, amount);
  bill.balance = plus(bill.balance, amount.negated());
  tx.em.create(BillAllocation, {
    id: newId(),
    bill: ref(bill),
    payment: ref(payment),
    currency: payment.currency,
    amount: amount.toFixed(),
    createdAt: now(),
  });
}

const billsOf = (tx: Tx, payment: PaymentMade): SettlementSide<Bill> => ({
  noun: 'Bill',
  idField: 'billId',
  lock: (ids) =>
    tx.em.find(
      Bill,
      { id: { $in: ids }, vendor: payment.vendor.id },
      { lockMode: LockMode.PESSIMISTIC_WRITE, orderBy: { id: 'asc' }, refresh: true },
    ),
  allocate: (bill, amount) => allocate(tx, payment, bill, amount),
  emit: (bill, change) => tx.emit(billChanged(bill.id, { change, number: bill.number, vendorId: bill.vendor.id })),
});

const requested = (allocations: readonly BillAllocationInput[]): RequestedAllocation[] =>
  allocations.map(({ billId: id, amount }) => ({ id, amount }));

/**
 * Records money paid to a vendor in the vendor's currency, for bills or in advance. Throws NOT_FOUND, BAD_INPUT,
 * OVERPAYMENT, WRONG_CURRENCY, PERIOD_CLOSED, FIELD_OWNED_ELSEWHERE, IDEMPOTENCY_MISMATCH.
 */
export function recordPaymentMade(
  tx: Tx,
  documentContext: DocumentContext,
  input: NewPaymentMade & { idempotencyKey: string },
): Promise<Keyed<DocumentMade>> {
  return recordDocument(
    tx,
    documentContext,
    { operation: 'recordPaymentMade', kind: 'paymentMade', input },
    async (given) => {
      const vendor = await lockVendor(tx, given.vendorId, 'vendorId');
      const { currency } = vendor;
      assertHandedOver({ ...given, currency });
      const paidOn = await assertDay(tx, documentContext, given.paidOn, 'paidOn');
      const branchId = await primaryBranchId(tx);
      const payment = tx.em.create(PaymentMade, {
        id: newId(),
        number: await nextDocumentNumber(tx, 'PM', branchId),
        vendor: ref(vendor),
        branchId,
        paidOn,
        method: given.method,
        currency,
        exchangeRate: await rateOn(tx, currency, paidOn),
        amount: given.amount,
        applied: '0',
        unapplied: given.amount,
        reference: given.reference ?? null,
        createdBy: tx.actor,
        version: 1,
        createdAt: now(),
      });
      await settleDocuments(payment, requested(given.allocations ?? []), billsOf(tx, payment));
      emitPaymentMadeChanged(tx, payment, 'paid');
      return payment;
    },
  );
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
  input: { id: string; allocations: readonly BillAllocationInput[]; idempotencyKey: string },
): Promise<Keyed<DocumentMade>> {
  return recordDocument(
    tx,
    documentContext,
    { operation: 'applyPaymentMade', kind: 'paymentMade', input },
    async (given) => {
      const payment = await lockPaymentMade(tx, given.id);
      await settleRequested(payment, requested(given.allocations), billsOf(tx, payment));
      emitPaymentMadeChanged(tx, payment, 'applied');
      return payment;
    },
  );
}

/** Takes back what a voided document paid, by rows of the opposite sign. The vendor is locked by the caller. */
export async function releaseBillAllocations(tx: Tx, of: { billId: string } | { paymentId: string }): Promise<void> {
  await tx.em.flush();
  for (const row of await sumBillAllocations(tx.sql, of)) {
    const lock = { lockMode: LockMode.PESSIMISTIC_WRITE, refresh: true } as const;
    const bill = await tx.em.findOneOrFail(Bill, row.billId, lock);
    const payment = await tx.em.findOneOrFail(PaymentMade, row.paymentId, lock);
    const change = new Decimal(row.amount).negated();
    moveApplied(payment, change);
    allocate(tx, payment, bill, change);
    await tx.em.flush();
  }
}

/** Voids a payment: the bills it paid are open again. Throws what voidDocument throws. */
export function voidPaymentMade(
  tx: Tx,
  documentContext: DocumentContext,
  input: VoidInput,
): Promise<Keyed<DocumentMade>> {
  return voidDocument<PaymentMade, null>(tx, documentContext, input, {
    operation: 'voidPaymentMade',
    kind: 'paymentMade',
    noun: 'payment',
    lock: async (id) => ({ document: await lockPaymentMade(tx, id), party: null }),
    assertVoidable: () => undefined,
    undo: (payment) => releaseBillAllocations(tx, { paymentId: payment.id }),
    clear(payment) {
      payment.unapplied = '0';
    },
    post: (payment) => emitPaymentMadeChanged(tx, payment, 'voided'),
  });
}
