import { productColumn } from '../catalog/product.queries.js';
import { customerColumn } from '../customers/customer.queries.js';
import type { Tx } from '../platform/db/transact.js';
import type { Ask, ListSpec, NestedColumn } from '../platform/graphql/connections.js';
import { allocationsOf, invoiceColumn } from './invoice.queries.js';

type Run = Tx['sql'];

const noteLines = (ask: Ask): NestedColumn => ({
  nested: 'credit_note_lines nl where nl.credit_note_id = n.id',
  orderBy: 'nl.position',
  always: { id: 'nl.id', currency: 'n.currency' },
  columns: {
    invoiceLineId: 'nl.invoice_line_id',
    description: 'nl.description',
    quantity: 'nl.quantity::text',
    taxPercent: 'nl.tax_percent::text',
    lineTotal: 'nl.line_total::text',
    discountShare: 'nl.discount_share::text',
    taxAmount: 'nl.tax_amount::text',
    product: () => productColumn('nl.product_id')(ask),
  },
});

export const creditNoteList: ListSpec = {
  from: 'credit_notes n',
  idSql: 'n.id',
  always: { id: 'n.id', currency: 'n.currency' },
  decimals: ['exchangeRate', 'total', 'applied', 'refunded', 'unapplied'],
  columns: {
    number: 'n.number',
    externalRef: 'n.external_ref',
    issuedOn: 'n.issued_on',
    exchangeRate: 'n.exchange_rate',
    reason: 'n.reason',
    restocked: 'n.restocked',
    total: 'n.total',
    applied: 'n.applied',
    refunded: 'n.refunded',
    unapplied: 'n.unapplied',
    voidedAt: 'n.voided_at',
    voidedOn: 'n.voided_on',
    voidReason: 'n.void_reason',
    createdBy: 'n.created_by',
    version: 'n.version',
    createdAt: 'n.created_at',
    customer: customerColumn('n.customer_id'),
    invoice: invoiceColumn('n.invoice_id'),
    lines: noteLines,
    allocations: allocationsOf('a.credit_note_id = n.id'),
  },
  orders: {
    CREATED_DESC: { sql: 'n.created_at', type: 'timestamptz', direction: 'desc' },
    ISSUED_DESC: { sql: 'n.issued_on', type: 'date', direction: 'desc' },
  },
  kept: [{ when: [], count: 'credit_notes' }],
};

/** How much of each invoice line has left the warehouse and not come back. */
export async function listReturnable(run: Run, invoiceId: string): Promise<Map<string, string>> {
  const rows = await run<{ id: string; left: string }>(
    `select il.id, (case when il.order_line_id is not null then ol.shipped when il.moved_stock then il.quantity else 0 end
       - coalesce((select sum(nl.quantity) from credit_note_lines nl join credit_notes n on n.id = nl.credit_note_id
           join invoice_lines x on x.id = nl.invoice_line_id
           where n.restocked and n.voided_at is null
             and (x.id = il.id or (x.order_line_id is not null and x.order_line_id = il.order_line_id))), 0))::text as left
     from invoice_lines il left join order_lines ol on ol.id = il.order_line_id and ol.stocked
     where il.invoice_id = $1`,
    [invoiceId],
  );
  return new Map(rows.map((row) => [row.id, row.left ?? '0']));
}
