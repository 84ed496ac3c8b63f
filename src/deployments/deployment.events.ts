import { defineEvent } from '../platform/events.js';

/** A step was appended; `eventId` is null only in entries of releases that did not write it yet. */
export const deploymentChanged = defineEvent<{
  change: 'created' | 'updated';
  environment: string;
  status: string;
  eventId: string | null;
  /** Such as stuck or watch, for whoever sends notices. */
  step: string | null;
}>('deploymentChanged', 'deployment');

/** An agent may take it now: it was requested and needs no approval, or it was approved. */
export const deploymentRequested = defineEvent<{ environment: string }>('deploymentRequested', 'deployment');

export const deploymentLogAppended = defineEvent<{ environment: string; fromLine: number; toLine: number }>(
  'deploymentLogAppended',
  'deployment',
);
