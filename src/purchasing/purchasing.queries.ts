import { productColumn } from '../catalog/product.queries.js';
import { warehouseColumn } from '../organisation/organisation.queries.js';
import type { Tx } from '../platform/db/transact.js';
import type { Ask, ListSpec, NestedColumn } from '../platform/graphql/connections.js';
import { vendorColumn } from '../vendors/vendor.queries.js';

type Run = Tx['sql'];

/** What is owed to a vendor row `v`, in the currency that is agreed: open bills less payments in advance. */
export const vendorBalance = `json_build_object('currency', v.currency, 'amount', ((select coalesce(sum(b.balance), 0) from bills b where b.vendor_id = v.id)
  - (select coalesce(sum(m.unapplied), 0) from payments_made m where m.vendor_id = v.id))::text)`;

const billAllocationsOf = (condition: string): NestedColumn => ({
  nested: `bill_allocations a join bills ab on ab.id = a.bill_id where ${condition}`,
  orderBy: 'a.created_at, a.id',
  always: { id: 'a.id', currency: 'a.currency' },
  columns: {
    amount: 'a.amount::text',
    billId: 'a.bill_id',
    billNumber: 'ab.number',
    paymentId: 'a.payment_id',
    createdAt: 'a.created_at',
  },
});

const billLines = (ask: Ask): NestedColumn => ({
  nested: 'bill_lines bl where bl.bill_id = b.id',
  orderBy: 'bl.position',
  always: { id: 'bl.id', currency: 'b.currency' },
  columns: {
    description: 'bl.description',
    quantity: 'bl.quantity::text',
    unitCost: 'bl.unit_cost::text',
    taxPercent: 'bl.tax_percent::text',
    lineTotal: 'bl.line_total::text',
    taxAmount: 'bl.tax_amount::text',
    received: 'bl.received::text',
    product: () => productColumn('bl.product_id')(ask),
  },
});

/** Computed as of today: VOID, PAID, OVERDUE, PARTIALLY_PAID or OPEN. */
export const billStatusSql = (day: string): string =>
  `(case when b.voided_at is not null then 'VOID' when b.balance = 0 then 'PAID' when b.due_on < ${day}::date then 'OVERDUE'
     when b.paid > 0 then 'PARTIALLY_PAID' else 'OPEN' end)`;

export const billList: ListSpec = {
  from: 'bills b',
  idSql: 'b.id',
  always: { id: 'b.id', currency: 'b.currency' },
  decimals: ['exchangeRate', 'subtotal', 'taxTotal', 'total', 'paid', 'balance'],
  columns: {
    number: 'b.number',
    vendorNumber: 'b.vendor_number',
    externalRef: 'b.external_ref',
    billedOn: 'b.billed_on',
    dueOn: 'b.due_on',
    exchangeRate: 'b.exchange_rate',
    subtotal: 'b.subtotal',
    taxTotal: 'b.tax_total',
    total: 'b.total',
    paid: 'b.paid',
    balance: 'b.balance',
    notes: 'b.notes',
    receivedAt: 'b.received_at',
    voidedAt: 'b.voided_at',
    voidedOn: 'b.voided_on',
    voidReason: 'b.void_reason',
    createdBy: 'b.created_by',
    version: 'b.version',
    createdAt: 'b.created_at',
    status: ({ params, today }) => billStatusSql(params.add(today)),
    vendor: vendorColumn('b.vendor_id'),
    warehouse: warehouseColumn('b.warehouse_id'),
    lines: billLines,
    allocations: billAllocationsOf('a.bill_id = b.id'),
  },
  orders: {
    CREATED_DESC: { sql: 'b.created_at', type: 'timestamptz', direction: 'desc' },
    DUE_ASC: { sql: 'b.due_on', type: 'date', direction: 'asc' },
  },
  kept: [{ when: [], count: 'bills' }],
};

export const paymentMadeList: ListSpec = {
  from: 'payments_made m',
  idSql: 'm.id',
  always: { id: 'm.id', currency: 'm.currency' },
  decimals: ['exchangeRate', 'amount', 'applied', 'unapplied'],
  columns: {
    number: 'm.number',
    externalRef: 'm.external_ref',
    paidOn: 'm.paid_on',
    method: 'm.method',
    exchangeRate: 'm.exchange_rate',
    amount: 'm.amount',
    applied: 'm.applied',
    unapplied: 'm.unapplied',
    reference: 'm.reference',
    voidedAt: 'm.voided_at',
    voidedOn: 'm.voided_on',
    voidReason: 'm.void_reason',
    createdBy: 'm.created_by',
    version: 'm.version',
    createdAt: 'm.created_at',
    vendor: vendorColumn('m.vendor_id'),
    allocations: billAllocationsOf('a.payment_id = m.id'),
  },
  orders: { CREATED_DESC: { sql: 'm.created_at', type: 'timestamptz', direction: 'desc' } },
};

/** What stands between a bill and its payments, in the order in which they are locked. */
export function sumBillAllocations(
  run: Run,
  of: { billId: string } | { paymentId: string },
): Promise<{ billId: string; paymentId: string; amount: string }[]> {
  const [column, id] = 'billId' in of ? ['bill_id', of.billId] : ['payment_id', of.paymentId];
  return run(
    `select bill_id as "billId", payment_id as "paymentId", sum(amount)::text as amount
     from bill_allocations where ${column} = $1 group by 1, 2 having sum(amount) <> 0 order by 1, 2`,
    [id],
  );
}
