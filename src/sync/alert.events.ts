import { defineEvent } from '../platform/events.js';

/** An alert was opened, became worse, or is over; each once. The figures stand in the event, for the message. */
export const syncAlertChanged = defineEvent<{
  change: 'opened' | 'escalated' | 'recovered';
  rule: string;
  level: string;
  measured: number;
  threshold: number;
}>('syncAlertChanged', 'syncAlert');
