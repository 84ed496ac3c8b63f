import { Order } from '../../orders/order.entity.js';
import { listOrderRefs, orderRead } from '../../orders/order.queries.js';
import { cancelGoneOrder, upsertReportedOrder, type OrderSnapshot } from '../../orders/reported-order.service.js';
import { recordSync } from '../sync-link.queries.js';
import { defineEntitySync, type RemoteRecords } from './entity-sync.js';
import { orderMapper, type ZohoSalesOrder } from './order.mapper.js';
import { fetchRecord, listDocuments, todayOf } from './remote-records.js';

const orders: RemoteRecords = {
  path: '/books/v3/salesorders',
  object: 'salesorder',
  list: 'salesorders',
  id: 'salesorder_id',
};

export const orderSync = defineEntitySync<ZohoSalesOrder, OrderSnapshot, { today: string }>({
  name: 'orders',
  route: 'orders',
  graphqlName: 'SALES_ORDER',
  local: { type: 'Order', class: Order, sync: recordSync('orders', orderRead) },
  remote: orders,
  needs: ['customers', 'products'],
  refetch: false,
  timeCoversAll: true,
  parse: orderMapper.parse,
  toSnapshot: orderMapper.toSnapshot,
  fetch: (services, remoteId, signal) => fetchRecord(services, orders, remoteId, signal),
  list: (services, request, signal) => listDocuments(services, orders, request, signal),
  localRefs: (services) => listOrderRefs(services.db),
  prepare: (services) => Promise.resolve({ today: todayOf(services) }),
  apply: (tx, snapshot, { today }, phase) => upsertReportedOrder(tx, snapshot, { today, phase }),
  applyGone: cancelGoneOrder,
});
