import { LockMode, ref } from '@mikro-orm/core';
import { type AllocationSteps, releaseAllocation } from '../documents/allocation.service.js';
import { type OpenDocuments, plus } from '../documents/settlement.service.js';
import { badInput } from '../kernel/errors.js';
import { msg } from '../kernel/message.js';
import { Decimal } from '../kernel/money.js';
import { ACCOUNTS } from '../ledger/journal.service.js';
import type { Tx } from '../platform/db/transact.js';
import { Bill } from './bill.entity.js';
import { listCreditAllocations, readCarried, type StandingBillAllocation } from './bill-settlement.queries.js';
import { billChanged, vendorCreditChanged } from './purchasing.events.js';
import { VendorCredit, VendorCreditAllocation } from './vendor-credit.entity.js';

const lock = { lockMode: LockMode.PESSIMISTIC_WRITE, refresh: true } as const;

/** The bills of one vendor, as open documents. */
export const creditedBills = (tx: Tx, vendorId: string): OpenDocuments<Bill> => ({
  noun: 'Bill',
  idField: 'billId',
  dayOf: (bill) => bill.billedOn,
  lock: (ids) => tx.em.find(Bill, { id: { $in: ids }, vendor: vendorId }, { ...lock, orderBy: { id: 'asc' } }),
});

export const creditSteps = (tx: Tx, credit: VendorCredit): AllocationSteps<Bill> => ({
  account: ACCOUNTS.payables,
  partyId: credit.vendor.id,
  totalOfSource: credit.total,
  carried: (ids, sourceId) => readCarried(tx.sql, ids, sourceId),
  write(bill, row) {
    const amount = new Decimal(row.amount);
    bill.credited = plus(bill.credited, amount);
    bill.balance = plus(bill.balance, amount.negated());
    tx.em.create(VendorCreditAllocation, { ...row, bill: ref(bill), credit: ref(credit) });
  },
  // What vendors are owed is kept in the journal alone.
  owe: () => Promise.resolve(),
  emit: (bill, change) => tx.emit(billChanged(bill.id, { change, number: bill.number, vendorId: bill.vendor.id })),
});

/** Takes back what a voided document settled, on the day of the void. The vendor is locked by the caller. */
export async function releaseCreditAllocations(
  tx: Tx,
  of: { billId: string } | { creditId: string },
  day: string,
): Promise<void> {
  await tx.em.flush();
  for (const standing of await listCreditAllocations(tx.sql, of)) await release(tx, standing, { day, reason: null });
}

/** Takes back what a credit, which the caller has locked, settles of one bill, and answers that. Throws BAD_INPUT. */
export async function releaseCredited(
  tx: Tx,
  { id, credit }: { id: string; credit: VendorCredit },
  by: { day: string; reason: string },
): Promise<Bill> {
  const standing = (await listCreditAllocations(tx.sql, { creditId: credit.id })).find((one) => one.id === id);
  if (!standing) throw badInput('id', msg`This has been taken back already.`);
  const bill = await release(tx, standing, by);
  tx.emit(vendorCreditChanged(credit.id, { change: 'released', number: credit.number, vendorId: credit.vendor.id }));
  return bill;
}

async function release(
  tx: Tx,
  { billId, sourceId, ...allocation }: StandingBillAllocation,
  by: { day: string; reason: string | null },
): Promise<Bill> {
  const document = await tx.em.findOneOrFail(Bill, billId, lock);
  const source = await tx.em.findOneOrFail(VendorCredit, sourceId, lock);
  await releaseAllocation(tx, allocation, { source, document, ...by }, creditSteps(tx, source));
  await tx.em.flush();
  return document;
}
