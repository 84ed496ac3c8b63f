import { LockMode } from '@mikro-orm/core';
import type { Customer } from '../customers/customer.entity.js';
import { releaseAllocation, settleAllotted } from '../documents/allocation.service.js';
import { openDay } from '../documents/reported-document.service.js';
import { newId } from '../kernel/ids.js';
import { Decimal } from '../kernel/money.js';
import type { Tx } from '../platform/db/transact.js';
import { CreditNote } from './credit-note.entity.js';
import { Invoice } from './invoice.entity.js';
import { Payment } from './payment.entity.js';
import { ReportedAllocation } from './reported-allocation.entity.js';
import { listSaidAllocations, listTouchedInvoices, type SaidAllocation } from './reported-settlement.queries.js';
import { listAllocations, type StandingAllocation } from './settlement.queries.js';
import { type Source, stepsOf } from './settlement.service.js';

const ZERO = new Decimal(0);

/** What a source says that a document settles. */
export interface ReportedSettlement {
  /** The id of the invoice there. */
  invoiceRef: string;
  amount: string;
  day: string;
}

interface Settling {
  customer: Customer;
  today: string;
}

const LOCK = { lockMode: LockMode.PESSIMISTIC_WRITE, refresh: true } as const;

const lockSourceOf = (
  tx: Tx,
  { paymentId, creditNoteId }: { paymentId: string | null; creditNoteId: string | null },
): Promise<Source> =>
  paymentId
    ? tx.em.findOneOrFail(Payment, paymentId, LOCK)
    : tx.em.findOneOrFail(CreditNote, creditNoteId as string, LOCK);

const keyOf = (one: { invoiceId: string; paymentId: string | null; creditNoteId: string | null }): string =>
  `${one.invoiceId} ${one.paymentId ?? one.creditNoteId}`;

/** Replaces what a source says that a document settles; answers the ids of the invoices there. */
export async function writeSaidAllocations(
  tx: Tx,
  of: { paymentId: string } | { creditNoteId: string },
  said: readonly ReportedSettlement[],
): Promise<string[]> {
  await tx.em.flush();
  await tx.em.nativeDelete(ReportedAllocation, of);
  for (const one of said) tx.em.create(ReportedAllocation, { id: newId(), ...of, ...one });
  await tx.em.flush();
  return said.map(({ invoiceRef }) => invoiceRef);
}

/** Takes back what a document settles, or what settles an invoice, each on its day while the books are open. */
export async function releaseReported(
  tx: Tx,
  of: { invoiceId: string } | { paymentId: string } | { creditNoteId: string },
  settling: Settling,
): Promise<void> {
  await tx.em.flush();
  for (const allocation of await listAllocations(tx.sql, of)) await release(tx, allocation, settling);
}

async function release(
  tx: Tx,
  { invoiceId, paymentId, creditNoteId, ...allocation }: StandingAllocation,
  { customer, today }: Settling,
): Promise<void> {
  const document = await tx.em.findOneOrFail(Invoice, invoiceId, LOCK);
  const source = await lockSourceOf(tx, { paymentId, creditNoteId });
  const day = await openDay(tx, allocation.day, today);
  await releaseAllocation(tx, allocation, { source, document, day, reason: null }, stepsOf(tx, source, customer));
  await tx.em.flush();
}

/** What should stand: as said, as far as the invoice and the other things said of it leave room. */
function wantedOf(invoices: readonly Invoice[], said: readonly SaidAllocation[]): SaidAllocation[] {
  return invoices.flatMap((invoice) => {
    const isOwed = !invoice.voidedAt && !invoice.draft;
    let room = isOwed ? new Decimal(invoice.total).minus(invoice.writtenOff) : new Decimal(0);
    return said.flatMap((one) => {
      if (one.invoiceId !== invoice.id) return [];
      const amount = Decimal.min(one.amount, room);
      room = room.minus(amount);
      return amount.greaterThan(0) ? [{ ...one, amount: amount.toFixed() }] : [];
    });
  });
}

/**
 * Brings what settles these invoices to what their sources say: what differs is taken back first, so that money which
 * moved from one invoice to another is free, and what is said and does not stand is settled then. Only reported documents
 * are touched. The caller holds the locks of the books and of the customer.
 */
export async function settleReported(tx: Tx, invoiceIds: readonly string[], settling: Settling): Promise<void> {
  if (invoiceIds.length === 0) return;
  await tx.em.flush();
  const { customer, today } = settling;
  const of = { id: { $in: [...invoiceIds] }, customer: customer.id, source: 'ZOHO' as const };
  const invoices = await tx.em.find(Invoice, of, { ...LOCK, orderBy: { id: 'asc' } });
  const ids = invoices.map(({ id }) => id);
  const wanted = new Map(wantedOf(invoices, await listSaidAllocations(tx.sql, ids)).map((one) => [keyOf(one), one]));
  for (const invoiceId of ids) {
    for (const standing of await listAllocations(tx.sql, { invoiceId })) {
      const key = keyOf(standing);
      const same = wanted.get(key);
      if (same && new Decimal(same.amount).equals(standing.amount)) wanted.delete(key);
      else await release(tx, standing, settling);
    }
  }
  for (const { invoiceId, paymentId, creditNoteId, amount, day } of wanted.values()) {
    const source = await lockSourceOf(tx, { paymentId, creditNoteId });
    const document = await tx.em.findOneOrFail(Invoice, invoiceId, LOCK);
    const part = Decimal.min(amount, source.unapplied, document.balance);
    if (!part.greaterThan(0)) continue;
    const settled = { amount: part, sourceAmount: part, rounded: ZERO, excess: ZERO, reason: null, rate: null };
    const allotted = [{ document, ...settled, day: await openDay(tx, day, today) }];
    await settleAllotted(tx, source, allotted, stepsOf(tx, source, customer));
    await tx.em.flush();
  }
}

/** Settles by what a document says now, and by what it settled before. */
export async function settleBySource(
  tx: Tx,
  of: { paymentId: string } | { creditNoteId: string },
  said: readonly ReportedSettlement[],
  settling: Settling,
): Promise<void> {
  const refs = await writeSaidAllocations(tx, of, said);
  const sourceId = 'paymentId' in of ? of.paymentId : of.creditNoteId;
  await settleReported(tx, await listTouchedInvoices(tx.sql, sourceId, refs), settling);
}
