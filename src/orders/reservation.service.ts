import { LockMode } from '@mikro-orm/core';
import type { Customer } from '../customers/customer.entity.js';
import { now } from '../kernel/clock.js';
import { Decimal, QUANTITY_DECIMALS } from '../kernel/money.js';
import type { Tx } from '../platform/db/transact.js';
import { type LevelKey, type LockedLevel, lockLevels } from '../stock/stock.queries.js';
import {
  emitStockChanges,
  type GoodsPosting,
  lockGoods,
  type Movement,
  postMovements,
} from '../stock/stock.service.js';
import { Order, type OrderLine } from './order.entity.js';
import { emitOrderChanged, leftToBill, leftToShip, orderLines } from './order.service.js';
import { sumWaiting, type WaitingOrder } from './reservation.queries.js';

/** What of a line is here to leave: what waits for goods is not. */
export const readyToShip = (line: OrderLine): Decimal => leftToShip(line).minus(line.backordered);

/** What of a line can be billed now: what waits for goods cannot. */
export const readyToBill = (line: OrderLine): Decimal => Decimal.max(leftToBill(line).minus(line.backordered), 0);

/** An order whose goods move, and the day on which they do. */
export interface MovedOrder {
  order: Order;
  customer: Customer;
  today: string;
  /** To which event of a document the cost of the goods is posted. */
  document?: GoodsPosting['document'];
}

/** One movement a line that holds stock, in the order's warehouse. Its stock levels are locked here. */
export async function moveStock(
  tx: Tx,
  { order, customer, today: day, document }: MovedOrder,
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
  await postMovements(tx, goods, movements, { day, salespersonOf: customer.id, ...(document && { document }) });
  await emitStockChanges(
    tx,
    movements.map(({ productId }) => productId),
  );
}

/** By how much what is to leave of a line changes. */
export interface Change {
  line: OrderLine;
  change: Decimal;
}

export interface ReservationRules {
  /** What is not there waits for goods; otherwise all is reserved, or none. */
  allowBackorder: boolean;
  /** Takes what orders wait for that were confirmed before: over the counter, the goods are in the customer's hands. */
  overtakes?: boolean;
}

const keyOf = ({ productId, warehouseId }: LevelKey): string => `${productId} ${warehouseId}`;
const heldBy = (order: Order, line: OrderLine): LevelKey => ({
  productId: line.productId as string,
  warehouseId: order.warehouse.id,
});

/** Gives up a part of a line: what waits for goods first. Answers what of it was reserved. */
function giveUp(line: OrderLine, quantity: Decimal): Decimal {
  const waiting = Decimal.min(line.backordered, quantity);
  line.backordered = new Decimal(line.backordered).minus(waiting).toFixed(QUANTITY_DECIMALS);
  return quantity.minus(waiting);
}

/**
 * Reserves and releases as what is to leave of lines changes. What is released comes first, because another line may take
 * it. What others wait for is theirs, also while it lies unassigned. Throws INSUFFICIENT_STOCK with every line that is short.
 */
export async function changeReservations(
  tx: Tx,
  moved: MovedOrder,
  changes: readonly Change[],
  { allowBackorder, overtakes = false }: ReservationRules,
): Promise<void> {
  const { order } = moved;
  const changed = changes.filter(({ line, change }) => line.stocked && line.productId && !change.isZero());
  if (changed.length === 0) return;
  const keys = changed.map(({ line }) => heldBy(order, line));
  const levels = await lockLevels(tx.sql, keys);
  const takes = changed.some(({ change }) => change.isPositive());
  const waiting = takes && !overtakes ? await sumWaiting(tx.sql, keys) : new Map<string, string>();
  const waitingFor = (key: LevelKey): string => waiting.get(keyOf(key)) ?? '0';
  const free = new Map(
    levels.map((level) => [keyOf(level), new Decimal(level.onHand).minus(level.reserved).minus(waitingFor(level))]),
  );
  const movements: Movement[] = [];
  const releases = changed.filter(({ change }) => change.isNegative());
  for (const { line, change } of [...releases, ...changed.filter(({ change }) => change.isPositive())]) {
    const key = heldBy(order, line);
    const left = free.get(keyOf(key)) as Decimal;
    const wanted = change.isNegative() ? giveUp(line, change.negated()).negated() : change;
    const reserved = allowBackorder && wanted.isPositive() ? Decimal.min(wanted, Decimal.max(left, 0)) : wanted;
    const short = wanted.minus(reserved);
    line.backordered = new Decimal(line.backordered).plus(short).toFixed(QUANTITY_DECIMALS);
    free.set(keyOf(key), left.minus(reserved));
    if (!reserved.isZero()) movements.push(promise(order, line, reserved, waitingFor(key)));
  }
  await postPromises(tx, moved, levels, movements);
}

function promise(order: Order, line: OrderLine, reserved: Decimal, promisedToOthers: string): Movement {
  return {
    type: reserved.isNegative() ? 'RELEASE' : 'RESERVATION',
    quantity: '0',
    reserved: reserved.toFixed(QUANTITY_DECIMALS),
    ...heldBy(order, line),
    line: line.position,
    referenceType: 'order',
    referenceId: order.id,
    reason: order.number,
    promisedToOthers,
  };
}

async function postPromises(
  tx: Tx,
  { today: day }: MovedOrder,
  levels: readonly LockedLevel[],
  movements: readonly Movement[],
): Promise<void> {
  if (movements.length === 0) return;
  await postMovements(tx, { levels, costs: [] }, movements, { day });
  await emitStockChanges(
    tx,
    movements.map(({ productId }) => productId),
  );
}

/**
 * Reserves for an order what has come of a product that it waits for, as far as it goes. Answers whether anything was
 * reserved: an order that is no longer there, is cancelled, or waits no more takes nothing.
 */
export async function fillBackorder(
  tx: Tx,
  { orderId, productId, today }: WaitingOrder & { productId: string; today: string },
): Promise<boolean> {
  const lock = { lockMode: LockMode.PESSIMISTIC_WRITE, refresh: true } as const;
  const order = await tx.em.findOneOrFail(Order, orderId, lock);
  const waits = (await orderLines(tx, order)).filter(
    (line) => line.productId === productId && new Decimal(line.backordered).greaterThan(0),
  );
  if (order.status !== 'CONFIRMED' || waits.length === 0) return false;
  const customer: Customer = await order.customer.loadOrFail();
  const [level] = await lockLevels(tx.sql, [{ productId, warehouseId: order.warehouse.id }]);
  if (!level) return false;
  let free = new Decimal(level.onHand).minus(level.reserved);
  const movements: Movement[] = [];
  for (const line of waits) {
    const taken = Decimal.min(line.backordered, Decimal.max(free, 0));
    if (taken.isZero()) continue;
    free = free.minus(taken);
    line.backordered = new Decimal(line.backordered).minus(taken).toFixed(QUANTITY_DECIMALS);
    movements.push(promise(order, line, taken, '0'));
  }
  if (movements.length === 0) return false;
  await postPromises(tx, { order, customer, today }, [level], movements);
  order.updatedAt = now();
  emitOrderChanged(tx, order, customer, 'backorderFilled');
  return true;
}
