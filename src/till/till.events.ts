import { defineEvent } from '../platform/events.js';

export const tillChanged = defineEvent<{ change: 'opened' | 'closed'; userId: string }>('tillChanged', 'tillSession');
