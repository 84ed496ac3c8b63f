import { defineTransitions } from '../kernel/transitions.js';

/** DRAFT -> SENT -> PARTLY_RECEIVED -> RECEIVED; CLOSED gives up what is missing, CANCELLED before anything came. */
export const PURCHASE_ORDER_STATES = ['DRAFT', 'SENT', 'PARTLY_RECEIVED', 'RECEIVED', 'CLOSED', 'CANCELLED'] as const;
export type PurchaseOrderState = (typeof PURCHASE_ORDER_STATES)[number];

export const purchaseOrderTransitions = defineTransitions<PurchaseOrderState>({
  DRAFT: ['SENT', 'CANCELLED'],
  SENT: ['PARTLY_RECEIVED', 'RECEIVED', 'CANCELLED'],
  PARTLY_RECEIVED: ['PARTLY_RECEIVED', 'RECEIVED', 'CLOSED'],
  RECEIVED: [],
  CLOSED: [],
  CANCELLED: [],
});
