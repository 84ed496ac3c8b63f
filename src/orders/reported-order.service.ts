import { ref } from '@mikro-orm/core';
import { findProductsByRefs } from '../catalog/product.queries.js';
import { nextDocumentNumber } from '../documents/numbering.service.js';
import { lockKnownReport, lockReported } from '../documents/party.service.js';
import {
  assignReport,
  computeReported,
  REPORTED_COLUMNS,
  type ReportContext,
  type ReportedHead,
  type ReportedLine,
  reportedPlace,
  reportedRates,
} from '../documents/reported-document.service.js';
import { isSourceOwned } from '../documents/reported-posting.service.js';
import type { ReportedStatus } from '../documents/reported.entity.js';
import { now } from '../kernel/clock.js';
import { newId } from '../kernel/ids.js';
import { Decimal } from '../kernel/money.js';
import { shareOut } from '../kernel/totals.js';
import { lockBooks } from '../organisation/organisation.queries.js';
import type { Tx } from '../platform/db/transact.js';
import { Order, OrderLine } from './order.entity.js';
import { listLinesOnPaper } from './order.queries.js';
import type { OrderState } from './order-states.js';
import { emitOrderChanged } from './order.service.js';

/** How much of a line has left and is billed, as the source says. */
export interface ReportedOrderLine extends ReportedLine {
  shipped: string;
  invoiced: string;
}

/** What a source says of a sales order. */
export interface OrderSnapshot extends ReportedHead {
  expectedOn: string | null;
  deliveryAddress: string | null;
  lines: readonly ReportedOrderLine[];
}

interface Upserted {
  id: string;
  changed: boolean;
}

/** Our state for each state of the source that is not "confirmed, and on its way". */
const STATES: Partial<Record<ReportedStatus, OrderState>> = {
  DRAFT: 'DRAFT',
  PENDING_APPROVAL: 'DRAFT',
  REJECTED: 'DRAFT',
  SHIPPED: 'SHIPPED',
  FULFILLED: 'DELIVERED',
  INVOICED: 'DELIVERED',
  CLOSED: 'DELIVERED',
  VOID: 'CANCELLED',
};

/**
 * Brings an order to what its source reports; idempotent. Nothing is posted and nothing reserved: what is committed of
 * stock is reported with the products.
 */
export async function upsertReportedOrder(
  tx: Tx,
  snapshot: OrderSnapshot,
  { phase }: ReportContext,
): Promise<Upserted> {
  await lockBooks(tx.sql, 'posting');
  const { document: found, customer } = await lockReported<Order>(tx, Order, snapshot);
  const computed = computeReported(snapshot, snapshot.lines);
  if (found && !isSourceOwned('order', phase)) {
    assignReport(found, snapshot, computed);
    emitOrderChanged(tx, found, customer, 'reported');
    return { id: found.id, changed: true };
  }
  const warehouse = await reportedPlace(tx, snapshot.facts.location);
  const { exchangeRate } = await reportedRates(tx, snapshot);
  const order = found ?? (await createReported(tx, snapshot, warehouse.branch.id));
  assignReport(order, snapshot, computed);
  order.customer = ref(customer);
  order.warehouse = ref(warehouse);
  order.branchId = warehouse.branch.id;
  assignFigures(order, snapshot, exchangeRate);
  await tx.em.flush();
  await writeLines(tx, order, snapshot);
  emitOrderChanged(tx, order, customer, found ? 'updated' : 'created');
  return { id: order.id, changed: true };
}

async function createReported(tx: Tx, { externalRef }: OrderSnapshot, branchId: string): Promise<Order> {
  return tx.em.create(Order, {
    ...REPORTED_COLUMNS,
    id: newId(),
    externalRef,
    number: await nextDocumentNumber(tx, 'SO', branchId),
    // Zoho does not say how it is paid: what is not paid on the spot counts against the limit.
    paymentMethod: 'CREDIT',
    needsApproval: false,
    createdBy: tx.actor,
    version: 1,
    createdAt: now(),
  } as never);
}

function assignFigures(order: Order, { facts, lines, ...snapshot }: OrderSnapshot, exchangeRate: string): void {
  const gross = lines.reduce((sum, line) => sum.plus(line.lineTotal), new Decimal(0));
  const percent = gross.greaterThan(0) ? new Decimal(facts.discountTotal).dividedBy(gross).times(100) : new Decimal(0);
  const status = STATES[snapshot.status] ?? 'CONFIRMED';
  const { subtotal, discountTotal, taxTotal, shipping, total } = facts;
  Object.assign(order, {
    status,
    draft: snapshot.draft,
    orderedOn: snapshot.day,
    expectedOn: snapshot.expectedOn,
    currency: snapshot.currency,
    exchangeRate,
    discountPercent: percent.toDecimalPlaces(3).toFixed(),
    ...{ subtotal, discountTotal, taxTotal, shipping, total },
    adjustment: new Decimal(facts.adjustment).plus(facts.rounding).toFixed(),
    deliveryAddress: snapshot.deliveryAddress,
    notes: snapshot.notes,
    cancelReason: status === 'CANCELLED' ? 'Void at Zoho' : null,
    updatedAt: now(),
    confirmedAt: status === 'DRAFT' ? null : (order.confirmedAt ?? now()),
  });
}

/** The lines by their ids at the source; one that stands on an invoice stays, without a quantity to do. */
async function writeLines(tx: Tx, order: Order, { lines, facts, currency, ...head }: OrderSnapshot): Promise<void> {
  const refs = lines.flatMap(({ productRef }) => productRef ?? []);
  const goods = await findProductsByRefs(tx.sql, refs);
  const here = await tx.em.find(OrderLine, { order: order.id });
  const byRef = new Map(here.map((line) => [line.externalRef, line]));
  const weights = lines.map(({ lineTotal }) => lineTotal);
  const shares = shareOut(facts.discountTotal, weights, currency);
  const isDone = head.status === 'SHIPPED' || head.status === 'FULFILLED' || head.status === 'CLOSED';
  lines.forEach(({ externalRef, productRef, shipped, invoiced, ...said }, position) => {
    const product = productRef === null ? undefined : goods.get(productRef);
    const { quantity } = said;
    const upTo = (done: string): string => Decimal.min(done, quantity).toFixed(3);
    const values = {
      ...said,
      position,
      productRef,
      productId: product?.id ?? null,
      stocked: product?.trackable ?? false,
      discountShare: shares[position] as string,
      // Books knows no shipments: what is done has left.
      shipped: isDone && new Decimal(shipped).isZero() ? quantity : upTo(shipped),
      invoiced: upTo(invoiced),
    };
    const known = byRef.get(externalRef);
    byRef.delete(externalRef);
    if (known) Object.assign(known, values);
    else {
      const fresh = { id: newId(), order: ref(order), externalRef, cancelled: '0', credited: '0', backordered: '0' };
      tx.em.create(OrderLine, { ...fresh, ...values });
    }
  });
  const gone = [...byRef.values()];
  const onPaper = await listLinesOnPaper(
    tx.sql,
    gone.map(({ id }) => id),
  );
  for (const line of gone) {
    if (!onPaper.has(line.id)) tx.em.remove(line);
    else
      Object.assign(line, {
        externalRef: null,
        cancelled: new Decimal(line.quantity).minus(line.invoiced).toFixed(3),
        shipped: line.invoiced,
      });
  }
  await tx.em.flush();
}

/** The source no longer has the order: cancelled, never deleted. Again is a no-op. */
export async function cancelGoneOrder(tx: Tx, externalRef: string, { phase }: ReportContext): Promise<Upserted | null> {
  await lockBooks(tx.sql, 'posting');
  const locked = await lockKnownReport<Order>(tx, Order, externalRef);
  if (!locked) return null;
  const { document: order, customer } = locked;
  const isKnown = order.status === 'CANCELLED' && order.reportedNumber === null;
  if (isKnown || !isSourceOwned('order', phase)) return { id: order.id, changed: false };
  Object.assign(order, {
    status: 'CANCELLED',
    cancelReason: 'Deleted at Zoho',
    reportedNumber: null,
    updatedAt: now(),
  });
  emitOrderChanged(tx, order, customer, 'updated');
  return { id: order.id, changed: true };
}
