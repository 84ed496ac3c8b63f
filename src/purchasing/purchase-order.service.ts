import { LockMode, ref } from '@mikro-orm/core';
import { type DocumentContext, recordDocument } from '../documents/document-context.service.js';
import { failuresOf } from '../documents/document.service.js';
import { parseLines, totalsOf } from '../documents/lines.service.js';
import { nextDocumentNumber } from '../documents/numbering.service.js';
import { type LineQuantity, resolveQuantities } from '../documents/quantities.service.js';
import { assertKeeper, findWarehouse } from '../documents/warehouse.service.js';
import { isBusinessDate, now } from '../kernel/clock.js';
import { assertReason, assertText, knownCurrency } from '../kernel/document-values.js';
import { badInput, notFound, staleVersion } from '../kernel/errors.js';
import { checkAll } from '../kernel/faults.js';
import { isId, newId } from '../kernel/ids.js';
import { msg } from '../kernel/message.js';
import { type Currency, Decimal } from '../kernel/money.js';
import type { LineAmounts } from '../kernel/totals.js';
import { assertDay, rateOn, valuerOf } from '../ledger/books.service.js';
import { defineCommand } from '../platform/command.js';
import type { Tx } from '../platform/db/transact.js';
import type { Vendor } from '../vendors/vendor.entity.js';
import { lockVendor } from '../vendors/vendor.service.js';
import { partOfCost } from './bill-costs.js';
import { type ReceivedLine, recordReceipt } from './goods-receipt.service.js';
import { type PurchaseOrderState, purchaseOrderTransitions } from './purchase-order-states.js';
import { PurchaseOrder, PurchaseOrderLine } from './purchase-order.entity.js';
import { purchaseOrderChanged } from './purchasing.events.js';

export interface NewPurchaseOrder {
  vendorId: string;
  warehouseId?: string | null | undefined;
  orderedOn?: string | null | undefined;
  expectedOn?: string | null | undefined;
  notes?: string | null | undefined;
  lines: readonly {
    productId?: string | null | undefined;
    description?: string | null | undefined;
    quantity: string;
    unitCost: string;
    taxPercent?: string | null | undefined;
  }[];
}

export function emitPurchaseOrderChanged(tx: Tx, order: PurchaseOrder, change: string): void {
  tx.emit(purchaseOrderChanged(order.id, { change, number: order.number, vendorId: order.vendor.id }));
}

/** Checks an order and locks its vendor. Throws NOT_FOUND, BAD_INPUT, PERIOD_CLOSED. */
async function checkOrder(tx: Tx, documentContext: DocumentContext, input: NewPurchaseOrder) {
  const known: { vendor: Vendor | null } = { vendor: null };
  const given = input.lines.map(({ unitCost: unitPrice, ...line }) => ({ ...line, unitPrice }));
  const names = { list: 'lines', price: 'unitCost' };
  const [vendor, warehouse, orderedOn, , , lines] = await checkAll(
    async () => {
      known.vendor = await lockVendor(tx, input.vendorId, 'vendorId');
      if (known.vendor.archivedAt) throw badInput('vendorId', msg`This vendor is archived.`);
      return known.vendor;
    },
    () => findWarehouse(tx, input.warehouseId),
    () => assertDay(tx, documentContext, input.orderedOn, 'orderedOn'),
    () => {
      const { expectedOn, orderedOn: day } = input;
      if (expectedOn != null && (!isBusinessDate(expectedOn) || expectedOn < (day ?? documentContext.today)))
        throw badInput('expectedOn', msg`The goods cannot come before they are ordered.`);
    },
    () => assertText(input.notes, 'notes'),
    () => parseLines(tx, documentContext, given, { currency: knownCurrency(known.vendor?.currency), names }),
  );
  return { vendor, warehouse, orderedOn, lines };
}

/** Drafts an order in the vendor's currency. */
export const createPurchaseOrder = defineCommand(
  failuresOf.making,
  (tx: Tx, documentContext: DocumentContext, input: NewPurchaseOrder & { idempotencyKey: string }) => {
    const command = { operation: 'createPurchaseOrder', kind: 'purchaseOrder', input } as const;
    return recordDocument(tx, documentContext, command, async (given) => {
      const { vendor, warehouse, orderedOn, lines } = await checkOrder(tx, documentContext, given);
      const currency = vendor.currency as Currency;
      const totals = totalsOf({ currency, lines });
      const { subtotal, taxTotal, total } = totals.document;
      const order = tx.em.create(PurchaseOrder, {
        id: newId(),
        number: await nextDocumentNumber(tx, 'PO', warehouse.branch.id),
        vendor: ref(vendor),
        warehouse: ref(warehouse),
        branchId: warehouse.branch.id,
        orderedOn,
        expectedOn: given.expectedOn ?? null,
        status: 'DRAFT',
        currency,
        exchangeRate: await rateOn(tx, currency, orderedOn),
        subtotal,
        taxTotal,
        total,
        notes: given.notes ?? null,
        createdBy: tx.actor,
        version: 1,
        createdAt: now(),
      });
      lines.forEach(({ unitPrice: unitCost, discountPercent: _none, ...line }, position) => {
        const { lineTotal, taxAmount } = totals.lines[position] as LineAmounts;
        const amounts = { unitCost, lineTotal, taxAmount, received: '0' };
        tx.em.create(PurchaseOrderLine, { id: newId(), order: ref(order), position, ...line, ...amounts });
      });
      emitPurchaseOrderChanged(tx, order, 'drafted');
      return order;
    });
  },
);

/** An order, locked after its vendor. Throws NOT_FOUND, STALE_VERSION. */
async function lockPurchaseOrder(tx: Tx, { id, version }: { id: string; version: number }): Promise<PurchaseOrder> {
  const known = isId(id) ? await tx.em.findOne(PurchaseOrder, id) : null;
  if (!known) throw notFound('Purchase order', id);
  await lockVendor(tx, known.vendor.id, 'id');
  const order = await tx.em.findOneOrFail(PurchaseOrder, id, { lockMode: LockMode.PESSIMISTIC_WRITE, refresh: true });
  if (order.version !== version) throw staleVersion(order.version);
  return order;
}

interface OrderStep {
  id: string;
  version: number;
  idempotencyKey: string;
}

const stepTo = (operation: string, to: PurchaseOrderState, change: string) =>
  defineCommand(failuresOf.stepping, (tx: Tx, documentContext: DocumentContext, input: OrderStep) =>
    recordDocument(tx, documentContext, { operation, kind: 'purchaseOrder', input }, async (given) => {
      const order = await lockPurchaseOrder(tx, given);
      purchaseOrderTransitions.assert(order.status, to);
      order.status = to;
      emitPurchaseOrderChanged(tx, order, change);
      return order;
    }),
  );

/** The vendor has it. */
export const sendPurchaseOrder = stepTo('sendPurchaseOrder', 'SENT', 'sent');

/** Gives up what is missing of an order that came in part. */
export const closePurchaseOrder = stepTo('closePurchaseOrder', 'CLOSED', 'closed');

/** Cancels an order of which nothing came. */
export const cancelPurchaseOrder = defineCommand(
  failuresOf.stepping,
  (tx: Tx, documentContext: DocumentContext, input: OrderStep & { reason: string }) => {
    const command = { operation: 'cancelPurchaseOrder', kind: 'purchaseOrder', input } as const;
    return recordDocument(tx, documentContext, command, async (given) => {
      const [, order] = await checkAll(
        () => assertReason(given.reason),
        () => lockPurchaseOrder(tx, given),
      );
      purchaseOrderTransitions.assert(order.status, 'CANCELLED');
      Object.assign(order, { status: 'CANCELLED', cancelReason: given.reason });
      emitPurchaseOrderChanged(tx, order, 'cancelled');
      return order;
    });
  },
);

/**
 * Takes goods of an order in, before its bill: the given quantities, or all that is left, at the cost of the order and the
 * rate of the day.
 */
export const receivePurchaseOrder = defineCommand(
  [...failuresOf.stepping, 'PERIOD_CLOSED'],
  (
    tx: Tx,
    documentContext: DocumentContext,
    input: OrderStep & { lines?: readonly LineQuantity[] | null | undefined },
  ) => {
    const command = { operation: 'receivePurchaseOrder', kind: 'purchaseOrder', input } as const;
    return recordDocument(tx, documentContext, command, async (given) => {
      const order = await lockPurchaseOrder(tx, given);
      assertKeeper(documentContext, order.warehouse.id, { noun: 'Purchase order', id: order.id, field: 'id' });
      purchaseOrderTransitions.assert(order.status, 'RECEIVED');
      const day = await assertDay(tx, documentContext, null, 'id');
      const found = { orderBy: { position: 'asc' }, refresh: true } as const;
      const lines = await tx.em.find(PurchaseOrderLine, { order: order.id }, found);
      const left = (line: PurchaseOrderLine): Decimal => new Decimal(line.quantity).minus(line.received);
      const quantities = await resolveQuantities(tx, { lines, given: given.lines, left });
      if (quantities.size === 0) throw badInput('lines', msg`Everything on this order has been received.`);
      const currency = order.currency as Currency;
      const exchangeRate = await rateOn(tx, currency, day);
      const valued = { currency, ...(await valuerOf(tx, { currency, exchangeRate, day })) };
      const received: ReceivedLine[] = [];
      for (const [line, quantity] of quantities) {
        const { id: orderLineId, productId, position, description, received: before } = line;
        line.received = new Decimal(before).plus(quantity).toFixed(3);
        if (!line.stocked || !productId) continue;
        const cost = partOfCost({ ...line, landedCost: '0' }, { before, quantity }, valued);
        received.push({ productId, orderLineId, position, description, quantity, ...cost });
      }
      order.status = lines.every((line) => new Decimal(line.received).equals(line.quantity))
        ? 'RECEIVED'
        : 'PARTLY_RECEIVED';
      const { id, number, vendor, warehouse, branchId } = order;
      const of = { kind: 'purchaseOrder', id, number, vendor, warehouse, branchId, currency, exchangeRate } as const;
      await recordReceipt(tx, of, received, { day });
      emitPurchaseOrderChanged(tx, order, 'received');
      return order;
    });
  },
);
