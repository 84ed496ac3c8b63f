import { defineEvent } from '../platform/events.js';

export const vendorChanged = defineEvent<{ change: 'created' | 'updated' | 'archived' }>('vendorChanged', 'vendor');
export const billChanged = defineEvent<{ change: string; number: string; vendorId: string }>('billChanged', 'bill');
export const paymentMadeChanged = defineEvent<{ change: string; number: string; vendorId: string }>(
  'paymentMadeChanged',
  'paymentMade',
);
