import type { CreditNoteSnapshot } from '../../receivables/reported-credit-note.service.js';
import { nonEmpty, rowsOf } from './zoho-values.js';
import { DocumentReader, lineRefOf, parentsOf, parseDocument } from './document-values.js';
import type { Mapped, Parsed } from './entity-sync.js';
import { refundsOf, settlementsOf } from './settlement-values.js';

/** A Zoho credit note as it came; every field may be missing or odd. */
export type ZohoCreditNote = Record<string, unknown> & { creditnote_id: string };

/** A row of the list has no lines, and does not say what it settles. */
const MAPPED_KEYS = [
  'creditnote_number',
  'customer_id',
  'status',
  'date',
  'currency_code',
  'sub_total',
  'total',
  'line_items',
  'invoices_credited',
  'last_modified_time',
];

const parse = (record: Record<string, unknown>): Parsed<ZohoCreditNote> =>
  parseDocument(record, { id: 'creditnote_id', noun: 'credit note', keys: MAPPED_KEYS });

function toSnapshot(note: ZohoCreditNote): Mapped<CreditNoteSnapshot> {
  const reader = new DocumentReader(note);
  const head = reader.head({
    id: 'creditnote_id',
    number: 'creditnote_number',
    party: 'customer_id',
    balance: 'balance',
    credited: 'total_credits_used',
  });
  const lines = reader.lines();
  const billed = new Map(
    rowsOf(note['line_items']).map((row, index) => [lineRefOf(row, index), nonEmpty(row['invoice_item_id'])]),
  );
  const snapshot: CreditNoteSnapshot = {
    ...head,
    reason: reader.text('reason') ?? reader.text('notes') ?? reader.text('reference_number'),
    invoiceRef: reader.text('invoice_id'),
    lines: lines.map((line) => ({ ...line, invoiceLineRef: billed.get(line.externalRef) ?? null })),
    settlements: settlementsOf(note['invoices_credited'], head.day, reader).settlements,
    refunds: refundsOf(note['creditnote_refunds'], 'creditnote_refund_id', head.day, reader),
  };
  return { snapshot, warnings: reader.warnings, parents: parentsOf(head, 'customers', lines) };
}

export const creditNoteMapper = { parse, toSnapshot };
