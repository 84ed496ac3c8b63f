import type { Customer } from '../customers/customer.entity.js';
import { type DocumentContext, recordDocument } from '../documents/document-context.service.js';
import { assertOurs, failuresOf } from '../documents/document.service.js';
import { type LineQuantity, resolveQuantities } from '../documents/quantities.service.js';
import { assertKeeper } from '../documents/warehouse.service.js';
import { now } from '../kernel/clock.js';
import { assertReason } from '../kernel/document-values.js';
import { AppError, badInput, staleVersion } from '../kernel/errors.js';
import { checkAll } from '../kernel/faults.js';
import { Decimal, decimalText } from '../kernel/money.js';
import { can } from '../kernel/viewer.js';
import { lockCustomerBalance } from '../ledger/customer-ledger.queries.js';
import { lockBooks } from '../organisation/organisation.queries.js';
import { defineCommand } from '../platform/command.js';
import type { Tx } from '../platform/db/transact.js';
import { lockLevels } from '../stock/stock.queries.js';
import { emitStockChanges, lockGoods, type Movement, postMovements } from '../stock/stock.service.js';
import { readCreditState } from './credit.queries.js';
import { orderTransitions } from './order-states.js';
import type { Order, OrderLine } from './order.entity.js';
import { countOpenInvoices } from './order.queries.js';
import { actorId, emitOrderChanged, lockOrder, orderLines } from './order.service.js';
import { msg } from '../kernel/message.js';

export interface OrderStep {
  id: string;
  version: number;
  idempotencyKey: string;
}

/** One movement a line that holds stock, in the order's warehouse. Its stock levels are locked here. */
async function moveStock(
  tx: Tx,
  { order, customer, today: day }: { order: Order; customer: Customer; today: string },
  lines: readonly OrderLine[],
  movementOf: (line: OrderLine) => Pick<Movement, 'type' | 'quantity' | 'reserved'> | null,
): Promise<void> {
  const movements = lines.flatMap((line): Movement[] => {
    const made = line.stocked && line.productId ? movementOf(line) : null;
    if (!made) return [];
    const levelKey = { productId: line.productId as string, warehouseId: order.warehouse.id, line: line.position };
    const reference = { referenceType: 'order', referenceId: order.id };
    return [{ ...made, ...levelKey, ...reference, reason: order.number, soldBy: reference }];
  });
  if (movements.length === 0) return;
  const promised = movements.every(({ quantity }) => new Decimal(quantity).isZero());
  const goods = promised ? { levels: await lockLevels(tx.sql, movements), costs: [] } : await lockGoods(tx, movements);
  await postMovements(tx, goods, movements, { day, salespersonOf: customer.id });
  await emitStockChanges(
    tx,
    movements.map(({ productId }) => productId),
  );
}

const negated = (quantity: Decimal.Value): string => new Decimal(quantity).negated().toFixed();

/**
 * The balance, the orders that are not invoiced yet and this order together must fit the credit limit, and nothing may
 * be overdue. The balance is locked, so two concurrent confirmations cannot both use the last of the credit. Throws
 * CREDIT_REFUSED.
 */
async function assertCredit(tx: Tx, documentContext: DocumentContext, order: Order, customer: Customer): Promise<void> {
  const balance = new Decimal(await lockCustomerBalance(tx.sql, customer.id, order.currency));
  if (order.currency !== customer.currency) {
    throw badInput('paymentMethod', msg`Credit is agreed in ${customer.currency}; this order is in ${order.currency}.`);
  }
  const { overdue, agreed } = await readCreditState(tx.sql, customer.id, order.currency, documentContext.today);
  const left = new Decimal(customer.creditLimit).minus(balance).minus(agreed);
  const reason =
    new Decimal(overdue).isPositive() && !new Decimal(overdue).isZero()
      ? 'OVERDUE'
      : left.lessThan(order.total)
        ? 'LIMIT'
        : null;
  if (reason === null) return;
  const sentence =
    reason === 'OVERDUE'
      ? msg`${decimalText(overdue)} ${order.currency} are overdue.`
      : msg`The remaining credit is ${decimalText(left)} ${order.currency}; the order total is ${decimalText(order.total)}.`;
  throw new AppError('CREDIT_REFUSED', sentence, {
    field: 'paymentMethod',
    details: { reason, creditLeft: decimalText(left), overdue: decimalText(overdue) },
  });
}

/** Confirms inside a Tx that holds an idempotency key: reserves every line in the order's warehouse, all or none. */
export async function confirmDraft(
  tx: Tx,
  documentContext: DocumentContext,
  input: { id: string; version: number; overrideCredit?: boolean | null | undefined },
): Promise<Order> {
  assertOurs(documentContext, 'order');
  const { order, customer } = await lockOrder(tx, documentContext, { id: input.id, balance: true });
  if (order.version !== input.version) throw staleVersion(order.version);
  orderTransitions.assert(order.status, 'CONFIRMED');
  if (!customer.active || customer.archivedAt)
    throw badInput('id', msg`The customer of this order is inactive or archived.`);
  if (order.needsApproval && !order.approvedBy) {
    throw new AppError('APPROVAL_NEEDED', msg`The discount is above the limit and must be approved.`, {
      field: 'id',
    });
  }
  if (order.paymentMethod === 'CREDIT') {
    const overrides = input.overrideCredit === true;
    if (overrides && !can(documentContext.viewer, 'credit:override')) {
      throw new AppError('FORBIDDEN', msg`You need the permission credit:override.`);
    }
    if (overrides) order.creditOverrideBy = actorId(documentContext);
    else await assertCredit(tx, documentContext, order, customer);
  }
  await moveStock(tx, { order, customer, today: documentContext.today }, await orderLines(tx, order), (line) => ({
    type: 'RESERVATION',
    quantity: '0',
    reserved: line.quantity,
  }));
  order.status = 'CONFIRMED';
  order.confirmedAt = now();
  order.updatedAt = now();
  emitOrderChanged(tx, order, customer, 'confirmed');
  return order;
}

export const confirmOrder = defineCommand(
  [...failuresOf.stepping, 'INSUFFICIENT_STOCK', 'CREDIT_REFUSED', 'APPROVAL_NEEDED'],
  (tx: Tx, documentContext: DocumentContext, input: OrderStep & { overrideCredit?: boolean | null | undefined }) =>
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

/**
 * Ships inside a Tx that holds an idempotency key: releases the reservation and takes the goods, one movement a line.
 */
export async function shipLines(
  tx: Tx,
  documentContext: DocumentContext,
  input: { id: string; version: number; lines?: readonly LineQuantity[] | null | undefined },
): Promise<Order> {
  assertOurs(documentContext, 'order');
  await lockBooks(tx.sql, 'posting');
  const { order, customer } = await lockKeptOrder(tx, documentContext, input.id);
  if (order.version !== input.version) throw staleVersion(order.version);
  orderTransitions.assert(order.status, 'SHIPPED');
  const lines = await orderLines(tx, order);
  const shipped = resolveQuantities(lines, input.lines, (line) => new Decimal(line.quantity).minus(line.shipped));
  if (shipped.size === 0) throw badInput('lines', msg`Everything on this order has been shipped.`);
  await moveStock(tx, { order, customer, today: documentContext.today }, [...shipped.keys()], (line) => {
    const quantity = negated(shipped.get(line) as Decimal);
    return { type: 'SALE', quantity, reserved: quantity };
  });
  for (const [line, quantity] of shipped) line.shipped = new Decimal(line.shipped).plus(quantity).toFixed(3);
  const all = lines.every((line) => new Decimal(line.shipped).equals(line.quantity));
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
  await lockBooks(tx.sql, 'posting');
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
    await moveStock(tx, moved, lines, (line) => {
      const reserved = new Decimal(line.quantity).minus(line.shipped);
      return reserved.isZero() ? null : { type: 'RELEASE', quantity: '0', reserved: negated(reserved) };
    });
    await moveStock(tx, moved, lines, (line) =>
      new Decimal(line.shipped).isZero() ? null : { type: 'RETURN', quantity: line.shipped, reserved: '0' },
    );
  }
  order.status = 'CANCELLED';
  order.cancelReason = input.reason;
  order.updatedAt = now();
  emitOrderChanged(tx, order, customer, 'cancelled');
  return order;
}
