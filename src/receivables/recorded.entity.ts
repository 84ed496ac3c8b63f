import { Payment } from '../billing/payment.entity.js';
import { readDocument } from '../documents/document.queries.js';
import { defineRecorded } from '../documents/recorded.entity.js';
import { paymentRead } from './payment.queries.js';

/** The till answers with payments too. */
export const recordedPayment = defineRecorded<Payment>({
  field: 'payment',
  noun: 'Payment',
  type: Payment,
  read: (context, id, info) => readDocument(context, paymentRead, id, info, 'payment'),
});
