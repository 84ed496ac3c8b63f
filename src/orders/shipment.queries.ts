import { Product } from '../catalog/product.entity.js';
import { ownDocuments } from '../documents/document.queries.js';
import type { Tx } from '../platform/db/transact.js';
import { many, one, read, type RowOf } from '../platform/read/definition.js';
import type { Columns } from '../platform/read/entity-columns.js';
import { sortOf } from '../platform/read/sort.js';
import { type Sql, sql } from '../platform/read/sql.js';
import { Order } from './order.entity.js';
import { Shipment, ShipmentLine } from './shipment.entity.js';

type Run = Tx['sql'];

export const shipmentLineRead = read(ShipmentLine, {
  fields: { product: one(Product, (line, product) => sql`${product.id} = ${line.productId}`) },
});

export const shipmentRead = read(Shipment, {
  scope: (shipment, who) => ownDocuments(shipment.customer, who),
  fields: {
    // The order is of the same customer.
    order: one(Order, (shipment, order) => sql`${order.id} = ${shipment.orderId}`, { scopedByParent: true }),
    lines: many(ShipmentLine, (shipment, line) => sql`${line.shipment} = ${shipment.id}`, {
      orderBy: (line) => line.position,
    }),
  },
});

export type ShipmentRow = RowOf<typeof shipmentRead>;

export const ShipmentSort = sortOf(Shipment, ['createdAt', 'shippedOn']);

export const isVoidShipment = (shipment: Columns<Shipment>): Sql => sql`(${shipment.voidedAt} is not null)`;

/** How much of each line of an order has come back by credit notes. */
export async function listReturned(run: Run, orderId: string): Promise<Map<string, string>> {
  const rows = await run<{ id: string; quantity: string }>(
    `select il.order_line_id as id, sum(nl.quantity)::text as quantity
     from invoices i join invoice_lines il on il.invoice_id = i.id
       join credit_note_lines nl on nl.invoice_line_id = il.id join credit_notes n on n.id = nl.credit_note_id
     where i.order_id = $1 and n.restocked and n.voided_at is null group by 1`,
    [orderId],
  );
  return new Map(rows.map(({ id, quantity }) => [id, quantity]));
}
