import { productColumn } from '../catalog/product.queries.js';
import { customerColumn } from '../customers/customer.queries.js';
import { warehouseColumn } from '../organisation/organisation.queries.js';
import type { Tx } from '../platform/db/transact.js';
import {
  type Ask,
  type FieldColumns,
  type ListSpec,
  type NestedColumn,
  nestedRow,
} from '../platform/graphql/connections.js';

type Run = Tx['sql'];

const progress = (done: string): string =>
  `(select case when coalesce(sum(${done}), 0) = 0 then 'NONE' when sum(${done}) >= sum(ol.quantity) then 'COMPLETE'
     else 'PARTIAL' end from order_lines ol where ol.order_id = o.id)`;

const LINE_COLUMNS = {
  description: 'ol.description',
  quantity: 'ol.quantity::text',
  unitPrice: 'ol.unit_price::text',
  discountPercent: 'ol.discount_percent::text',
  taxPercent: 'ol.tax_percent::text',
  lineTotal: 'ol.line_total::text',
  discountShare: 'ol.discount_share::text',
  taxAmount: 'ol.tax_amount::text',
  shipped: 'ol.shipped::text',
  invoiced: 'ol.invoiced::text',
};

const orderLines = (ask: Ask): NestedColumn => ({
  nested: 'order_lines ol where ol.order_id = o.id',
  orderBy: 'ol.position',
  always: { id: 'ol.id', currency: 'o.currency' },
  columns: { ...LINE_COLUMNS, product: () => productColumn('ol.product_id')(ask) },
});

export const orderList: ListSpec = {
  from: 'orders o',
  idSql: 'o.id',
  always: { id: 'o.id', currency: 'o.currency', status: 'o.status' },
  decimals: [
    'exchangeRate',
    'discountPercent',
    'subtotal',
    'discountTotal',
    'taxTotal',
    'shipping',
    'adjustment',
    'total',
  ],
  columns: {
    number: 'o.number',
    externalRef: 'o.external_ref',
    orderedOn: 'o.ordered_on',
    expectedOn: 'o.expected_on',
    exchangeRate: 'o.exchange_rate',
    paymentMethod: 'o.payment_method',
    discountPercent: 'o.discount_percent',
    subtotal: 'o.subtotal',
    discountTotal: 'o.discount_total',
    taxTotal: 'o.tax_total',
    shipping: 'o.shipping',
    adjustment: 'o.adjustment',
    total: 'o.total',
    needsApproval: 'o.needs_approval',
    approvedBy: 'o.approved_by',
    creditOverrideBy: 'o.credit_override_by',
    deliveryAddress: 'o.delivery_address',
    notes: 'o.notes',
    cancelReason: 'o.cancel_reason',
    createdBy: 'o.created_by',
    version: 'o.version',
    createdAt: 'o.created_at',
    updatedAt: 'o.updated_at',
    confirmedAt: 'o.confirmed_at',
    fulfilmentStatus: progress('ol.shipped'),
    invoiceStatus: progress('ol.invoiced'),
    customer: customerColumn('o.customer_id'),
    warehouse: warehouseColumn('o.warehouse_id'),
    lines: orderLines,
  },
  orders: {
    CREATED_DESC: { sql: 'o.created_at', type: 'timestamptz', direction: 'desc' },
    CREATED_ASC: { sql: 'o.created_at', type: 'timestamptz', direction: 'asc' },
    ORDERED_DESC: { sql: 'o.ordered_on', type: 'date', direction: 'desc' },
  },
  kept: [{ when: [], count: 'orders' }],
};

/** The last orders of a customer row `c`, newest first, that the viewer may see with the customer. */
export const customerOrders = (ask: Ask): FieldColumns => ({
  ...nestedRow(
    {
      ...orderList,
      from: '(select * from orders x where x.customer_id = c.id order by x.created_at desc, x.id desc limit 10) o',
    },
    ask,
    'true',
  ),
  orderBy: 'o.created_at desc, o.id desc',
});

/** The order of a row that holds its id. The row's scope is the order's: both belong to one customer. */
export const orderColumn =
  (orderId: string) =>
  (ask: Ask): NestedColumn =>
    nestedRow(orderList, ask, `o.id = ${orderId}`);

export async function countOpenInvoices(run: Run, orderId: string): Promise<number> {
  const [row] = await run<{ n: unknown }>(
    'select count(*) as n from invoices where order_id = $1 and voided_at is null',
    [orderId],
  );
  return Number(row?.n ?? 0);
}

/** Sets the popularity of products to the number of lines sold in 90 days; only what changed is written. */
export async function refreshPopularity(run: Run): Promise<void> {
  await run(
    `with sold as (
       select ol.product_id as id, count(*)::int as n from orders o join order_lines ol on ol.order_id = o.id
       where o.ordered_on > current_date - 90 and o.status in ('CONFIRMED', 'SHIPPED', 'DELIVERED') and ol.product_id is not null
       group by 1
     )
     update products p set popularity = coalesce(s.n, 0)
     from products x left join sold s on s.id = x.id
     where p.id = x.id and p.popularity <> coalesce(s.n, 0)`,
  );
}
