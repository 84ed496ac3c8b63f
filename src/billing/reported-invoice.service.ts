import { ref } from '@mikro-orm/core';
import { findProductsByRefs, type ReportedGoods } from '../catalog/product.queries.js';
import type { Customer } from '../customers/customer.entity.js';
import { nextDocumentNumber } from '../documents/numbering.service.js';
import { lockReported } from '../documents/party.service.js';
import {
  assignReport,
  assignVoid,
  computeReported,
  openDay,
  REPORTED_COLUMNS,
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
import type { Phase } from '../kernel/ownership.js';
import { shareOut } from '../kernel/totals.js';
import { lockBooks } from '../organisation/organisation.queries.js';
import type { Tx } from '../platform/db/transact.js';
import { Invoice, InvoiceLine } from './invoice.entity.js';
import { emitInvoiceChanged } from './invoice.service.js';

/** What a source says of an invoice. */
export interface InvoiceSnapshot extends ReportedHead {
  dueOn: string;
  lines: readonly ReportedLine[];
}

interface Upserted {
  id: string;
  changed: boolean;
}

/** What stands around a report: the business day, and who owns invoices in this phase. */
export interface ReportContext {
  today: string;
  phase: Phase;
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
  assignReport(invoice, snapshot, computed);
  invoice.customer = ref(customer);
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
  lines.forEach((reported, position) => {
    const { externalRef, productRef, ...said } = reported;
    const productId = (productRef !== null && goods.get(productRef)?.id) || null;
    const values = { ...said, position, productRef, productId, discountShare: shares[position] as string };
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
  for (const line of byRef.values()) tx.em.remove(line);
  await tx.em.flush();
}

/** What an invoice posts: what it bills, what of it was written off, and what its goods cost. */
function postingsOf(
  invoice: Invoice,
  { lines, facts, day, currency }: InvoiceSnapshot,
  { rates: { exchangeRate, rates }, goods }: { rates: ReportedRates; goods: ReadonlyMap<string, ReportedGoods> },
): WantedPosting[] {
  const { branchId } = invoice;
  const said = { branchId, exchangeRate, rates };
  const key = invoice.customer.id;
  const goodsOf = ({ productRef }: ReportedLine): ReportedGoods | null =>
    (productRef !== null && goods.get(productRef)) || null;
  const billed: WantedPosting = {
    event: 'INVOICE',
    day,
    currency,
    amount: facts.total,
    key,
    document: {
      ...said,
      discount: facts.discountTotal,
      tax: facts.taxTotal,
      charges: new Decimal(facts.shipping).plus(facts.adjustment),
      roundedUp: facts.rounding,
      products: lines.map((line) => ({ productId: goodsOf(line)?.id ?? null, amount: line.lineTotal })),
    },
  };
  const writtenOff: WantedPosting = {
    event: 'WRITE_OFF',
    day,
    currency,
    amount: new Decimal(facts.writtenOff).negated(),
    key,
    document: { ...said, documentType: 'invoice' },
  };
  const costs = costsOf(lines, goodsOf);
  const isBilled =
    !new Decimal(facts.total).isZero() || lines.some(({ lineTotal }) => !new Decimal(lineTotal).isZero());
  return [
    ...(isBilled ? [billed] : []),
    ...(new Decimal(facts.writtenOff).isZero() ? [] : [writtenOff]),
    ...(costs.length === 0 ? [] : [costPosting({ day, branchId, key }, lines, costs)]),
  ];
}

type Costs = readonly { productId: string; amount: Decimal }[];

/** What the goods of the lines cost by what the source says of a piece, in USD. */
function costsOf(lines: readonly ReportedLine[], goodsOf: (line: ReportedLine) => ReportedGoods | null): Costs {
  return lines.flatMap((line) => {
    const product = goodsOf(line);
    if (!product?.trackable || product.costUsd === null) return [];
    const amount = new Decimal(product.costUsd).times(line.quantity).toDecimalPlaces(2);
    return amount.isZero() ? [] : [{ productId: product.id, amount }];
  });
}

/** Told apart by its pieces: another cost of a piece later is none of this sale. */
function costPosting(
  { day, branchId, key }: { day: string; branchId: string; key: string },
  lines: readonly ReportedLine[],
  costs: Costs,
): WantedPosting {
  const amount = costs.reduce((sum, one) => sum.plus(one.amount), new Decimal(0));
  const pieces = lines.map(({ productRef, quantity }) => [productRef, quantity]);
  return {
    event: 'REPORTED_COST',
    day,
    currency: 'USD',
    amount,
    key: { key, pieces },
    document: { branchId, products: costs },
  };
}

/** The source no longer has the invoice: void, never deleted. Again is a no-op. */
export async function voidGoneInvoice(
  tx: Tx,
  externalRef: string,
  { today, phase }: ReportContext,
): Promise<Upserted | null> {
  await lockBooks(tx.sql, 'posting');
  const known = await tx.em.findOne(Invoice, { externalRef }, { populate: ['customer'] });
  if (!known) return null;
  const owner: Customer = await known.customer.loadOrFail();
  const partyRef = owner.externalRef ?? '';
  const { document: invoice, customer } = await lockReported<Invoice>(tx, Invoice, {
    externalRef,
    partyRef,
    currency: known.currency,
  });
  if (!invoice || !isSourceOwned('invoice', phase)) return { id: known.id, changed: false };
  if (invoice.voidedAt && invoice.reportedNumber === null) return { id: invoice.id, changed: false };
  assignVoid(invoice, { on: await openDay(tx, invoice.issuedOn, today), reason: 'Deleted at Zoho' });
  invoice.reportedNumber = null;
  assignOpen(invoice);
  await restate(tx, invoice, [], reportedEntries(tx, { document: invoice, before: customer, customer, today }));
  emitInvoiceChanged(tx, invoice, customer, 'voided');
  return { id: invoice.id, changed: true };
}
