import { defineEvent } from '../platform/events.js';

export const billChanged = defineEvent<{ change: string; number: string; vendorId: string }>('billChanged', 'bill');

export const paymentMadeChanged = defineEvent<{ change: string; number: string; vendorId: string }>(
  'paymentMadeChanged',
  'paymentMade',
);

export const purchaseOrderChanged = defineEvent<{ change: string; number: string; vendorId: string }>(
  'purchaseOrderChanged',
  'purchaseOrder',
);

export const vendorCreditChanged = defineEvent<{ change: string; number: string; vendorId: string }>(
  'vendorCreditChanged',
  'vendorCredit',
);
