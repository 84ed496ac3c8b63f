import { ref } from '@mikro-orm/core';
import { findLinesByRefs, refreshCredited } from '../billing/credit-note.queries.js';
import { CreditNote, CreditNoteLine } from '../billing/credit-note.entity.js';
import { emitCreditNoteChanged } from '../billing/credit-note.service.js';
import { Invoice } from '../billing/invoice.entity.js';
import { releaseReported, type ReportedSettlement, settleBySource } from '../billing/reported-settlement.service.js';
import { findProductsByRefs, type ReportedGoods } from '../catalog/product.queries.js';
import { nextDocumentNumber } from '../documents/numbering.service.js';
import { lockKnownReport, lockReported } from '../documents/party.service.js';
import { reportedCost } from '../documents/reported-cost.service.js';
import {
  assignReport,
  assignVoid,
  computeReported,
  openDay,
  REPORTED_COLUMNS,
  type ReportContext,
  type ReportedHead,
  type ReportedLine,
  reportedPlace,
  reportedRates,
  type ReportedRates,
  restate,
  type WantedPosting,
} from '../documents/reported-document.service.js';
import { isSourceOwned, reportedEntries } from '../documents/reported-posting.service.js';
import { now } from '../kernel/clock.js';
import { newId } from '../kernel/ids.js';
import { Decimal } from '../kernel/money.js';
import { shareOut } from '../kernel/totals.js';
import { lockBooks } from '../organisation/organisation.queries.js';
import type { Tx } from '../platform/db/transact.js';
import { giveRefunds, type ReportedRefund, takeBackRefunds } from './reported-refund.service.js';

/** What a source says of a credit note. */
export interface CreditNoteSnapshot extends ReportedHead {
  reason: string | null;
  /** The id of the invoice there that it credits; it may be standalone. */
  invoiceRef: string | null;
  lines: readonly (ReportedLine & { invoiceLineRef: string | null })[];
  settlements: readonly ReportedSettlement[];
  refunds: readonly ReportedRefund[];
}

interface Upserted {
  id: string;
  changed: boolean;
}

/** Brings a credit note to what its source reports; idempotent. It settles invoices as they come, like a payment. */
export async function upsertReportedCreditNote(
  tx: Tx,
  snapshot: CreditNoteSnapshot,
  { today, phase }: ReportContext,
): Promise<Upserted> {
  await lockBooks(tx.sql, 'posting');
  const { document: found, customer, before } = await lockReported<CreditNote>(tx, CreditNote, snapshot);
  const refs = snapshot.lines.flatMap(({ productRef }) => productRef ?? []);
  const goods = await findProductsByRefs(tx.sql, refs);
  const computed = computeReported(snapshot, snapshot.lines);
  if (found && !isSourceOwned('creditNote', phase)) {
    assignReport(found, snapshot, computed);
    emitCreditNoteChanged(tx, found, customer, 'reported');
    return { id: found.id, changed: true };
  }
  const place = await reportedPlace(tx, snapshot.facts.location);
  const rates = await reportedRates(tx, snapshot);
  const note = found ?? (await createReported(tx, snapshot, place.branch.id));
  const isGone = snapshot.voided || snapshot.draft;
  const isOther = found !== null && differs(note, snapshot, customer.id);
  const said = isGone ? [] : snapshot.refunds;
  if (isOther) await releaseReported(tx, { creditNoteId: note.id }, { customer: before, today });
  if (found) await takeBackRefunds(tx, { source: note, before, customer, today }, { said, all: isOther });
  assignReport(note, snapshot, computed);
  note.customer = ref(customer);
  const invoice = snapshot.invoiceRef && (await tx.em.findOne(Invoice, { externalRef: snapshot.invoiceRef }));
  const { draft, day: issuedOn, currency, facts } = snapshot;
  const { exchangeRate } = rates;
  const reason = snapshot.reason ?? 'Credit note of Zoho';
  Object.assign(note, { draft, issuedOn, currency, exchangeRate, reason, total: facts.total });
  Object.assign(note, { branchId: place.branch.id, invoiceId: invoice ? invoice.id : null });
  assignVoid(note, snapshot.voided ? { on: await openDay(tx, issuedOn, today), reason: 'Void at Zoho' } : null);
  assignUnapplied(note);
  await tx.em.flush();
  await writeLines(tx, note, snapshot, goods);
  const wanted = isGone ? [] : postingsOf(note, snapshot, { rates, goods });
  await restate(tx, note, wanted, reportedEntries(tx, { document: note, before, customer, today }));
  await giveRefunds(tx, { source: note, before, customer, today }, said, rates.rates);
  await settleBySource(tx, { creditNoteId: note.id }, isGone ? [] : snapshot.settlements, { customer, today });
  emitCreditNoteChanged(tx, note, customer, !found ? 'issued' : snapshot.voided ? 'voided' : 'updated');
  return { id: note.id, changed: true };
}

async function createReported(tx: Tx, { externalRef }: CreditNoteSnapshot, branchId: string): Promise<CreditNote> {
  return tx.em.create(CreditNote, {
    ...REPORTED_COLUMNS,
    id: newId(),
    kind: 'CREDIT_NOTE',
    externalRef,
    number: await nextDocumentNumber(tx, 'CN', branchId),
    restocked: false,
    forgone: '0',
    applied: '0',
    refunded: '0',
    createdBy: tx.actor,
    version: 1,
    createdAt: now(),
  } as never);
}

/** Whether the credit is another than it was: what it settles is taken back then, and settled anew. */
function differs(note: CreditNote, snapshot: CreditNoteSnapshot, customerId: string): boolean {
  return (
    note.customer.id !== customerId ||
    note.currency !== snapshot.currency ||
    !new Decimal(note.total).equals(snapshot.facts.total) ||
    note.reportedFacts?.exchangeRate !== snapshot.facts.exchangeRate ||
    snapshot.voided !== Boolean(note.voidedAt) ||
    snapshot.draft !== note.draft
  );
}

function assignUnapplied(note: CreditNote): void {
  const left = new Decimal(note.total).minus(note.applied).minus(note.refunded);
  note.unapplied = note.voidedAt || note.draft ? '0' : left.toFixed();
}

async function writeLines(
  tx: Tx,
  note: CreditNote,
  { lines, facts, currency }: CreditNoteSnapshot,
  goods: ReadonlyMap<string, ReportedGoods>,
): Promise<void> {
  const before = await tx.em.find(CreditNoteLine, { creditNote: note.id });
  const credited = before.flatMap(({ invoiceLineId }) => invoiceLineId ?? []);
  for (const line of before) tx.em.remove(line);
  const billed = await findLinesByRefs(
    tx.sql,
    lines.flatMap(({ invoiceLineRef }) => invoiceLineRef ?? []),
  );
  const weights = lines.map(({ lineTotal }) => lineTotal);
  const shares = shareOut(facts.discountTotal, weights, currency);
  lines.forEach(({ productRef, invoiceLineRef, ...said }, position) => {
    tx.em.create(CreditNoteLine, {
      id: newId(),
      creditNote: ref(note),
      position,
      invoiceLineId: (invoiceLineRef !== null && billed.get(invoiceLineRef)) || null,
      productId: (productRef !== null && goods.get(productRef)?.id) || null,
      description: said.description,
      quantity: said.quantity,
      taxPercent: said.taxPercent,
      lineTotal: said.lineTotal,
      discountShare: shares[position] as string,
      taxAmount: said.taxAmount,
      damaged: false,
    });
  });
  await tx.em.flush();
  await refreshCredited(tx.sql, [...credited, ...billed.values()]);
}

function postingsOf(
  note: CreditNote,
  { lines, facts, day, currency }: CreditNoteSnapshot,
  { rates: { exchangeRate, rates }, goods }: { rates: ReportedRates; goods: ReadonlyMap<string, ReportedGoods> },
): WantedPosting[] {
  const { branchId } = note;
  const said = {
    branchId,
    rates,
    tax: facts.taxTotal,
    roundedUp: facts.rounding,
    products: lines.map((line, index) => ({
      productId: (line.productRef !== null && goods.get(line.productRef)?.id) || null,
      amount: new Decimal(line.lineTotal).minus(discountOf(facts.discountTotal, lines, currency)[index] as string),
    })),
  };
  const customer = note.customer.id;
  const credited: WantedPosting = {
    event: 'CREDIT_NOTE',
    day,
    currency,
    amount: new Decimal(facts.total).negated(),
    key: { customer, ...said },
    document: { ...said, exchangeRate },
  };
  const cost = reportedCost(lines, goods, { day, branchId, customer, documentType: 'creditNote', sign: -1 });
  return [...(new Decimal(facts.total).isZero() ? [] : [credited]), ...cost];
}

const discountOf = (
  discount: string,
  lines: CreditNoteSnapshot['lines'],
  currency: CreditNoteSnapshot['currency'],
): string[] =>
  shareOut(
    discount,
    lines.map(({ lineTotal }) => lineTotal),
    currency,
  );

/** The source no longer has the credit note: void, never deleted. Again is a no-op. */
export async function voidGoneCreditNote(
  tx: Tx,
  externalRef: string,
  { today, phase }: ReportContext,
): Promise<Upserted | null> {
  await lockBooks(tx.sql, 'posting');
  const locked = await lockKnownReport<CreditNote>(tx, CreditNote, externalRef);
  if (!locked) return null;
  const { document: note, customer } = locked;
  const isKnown = note.voidedAt && note.reportedNumber === null;
  if (isKnown || !isSourceOwned('creditNote', phase)) return { id: note.id, changed: false };
  await releaseReported(tx, { creditNoteId: note.id }, { customer, today });
  await takeBackRefunds(tx, { source: note, before: customer, customer, today }, { said: [], all: true });
  assignVoid(note, { on: await openDay(tx, note.issuedOn, today), reason: 'Deleted at Zoho' });
  note.reportedNumber = null;
  assignUnapplied(note);
  await restate(tx, note, [], reportedEntries(tx, { document: note, before: customer, customer, today }));
  await settleBySource(tx, { creditNoteId: note.id }, [], { customer, today });
  emitCreditNoteChanged(tx, note, customer, 'voided');
  return { id: note.id, changed: true };
}
