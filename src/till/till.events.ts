import { defineEvent } from '../platform/events.js';

export const tillChanged = defineEvent<{ change: 'opened' | 'closed' | 'refundVoided'; userId: string }>(
  'tillChanged',
  'tillSession',
);
