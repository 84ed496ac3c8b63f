import { ref } from '@mikro-orm/core';
import { listCounted } from '../catalog/unit.queries.js';
import { assertCountable } from '../catalog/unit.service.js';
import type { Customer } from '../customers/customer.entity.js';
import { type DocumentContext, recordDocument } from '../documents/document-context.service.js';
import { failuresOf } from '../documents/document.service.js';
import { assertLineCount, totalsOf } from '../documents/lines.service.js';
import type { LineQuantity } from '../documents/quantities.service.js';
import { now } from '../kernel/clock.js';
import { assertQuantity } from '../kernel/document-values.js';
import { AppError, badInput, notFound, staleVersion } from '../kernel/errors.js';
import { assertAll, checkAll, mapAll } from '../kernel/faults.js';
import { newId } from '../kernel/ids.js';
import { msg } from '../kernel/message.js';
import { type Currency, Decimal, decimalText } from '../kernel/money.js';
import { discountGiven, type LineAmounts } from '../kernel/totals.js';
import { can } from '../kernel/viewer.js';
import { defineCommand } from '../platform/command.js';
import type { Tx } from '../platform/db/transact.js';
import { assertCredit, assertMayOverrideCredit } from './credit.service.js';
import { orderTransitions } from './order-states.js';
import { type Order, OrderLine } from './order.entity.js';
import { listLinesOnPaper } from './order.queries.js';
import {
  actorId,
  emitOrderChanged,
  FREE_DISCOUNT_PERCENT,
  leftToShip,
  lockOrder,
  type OrderLineInput,
  orderLines,
  priceAdded,
} from './order.service.js';
import { changeReservations } from './reservation.service.js';

/** What changes of a confirmed order; a line that is not named stays as it is. */
export interface Amendment {
  id: string;
  version: number;
  quantities?: readonly LineQuantity[] | null | undefined;
  remove?: readonly string[] | null | undefined;
  lines?: readonly OrderLineInput[] | null | undefined;
  overrideCredit?: boolean | null | undefined;
  /** What is not there of new quantities waits for goods. */
  allowBackorder?: boolean | null | undefined;
}

function findLine(lines: readonly OrderLine[], id: string, field: string): OrderLine {
  const line = lines.find((one) => one.id === id);
  if (!line) throw notFound('Line', id, field);
  return line;
}

/** The new quantities by line; what has left stays. Throws NOT_FOUND, BAD_INPUT. */
async function quantitiesOf(
  tx: Tx,
  lines: readonly OrderLine[],
  given: readonly LineQuantity[],
): Promise<Map<OrderLine, string>> {
  const counted = await listCounted(
    tx.sql,
    given.flatMap(({ lineId }) => lines.find(({ id }) => id === lineId)?.productId ?? []),
  );
  if (new Set(given.map(({ lineId }) => lineId)).size < given.length)
    throw badInput('quantities', msg`The same line appears twice.`);
  const found = mapAll(given, ({ lineId, quantity }, index): [OrderLine, string] => {
    const line = findLine(lines, lineId, `quantities.${index}.lineId`);
    const field = `quantities.${index}.quantity`;
    assertQuantity(quantity, field);
    const product = line.productId ? counted.get(line.productId) : undefined;
    if (product) assertCountable(quantity, product, field);
    if (new Decimal(line.shipped).greaterThan(quantity))
      throw badInput(field, msg`${decimalText(line.shipped)} of ${line.description} have left already.`);
    return [line, quantity];
  });
  return new Map(found);
}

/** The lines that go. What stands on a shipment or an invoice, void or not, stays. Throws NOT_FOUND, BAD_INPUT. */
async function removedOf(tx: Tx, lines: readonly OrderLine[], ids: readonly string[]): Promise<Set<OrderLine>> {
  const onPaper = await listLinesOnPaper(
    tx.sql,
    lines.map(({ id }) => id),
  );
  const removed = mapAll(ids, (id, index) => {
    const line = findLine(lines, id, `remove.${index}`);
    if (onPaper.has(id))
      throw badInput(
        `remove.${index}`,
        msg`${line.description} stands on a shipment or an invoice. Close the order instead.`,
      );
    return line;
  });
  return new Set(removed);
}

/** What an order comes to more than before must fit the credit; less never asks. Throws CREDIT_REFUSED, FORBIDDEN. */
async function checkCredit(
  tx: Tx,
  documentContext: DocumentContext,
  { order, customer, total }: { order: Order; customer: Customer; total: string },
  overrideCredit: boolean | null | undefined,
): Promise<void> {
  const more = new Decimal(total).minus(order.total);
  if (!more.greaterThan(0)) return;
  if (overrideCredit === true) {
    assertMayOverrideCredit(documentContext);
    order.creditOverrideBy = actorId(documentContext);
    return;
  }
  const asksForCredit = order.paymentMethod === 'CREDIT';
  const document = { currency: order.currency, total: more.toFixed(), asksForCredit, field: 'id' };
  await assertCredit(tx, documentContext, customer, document);
}

async function amend(tx: Tx, documentContext: DocumentContext, input: Amendment): Promise<Order> {
  const { order, customer } = await lockOrder(tx, documentContext, { id: input.id, balance: true });
  if (order.version !== input.version) throw staleVersion(order.version);
  orderTransitions.assert(order.status, 'SHIPPED');
  const before = await orderLines(tx, order);
  if (before.some(({ invoiced }) => !new Decimal(invoiced).isZero()))
    throw badInput('id', msg`Part of this order is billed. Close it, and make another order for what is new.`);
  const [quantities, removed, added] = await checkAll(
    () => quantitiesOf(tx, before, input.quantities ?? []),
    () => removedOf(tx, before, input.remove ?? []),
    () => (input.lines?.length ? priceAdded(tx, documentContext, { order, customer }, input.lines) : []),
  );
  assertAll(
    () => {
      if (quantities.size + removed.size + added.length === 0) throw badInput('lines', msg`Nothing would change.`);
    },
    () => {
      if ([...quantities.keys()].some((line) => removed.has(line)))
        throw badInput('quantities', msg`The same line appears twice.`);
    },
    () => assertLineCount([...before.filter((line) => !removed.has(line)), ...added]),
  );
  const kept = before.filter((line) => !removed.has(line));
  const quantityOf = (line: OrderLine): string => quantities.get(line) ?? line.quantity;
  const priced = [
    ...kept.map((line) => {
      const { unitPrice, listPrice = null, discountPercent, taxPercent } = line;
      return { quantity: quantityOf(line), unitPrice, listPrice, discountPercent, taxPercent };
    }),
    ...added,
  ];
  const { discountPercent, shipping, adjustment } = order;
  const terms = { currency: order.currency as Currency, lines: priced, discountPercent, shipping, adjustment };
  const totals = totalsOf(terms);
  const free = new Decimal(customer.discountPercent).plus(FREE_DISCOUNT_PERCENT);
  const approved = can(documentContext.viewer, 'orders:approve') || (order.approvedBy != null && added.length === 0);
  if (!approved && discountGiven(terms).greaterThan(free)) {
    throw new AppError('APPROVAL_NEEDED', msg`The discount is above the limit and must be approved.`, { field: 'id' });
  }
  await checkCredit(tx, documentContext, { order, customer, total: totals.document.total }, input.overrideCredit);

  const held = new Map(before.map((line) => [line, leftToShip(line)]));
  for (const [line, quantity] of quantities) line.quantity = new Decimal(quantity).toFixed(3);
  kept.forEach((line, index) => Object.assign(line, totals.lines[index]));
  const position = Math.max(...before.map((line) => line.position)) + 1;
  const made = added.map((line, index) =>
    tx.em.create(OrderLine, {
      id: newId(),
      order: ref(order),
      position: position + index,
      shipped: '0',
      invoiced: '0',
      cancelled: '0',
      credited: '0',
      backordered: '0',
      ...line,
      ...(totals.lines[kept.length + index] as LineAmounts),
    }),
  );
  const change = (line: OrderLine): Decimal =>
    (removed.has(line) ? new Decimal(0) : leftToShip(line)).minus(held.get(line) ?? 0);
  await changeReservations(
    tx,
    { order, customer, today: documentContext.today },
    [...before, ...made].map((line) => ({ line, change: change(line) })),
    { allowBackorder: input.allowBackorder === true },
  );
  for (const line of removed) tx.em.remove(line);
  Object.assign(order, totals.document, { updatedAt: now() });
  // What was left to ship may just have gone.
  if ([...kept, ...made].every((line) => leftToShip(line).isZero())) order.status = 'SHIPPED';
  const describe = (line: OrderLine): string => `${decimalText(line.quantity)} x ${line.productId ?? '?'}`;
  const changes = { amended: [null, [...kept, ...made].map(describe)] as [unknown, unknown] };
  tx.audit({ entityType: 'Order', entityId: order.id, action: 'update', changes });
  emitOrderChanged(tx, order, customer, 'amended');
  return order;
}

/** Changes a confirmed order of which nothing is billed: the difference is reserved or freed, and credit checked again. */
export const amendOrder = defineCommand(
  [...failuresOf.stepping, 'INSUFFICIENT_STOCK', 'CREDIT_REFUSED', 'APPROVAL_NEEDED'],
  (tx: Tx, documentContext: DocumentContext, input: Amendment & { idempotencyKey: string }) =>
    recordDocument(tx, documentContext, { operation: 'amendOrder', kind: 'order', input }, (given) =>
      amend(tx, documentContext, given),
    ),
);
