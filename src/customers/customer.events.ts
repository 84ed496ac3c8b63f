import { defineEvent } from '../platform/events.js';

/**
 * `salespersonIds`: who looked after the customer before and after, so that only they and staff follow the change. `on`:
 * the business day of a merge, on which what is owed moves.
 */
export const customerChanged = defineEvent<{
  change: 'created' | 'updated' | 'archived' | 'merged';
  salespersonIds: string[];
  on?: string;
}>('customerChanged', 'customer');
