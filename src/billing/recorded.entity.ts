import { readDocument } from '../documents/document.queries.js';
import { defineRecorded } from '../documents/recorded.entity.js';
import { CreditNote } from './credit-note.entity.js';
import { creditNoteRead } from './credit-note.queries.js';
import { Invoice } from './invoice.entity.js';
import { invoiceRead } from './invoice.queries.js';

/** The till answers with the documents of billing too. */
export const recordedInvoice = defineRecorded<Invoice>({
  field: 'invoice',
  noun: 'Invoice',
  type: Invoice,
  read: (context, id, info) => readDocument(context, invoiceRead, id, info, 'invoice'),
});

export const recordedCreditNote = defineRecorded<CreditNote>({
  field: 'creditNote',
  noun: 'Credit note',
  type: CreditNote,
  read: (context, id, info) => readDocument(context, creditNoteRead, id, info, 'creditNote'),
});
