import { nowMs } from '../kernel/clock.js';
import type { Transact } from '../platform/db/transact.js';
import { WINDOW_SECONDS } from './throttle.js';

export interface Attempt {
  outcome: 'failed' | 'throttled';
  /** Null when there is no such user. */
  userId: string | null;
  email: string;
  /** A keyed hash of the address that was given. */
  fingerprint: string;
  network: string;
  requestId: string | null;
}

const KEYS = 10_000;
const ROWS_PER_WINDOW = 500;

/** Rows for the 1st, 5th, 10th, 100th, ... of its kind: a flood of a million leaves eight. */
const isReported = (count: number): boolean => count === 5 || 10 ** Math.round(Math.log10(count)) === count;

/**
 * The first letter and the domain: enough for the person to recognise, not enough to write to. Counted in characters,
 * because half of a surrogate pair is no text for the database.
 */
export function maskEmail(email: string): string {
  const [local = '', domain = ''] = email.split('@');
  const [first = ''] = local;
  return `${first}***@${[...domain].slice(0, 100).join('')}`;
}

/**
 * Leaves sign-ins that failed or were throttled in the audit log, counted by user and network in windows of 15 minutes,
 * so that a flood cannot fill the table: see isReported, and at most 500 rows a window and process, after which only
 * the total is written.
 */
export function createAttemptLog(transact: Transact): (attempt: Attempt) => Promise<void> {
  let counts = new Map<string, number>();
  let untilMs = 0;
  let rows = 0;
  let unreported = 0;

  const write = async (attempt: Attempt, entityId: string, changes: Record<string, unknown>): Promise<void> => {
    const { requestId, outcome } = attempt;
    const who = { origin: 'user', actor: 'anonymous', ...(requestId === null ? {} : { requestId }) } as const;
    await transact(who, (tx) => {
      const entries = Object.entries({ outcome, ...changes }).map(([name, value]) => [name, [null, value]] as const);
      tx.audit({
        entityType: 'SignIn',
        entityId,
        action: 'refuse',
        changes: Object.fromEntries(entries) as Record<string, [unknown, unknown]>,
      });
      return Promise.resolve();
    });
  };

  return async (attempt) => {
    if (nowMs() >= untilMs || counts.size >= KEYS) {
      counts = new Map();
      rows = 0;
      unreported = 0;
      untilMs = nowMs() + WINDOW_SECONDS * 1000;
    }
    const key = `${attempt.outcome} ${attempt.fingerprint} ${attempt.network}`;
    const count = (counts.get(key) ?? 0) + 1;
    counts.set(key, count);
    if (!isReported(count)) return;
    if (rows >= ROWS_PER_WINDOW) {
      unreported += 1;
      if (isReported(unreported)) await write(attempt, 'flood', { notListed: unreported });
      return;
    }
    rows += 1;
    const entityId = attempt.userId ?? `unknown:${attempt.fingerprint}`;
    await write(attempt, entityId, { email: maskEmail(attempt.email), network: attempt.network, tries: count });
  };
}
