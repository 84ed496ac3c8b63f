import { LockMode, ref } from '@mikro-orm/core';
import { moveApplied, type OpenDocuments, plus, type SettlementSteps } from '../documents/settlement.service.js';
import { now } from '../kernel/clock.js';
import { newId } from '../kernel/ids.js';
import { Decimal } from '../kernel/money.js';
import type { Tx } from '../platform/db/transact.js';
import { Bill } from './bill.entity.js';
import { billChanged } from './purchasing.events.js';
import { sumCreditAllocations } from './purchasing.queries.js';
import { VendorCredit, VendorCreditAllocation } from './vendor-credit.entity.js';

const lock = { lockMode: LockMode.PESSIMISTIC_WRITE, refresh: true } as const;

/** Writes an allocation, and what it changes on the bill; a negative one takes it back. */
function allocate(tx: Tx, credit: VendorCredit, bill: Bill, amount: Decimal): void {
  bill.credited = plus(bill.credited, amount);
  bill.balance = plus(bill.balance, amount.negated());
  tx.em.create(VendorCreditAllocation, {
    id: newId(),
    bill: ref(bill),
    credit: ref(credit),
    currency: credit.currency,
    amount: amount.toFixed(),
    createdAt: now(),
  });
}

/** The bills of one vendor, as open documents. */
export const creditedBills = (tx: Tx, vendorId: string): OpenDocuments<Bill> => ({
  noun: 'Bill',
  idField: 'billId',
  lock: (ids) => tx.em.find(Bill, { id: { $in: ids }, vendor: vendorId }, { ...lock, orderBy: { id: 'asc' } }),
});

export const creditSteps = (tx: Tx, credit: VendorCredit): SettlementSteps<Bill> => ({
  allocate: (bill, amount) => allocate(tx, credit, bill, amount),
  emit: (bill, change) => tx.emit(billChanged(bill.id, { change, number: bill.number, vendorId: bill.vendor.id })),
});

/** Takes back what a voided document settled, by rows of the opposite sign. The vendor is locked by the caller. */
export async function releaseCreditAllocations(tx: Tx, of: { billId: string } | { creditId: string }): Promise<void> {
  await tx.em.flush();
  for (const row of await sumCreditAllocations(tx.sql, of)) {
    const bill = await tx.em.findOneOrFail(Bill, row.billId, lock);
    const credit = await tx.em.findOneOrFail(VendorCredit, row.creditId, lock);
    const change = new Decimal(row.amount).negated();
    moveApplied(credit, change);
    allocate(tx, credit, bill, change);
    await tx.em.flush();
  }
}
