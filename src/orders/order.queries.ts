import { Product } from '../catalog/product.entity.js';
import type { Customer } from '../customers/customer.entity.js';
import { customerRead } from '../customers/customer.queries.js';
import { ownDocuments } from '../documents/document.queries.js';
import type { Tx } from '../platform/db/transact.js';
import { computed, extend, many, one, read, type RowOf } from '../platform/read/definition.js';
import type { Columns } from '../platform/read/entity-columns.js';
import { sortOf } from '../platform/read/sort.js';
import { raw, sql, type Sql } from '../platform/read/sql.js';
import { Order, OrderLine } from './order.entity.js';
import { Shipment } from './shipment.entity.js';

type Run = Tx['sql'];

/** How far the lines are; `due` is what of a line is to be done at all. */
const progressOf =
  (done: 'shipped' | 'invoiced', due: string) =>
  (order: Columns<Order>): Sql => sql`(select case when coalesce(sum(ol.${raw(done)}), 0) = 0 then 'NONE'
        when sum(ol.${raw(done)}) >= sum(${raw(due)}) then 'COMPLETE' else 'PARTIAL' end
      from order_lines ol where ol.order_id = ${order.id})`;

export const fulfilmentOf = progressOf('shipped', 'ol.quantity - ol.cancelled - ol.credited');
export const billingOf = progressOf('invoiced', 'ol.quantity - ol.cancelled');

/** Who looks after the customer now. */
export const salespersonOf = (order: Columns<Order>): Sql =>
  sql`(select c.salesperson_id from customers c where c.id = ${order.customer})`;

export const waitsForGoods = (order: Columns<Order>): Sql =>
  sql`exists (select 1 from order_lines ol where ol.order_id = ${order.id} and ol.backordered > 0)`;

/** Only a confirmed order has reserved anything, and only of what holds stock. */
const reservedOf = (line: Columns<OrderLine>): Sql =>
  sql`(case when ${line.stocked} and (select o.status from orders o where o.id = ${line.order}) = 'CONFIRMED'
    then ${line.quantity} - ${line.shipped} - ${line.cancelled} - ${line.credited} - ${line.backordered} else 0 end)::text`;

export const orderLineRead = read(OrderLine, {
  fields: {
    reserved: computed(reservedOf),
    product: one(Product, (line, product) => sql`${product.id} = ${line.productId}`),
  },
});

export const orderRead = read(Order, {
  always: ['currency', 'status'],
  scope: (order, who) => ownDocuments(order.customer, who),
  kept: [{ count: 'orders' }],
  fields: {
    fulfilmentStatus: computed(fulfilmentOf),
    invoiceStatus: computed(billingOf),
    hasBackorders: computed(waitsForGoods),
    shipments: many(Shipment, (order, shipment) => sql`${shipment.orderId} = ${order.id}`, {
      scopedByParent: true,
      orderBy: (shipment) => sql`${shipment.createdAt}, ${shipment.id}`,
    }),
    lines: many(OrderLine, (order, line) => sql`${line.order} = ${order.id}`, {
      orderBy: (line) => line.position,
      also: (order) => ({ currency: order.currency }),
    }),
  },
});

export const waitsForApproval = (order: Columns<Order>): Sql =>
  sql`(${order.needsApproval} and ${order.approvedBy} is null and ${order.rejectedBy} is null)`;

export const isConfirmed = (order: Columns<Order>): Sql => sql`${order.status} = 'CONFIRMED'`;

export const OrderSort = sortOf(Order, ['createdAt', 'orderedOn']);

export type OrderRow = RowOf<typeof orderRead>;

/** The last orders of a customer, newest first; who sees the customer sees them. */
export const customerOrders = extend(customerRead, {
  orders: many<Customer, Order>(Order, (customer, order) => sql`${order.customer} = ${customer.id}`, {
    scopedByParent: true,
    orderBy: (order) => sql`${order.createdAt} desc, ${order.id} desc`,
    limit: 10,
  }),
});

export async function countOpenInvoices(run: Run, orderId: string): Promise<number> {
  const [row] = await run<{ n: unknown }>(
    'select count(*) as n from invoices where order_id = $1 and voided_at is null',
    [orderId],
  );
  return Number(row?.n ?? 0);
}

/** Sets the popularity of products to the number of lines sold in 90 days; only what changed is written. */
export async function refreshPopularity(run: Run): Promise<void> {
  await run(
    `with sold as (
       select ol.product_id as id, count(*)::int as n from orders o join order_lines ol on ol.order_id = o.id
       where o.ordered_on > current_date - 90 and o.status in ('CONFIRMED', 'SHIPPED', 'DELIVERED') and ol.product_id is not null
       group by 1
     )
     update products p set popularity = coalesce(s.n, 0)
     from products x left join sold s on s.id = x.id
     where p.id = x.id and p.popularity <> coalesce(s.n, 0)`,
  );
}

/** The lines that stand on a shipment or an invoice, void or not: they cannot go. */
export async function listLinesOnPaper(run: Run, lineIds: readonly string[]): Promise<ReadonlySet<string>> {
  const rows = await run<{ id: string }>(
    `select order_line_id as id from shipment_lines where order_line_id = any ($1::uuid[])
     union select order_line_id from invoice_lines where order_line_id = any ($1::uuid[])`,
    [lineIds],
  );
  return new Set(rows.map(({ id }) => id));
}
