import type { DocumentChange } from '../documents/document.events.js';
import { defineEvent } from '../platform/events.js';

export const paymentChanged = defineEvent<DocumentChange>('paymentChanged', 'payment');
