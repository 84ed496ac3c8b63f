import type { DocumentChange } from '../documents/document.events.js';
import { defineEvent } from '../platform/events.js';

export const invoiceChanged = defineEvent<DocumentChange>('invoiceChanged', 'invoice');

export const creditNoteChanged = defineEvent<DocumentChange>('creditNoteChanged', 'creditNote');
