import { LockMode, ref } from '@mikro-orm/core';
import { chooseBox } from '../cash/cash-box.service.js';
import { type AllocationSteps, releaseAllocation, settleAllotted } from '../documents/allocation.service.js';
import { type DocumentContext, recordDocument } from '../documents/document-context.service.js';
import { failuresOf } from '../documents/document.service.js';
import { nextDocumentNumber } from '../documents/numbering.service.js';
import {
  assertAllocations,
  assertHandedOver,
  lockAllotted,
  lockNamed,
  type OpenDocuments,
  plus,
  type RequestedAllocation,
} from '../documents/settlement.service.js';
import { type VoidInput, voidDocument } from '../documents/void.service.js';
import { primaryBranchId } from '../documents/warehouse.service.js';
import { now } from '../kernel/clock.js';
import { assertCurrency, knownCurrency } from '../kernel/document-values.js';
import { notFound } from '../kernel/errors.js';
import { checkAll } from '../kernel/faults.js';
import { isId, newId } from '../kernel/ids.js';
import { type Currency, Decimal } from '../kernel/money.js';
import { assertDay, rateOn } from '../ledger/books.service.js';
import { ACCOUNTS, postJournalEntry } from '../ledger/journal.service.js';
import type { PaymentMethod } from '../organisation/payment-method.entity.js';
import { defineCommand } from '../platform/command.js';
import type { Tx } from '../platform/db/transact.js';
import type { Vendor } from '../vendors/vendor.entity.js';
import { lockVendor } from '../vendors/vendor.service.js';
import { Bill, BillAllocation, PaymentMade } from './bill.entity.js';
import { billChanged, paymentMadeChanged } from './purchasing.events.js';
import { listBillAllocations, readCarried } from './bill-settlement.queries.js';

export interface BillAllocationInput extends Omit<RequestedAllocation, 'id'> {
  billId: string;
}

export interface NewPaymentMade {
  vendorId: string;
  amount: string;
  /** Left out: that of the vendor. */
  currency?: string | null | undefined;
  method: PaymentMethod;
  /** Left out: the default box of the branch. */
  boxId?: string | null | undefined;
  paidOn?: string | null | undefined;
  reference?: string | null | undefined;
  allocations?: readonly BillAllocationInput[] | null | undefined;
}

function emitPaymentMadeChanged(tx: Tx, payment: PaymentMade, change: string): void {
  tx.emit(paymentMadeChanged(payment.id, { change, number: payment.number, vendorId: payment.vendor.id }));
}

/** The bills of one vendor, as open documents. */
const billsOf = (tx: Tx, vendorId: string): OpenDocuments<Bill> => ({
  noun: 'Bill',
  idField: 'billId',
  dayOf: (bill) => bill.billedOn,
  lock: (ids) =>
    tx.em.find(
      Bill,
      { id: { $in: ids }, vendor: vendorId },
      { lockMode: LockMode.PESSIMISTIC_WRITE, orderBy: { id: 'asc' }, refresh: true },
    ),
});

const stepsOf = (tx: Tx, payment: PaymentMade): AllocationSteps<Bill> => ({
  account: ACCOUNTS.payables,
  partyId: payment.vendor.id,
  totalOfSource: payment.amount,
  carried: (ids, sourceId) => readCarried(tx.sql, ids, sourceId),
  write(bill, row) {
    const amount = new Decimal(row.amount);
    bill.paid = plus(bill.paid, amount);
    bill.balance = plus(bill.balance, amount.negated());
    tx.em.create(BillAllocation, { ...row, bill: ref(bill), payment: ref(payment) });
  },
  // What vendors are owed is kept in the journal alone.
  owe: () => Promise.resolve(),
  emit: (bill, change) => tx.emit(billChanged(bill.id, { change, number: bill.number, vendorId: bill.vendor.id })),
});

const requested = (allocations: readonly BillAllocationInput[]): RequestedAllocation[] =>
  allocations.map(({ billId: id, ...allocation }) => ({ id, ...allocation }));

/** Checks what was paid and locks the vendor and the bills that it settles. */
async function checkPaymentMade(tx: Tx, documentContext: DocumentContext, input: NewPaymentMade) {
  const known: { vendor: Vendor | null; paidOn: string | null } = { vendor: null, paidOn: null };
  const currencyKnown = (): Currency | null => knownCurrency(input.currency ?? known.vendor?.currency);
  const allocations = requested(input.allocations ?? []);
  const [vendor, , , paidOn, allotted] = await checkAll(
    async () => (known.vendor = await lockVendor(tx, input.vendorId, 'vendorId')),
    () => {
      if (input.currency != null) assertCurrency(input.currency);
    },
    () => assertHandedOver({ ...input, currency: currencyKnown() }),
    async () => (known.paidOn = await assertDay(tx, documentContext, input.paidOn, 'paidOn')),
    async () => {
      const currency = currencyKnown();
      if (known.vendor && currency) {
        const source = { currency, unapplied: input.amount, day: known.paidOn ?? documentContext.today };
        return lockAllotted(tx, documentContext, source, allocations, billsOf(tx, known.vendor.id));
      }
      assertAllocations(allocations, currency);
      return [];
    },
  );
  return { vendor, currency: (input.currency ?? vendor.currency) as Currency, paidOn, allotted };
}

/** Records money paid to a vendor, for bills or in advance; in the vendor's currency or another. */
export const recordPaymentMade = defineCommand(
  [...failuresOf.making, ...failuresOf.settling, 'INSUFFICIENT_CASH'],
  (tx: Tx, documentContext: DocumentContext, input: NewPaymentMade & { idempotencyKey: string }) =>
    recordDocument(tx, documentContext, { operation: 'recordPaymentMade', kind: 'paymentMade', input }, (given) =>
      payVendor(tx, documentContext, given),
    ),
);

async function payVendor(tx: Tx, documentContext: DocumentContext, input: NewPaymentMade): Promise<PaymentMade> {
  const { vendor, currency, paidOn, allotted } = await checkPaymentMade(tx, documentContext, input);
  const branchId = await primaryBranchId(tx);
  const box = await chooseBox(tx, documentContext, { ...input, branchId });
  const payment = tx.em.create(PaymentMade, {
    id: newId(),
    number: await nextDocumentNumber(tx, 'PM', branchId),
    vendor: ref(vendor),
    branchId,
    paidOn,
    method: input.method,
    currency,
    exchangeRate: await rateOn(tx, currency, paidOn),
    amount: input.amount,
    applied: '0',
    unapplied: input.amount,
    reference: input.reference ?? null,
    createdBy: tx.actor,
    version: 1,
    createdAt: now(),
  });
  await tx.em.flush();
  const posting = { event: 'PAYMENT_MADE', documentId: payment.id, partyId: vendor.id, day: paidOn, currency } as const;
  const { exchangeRate, method } = payment;
  await postJournalEntry(tx, { ...posting, total: input.amount, document: { branchId, exchangeRate, method, box } });
  await settleAllotted(tx, payment, allotted, stepsOf(tx, payment));
  emitPaymentMadeChanged(tx, payment, 'paid');
  return payment;
}

/** A payment, locked after its vendor. Throws NOT_FOUND. */
async function lockPaymentMade(tx: Tx, id: string): Promise<PaymentMade> {
  const known = isId(id) ? await tx.em.findOne(PaymentMade, id) : null;
  if (!known) throw notFound('Payment made', id);
  await lockVendor(tx, known.vendor.id, 'id');
  return tx.em.findOneOrFail(PaymentMade, id, { lockMode: LockMode.PESSIMISTIC_WRITE, refresh: true });
}

/** Pays bills with what is left of a payment. */
export const applyPaymentMade = defineCommand(
  failuresOf.settling,
  (
    tx: Tx,
    documentContext: DocumentContext,
    input: { id: string; allocations: readonly BillAllocationInput[]; idempotencyKey: string },
  ) => {
    const command = { operation: 'applyPaymentMade', kind: 'paymentMade', input } as const;
    return recordDocument(tx, documentContext, command, async (given) => {
      const payment = await lockPaymentMade(tx, given.id);
      const bills = billsOf(tx, payment.vendor.id);
      const allotted = await lockNamed(tx, documentContext, payment, requested(given.allocations), bills);
      await settleAllotted(tx, payment, allotted, stepsOf(tx, payment));
      emitPaymentMadeChanged(tx, payment, 'applied');
      return payment;
    });
  },
);

/** Takes back what a voided document paid, on the day of the void. The vendor is locked by the caller. */
export async function releaseBillAllocations(
  tx: Tx,
  of: { billId: string } | { paymentId: string },
  day: string,
): Promise<void> {
  await tx.em.flush();
  for (const { billId, sourceId, ...allocation } of await listBillAllocations(tx.sql, of)) {
    const lock = { lockMode: LockMode.PESSIMISTIC_WRITE, refresh: true } as const;
    const document = await tx.em.findOneOrFail(Bill, billId, lock);
    const source = await tx.em.findOneOrFail(PaymentMade, sourceId, lock);
    await releaseAllocation(tx, allocation, { source, document, day }, stepsOf(tx, source));
    await tx.em.flush();
  }
}

/** Voids a payment: the bills it paid are open again. */
export const voidPaymentMade = defineCommand(
  failuresOf.voiding,
  (tx: Tx, documentContext: DocumentContext, input: VoidInput) =>
    voidDocument<PaymentMade, null>(tx, documentContext, input, {
      operation: 'voidPaymentMade',
      kind: 'paymentMade',
      noun: 'payment',
      lock: async (id) => ({ document: await lockPaymentMade(tx, id), party: null }),
      assertVoidable: () => undefined,
      undo: (payment, _party, day) => releaseBillAllocations(tx, { paymentId: payment.id }, day),
      clear(payment) {
        payment.unapplied = '0';
      },
      async post(payment, _party, day) {
        const { id: documentId, currency, amount: total } = payment;
        const partyId = payment.vendor.id;
        await postJournalEntry(tx, { event: 'PAYMENT_MADE_VOID', documentId, partyId, day, currency, total });
        emitPaymentMadeChanged(tx, payment, 'voided');
      },
    }),
);
