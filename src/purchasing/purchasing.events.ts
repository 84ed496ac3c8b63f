import { defineEvent } from '../platform/events.js';

export const billChanged = defineEvent<{ change: string; number: string; vendorId: string }>('billChanged', 'bill');

export const paymentMadeChanged = defineEvent<{ change: string; number: string; vendorId: string }>(
  'paymentMadeChanged',
  'paymentMade',
);
