import type { DocumentChange } from '../documents/document.events.js';
import { defineEvent } from '../platform/events.js';

export const orderChanged = defineEvent<DocumentChange & { status: string }>('orderChanged', 'order');
