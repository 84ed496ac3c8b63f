import { defineEvent } from '../platform/events.js';

/** `customerId` and `salespersonId`: only they and staff follow the change. */
export type DocumentChange = {
  change: string;
  number: string;
  customerId: string;
  salespersonId: string | null;
};

export const orderChanged = defineEvent<DocumentChange & { status: string }>('orderChanged', 'order');
export const invoiceChanged = defineEvent<DocumentChange>('invoiceChanged', 'invoice');
export const paymentChanged = defineEvent<DocumentChange>('paymentChanged', 'payment');
export const tillChanged = defineEvent<{ change: 'opened' | 'closed'; userId: string }>('tillChanged', 'tillSession');
export const creditNoteChanged = defineEvent<DocumentChange>('creditNoteChanged', 'creditNote');
