import { defineEvent } from '../platform/events.js';

export const warehouseChanged = defineEvent<{ change: 'created' | 'updated' }>('warehouseChanged', 'warehouse');
