import type { InvoiceSnapshot } from '../../billing/reported-invoice.service.js';
import { DocumentReader, lineRefOf, parentsOf, parseDocument } from './document-values.js';
import type { Mapped, Parsed } from './entity-sync.js';
import { nonEmpty, rowsOf } from './zoho-values.js';

/** A Zoho invoice as it came; every field may be missing or odd. */
export type ZohoInvoice = Record<string, unknown> & { invoice_id: string };

/** A row of the list has no lines and no parts of the total. */
const MAPPED_KEYS = [
  'invoice_number',
  'customer_id',
  'status',
  'date',
  'currency_code',
  'sub_total',
  'total',
  'balance',
  'line_items',
  'last_modified_time',
];

const parse = (record: Record<string, unknown>): Parsed<ZohoInvoice> =>
  parseDocument(record, { id: 'invoice_id', noun: 'invoice', keys: MAPPED_KEYS });

function toSnapshot(invoice: ZohoInvoice): Mapped<InvoiceSnapshot> {
  const reader = new DocumentReader(invoice);
  const head = reader.head({
    id: 'invoice_id',
    number: 'invoice_number',
    party: 'customer_id',
    balance: 'balance',
    paid: 'payment_made',
    credited: 'credits_applied',
  });
  const dueOn = reader.day('due_date');
  const lines = reader.lines();
  const ordered = new Map(
    rowsOf(invoice['line_items']).map((row, index) => [lineRefOf(row, index), nonEmpty(row['salesorder_item_id'])]),
  );
  const snapshot: InvoiceSnapshot = {
    ...head,
    dueOn: dueOn !== null && dueOn >= head.day ? dueOn : head.day,
    orderRef: reader.text('salesorder_id'),
    lines: lines.map((line) => ({ ...line, orderLineRef: ordered.get(line.externalRef) ?? null })),
  };
  const parents = parentsOf(head, 'customers', lines);
  if (snapshot.orderRef !== null) parents.push({ entity: 'orders', remoteId: snapshot.orderRef, optional: true });
  return { snapshot, warnings: reader.warnings, parents };
}

export const invoiceMapper = { parse, toSnapshot };
