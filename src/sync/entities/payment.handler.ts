import { Payment } from '../../billing/payment.entity.js';
import { listPaymentRefs, paymentRead } from '../../receivables/payment.queries.js';
import {
  upsertReportedPayment,
  voidGonePayment,
  type PaymentSnapshot,
} from '../../receivables/reported-payment.service.js';
import { recordSync } from '../sync-link.queries.js';
import { defineEntitySync, type RemoteRecords } from './entity-sync.js';
import { paymentMapper, type ZohoPayment } from './payment.mapper.js';
import { fetchRecord, listNewestFirst, todayOf } from './remote-records.js';

const payments: RemoteRecords = {
  path: '/books/v3/customerpayments',
  object: 'payment',
  list: 'customerpayments',
  id: 'payment_id',
};

export const paymentSync = defineEntitySync<ZohoPayment, PaymentSnapshot, { today: string }>({
  name: 'payments',
  route: 'payments',
  graphqlName: 'PAYMENT',
  local: { type: 'Payment', class: Payment, sync: recordSync('payments', paymentRead) },
  remote: payments,
  needs: ['customers'],
  refetch: false,
  timeCoversAll: true,
  parse: paymentMapper.parse,
  toSnapshot: paymentMapper.toSnapshot,
  fetch: (services, remoteId, signal) => fetchRecord(services, payments, remoteId, signal),
  list: (services, request, signal) => listNewestFirst(services, payments, request, signal),
  localRefs: (services) => listPaymentRefs(services.db),
  prepare: (services) => Promise.resolve({ today: todayOf(services) }),
  apply: (tx, snapshot, { today }, phase) => upsertReportedPayment(tx, snapshot, { today, phase }),
  applyGone: voidGonePayment,
});
