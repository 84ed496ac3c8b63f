import { allocationsOf } from '../billing/invoice.queries.js';
import { customerColumn } from '../customers/customer.queries.js';
import type { ListSpec, NestedColumn } from '../platform/graphql/connections.js';

export const refundsOf = (condition: string): NestedColumn => ({
  nested: `refunds r where ${condition}`,
  orderBy: 'r.created_at, r.id',
  always: { id: 'r.id', currency: 'r.currency' },
  columns: {
    number: 'r.number',
    paymentId: 'r.payment_id',
    creditNoteId: 'r.credit_note_id',
    method: 'r.method',
    amount: 'r.amount::text',
    refundedOn: 'r.refunded_on',
    reference: 'r.reference',
    createdBy: 'r.created_by',
    createdAt: 'r.created_at',
  },
});

export const paymentList: ListSpec = {
  from: 'payments y',
  idSql: 'y.id',
  always: { id: 'y.id', currency: 'y.currency' },
  decimals: ['exchangeRate', 'amount', 'applied', 'refunded', 'unapplied'],
  columns: {
    number: 'y.number',
    externalRef: 'y.external_ref',
    receivedOn: 'y.received_on',
    method: 'y.method',
    exchangeRate: 'y.exchange_rate',
    amount: 'y.amount',
    applied: 'y.applied',
    refunded: 'y.refunded',
    unapplied: 'y.unapplied',
    reference: 'y.reference',
    notes: 'y.notes',
    voidedAt: 'y.voided_at',
    voidedOn: 'y.voided_on',
    voidReason: 'y.void_reason',
    createdBy: 'y.created_by',
    version: 'y.version',
    createdAt: 'y.created_at',
    customer: customerColumn('y.customer_id'),
    allocations: allocationsOf('a.payment_id = y.id'),
    refunds: refundsOf('r.payment_id = y.id'),
  },
  orders: {
    CREATED_DESC: { sql: 'y.created_at', type: 'timestamptz', direction: 'desc' },
    RECEIVED_DESC: { sql: 'y.received_on', type: 'date', direction: 'desc' },
  },
  kept: [{ when: [], count: 'payments' }],
};
