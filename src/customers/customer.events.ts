import { defineEvent } from '../platform/events.js';

/** `salespersonIds`: who looked after the customer before and after, so that only they and staff follow the change. */
export const customerChanged = defineEvent<{
  change: 'created' | 'updated' | 'archived' | 'merged';
  salespersonIds: string[];
}>('customerChanged', 'customer');
