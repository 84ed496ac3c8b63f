import { ref } from '@mikro-orm/core';
import type { DocumentContext } from '../documents/document-context.service.js';
import { nextDocumentNumber } from '../documents/numbering.service.js';
import { now } from '../kernel/clock.js';
import { newId } from '../kernel/ids.js';
import { Customer } from '../customers/customer.entity.js';
import { Warehouse } from '../organisation/warehouse.entity.js';
import type { Tx } from '../platform/db/transact.js';
import { Shipment, ShipmentLine } from './shipment.entity.js';

export interface Shipped {
  /** That of the document to which the cost of the goods was posted; left out: a new one. */
  id?: string;
  customerId: string;
  orderId?: string;
  invoiceId?: string;
  warehouseId: string;
  branchId: string;
  lines: readonly {
    orderLineId?: string | null;
    productId?: string | null;
    description: string;
    quantity: string;
  }[];
}

/** The number is taken when the levels are locked, and before that of an invoice: the till takes both in this order. */
export const nextShipmentNumber = (tx: Tx, branchId: string): Promise<string> => nextDocumentNumber(tx, 'SH', branchId);

/** Writes down what left together. The movements are booked by the caller. */
export function recordShipment(
  tx: Tx,
  { today }: DocumentContext,
  number: string,
  { id = newId(), customerId, warehouseId, lines, orderId, invoiceId, branchId }: Shipped,
): Shipment {
  const shipment = tx.em.create(Shipment, {
    id,
    number,
    customer: ref(Customer, customerId),
    orderId: orderId ?? null,
    invoiceId: invoiceId ?? null,
    warehouse: ref(Warehouse, warehouseId),
    branchId,
    shippedOn: today,
    createdBy: tx.actor,
    version: 1,
    createdAt: now(),
  });
  lines.forEach((line, position) => {
    tx.em.create(ShipmentLine, {
      id: newId(),
      shipment: ref(shipment),
      position,
      orderLineId: line.orderLineId ?? null,
      productId: line.productId ?? null,
      description: line.description,
      quantity: line.quantity,
    });
  });
  return shipment;
}

/** What left with an order or an invoice came back with its end. */
export async function voidShipmentsOf(
  tx: Tx,
  { today }: DocumentContext,
  of: { orderId: string } | { invoiceId: string },
  reason: string,
): Promise<void> {
  for (const shipment of await tx.em.find(Shipment, { ...of, voidedAt: null }, { refresh: true })) {
    Object.assign(shipment, { voidedAt: now(), voidedOn: today, voidReason: reason });
  }
}
