import { ref } from '@mikro-orm/core';
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
import { Order } from '../orders/order.entity.js';
import { findOrderLinesByRefs } from '../orders/order.queries.js';
import { lockBooks } from '../organisation/organisation.queries.js';
import type { Tx } from '../platform/db/transact.js';
import { CreditNoteLine } from './credit-note.entity.js';
import { Invoice, InvoiceLine } from './invoice.entity.js';
import { emitInvoiceChanged } from './invoice.service.js';
import { releaseReported, settleReported } from './reported-settlement.service.js';

/** What a source says of an invoice. */
export interface InvoiceSnapshot extends ReportedHead {
  dueOn: string;
  /** The id of the order there that it bills. */
  orderRef: string | null;
  lines: readonly (ReportedLine & { orderLineRef: string | null })[];
}

interface Upserted {
  id: string;
  changed: boolean;
}

/**
 * Brings an invoice to what its source reports; idempotent. The caller holds the link's lock before it. While invoices are
 * the source's, what it changed is posted anew; afterwards its report is kept beside ours, which stays.
 */
export async function upsertReportedInvoice(
  tx: Tx,
  snapshot: InvoiceSnapshot,
  { today, phase }: ReportContext,
): Promise<Upserted> {
  await lockBooks(tx.sql, 'posting');
  const { document: found, customer, before } = await lockReported<Invoice>(tx, Invoice, snapshot);
  const goods = await findProductsByRefs(
    tx.sql,
    snapshot.lines.flatMap(({ productRef }) => productRef ?? []),
  );
  const computed = computeReported(snapshot, snapshot.lines);
  if (found && !isSourceOwned('invoice', phase)) {
    assignReport(found, snapshot, computed);
    emitInvoiceChanged(tx, found, customer, 'reported');
    return { id: found.id, changed: true };
  }
  const warehouse = await reportedPlace(tx, snapshot.facts.location);
  const rates = await reportedRates(tx, snapshot);
  const invoice = found ?? (await createReported(tx, snapshot, warehouse.branch.id));
  if (found && differs(invoice, snapshot, customer.id)) {
    await releaseReported(tx, { invoiceId: invoice.id }, { customer: before, today });
  }
  assignReport(invoice, snapshot, computed);
  invoice.customer = ref(customer);
  const billed = snapshot.orderRef === null ? null : await tx.em.findOne(Order, { externalRef: snapshot.orderRef });
  invoice.orderId = billed?.id ?? null;
  assignFigures(invoice, snapshot);
  Object.assign(invoice, {
    branchId: warehouse.branch.id,
    warehouseId: warehouse.id,
    exchangeRate: rates.exchangeRate,
  });
  const reason = snapshot.voided ? { on: await openDay(tx, snapshot.day, today), reason: 'Void at Zoho' } : null;
  assignVoid(invoice, reason);
  assignOpen(invoice);
  await tx.em.flush();
  await writeLines(tx, invoice, snapshot, goods);
  const wanted = snapshot.draft || snapshot.voided ? [] : postingsOf(invoice, snapshot, { rates, goods });
  await restate(tx, invoice, wanted, reportedEntries(tx, { document: invoice, before, customer, today }));
  await settleReported(tx, [invoice.id], { customer, today });
  emitInvoiceChanged(tx, invoice, customer, !found ? 'issued' : snapshot.voided ? 'voided' : 'updated');
  return { id: invoice.id, changed: true };
}

async function createReported(tx: Tx, snapshot: InvoiceSnapshot, branchId: string): Promise<Invoice> {
  return tx.em.create(Invoice, {
    ...REPORTED_COLUMNS,
    id: newId(),
    kind: 'INVOICE',
    externalRef: snapshot.externalRef,
    number: await nextDocumentNumber(tx, 'INV', branchId),
    paid: '0',
    credited: '0',
    createdBy: tx.actor,
    version: 1,
    createdAt: now(),
  } as never);
}

/** Whether the debt is another than it was: what settles it is taken back then, and settled anew. */
function differs(invoice: Invoice, { facts, ...snapshot }: InvoiceSnapshot, customerId: string): boolean {
  return (
    invoice.customer.id !== customerId ||
    invoice.currency !== snapshot.currency ||
    !new Decimal(invoice.total).equals(facts.total) ||
    !new Decimal(invoice.writtenOff).equals(facts.writtenOff) ||
    invoice.reportedFacts?.exchangeRate !== facts.exchangeRate ||
    snapshot.voided !== Boolean(invoice.voidedAt) ||
    snapshot.draft !== invoice.draft
  );
}

function assignFigures(invoice: Invoice, { facts, draft, ...snapshot }: InvoiceSnapshot): void {
  Object.assign(invoice, {
    draft,
    issuedOn: snapshot.day,
    dueOn: snapshot.dueOn,
    currency: snapshot.currency,
    notes: snapshot.notes,
    subtotal: facts.subtotal,
    discountTotal: facts.discountTotal,
    taxTotal: facts.taxTotal,
    shipping: facts.shipping,
    adjustment: facts.adjustment,
    rounding: facts.rounding,
    writtenOff: facts.writtenOff,
    total: facts.total,
  });
}

/** What is open by what was paid and credited here; nothing of what is void or a draft. */
function assignOpen(invoice: Invoice): void {
  const owed = new Decimal(invoice.total).minus(invoice.paid).minus(invoice.credited).minus(invoice.writtenOff);
  const isOwed = !invoice.voidedAt && !invoice.draft;
  invoice.balance = isOwed ? owed.toFixed() : '0';
  if (!isOwed || owed.isZero()) invoice.settledOn ??= invoice.voidedOn ?? invoice.issuedOn;
  else invoice.settledOn = null;
}

/** The lines by their ids at the source, so that what refers to a line keeps it. */
async function writeLines(
  tx: Tx,
  invoice: Invoice,
  { lines, facts, currency }: InvoiceSnapshot,
  goods: ReadonlyMap<string, ReportedGoods>,
): Promise<void> {
  const here = await tx.em.find(InvoiceLine, { invoice: invoice.id });
  const byRef = new Map(here.map((line) => [line.externalRef, line]));
  const shares = shareOut(
    facts.discountTotal,
    lines.map(({ lineTotal }) => lineTotal),
    currency,
  );
  const billed = await findOrderLinesByRefs(
    tx.sql,
    lines.flatMap(({ orderLineRef }) => orderLineRef ?? []),
  );
  lines.forEach((reported, position) => {
    const { externalRef, productRef, orderLineRef, ...said } = reported;
    const orderLineId = (orderLineRef !== null && billed.get(orderLineRef)) || null;
    const productId = (productRef !== null && goods.get(productRef)?.id) || null;
    const values = { ...said, position, productRef, productId, orderLineId, discountShare: shares[position] as string };
    const known = byRef.get(externalRef);
    byRef.delete(externalRef);
    if (known) Object.assign(known, values);
    else {
      tx.em.create(InvoiceLine, {
        id: newId(),
        invoice: ref(invoice),
        externalRef,
        movedStock: false,
        credited: '0',
        ...values,
      });
    }
  });
  const gone = [...byRef.values()];
  if (gone.length > 0) {
    const billed = { invoiceLineId: { $in: gone.map(({ id }) => id) } };
    await tx.em.nativeUpdate(CreditNoteLine, billed, { invoiceLineId: null });
  }
  for (const line of gone) tx.em.remove(line);
  await tx.em.flush();
}

/** What an invoice posts: what it bills, what of it was written off, and what its goods cost. */
function postingsOf(
  invoice: Invoice,
  { lines, facts, day, currency }: InvoiceSnapshot,
  { rates: { exchangeRate, rates }, goods }: { rates: ReportedRates; goods: ReadonlyMap<string, ReportedGoods> },
): WantedPosting[] {
  const { branchId } = invoice;
  const customer = invoice.customer.id;
  const said = {
    branchId,
    rates,
    discount: facts.discountTotal,
    tax: facts.taxTotal,
    charges: new Decimal(facts.shipping).plus(facts.adjustment).toFixed(),
    roundedUp: facts.rounding,
    products: lines.map(({ productRef, lineTotal: amount }) => ({
      productId: (productRef !== null && goods.get(productRef)?.id) || null,
      amount,
    })),
  };
  const head = { day, currency } as const;
  const billed: WantedPosting = {
    ...head,
    event: 'INVOICE',
    amount: facts.total,
    key: { customer, ...said },
    document: { ...said, exchangeRate },
  };
  const writtenOff: WantedPosting = {
    ...head,
    event: 'WRITE_OFF',
    amount: new Decimal(facts.writtenOff).negated(),
    key: { customer, branchId, rates },
    document: { branchId, exchangeRate, rates, documentType: 'invoice' },
  };
  const isBilled = [facts.total, ...lines.map(({ lineTotal }) => lineTotal)].some((one) => !new Decimal(one).isZero());
  return [
    ...(isBilled ? [billed] : []),
    ...(new Decimal(facts.writtenOff).isZero() ? [] : [writtenOff]),
    ...reportedCost(lines, goods, { day, branchId, customer, documentType: 'invoice', sign: 1 }),
  ];
}

/** The source no longer has the invoice: void, never deleted. Again is a no-op. */
export async function voidGoneInvoice(
  tx: Tx,
  externalRef: string,
  { today, phase }: ReportContext,
): Promise<Upserted | null> {
  await lockBooks(tx.sql, 'posting');
  const locked = await lockKnownReport<Invoice>(tx, Invoice, externalRef);
  if (!locked) return null;
  const { document: invoice, customer } = locked;
  const isKnown = invoice.voidedAt && invoice.reportedNumber === null;
  if (isKnown || !isSourceOwned('invoice', phase)) return { id: invoice.id, changed: false };
  await releaseReported(tx, { invoiceId: invoice.id }, { customer, today });
  assignVoid(invoice, { on: await openDay(tx, invoice.issuedOn, today), reason: 'Deleted at Zoho' });
  invoice.reportedNumber = null;
  assignOpen(invoice);
  await restate(tx, invoice, [], reportedEntries(tx, { document: invoice, before: customer, customer, today }));
  emitInvoiceChanged(tx, invoice, customer, 'voided');
  return { id: invoice.id, changed: true };
}
