/** The constants of the queue. `npm run bench -- queue` shows what they come to; docs/performance.md has the last figures. */
export const LEASE_SECONDS = 30;
export const RENEW_MS = 10_000;
export const POLL_MS = 1000;
/** A worker that was silent for three of them is taken for lost; that is as long as a lease. */
export const HEARTBEAT_MS = 10_000;
export const MAX_TRIES = 5;
export const MAX_LOST = 3;
export const DRAIN_MS = 15_000;
/** At 10 ms a job that followed another one started 10 ms late; 300 notifications a second cost nothing measurable. */
export const NOTIFY_GAP_MS = 3;
/** Priorities from here on are work in bulk, such as runs and what they list: they may not take all slots. */
export const BACKFILL_PRIORITY = 6;

const FIRST_MS = 2000;
const CAP_MS = 600_000;

/**
 * Full jitter: anywhere between 0 and 2^n s (2 s, 4 s, ... at most 10 min) after the n-th failed try, so that jobs
 * which failed together are not retried together.
 */
export function backoffMs(failedTries: number, random: () => number): number {
  const ceiling = Math.min(FIRST_MS * 2 ** Math.max(0, failedTries - 1), CAP_MS);
  return Math.round(random() * ceiling);
}
