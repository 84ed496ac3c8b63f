import { productColumn } from '../catalog/product.queries.js';
import { customerColumn } from '../customers/customer.queries.js';
import type { LineAmounts } from '../kernel/totals.js';
import { orderColumn } from '../orders/order.queries.js';
import type { Tx } from '../platform/db/transact.js';
import { type Ask, type ListSpec, type NestedColumn, nestedRow } from '../platform/graphql/connections.js';

/** How an order row `o` is paid, by the invoices that are not void; computed as of today. */
const paymentStatusSql = (day: string): string =>
  `(select case when bool_or(i.balance > 0 and i.due_on < ${day}::date) then 'OVERDUE'
     when count(*) = 0 or coalesce(sum(i.paid + i.credited), 0) = 0 then 'UNPAID'
     when sum(i.balance) > 0 or exists (select 1 from order_lines ol where ol.order_id = o.id and ol.invoiced < ol.quantity)
       then 'PARTIAL' else 'PAID' end
   from invoices i where i.order_id = o.id and i.voided_at is null)`;

export const orderPaymentStatus = ({ params, today }: Ask): string => paymentStatusSql(params.add(today));

type Run = Tx['sql'];

/** Computed as of today: VOID, PAID, OVERDUE, PARTIALLY_PAID or OPEN. */
export const invoiceStatusSql = (day: string): string =>
  `(case when i.voided_at is not null then 'VOID' when i.balance = 0 then 'PAID' when i.due_on < ${day}::date then 'OVERDUE'
     when i.paid + i.credited > 0 then 'PARTIALLY_PAID' else 'OPEN' end)`;

const invoiceLines = (ask: Ask): NestedColumn => ({
  nested: 'invoice_lines il where il.invoice_id = i.id',
  orderBy: 'il.position',
  always: { id: 'il.id', currency: 'i.currency' },
  columns: {
    orderLineId: 'il.order_line_id',
    description: 'il.description',
    quantity: 'il.quantity::text',
    unitPrice: 'il.unit_price::text',
    discountPercent: 'il.discount_percent::text',
    taxPercent: 'il.tax_percent::text',
    lineTotal: 'il.line_total::text',
    discountShare: 'il.discount_share::text',
    taxAmount: 'il.tax_amount::text',
    credited: 'il.credited::text',
    product: () => productColumn('il.product_id')(ask),
  },
});

/** What settled an invoice, or what a document settled: rows that were taken back stay, with their opposites. */
export const allocationsOf = (condition: string): NestedColumn => ({
  nested: `allocations a join invoices ai on ai.id = a.invoice_id where ${condition}`,
  orderBy: 'a.created_at, a.id',
  always: { id: 'a.id', currency: 'a.currency' },
  columns: {
    amount: 'a.amount::text',
    paymentId: 'a.payment_id',
    creditNoteId: 'a.credit_note_id',
    invoiceId: 'a.invoice_id',
    invoiceNumber: 'ai.number',
    createdAt: 'a.created_at',
  },
});

export const invoiceList: ListSpec = {
  from: 'invoices i',
  idSql: 'i.id',
  always: { id: 'i.id', currency: 'i.currency' },
  decimals: [
    'exchangeRate',
    'subtotal',
    'discountTotal',
    'taxTotal',
    'shipping',
    'adjustment',
    'total',
    'paid',
    'credited',
    'balance',
  ],
  columns: {
    number: 'i.number',
    externalRef: 'i.external_ref',
    issuedOn: 'i.issued_on',
    dueOn: 'i.due_on',
    exchangeRate: 'i.exchange_rate',
    subtotal: 'i.subtotal',
    discountTotal: 'i.discount_total',
    taxTotal: 'i.tax_total',
    shipping: 'i.shipping',
    adjustment: 'i.adjustment',
    total: 'i.total',
    paid: 'i.paid',
    credited: 'i.credited',
    balance: 'i.balance',
    notes: 'i.notes',
    voidedAt: 'i.voided_at',
    voidedOn: 'i.voided_on',
    voidReason: 'i.void_reason',
    createdBy: 'i.created_by',
    version: 'i.version',
    createdAt: 'i.created_at',
    status: ({ params, today }) => invoiceStatusSql(params.add(today)),
    customer: customerColumn('i.customer_id'),
    order: orderColumn('i.order_id'),
    lines: invoiceLines,
    allocations: allocationsOf('a.invoice_id = i.id'),
  },
  orders: {
    CREATED_DESC: { sql: 'i.created_at', type: 'timestamptz', direction: 'desc' },
    CREATED_ASC: { sql: 'i.created_at', type: 'timestamptz', direction: 'asc' },
    ISSUED_DESC: { sql: 'i.issued_on', type: 'date', direction: 'desc' },
    DUE_ASC: { sql: 'i.due_on', type: 'date', direction: 'asc' },
  },
  kept: [{ when: [], count: 'invoices' }],
};

/** The invoices of an order row `o`. */
export const orderInvoices = (ask: Ask): NestedColumn => ({
  ...nestedRow(invoiceList, ask, 'i.order_id = o.id'),
  orderBy: 'i.created_at, i.id',
});

/** The invoice of a row that holds its id. */
export const invoiceColumn =
  (invoiceId: string) =>
  (ask: Ask): NestedColumn =>
    nestedRow(invoiceList, ask, `i.id = ${invoiceId}`);

/** What invoices that are not void have taken of an order: by line, and of its charges. */
export async function takenOfOrder(
  run: Run,
  orderId: string,
): Promise<{ lines: Map<string, LineAmounts>; shipping: string; adjustment: string }> {
  const rows = await run<LineAmounts & { lineId: string }>(
    `select il.order_line_id as "lineId", sum(il.line_total)::text as "lineTotal",
       sum(il.discount_share)::text as "discountShare", sum(il.tax_amount)::text as "taxAmount"
     from invoices i join invoice_lines il on il.invoice_id = i.id
     where i.order_id = $1 and i.voided_at is null group by 1`,
    [orderId],
  );
  const [charges] = await run<{ shipping: string; adjustment: string }>(
    `select coalesce(sum(shipping), 0)::text as shipping, coalesce(sum(adjustment), 0)::text as adjustment
     from invoices where order_id = $1 and voided_at is null`,
    [orderId],
  );
  return {
    lines: new Map(rows.map(({ lineId, ...amounts }) => [lineId, amounts])),
    shipping: charges?.shipping ?? '0',
    adjustment: charges?.adjustment ?? '0',
  };
}

/** What credit notes that are not void have taken of an invoice, by line. */
export async function takenOfInvoice(run: Run, invoiceId: string): Promise<Map<string, LineAmounts>> {
  const rows = await run<LineAmounts & { lineId: string }>(
    `select nl.invoice_line_id as "lineId", sum(nl.line_total)::text as "lineTotal",
       sum(nl.discount_share)::text as "discountShare", sum(nl.tax_amount)::text as "taxAmount"
     from credit_notes n join credit_note_lines nl on nl.credit_note_id = n.id
     where n.invoice_id = $1 and n.voided_at is null and nl.invoice_line_id is not null group by 1`,
    [invoiceId],
  );
  return new Map(rows.map(({ lineId, ...amounts }) => [lineId, amounts]));
}
