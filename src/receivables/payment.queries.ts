import type { CreditNote } from '../billing/credit-note.entity.js';
import { creditNoteRead } from '../billing/credit-note.queries.js';
import { byCreation } from '../billing/invoice.queries.js';
import { Payment } from '../billing/payment.entity.js';
import { Allocation } from '../billing/settlement.entity.js';
import { ownDocuments } from '../documents/document.queries.js';
import { extend, many, read, type RowOf } from '../platform/read/definition.js';
import { sql } from '../platform/read/sql.js';
import { Refund } from './refund.entity.js';

export const refundRead = read(Refund, { always: ['currency'] });

export const paymentRead = read(Payment, {
  always: ['currency'],
  scope: (payment, who) => ownDocuments(payment.customer, who),
  kept: [{ count: 'payments' }],
  fields: {
    allocations: many(Allocation, (payment, allocation) => sql`${allocation.paymentId} = ${payment.id}`, {
      orderBy: byCreation,
    }),
    refunds: many(Refund, (payment, refund) => sql`${refund.paymentId} = ${payment.id}`, { orderBy: byCreation }),
  },
});

export type PaymentRow = RowOf<typeof paymentRead>;

/** What was refunded of a credit note. */
export const creditNoteRefunds = extend(creditNoteRead, {
  refunds: many<CreditNote, Refund>(Refund, (note, refund) => sql`${refund.creditNoteId} = ${note.id}`, {
    orderBy: byCreation,
  }),
});
