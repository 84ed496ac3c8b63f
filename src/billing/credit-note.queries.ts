import { Product } from '../catalog/product.entity.js';
import { ownDocuments } from '../documents/document.queries.js';
import { reportedFields } from '../documents/reported.queries.js';
import type { Database } from '../platform/db/orm.js';
import { many, one, read, type RowOf } from '../platform/read/definition.js';
import { sql } from '../platform/read/sql.js';
import { CreditNote, CreditNoteLine } from './credit-note.entity.js';
import { Invoice } from './invoice.entity.js';
import { byCreation } from './invoice.queries.js';
import { Allocation } from './settlement.entity.js';
import type { Tx } from '../platform/db/transact.js';

type Run = Tx['sql'];

export const creditNoteLineRead = read(CreditNoteLine, {
  fields: { product: one(Product, (line, product) => sql`${product.id} = ${line.productId}`) },
});

export const creditNoteRead = read(CreditNote, {
  always: ['currency'],
  scope: (note, who) => ownDocuments(note.customer, who),
  kept: [{ count: 'credit_notes' }],
  fields: {
    ...reportedFields<CreditNote>(),
    // The invoice is of the same customer.
    invoice: one(Invoice, (note, invoice) => sql`${invoice.id} = ${note.invoiceId}`, { scopedByParent: true }),
    lines: many(CreditNoteLine, (note, line) => sql`${line.creditNote} = ${note.id}`, {
      orderBy: (line) => line.position,
      also: (note) => ({ currency: note.currency }),
    }),
    allocations: many(Allocation, (note, allocation) => sql`${allocation.creditNoteId} = ${note.id}`, {
      orderBy: byCreation,
    }),
  },
});

export type CreditNoteRow = RowOf<typeof creditNoteRead>;

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

/** The lines of invoices by their ids at the source. */
export async function findLinesByRefs(run: Run, refs: readonly string[]): Promise<Map<string, string>> {
  if (refs.length === 0) return new Map();
  const rows = await run<{ id: string; ref: string }>(
    'select l.id, l.external_ref as ref from invoice_lines l where l.external_ref = any ($1::text[])',
    [refs],
  );
  return new Map(rows.map(({ id, ref }) => [ref, id]));
}

/** Counts anew what credit notes that stand credit of invoice lines, never more than was billed. */
export async function refreshCredited(run: Run, lineIds: readonly string[]): Promise<void> {
  await run(
    `update invoice_lines l set credited = least(l.quantity, coalesce((select sum(z.quantity) from credit_note_lines z
       join credit_notes n on n.id = z.credit_note_id where z.invoice_line_id = l.id and n.voided_at is null and not n.draft), 0))
     where l.id = any ($1::uuid[])`,
    [lineIds],
  );
}

/** The ids at the source of the credit notes that it has, as far as we know. */
export async function listCreditNoteRefs(db: Pick<Database, 'read'>): Promise<string[]> {
  const rows = await db.read<{ ref: string }>(
    `select n.external_ref as ref from credit_notes n where n.external_ref is not null and n.reported_number is not null`,
  );
  return rows.map((row) => row.ref);
}
