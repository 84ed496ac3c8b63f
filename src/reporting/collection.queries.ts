import { documentScope, entered } from '../documents/document.queries.js';
import { column, HEADS, only, type ReportAsk, type ReportDefinition, within } from '../platform/read/report.js';
import type { Params } from '../platform/read/sql.js';

export const COLLECTION_KINDS = ['PAYMENT', 'PAYMENT_VOID', 'REFUND', 'REFUND_VOID'] as const;
export type CollectionKind = (typeof COLLECTION_KINDS)[number];

export interface CollectionRow {
  day: string;
  kind: CollectionKind;
  number: string;
  customerId: string;
  customerName: string;
  customerNameAr: string;
  method: string;
  currency: string;
  amount: string;
  applied: string | null;
  refunded: string | null;
  unapplied: string | null;
}

/** What was taken of customers and given back to them, each on its own day; what is given back is negative. */
export function collected(ask: ReportAsk, params: Params): string {
  const own = documentScope({ viewer: ask.viewer, params }, 'x.customer_id');
  const rest = `${own}${only('x.customer_id', ask.partyId, params)}${only('x.branch_id', ask.branchId, params)}${
    ask.currency === null ? '' : ` and x.currency = ${params.add(ask.currency)}`
  } and ${within('x.day', ask, params)}`;
  return `(select x.* from (
      select y.id, y.entered_on as day, case y.sign when 1 then 'PAYMENT' else 'PAYMENT_VOID' end as kind, y.sign as n, y.number,
        y.customer_id, y.branch_id, y.method, y.currency, y.sign * y.amount as amount, y.applied, y.refunded, y.unapplied
      from ${entered('payments', 'received_on')} y
      union all
      select r.id, r.refunded_on, 'REFUND', 0, r.number, r.customer_id, coalesce(p.branch_id, n.branch_id), r.method, r.currency,
        -r.amount, null, null, null
      from refunds r left join payments p on p.id = r.payment_id left join credit_notes n on n.id = r.credit_note_id
      union all
      select r.id, r.voided_on, 'REFUND_VOID', 0, r.number, r.customer_id, coalesce(p.branch_id, n.branch_id), r.method, r.currency,
        r.amount, null, null, null
      from refunds r left join payments p on p.id = r.payment_id left join credit_notes n on n.id = r.credit_note_id
      where r.voided_on is not null
    ) x where ${rest})`;
}

export const collectionsReport: ReportDefinition = {
  root: 'collections',
  permission: 'reports:read',
  filters: ['from', 'to', 'currency', 'branchId', 'partyId'],
  columns: [
    HEADS.day,
    column('kind', 'Kind', 'النوع'),
    HEADS.number,
    column('customerName', 'Customer', 'العميل'),
    column('customerNameAr', 'Customer in Arabic', 'العميل بالعربية'),
    column('method', 'Method', 'طريقة الدفع'),
    HEADS.currency,
    column('amount', 'Amount', 'المبلغ'),
    column('applied', 'Applied', 'المسدد به'),
    column('refunded', 'Refunded', 'المردود'),
    column('unapplied', 'Unapplied', 'غير المسدد به'),
  ],
  sql: (ask, params) =>
    `select x.day::text as day, x.kind, x.number, c.id as "customerId", c.name as "customerName", c.name_ar as "customerNameAr",
       x.method, x.currency, x.amount, x.applied, x.refunded, x.unapplied
     from ${collected(ask, params)} x join customers c on c.id = x.customer_id order by x.day, x.number, x.kind, x.id`,
};
