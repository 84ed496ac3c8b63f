import { nowMs } from '../kernel/clock.js';
import { AppError } from '../kernel/errors.js';
import type { Viewer } from '../kernel/viewer.js';
import { msg } from '../kernel/message.js';

/**
 * What a client may use over time: points of cost and milliseconds of reads, in a window of a minute that slides.
 * Counted for whoever is signed in (user or key) and for the address, because one address may be a whole office and one
 * user may have many addresses.
 *
 * Every process counts by itself and decides without waiting. With Redis the counts of all processes are added up twice
 * a second, so that a client gets at most that half second more by talking to another process. While Redis is away each
 * process holds its own counts.
 */
export interface Allowance {
  cost: number;
  databaseMs: number;
}

export interface Budget {
  /** Points a minute. */
  limit: number;
  /** Points that are left in the window. */
  remaining: number;
  /** Seconds until the window that counts now has passed. */
  resetSeconds: number;
}

export interface RateLimiter {
  /** Throws THROTTLED with retryAfterSeconds when a budget is used up. */
  assertWithin(viewer: Viewer, address: string): void;
  /** Charges what an operation has used; answers the budget of the viewer. */
  charge(viewer: Viewer, address: string, used: Allowance): Budget;
  /** Sends the counts to the other processes and takes theirs; runs by itself while started. */
  synchronise(): Promise<void>;
  start(): void;
  stop(): void;
}

/** Adds to counters that all processes share. Answers the totals, in the order of the deltas; null while it is away. */
export type SharedCounters = (
  deltas: readonly { key: string; by: number }[],
  expirySeconds: number,
) => Promise<number[] | null>;

const WINDOW_MS = 60_000;
const SYNC_MS = 500;
const SUBJECTS = 20_000;

/**
 * A page of a list costs about a hundred points and 5 ms. A screen that somebody watches asks for a few a second; an
 * import by a partner for some dozens. A consumer reads a catalogue.
 */
const STAFF: Allowance = { cost: 2_000_000, databaseMs: 120_000 };
const CLIENT: Allowance = { cost: 300_000, databaseMs: 15_000 };
const STRANGER: Allowance = { cost: 60_000, databaseMs: 5_000 };
/** People of one office share an address; anonymous callers of one address share the smaller allowance. */
const ADDRESS: Allowance = { cost: 6_000_000, databaseMs: 360_000 };

interface Count extends Allowance {
  window: number;
  /** Of the window before, which counts by the share of it that still overlaps the last minute. */
  before: Allowance;
  /** Not sent to the other processes yet. */
  unsent: Allowance;
}

/** Whom slots and allowances are shared between: the user, the key, or the address of an anonymous caller. */
export function subjectOf(viewer: Viewer, address: string): string {
  if (viewer.kind === 'anonymous') return `stranger:${address}`;
  return viewer.kind === 'user' ? `user:${viewer.userId}` : `key:${viewer.keyId}`;
}

const none = (): Allowance => ({ cost: 0, databaseMs: 0 });

interface Subject {
  name: string;
  allowance: Allowance;
}

export interface RateLimitOptions {
  /** Multiplies every allowance, e.g. 2 for twice as much. */
  factor: number;
  shared: SharedCounters | null;
  /** Staff and keys have the larger allowance, consumers and wholesale clients the smaller one. */
  isStaff(viewer: Viewer): boolean;
}

export function createRateLimiter(options: RateLimitOptions): RateLimiter {
  const counts = new Map<string, Count>();
  const dirty = new Set<string>();
  let timer: NodeJS.Timeout | null = null;

  /** A viewer stays the same object while the session is cached, so its name is made once. */
  const own = new WeakMap<Viewer, Subject>();
  const subjectsOf = (viewer: Viewer, address: string): [Subject, ...Subject[]] => {
    if (viewer.kind === 'anonymous') return [{ name: subjectOf(viewer, address), allowance: STRANGER }];
    let subject = own.get(viewer);
    if (!subject) {
      subject = { name: subjectOf(viewer, address), allowance: options.isStaff(viewer) ? STAFF : CLIENT };
      own.set(viewer, subject);
    }
    return [subject, { name: `address:${address}`, allowance: ADDRESS }];
  };

  const countOf = (name: string, window: number): Count => {
    let count = counts.get(name);
    if (count?.window === window) return count;
    count ??= { ...none(), window, before: none(), unsent: none() };
    // Whoever was active in an earlier window goes first.
    counts.delete(name);
    counts.set(name, count);
    if (counts.size > SUBJECTS) {
      const [oldest] = counts.keys();
      if (oldest !== undefined) counts.delete(oldest);
    }
    if (count.window !== window) {
      count.before = count.window === window - 1 ? { cost: count.cost, databaseMs: count.databaseMs } : none();
      count.window = window;
      count.cost = 0;
      count.databaseMs = 0;
      count.unsent = none();
    }
    return count;
  };

  /** The part of an allowance that is used: above 1 is too much. */
  const usedOf = ({ name, allowance }: Subject, at: number): { share: number; cost: number } => {
    const window = Math.floor(at / WINDOW_MS);
    const count = countOf(name, window);
    const overlap = 1 - (at % WINDOW_MS) / WINDOW_MS;
    const cost = count.cost + count.before.cost * overlap;
    const databaseMs = count.databaseMs + count.before.databaseMs * overlap;
    const share = Math.max(cost / allowance.cost, databaseMs / allowance.databaseMs) / options.factor;
    return { share, cost };
  };

  const secondsLeft = (at: number): number => Math.ceil((WINDOW_MS - (at % WINDOW_MS)) / 1000);

  /** When the share falls to 1 again, as the last window slides away; at the latest when this one is the last. */
  const retryAfter = (share: number, at: number): number =>
    Math.max(1, Math.min(secondsLeft(at), Math.ceil((1 - 1 / share) * (WINDOW_MS / 1000))));

  const synchronise = async (): Promise<void> => {
    const { shared } = options;
    if (!shared || dirty.size === 0) return;
    const names = [...dirty];
    dirty.clear();
    const sent = names.flatMap((name) => {
      const count = counts.get(name);
      if (!count) return [];
      const { window, unsent } = count;
      count.unsent = none();
      return [{ name, window, unsent }];
    });
    const totals = await shared(
      sent.flatMap(({ name, window, unsent }) => [
        { key: `rate:${window}:${name}:cost`, by: Math.round(unsent.cost) },
        { key: `rate:${window}:${name}:ms`, by: Math.round(unsent.databaseMs) },
      ]),
      (2 * WINDOW_MS) / 1000,
    );
    sent.forEach(({ name, window, unsent }, index) => {
      const count = counts.get(name);
      if (!count || count.window !== window) return;
      const [cost, databaseMs] = totals?.slice(index * 2) ?? [];
      if (cost === undefined || databaseMs === undefined) {
        // Sent again with what comes next.
        count.unsent.cost += unsent.cost;
        count.unsent.databaseMs += unsent.databaseMs;
        dirty.add(name);
        return;
      }
      count.cost = cost + count.unsent.cost;
      count.databaseMs = databaseMs + count.unsent.databaseMs;
    });
  };

  return {
    assertWithin(viewer, address) {
      const at = nowMs();
      for (const subject of subjectsOf(viewer, address)) {
        const { share } = usedOf(subject, at);
        if (share < 1) continue;
        // Asked again after half a second, so that what others have used since is known.
        dirty.add(subject.name);
        throw new AppError('THROTTLED', msg`You have used up what you may ask for in a minute. Try again later.`, {
          details: { retryAfterSeconds: retryAfter(share, at) },
        });
      }
    },
    charge(viewer, address, used) {
      const at = nowMs();
      const window = Math.floor(at / WINDOW_MS);
      const subjects = subjectsOf(viewer, address);
      for (const { name } of subjects) {
        const count = countOf(name, window);
        count.cost += used.cost;
        count.databaseMs += used.databaseMs;
        count.unsent.cost += used.cost;
        count.unsent.databaseMs += used.databaseMs;
        dirty.add(name);
      }
      const [first] = subjects;
      const limit = Math.round(first.allowance.cost * options.factor);
      const remaining = Math.max(0, Math.floor(limit * (1 - usedOf(first, at).share)));
      return { limit, remaining, resetSeconds: secondsLeft(at) };
    },
    synchronise,
    start() {
      timer ??= setInterval(() => void synchronise().catch(() => undefined), SYNC_MS).unref();
    },
    stop() {
      if (timer) clearInterval(timer);
      timer = null;
    },
  };
}
