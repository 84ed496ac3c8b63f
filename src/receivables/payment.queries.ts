import type { CreditNote } from '../billing/credit-note.entity.js';
import { creditNoteRead } from '../billing/credit-note.queries.js';
import { byCreation } from '../billing/invoice.queries.js';
import { Payment } from '../billing/payment.entity.js';
import { Allocation } from '../billing/settlement.entity.js';
import { ownDocuments } from '../documents/document.queries.js';
import { reportedFields } from '../documents/reported.queries.js';
import type { Database } from '../platform/db/orm.js';
import { extend, many, read, type RowOf } from '../platform/read/definition.js';
import { sql } from '../platform/read/sql.js';
import { Refund } from './refund.entity.js';

export const refundRead = read(Refund, { always: ['currency'] });

export const paymentRead = read(Payment, {
  always: ['currency'],
  scope: (payment, who) => ownDocuments(payment.customer, who),
  kept: [{ count: 'payments' }],
  fields: {
    reported: reportedFields<Payment>().reported,
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

/** The ids at the source of the payments that it has, as far as we know. */
export async function listPaymentRefs(db: Pick<Database, 'read'>): Promise<string[]> {
  const rows = await db.read<{ ref: string }>(
    `select p.external_ref as ref from payments p where p.external_ref is not null and p.reported_number is not null`,
  );
  return rows.map((row) => row.ref);
}
