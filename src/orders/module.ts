import { customerChanged } from '../customers/customer.events.js';
import { followDocument } from '../documents/document.events.js';
import { moveCustomerDocuments } from '../documents/document.queries.js';
import { permission, type Module } from '../platform/module.js';
import { Order, OrderLine } from './order.entity.js';
import { orderChanged } from './order.events.js';
import { customerOrders } from './order.queries.js';
import { CustomerOrdersResolver, OrderChangeResolver, OrderResolver } from './order.resolver.js';
import { Shipment, ShipmentLine } from './shipment.entity.js';
import { OrderShipmentsResolver, ShipmentResolver } from './shipment.resolver.js';
import { stockFreed } from '../stock/stock.events.js';
import { fillBackordersJob, fillBackordersOf } from './fill-backorders.job.js';
import { popularityJob, popularitySchedule } from './popularity.job.js';

/**
 * Orders: what was agreed with a customer.
 *
 *   DRAFT -> CONFIRMED (reserves) -> SHIPPED (all lines have left) -> DELIVERED;  CANCELLED until it is delivered
 *
 * - Prices are the server's. Amounts are rounded in kernel/totals.ts, and the parts of a line sum to it.
 * - Locks are taken in the order of docs/decisions/36-the-order-of-locks.md, so that no two commands wait for each other.
 * - What is not there when an order is confirmed may wait for goods (docs/decisions/46-backorders.md).
 * - Goods are shipped by those who keep their warehouse.
 */
export const ordersModule: Module = {
  name: 'orders',
  entities: [Order, OrderLine, Shipment, ShipmentLine],
  // The document shows its lines; a hundred audit rows for each order would hide everything else.
  unaudited: [OrderLine, ShipmentLine],
  resolvers: [ShipmentResolver, OrderShipmentsResolver, OrderResolver, CustomerOrdersResolver, OrderChangeResolver],
  permissions: {
    'Query.orders': permission('orders:read'),
    'Query.order': permission('orders:read'),
    'Mutation.createOrder': permission('orders:place'),
    'Mutation.updateOrder': permission('orders:place'),
    'Mutation.cancelOrder': permission('orders:place'),
    'Mutation.amendOrder': permission('orders:write'),
    'Mutation.closeOrder': permission('orders:write'),
    'Mutation.rejectOrder': permission('orders:approve'),
    'Mutation.approveOrder': permission('orders:approve'),
    'Mutation.confirmOrder': permission('orders:write'),
    'Mutation.shipOrder': permission('orders:ship'),
    'Mutation.deliverOrder': permission('orders:ship'),
    'Query.shipments': permission('orders:read'),
    'Query.shipment': permission('orders:read'),
    'Mutation.voidShipment': permission('orders:ship'),
    'Customer.orders': permission('orders:read'),
    'Shipment.voidReason': permission('notes:read'),
    'Order.notes': permission('notes:read'),
    'Order.cancelReason': permission('notes:read'),
    'Order.rejectReason': permission('notes:read'),
  },
  changes: { order: followDocument(orderChanged.eventName) },
  listeners: {
    [customerChanged.eventName]: (tx, event) => moveCustomerDocuments(tx, event, [Order, Shipment]),
    [stockFreed.eventName]: fillBackordersOf,
  },
  jobs: (services) => [popularityJob(services), fillBackordersJob(services)],
  schedules: [popularitySchedule],
  extends: [customerOrders],
};
