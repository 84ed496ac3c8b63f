import { Product } from '../catalog/product.entity.js';
import type { LineAmounts } from '../kernel/totals.js';
import { ownDocuments } from '../documents/document.queries.js';
import { reportedFields } from '../documents/reported.queries.js';
import { Order } from '../orders/order.entity.js';
import { orderRead } from '../orders/order.queries.js';
import type { Database } from '../platform/db/orm.js';
import type { Tx } from '../platform/db/transact.js';
import { computed, extend, many, object, one, read, type RowOf } from '../platform/read/definition.js';
import type { Columns } from '../platform/read/entity-columns.js';
import { sortOf } from '../platform/read/sort.js';
import { raw, slots, type Sql, sql } from '../platform/read/sql.js';
import type { Customer } from '../customers/customer.entity.js';
import { customerRead, Salesperson } from '../customers/customer.queries.js';
import { CreditNote } from './credit-note.entity.js';
import { Invoice, InvoiceLine } from './invoice.entity.js';
import { Payment } from './payment.entity.js';
import { Allocation } from './settlement.entity.js';

type Run = Tx['sql'];

/** Computed as of today: VOID, DRAFT, PAID, OVERDUE, PARTIALLY_PAID or OPEN. */
export const invoiceStatus = (invoice: Columns<Invoice>): Sql =>
  sql`(case when ${invoice.voidedAt} is not null then 'VOID' when ${invoice.draft} then 'DRAFT' when ${invoice.balance} = 0 then 'PAID'
     when ${invoice.dueOn} < ${slots.today} then 'OVERDUE'
     when ${invoice.paid} + ${invoice.credited} > 0 then 'PARTIALLY_PAID' else 'OPEN' end)`;

export const invoiceLineRead = read(InvoiceLine, {
  fields: { product: one(Product, (line, product) => sql`${product.id} = ${line.productId}`) },
});

/** What settled an invoice, or what a document settled: rows that were taken back stay, with their opposites. */
export const allocationRead = read(Allocation, {
  always: ['currency'],
  fields: {
    invoiceId: computed((allocation) => allocation.invoice),
    invoiceNumber: computed((allocation) => sql`(select i.number from invoices i where i.id = ${allocation.invoice})`),
  },
});

export const byCreation = (row: { readonly createdAt: Sql; readonly id: Sql }): Sql => sql`${row.createdAt}, ${row.id}`;

export const invoiceRead = read(Invoice, {
  always: ['currency'],
  scope: (invoice, who) => ownDocuments(invoice.customer, who),
  kept: [{ count: 'invoices' }],
  fields: {
    ...reportedFields<Invoice>(),
    status: computed(invoiceStatus),
    // The order is of the same customer.
    order: one(Order, (invoice, order) => sql`${order.id} = ${invoice.orderId}`, { scopedByParent: true }),
    lines: many(InvoiceLine, (invoice, line) => sql`${line.invoice} = ${invoice.id}`, {
      orderBy: (line) => line.position,
      also: (invoice) => ({ currency: invoice.currency }),
    }),
    creditNotes: many(CreditNote, (invoice, note) => sql`${note.invoiceId} = ${invoice.id}`, {
      scopedByParent: true,
      orderBy: byCreation,
    }),
    // Who sold it stands in its entry, whoever looks after the customer since.
    salesperson: object(Salesperson, (invoice) => ({
      from: sql`users u where u.id = (select l.salesperson_id from journal_entries e join journal_lines l on l.entry_id = e.id
        where e.document_id = ${invoice.id} and e.event = 'INVOICE' and l.salesperson_id is not null order by e.id desc limit 1)`,
      always: { userId: raw('u.id') },
      fields: { name: raw('u.name') },
    })),
    allocations: many(Allocation, (invoice, allocation) => sql`${allocation.invoice} = ${invoice.id}`, {
      orderBy: byCreation,
    }),
  },
});

export const isVoidInvoice = (invoice: Columns<Invoice>): Sql => sql`(${invoice.voidedAt} is not null)`;

export const isUnpaid = (invoice: Columns<Invoice>): Sql => sql`${invoice.balance} > 0`;

export const InvoiceSort = sortOf(Invoice, ['createdAt', 'issuedOn', 'dueOn']);

export type InvoiceRow = RowOf<typeof invoiceRead>;

/** How an order is paid, by the invoices that are not void; computed as of today. */
const paymentStatus = (order: Columns<Order>): Sql =>
  sql`(select case when bool_or(i.balance > 0 and i.due_on < ${slots.today}) then 'OVERDUE'
     when count(*) = 0 or coalesce(sum(i.paid + i.credited), 0) = 0 then 'UNPAID'
     when sum(i.balance) > 0 or exists (select 1 from order_lines ol where ol.order_id = ${order.id} and ol.invoiced + ol.cancelled < ol.quantity)
       then 'PARTIAL' else 'PAID' end
   from invoices i where i.order_id = ${order.id} and i.voided_at is null and not i.draft)`;

export const orderInvoices = extend(orderRead, {
  paymentStatus: computed(paymentStatus),
  invoices: many<Order, Invoice>(Invoice, (order, invoice) => sql`${invoice.orderId} = ${order.id}`, {
    scopedByParent: true,
    orderBy: byCreation,
  }),
});

/** The last documents of a customer, newest first; who sees the customer sees them. */
export const customerInvoices = extend(customerRead, {
  invoices: many<Customer, Invoice>(Invoice, (customer, invoice) => sql`${invoice.customer} = ${customer.id}`, {
    scopedByParent: true,
    orderBy: (invoice) => sql`${invoice.createdAt} desc, ${invoice.id} desc`,
    limit: 10,
  }),
  payments: many<Customer, Payment>(Payment, (customer, payment) => sql`${payment.customer} = ${customer.id}`, {
    scopedByParent: true,
    orderBy: (payment) => sql`${payment.createdAt} desc, ${payment.id} desc`,
    limit: 10,
  }),
});

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

/** The ids at the source of the invoices that it has, as far as we know. */
export async function listInvoiceRefs(db: Pick<Database, 'read'>): Promise<string[]> {
  const rows = await db.read<{ ref: string }>(
    `select i.external_ref as ref from invoices i where i.external_ref is not null and i.reported_number is not null`,
  );
  return rows.map((row) => row.ref);
}
