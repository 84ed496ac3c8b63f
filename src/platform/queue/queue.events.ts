import { defineEvent } from '../events.js';

/** What a screen of the queue shows; claims are not logged. */
export type QueueEventData = {
  kind: string;
  entityType: string | null;
  remoteId: string | null;
  system: boolean;
  status: string;
  outcome: string | null;
};

export const queueItemEnqueued = defineEvent<QueueEventData>('queueItemEnqueued', 'queue');
export const queueItemCompleted = defineEvent<QueueEventData>('queueItemCompleted', 'queue');
export const queueItemFailed = defineEvent<QueueEventData>('queueItemFailed', 'queue');
export const queueItemDeadLettered = defineEvent<QueueEventData>('queueItemDeadLettered', 'queue');
export const queueItemSuperseded = defineEvent<QueueEventData>('queueItemSuperseded', 'queue');

export const QUEUE_EVENTS = [
  queueItemEnqueued,
  queueItemCompleted,
  queueItemFailed,
  queueItemDeadLettered,
  queueItemSuperseded,
].map((event) => event.eventName);

/** A worker has started, drains, or has ended. Its heartbeats are no events: they would be most of the log. */
export const workerChanged = defineEvent<{ state: 'running' | 'draining' | 'ended' }>('workerChanged', 'worker');
