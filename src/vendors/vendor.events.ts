import { defineEvent } from '../platform/events.js';

export const vendorChanged = defineEvent<{ change: 'created' | 'updated' | 'archived' }>('vendorChanged', 'vendor');
