import { addDays, type Books } from '../documents/books.js';
import type { DocumentKind, DocumentLine, TradeDocument } from '../documents/document.js';
import { dinarsOf } from '../documents/generate-masters.js';
import type { Input } from './input.js';
import { invalidValue, refusal } from './refusal.js';

/** How the bodies of a kind of document name what all of them have. */
export interface DocumentNames {
  kind: DocumentKind;
  contact: 'customer' | 'vendor';
  number: string;
  due: string;
  source: string;
  sourceLine: string;
}

export const DOCUMENT_NAMES: Readonly<Record<DocumentKind, DocumentNames>> = {
  salesorders: {
    kind: 'salesorders',
    contact: 'customer',
    number: 'salesorder_number',
    due: 'shipment_date',
    source: 'estimate_id',
    sourceLine: 'estimate_item_id',
  },
  invoices: {
    kind: 'invoices',
    contact: 'customer',
    number: 'invoice_number',
    due: 'due_date',
    source: 'salesorder_id',
    sourceLine: 'salesorder_item_id',
  },
  creditnotes: {
    kind: 'creditnotes',
    contact: 'customer',
    number: 'creditnote_number',
    due: '',
    source: 'invoice_id',
    sourceLine: 'invoice_item_id',
  },
  bills: {
    kind: 'bills',
    contact: 'vendor',
    number: 'bill_number',
    due: 'due_date',
    source: 'purchaseorder_id',
    sourceLine: 'purchaseorder_item_id',
  },
};

const MAX_TEXT = 5000;
const MAX_REFERENCE = 100;

/** Takes over what a body says of a document; lines only when it says any, and then all of them. */
export function readDocument(books: Books, names: DocumentNames, document: TradeDocument, input: Input): void {
  const contactKey = `${names.contact}_id`;
  const contactId = input.required(contactKey, document.contactId);
  const contact = books.contacts.find(contactId);
  if (!contact || contact.deleted || contact.type !== names.contact) throw invalidValue(contactKey);
  document.contactId = contactId;
  document.currency = contact.currency;
  const lines = input.rows('line_items');
  if (lines?.length === 0 || (lines === null && document.lines.length === 0)) {
    throw refusal(4, 'Please enter at least one line item.');
  }
  const kept = new Map(document.lines.map((line) => [line.lineId, line]));
  if (lines) document.lines = lines.map((line) => readLine(books, names, { document, kept }, line));
  document.date = input.day('date', document.date);
  document.paymentTerms = input.number('payment_terms', document.paymentTerms);
  const due = names.due === '' ? '' : input.day(names.due, document.dueDate);
  document.dueDate = due === '' && names.due === 'due_date' ? addDays(document.date, document.paymentTerms) : due;
  document.reference = input.text('reference_number', document.reference, MAX_REFERENCE);
  document.exchangeRate = input.has('exchange_rate') ? input.number('exchange_rate', 1) : document.exchangeRate;
  document.discount = input.discount('discount', document.discount);
  document.shipping = input.number('shipping_charge', document.shipping);
  document.adjustment = input.number('adjustment', document.adjustment);
  document.adjustmentText = input.text('adjustment_description', document.adjustmentText);
  document.locationId = input.text('location_id', document.locationId);
  document.salespersonId = input.text('salesperson_id', document.salespersonId);
  document.notes = input.text('notes', document.notes, MAX_TEXT);
  document.terms = input.text('terms', document.terms, MAX_TEXT);
  document.sourceId = input.text(names.source, document.sourceId);
  document.customFields = input.customFields(document.customFields);
}

/** A line with its id is kept and changed; one without is new; one that is left out is gone. */
function readLine(
  books: Books,
  names: DocumentNames,
  { document, kept }: { document: TradeDocument; kept: ReadonlyMap<string, DocumentLine> },
  input: Input,
): DocumentLine {
  const lineId = input.text('line_item_id', '');
  const present = kept.get(lineId);
  if (lineId !== '' && !present) throw invalidValue('line_item_id');
  const itemId = input.text('item_id', present?.itemId ?? '');
  const item = books.items.find(itemId);
  if (itemId !== '' && itemId !== present?.itemId && (!item || item.deleted)) throw invalidValue('item_id');
  const name = input.text('name', present?.name ?? item?.name ?? '', 200);
  if (name === '') throw invalidValue('item_id');
  const price = document.currency === 'IQD' ? dinarsOf(item?.rate ?? 0) : (item?.rate ?? 0);
  const taxId = input.text('tax_id', present?.taxId ?? '');
  if (taxId !== '' && !books.taxes.find(taxId)) throw invalidValue('tax_id');
  return {
    lineId: present?.lineId ?? books.newId(),
    itemId,
    name,
    description: input.text('description', present?.description ?? '', 2000),
    unit: input.text('unit', present?.unit ?? item?.unit ?? ''),
    quantity: input.number('quantity', present?.quantity ?? 1),
    rate: input.number('rate', present?.rate ?? price),
    discount: input.discount('discount', present?.discount ?? 0),
    taxId,
    locationId: input.text('location_id', present?.locationId ?? ''),
    sourceLineId: input.text(names.sourceLine, present?.sourceLineId ?? ''),
  };
}
