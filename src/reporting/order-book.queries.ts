import { documentScope } from '../documents/document.queries.js';
import { column, HEADS, only, type ReportDefinition, within } from '../platform/read/report.js';

export interface OrderBookRow {
  orderId: string;
  number: string;
  day: string;
  customerId: string;
  customerName: string;
  customerNameAr: string;
  status: string;
  currency: string;
  total: string;
  toShip: string;
  toBill: string;
  /** Shipped and not billed yet. */
  unbilled: string;
}

/** An order of which something is open may be of any age. */
export const EVER = '2000-01-01';

const share = (pieces: string): string =>
  `round(coalesce(sum((l.line_total - l.discount_share + l.tax_amount) * ${pieces} / l.quantity), 0), 2)`;

/** Orders of which something is still to be shipped or billed, a delivered one too until it is billed whole. */
export const orderBookReport: ReportDefinition = {
  root: 'orderBook',
  permission: 'reports:read',
  earliest: EVER,
  filters: ['from', 'to', 'currency', 'branchId', 'partyId', 'salespersonId'],
  columns: [
    HEADS.number,
    HEADS.day,
    column('customerName', 'Customer', 'العميل'),
    column('customerNameAr', 'Customer in Arabic', 'العميل بالعربية'),
    column('status', 'Status', 'الحالة'),
    HEADS.currency,
    column('total', 'Total', 'المجموع'),
    column('toShip', 'To ship', 'للشحن'),
    column('toBill', 'To bill', 'للفوترة'),
    column('unbilled', 'Shipped, not billed', 'مشحون غير مفوتر'),
  ],
  sql: (ask, params) =>
    `select o.id as "orderId", o.number, o.ordered_on::text as day, c.id as "customerId", c.name as "customerName",
       c.name_ar as "customerNameAr", o.status, o.currency, o.total, ${share('(l.quantity - l.shipped - l.cancelled - l.credited)')} as "toShip",
       ${share('(l.quantity - l.invoiced - l.cancelled)')} as "toBill", ${share('greatest(l.shipped - l.invoiced, 0)')} as unbilled
     from orders o join customers c on c.id = o.customer_id join order_lines l on l.order_id = o.id
     where o.status <> 'CANCELLED' and ${within('o.ordered_on', ask, params)}
       and ${documentScope({ viewer: ask.viewer, params }, 'o.customer_id')}${only('o.branch_id', ask.branchId, params)}
       ${only('o.customer_id', ask.partyId, params)}${only('c.salesperson_id', ask.salespersonId, params)}
       ${ask.currency === null ? '' : ` and o.currency = ${params.add(ask.currency)}`}
     group by o.id, c.id having o.status <> 'DELIVERED' or bool_or(l.invoiced + l.cancelled < l.quantity) order by o.ordered_on, o.number`,
};
