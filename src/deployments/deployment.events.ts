import { defineEvent } from '../platform/events.js';

export const deploymentChanged = defineEvent<{ change: 'created' | 'updated'; environment: string; status: string }>(
  'deploymentChanged',
  'deployment',
);
