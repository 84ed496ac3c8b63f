import { readDocument } from '../documents/document.queries.js';
import { defineRecorded } from '../documents/recorded.entity.js';
import { CreditNote } from './credit-note.entity.js';
import { creditNoteList } from './credit-note.queries.js';
import { Invoice } from './invoice.entity.js';
import { invoiceList } from './invoice.queries.js';

/** The till answers with the documents of billing too. */
export const recordedInvoice = defineRecorded<Invoice>({
  field: 'invoice',
  noun: 'Invoice',
  type: Invoice,
  read: (context, id, info) => readDocument(context, invoiceList, id, info, 'invoice'),
});

export const recordedCreditNote = defineRecorded<CreditNote>({
  field: 'creditNote',
  noun: 'Credit note',
  type: CreditNote,
  read: (context, id, info) => readDocument(context, creditNoteList, id, info, 'creditNote'),
});
