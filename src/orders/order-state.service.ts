import { LockMode } from '@mikro-orm/core';
import { Product } from '../catalog/product.entity.js';
import type { Customer } from '../customers/customer.entity.js';
import { type DocumentContext, recordDocument } from '../documents/document-context.service.js';
import { assertOurs, failuresOf, findDocumentCustomer } from '../documents/document.service.js';
import { type VoidInput, voidDocument } from '../documents/void.service.js';
import { lineField } from '../documents/lines.service.js';
import { type LineQuantity, resolveQuantities } from '../documents/quantities.service.js';
import { assertKeeper } from '../documents/warehouse.service.js';
import { now } from '../kernel/clock.js';
import { assertReason } from '../kernel/document-values.js';
import { AppError, badInput, notFound, staleVersion } from '../kernel/errors.js';
import { isId } from '../kernel/ids.js';
import { checkAll, mapAll } from '../kernel/faults.js';
import { Decimal, decimalText } from '../kernel/money.js';
import { can } from '../kernel/viewer.js';
import { defineCommand } from '../platform/command.js';
import type { Tx } from '../platform/db/transact.js';
import { assertCredit, assertMayOverrideCredit } from './credit.service.js';
import { orderTransitions } from './order-states.js';
import type { Order, OrderLine } from './order.entity.js';
import { countOpenInvoices } from './order.queries.js';
import { Shipment, ShipmentLine } from './shipment.entity.js';
import { listReturned } from './shipment.queries.js';
import { nextShipmentNumber, recordShipment, voidShipmentsOf } from './shipment.service.js';
import { changeReservations, type MovedOrder, moveStock, readyToShip } from './reservation.service.js';
import { actorId, emitOrderChanged, leftToBill, leftToShip, lockOrder, orderLines } from './order.service.js';
import { msg } from '../kernel/message.js';

export interface OrderStep {
  id: string;
  version: number;
  idempotencyKey: string;
}

const negated = (quantity: Decimal.Value): string => new Decimal(quantity).negated().toFixed();

/** An order on credit is in the agreed currency; every other rule of credit stands in credit.service. */
async function assertOrderCredit(
  tx: Tx,
  documentContext: DocumentContext,
  order: Order,
  customer: Customer,
): Promise<void> {
  const asksForCredit = order.paymentMethod === 'CREDIT';
  if (asksForCredit && order.currency !== customer.currency) {
    throw badInput('paymentMethod', msg`Credit is agreed in ${customer.currency}; this order is in ${order.currency}.`);
  }
  const { currency, total } = order;
  await assertCredit(tx, documentContext, customer, { currency, total, asksForCredit, field: 'paymentMethod' });
}

/** What was for sale when it was ordered may have been archived since. Throws BAD_INPUT. */
async function assertForSale(tx: Tx, lines: readonly OrderLine[]): Promise<void> {
  const ids = lines.flatMap(({ productId }) => productId ?? []);
  const products = await tx.em.find(Product, { id: { $in: ids } }, { refresh: true });
  const gone = new Set(products.filter((one) => !one.active || one.archivedAt).map(({ id }) => id));
  mapAll(lines, ({ productId, description, position }) => {
    if (productId && gone.has(productId))
      throw badInput(lineField(position, 'productId'), msg`${description} is not for sale.`);
  });
}

/**
 * Confirms inside a Tx that holds an idempotency key: reserves every line in the order's warehouse, all or none, or what
 * is there where the rest may wait for goods.
 */
export async function confirmDraft(
  tx: Tx,
  documentContext: DocumentContext,
  input: {
    id: string;
    version: number;
    overrideCredit?: boolean | null | undefined;
    /** Over the counter goods and money change hands at once: no credit is given. */
    paidOnTheSpot?: boolean;
    /** What is not there waits for goods. */
    allowBackorder?: boolean | null | undefined;
  },
): Promise<Order> {
  assertOurs(documentContext, 'order');
  const { order, customer } = await lockOrder(tx, documentContext, { id: input.id, balance: true });
  if (order.version !== input.version) throw staleVersion(order.version);
  orderTransitions.assert(order.status, 'CONFIRMED');
  if (!customer.active || customer.archivedAt)
    throw badInput('id', msg`The customer of this order is inactive or archived.`);
  if (order.validUntil != null && order.validUntil < documentContext.today)
    throw badInput('id', msg`This quote was valid until ${order.validUntil}. Set its terms anew.`);
  if (order.needsApproval && !order.approvedBy) {
    throw new AppError('APPROVAL_NEEDED', msg`The discount is above the limit and must be approved.`, {
      field: 'id',
    });
  }
  const lines = await orderLines(tx, order);
  await assertForSale(tx, lines);
  if (input.overrideCredit === true) {
    assertMayOverrideCredit(documentContext);
    order.creditOverrideBy = actorId(documentContext);
  } else if (input.paidOnTheSpot !== true) {
    await assertOrderCredit(tx, documentContext, order, customer);
  }
  await changeReservations(
    tx,
    { order, customer, today: documentContext.today },
    lines.map((line) => ({ line, change: leftToShip(line) })),
    { allowBackorder: input.allowBackorder === true, overtakes: input.paidOnTheSpot === true },
  );
  order.status = 'CONFIRMED';
  order.confirmedAt = now();
  order.updatedAt = now();
  emitOrderChanged(tx, order, customer, 'confirmed');
  return order;
}

export const confirmOrder = defineCommand(
  [...failuresOf.stepping, 'INSUFFICIENT_STOCK', 'CREDIT_REFUSED', 'APPROVAL_NEEDED'],
  (
    tx: Tx,
    documentContext: DocumentContext,
    input: OrderStep & { overrideCredit?: boolean | null | undefined; allowBackorder?: boolean | null | undefined },
  ) =>
    recordDocument(tx, documentContext, { operation: 'confirmOrder', kind: 'order', input }, (given) =>
      confirmDraft(tx, documentContext, given),
    ),
);

/** An order whose goods the viewer may move, locked. Throws NOT_FOUND. */
async function lockKeptOrder(
  tx: Tx,
  documentContext: DocumentContext,
  id: string,
): Promise<{ order: Order; customer: Customer }> {
  const locked = await lockOrder(tx, documentContext, { id });
  assertKeeper(documentContext, locked.order.warehouse.id, { noun: 'Order', id, field: 'id' });
  return locked;
}

/** Which quantities leave: those given, or all that is here. What waits for goods does not. Throws NOT_FOUND, BAD_INPUT. */
async function shippedQuantities(
  tx: Tx,
  lines: readonly OrderLine[],
  given: readonly LineQuantity[] | null | undefined,
): Promise<Map<OrderLine, Decimal>> {
  const shipped = await resolveQuantities(tx, { lines, given, left: given ? leftToShip : readyToShip });
  mapAll(given ?? [], ({ lineId, quantity }, index) => {
    const line = lines.find((one) => one.id === lineId) as OrderLine;
    if (!readyToShip(line).lessThan(quantity)) return;
    const [ready, waiting] = [decimalText(readyToShip(line)), decimalText(line.backordered)];
    throw badInput(
      lineField(index, 'quantity'),
      msg`Only ${ready} of ${line.description} are reserved; ${waiting} wait for goods.`,
    );
  });
  if (shipped.size > 0) return shipped;
  const all = lines.every((line) => leftToShip(line).isZero());
  throw badInput(
    'lines',
    all ? msg`Everything on this order has been shipped.` : msg`The rest of this order waits for goods.`,
  );
}

/**
 * Ships inside a Tx that holds an idempotency key: releases the reservation and takes the goods, one movement a line.
 */
export async function shipLines(
  tx: Tx,
  documentContext: DocumentContext,
  input: { id: string; version: number; lines?: readonly LineQuantity[] | null | undefined },
): Promise<Order> {
  assertOurs(documentContext, 'order');
  const { order, customer } = await lockKeptOrder(tx, documentContext, input.id);
  if (order.version !== input.version) throw staleVersion(order.version);
  orderTransitions.assert(order.status, 'SHIPPED');
  const lines = await orderLines(tx, order);
  const shipped = await shippedQuantities(tx, lines, input.lines);
  await moveStock(tx, { order, customer, today: documentContext.today }, [...shipped.keys()], (line) => {
    const quantity = negated(shipped.get(line) as Decimal);
    return { type: 'SALE', quantity, reserved: quantity };
  });
  for (const [line, quantity] of shipped) line.shipped = new Decimal(line.shipped).plus(quantity).toFixed(3);
  const number = await nextShipmentNumber(tx, order.branchId);
  recordShipment(tx, documentContext, number, {
    customerId: customer.id,
    orderId: order.id,
    warehouseId: order.warehouse.id,
    branchId: order.branchId,
    lines: [...shipped].map(([line, quantity]) => {
      const { id: orderLineId, productId, description } = line;
      return { orderLineId, productId, description, quantity: quantity.toFixed(3) };
    }),
  });
  const all = lines.every((line) => leftToShip(line).isZero());
  if (all) order.status = 'SHIPPED';
  order.updatedAt = now();
  emitOrderChanged(tx, order, customer, all ? 'shipped' : 'partlyShipped');
  return order;
}

export const shipOrder = defineCommand(
  [...failuresOf.stepping, 'INSUFFICIENT_STOCK'],
  (
    tx: Tx,
    documentContext: DocumentContext,
    input: OrderStep & { lines?: readonly LineQuantity[] | null | undefined },
  ) =>
    recordDocument(tx, documentContext, { operation: 'shipOrder', kind: 'order', input }, (given) =>
      shipLines(tx, documentContext, given),
    ),
);

/** Again is a no-op. */
export const deliverOrder = defineCommand(
  ['NOT_FOUND', 'FIELD_OWNED_ELSEWHERE', 'STALE_VERSION', 'ILLEGAL_TRANSITION'],
  async (tx: Tx, documentContext: DocumentContext, input: { id: string; version: number }): Promise<void> => {
    assertOurs(documentContext, 'order');
    const { order, customer } = await lockKeptOrder(tx, documentContext, input.id);
    if (order.status === 'DELIVERED') return;
    if (order.version !== input.version) throw staleVersion(order.version);
    orderTransitions.assert(order.status, 'DELIVERED');
    order.status = 'DELIVERED';
    order.updatedAt = now();
    emitOrderChanged(tx, order, customer, 'delivered');
  },
);

/**
 * Cancels: what is reserved is released, what had left comes back into the order's warehouse. Invoices must be void
 * first. A client may cancel a draft of their own; a confirmed order is for staff to cancel (FORBIDDEN).
 */
export const cancelOrder = defineCommand(
  failuresOf.stepping,
  (tx: Tx, documentContext: DocumentContext, input: OrderStep & { reason: string }) =>
    recordDocument(tx, documentContext, { operation: 'cancelOrder', kind: 'order', input }, (given) =>
      cancelLocked(tx, documentContext, given),
    ),
);

async function cancelLocked(
  tx: Tx,
  documentContext: DocumentContext,
  input: { id: string; version: number; reason: string },
): Promise<Order> {
  const [, { order, customer }] = await checkAll(
    () => assertReason(input.reason),
    () => lockOrder(tx, documentContext, input),
  );
  if (order.version !== input.version) throw staleVersion(order.version);
  orderTransitions.assert(order.status, 'CANCELLED');
  if (order.status !== 'DRAFT' && !can(documentContext.viewer, 'orders:write')) {
    throw new AppError('FORBIDDEN', msg`This order is confirmed. Ask the company to cancel it.`);
  }
  if ((await countOpenInvoices(tx.sql, order.id)) > 0)
    throw badInput('id', msg`Void the invoices of this order first.`);
  const lines = await orderLines(tx, order);
  if (order.status !== 'DRAFT') {
    const moved = { order, customer, today: documentContext.today };
    const releases = lines.map((line) => ({ line, change: leftToShip(line).negated() }));
    await changeReservations(tx, moved, releases, { allowBackorder: false });
    await moveStock(tx, moved, lines, (line) =>
      new Decimal(line.shipped).isZero() ? null : { type: 'RETURN', quantity: line.shipped, reserved: '0' },
    );
    await voidShipmentsOf(tx, documentContext, { orderId: order.id }, input.reason);
  }
  order.status = 'CANCELLED';
  order.cancelReason = input.reason;
  order.updatedAt = now();
  emitOrderChanged(tx, order, customer, 'cancelled');
  return order;
}

/** The line of an order as far as it is still to leave. */
export interface Forgone {
  line: OrderLine;
  quantity: string;
}

/**
 * Releases what will not leave any more; the lines already say so. An order that has nothing left to ship is complete: as
 * SHIPPED when something has left, otherwise as CANCELLED. The caller has locked the order.
 */
async function release(tx: Tx, moved: MovedOrder, forgone: readonly Forgone[], reason: string): Promise<void> {
  const { order } = moved;
  const releases = forgone.map(({ line, quantity }) => ({ line, change: new Decimal(quantity).negated() }));
  await changeReservations(tx, moved, releases, { allowBackorder: false });
  await tx.em.flush();
  order.updatedAt = now();
  const lines = await orderLines(tx, order);
  if (order.status !== 'CONFIRMED' || lines.some((line) => !leftToShip(line).isZero())) return;
  const left = lines.some((line) => new Decimal(line.shipped).greaterThan(0));
  order.status = left ? 'SHIPPED' : 'CANCELLED';
  if (!left) order.cancelReason = reason;
}

/**
 * Goods that are credited before they leave do not leave: of a credited quantity, what has not shipped is taken off the
 * order first. Answers how much that was.
 */
export async function forgoCredited(
  tx: Tx,
  moved: MovedOrder,
  credited: readonly { orderLineId: string; quantity: string }[],
  reason: string,
): Promise<Decimal> {
  const lines = new Map((await orderLines(tx, moved.order)).map((line) => [line.id, line]));
  const forgone = credited.flatMap(({ orderLineId, quantity }): Forgone[] => {
    const line = lines.get(orderLineId);
    const taken = line ? Decimal.min(leftToShip(line), quantity) : new Decimal(0);
    if (!line || taken.isZero()) return [];
    line.credited = new Decimal(line.credited).plus(taken).toFixed(3);
    return [{ line, quantity: taken.toFixed(3) }];
  });
  if (forgone.length > 0) await release(tx, moved, forgone, reason);
  return forgone.reduce((sum, { quantity }) => sum.plus(quantity), new Decimal(0));
}

/**
 * Gives up what has not left and is not billed, and frees its reservation. What is billed and has not left is credited
 * first (BAD_INPUT), so that no invoice stands for goods that never come.
 */
export const closeOrder = defineCommand(
  failuresOf.stepping,
  (tx: Tx, documentContext: DocumentContext, input: OrderStep & { reason: string }) =>
    recordDocument(tx, documentContext, { operation: 'closeOrder', kind: 'order', input }, async (given) => {
      const [, { order, customer }] = await checkAll(
        () => assertReason(given.reason),
        () => lockOrder(tx, documentContext, given),
      );
      if (order.version !== given.version) throw staleVersion(order.version);
      orderTransitions.assert(order.status, 'SHIPPED');
      const lines = (await orderLines(tx, order)).filter((line) => !leftToShip(line).isZero());
      const billed = lines.find((line) => leftToBill(line).lessThan(leftToShip(line)));
      if (billed) {
        const ahead = decimalText(leftToShip(billed).minus(leftToBill(billed)));
        throw badInput('id', msg`${ahead} of ${billed.description} are billed and have not left. Credit them first.`);
      }
      const forgone = lines.map((line) => ({ line, quantity: leftToShip(line).toFixed(3) }));
      for (const { line, quantity } of forgone) line.cancelled = new Decimal(line.cancelled).plus(quantity).toFixed(3);
      await release(tx, { order, customer, today: documentContext.today }, forgone, given.reason);
      tx.audit({
        entityType: 'Order',
        entityId: order.id,
        action: 'update',
        changes: { closed: [null, given.reason] },
      });
      emitOrderChanged(tx, order, customer, 'closed');
      return order;
    }),
);

/** A shipment of an order, locked after it. Throws NOT_FOUND, and BAD_INPUT for the goods of a free invoice. */
async function lockShipment(
  tx: Tx,
  documentContext: DocumentContext,
  id: string,
): Promise<{ document: Shipment; party: { order: Order; customer: Customer } }> {
  const known = isId(id) ? await tx.em.findOne(Shipment, id, { refresh: true }) : null;
  const seen = known && (await findDocumentCustomer(tx, documentContext.viewer, known.customer.id));
  if (!known || !seen) throw notFound('Shipment', id, 'id');
  if (known.orderId == null) throw badInput('id', msg`These goods left with an invoice. Void the invoice.`);
  const party = await lockKeptOrder(tx, documentContext, known.orderId);
  const lock = { lockMode: LockMode.PESSIMISTIC_WRITE, refresh: true } as const;
  return { document: await tx.em.findOneOrFail(Shipment, id, lock), party };
}

/** Brings the goods of a shipment back and reserves them for their order again. Throws BAD_INPUT for what was returned. */
async function takeBack(tx: Tx, shipment: Shipment, moved: MovedOrder): Promise<void> {
  const { order } = moved;
  const quantities = new Map<string, Decimal>();
  for (const { orderLineId, quantity } of await tx.em.find(ShipmentLine, { shipment: shipment.id })) {
    if (orderLineId) quantities.set(orderLineId, new Decimal(quantity));
  }
  const returned = await listReturned(tx.sql, order.id);
  const lines = (await orderLines(tx, order)).filter(({ id }) => quantities.has(id));
  mapAll(lines, (line) => {
    const left = new Decimal(line.shipped).minus(quantities.get(line.id) as Decimal);
    if (left.lessThan(returned.get(line.id) ?? 0))
      throw badInput('id', msg`Part of ${line.description} has been returned already.`);
    line.shipped = left.toFixed(3);
  });
  await moveStock(tx, moved, lines, (line) => {
    const quantity = (quantities.get(line.id) as Decimal).toFixed(3);
    return { type: 'RETURN', quantity, reserved: quantity };
  });
  order.status = 'CONFIRMED';
  order.updatedAt = now();
}

/** Voids a shipment before its order is delivered: the goods come back, are reserved again, and can ship anew. */
export const voidShipment = defineCommand(
  failuresOf.voiding,
  (tx: Tx, documentContext: DocumentContext, input: VoidInput) => {
    const known: { moved: MovedOrder | null } = { moved: null };
    return voidDocument<Shipment, { order: Order; customer: Customer }>(tx, documentContext, input, {
      operation: 'voidShipment',
      kind: 'order',
      noun: 'shipment',
      async lock(id) {
        const locked = await lockShipment(tx, documentContext, id);
        known.moved = { ...locked.party, today: documentContext.today };
        return locked;
      },
      assertVoidable() {
        if (known.moved?.order.status === 'DELIVERED')
          throw badInput('id', msg`This order is delivered. Credit the goods that came back instead.`);
      },
      undo: (shipment) => takeBack(tx, shipment, known.moved as MovedOrder),
      clear() {
        // Nothing of a shipment is open.
      },
      post(_shipment, { order, customer }) {
        emitOrderChanged(tx, order, customer, 'shipmentVoided');
      },
    });
  },
);
