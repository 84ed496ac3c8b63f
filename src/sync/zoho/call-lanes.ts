import type { ZohoConfig } from '../../config.js';

/** Who calls Zoho, the most urgent first. */
export const CALL_LANES = ['webhook', 'interactive', 'incremental', 'backfill'] as const;
export type CallLane = (typeof CALL_LANES)[number];

/** What a lane leaves for those before it, as shares: of the minute's burst, of the concurrent calls, of the day's quota. */
export const KEPT_SHARES: Readonly<Record<CallLane, { minute: number; slots: number; day: number }>> = {
  webhook: { minute: 0, slots: 0, day: 0 },
  interactive: { minute: 0.1, slots: 0.1, day: 0.05 },
  incremental: { minute: 0.25, slots: 0.2, day: 0.15 },
  backfill: { minute: 0.5, slots: 0.4, day: 0.4 },
};

/**
 * Of the day a lane leaves more when those before it have used more on the day before, with some to spare. What it leaves
 * shrinks with the rest of the day, so that what the others do not need is used in the end, but never to nothing: they
 * may come all at once.
 */
export const DAY_RULE = { spare: 1.2, atMost: 0.9, floor: 0.1 } as const;

export const lanesBefore = (lane: CallLane): readonly CallLane[] => CALL_LANES.slice(0, CALL_LANES.indexOf(lane));

/** A burst and a refill that together stay under the minute's limit in any window of a minute. */
export interface Bucket {
  burst: number;
  perSecond: number;
}

export function bucketOf({ requestsPerMinute }: Pick<ZohoConfig, 'requestsPerMinute'>): Bucket {
  const half = requestsPerMinute / 2;
  return { burst: Math.max(1, half), perSecond: half / 60 };
}

/** The priorities of jobs that call Zoho; the lane of a call follows from that of its job. */
export const PRIORITY = { webhook: 3, interactive: 4, incremental: 6, backfill: 7 } as const satisfies Record<
  CallLane,
  number
>;

export function laneOf(priority: number): CallLane {
  if (priority <= PRIORITY.webhook) return 'webhook';
  if (priority <= PRIORITY.interactive) return 'interactive';
  return priority < PRIORITY.backfill ? 'incremental' : 'backfill';
}
