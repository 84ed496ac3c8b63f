import { AppError, unavailable } from '../kernel/errors.js';
import { msg } from '../kernel/message.js';

/**
 * Shares a scarce resource (the connections of a pool, the requests in work) between subjects: a user, a key, or an
 * address.
 *
 * - At most `total` works run, at most `perSubject` of one subject; a subject with more waits for its own works.
 * - Free slots go round the subjects in turn, so a subject that sends a thousand is no obstacle to one that sends one.
 * - A work whose caller has gone away is dropped from the queue without being started.
 * - A subject with `waitingPerSubject` works in the queue is refused (THROTTLED).
 * - Works of subjects below their share wait for others. A burst of them passes: `burst` may wait. When some have been
 *   waiting for `standingMs` without a break, or somebody was refused within the last second, there is more work than
 *   can be done: only `queue` may wait, only `totalUnderLoad` are started, and whoever comes besides is refused
 *   (UNAVAILABLE). So those that are accepted are quick even then.
 */
export interface FairGateOptions {
  total: number;
  /** At most `total`, which it is by default. Fewer at once are quicker each, at a higher cost of all. */
  totalUnderLoad?: number;
  perSubject: number;
  waitingPerSubject: number;
  burst: number;
  queue: number;
  standingMs: number;
  /** Milliseconds of a monotonic clock. */
  clock?: () => number;
}

export interface FairGate {
  /**
   * Runs the work when a slot is free. Rejects with what the work rejects with, THROTTLED, UNAVAILABLE, or the reason of
   * the signal.
   */
  run<T>(subject: string, signal: AbortSignal | undefined, work: () => Promise<T>): Promise<T>;
  /** Whether a subject that has nothing running is to be refused now. */
  isFull(): boolean;
  stats(): { running: number; waiting: number; refused: number };
}

interface Waiter {
  start(): void;
  /** Held up by other subjects, not by its own. */
  isForOthers: boolean;
}

interface Subject {
  running: number;
  waiting: Waiter[];
}

const RETRY_SECONDS = 1;
/** A burst is allowed again after this time without a refusal. */
const CALM_MS = 1000;

export function createFairGate(options: FairGateOptions): FairGate {
  const { total, perSubject, waitingPerSubject, burst, queue, standingMs } = options;
  const { totalUnderLoad = total, clock = () => performance.now() } = options;
  // Insertion order is the order of turns: who got a slot goes to the end.
  const subjects = new Map<string, Subject>();
  let running = 0;
  let waiting = 0;
  let forOthers = 0;
  let refused = 0;
  /** Since when somebody has been waiting for others without a break. */
  let standingSince = 0;
  let refusedAt = -Infinity;

  const subjectOf = (name: string): Subject => {
    const known = subjects.get(name);
    if (known) return known;
    const fresh: Subject = { running: 0, waiting: [] };
    subjects.set(name, fresh);
    return fresh;
  };

  const isOverloaded = (at: number): boolean =>
    at - refusedAt < CALM_MS || (forOthers > 0 && at - standingSince > standingMs);
  const hasSlot = (): boolean => running < totalUnderLoad || (running < total && !isOverloaded(clock()));

  const isFull = (): boolean => {
    if (running < totalUnderLoad || forOthers < queue) return false;
    const at = clock();
    const overloaded = isOverloaded(at);
    if (!overloaded && (running < total || forOthers < burst)) return false;
    refusedAt = at;
    return true;
  };

  const startNext = (): void => {
    if (waiting === 0) return;
    for (const [name, subject] of subjects) {
      if (!hasSlot()) return;
      const [next] = subject.waiting;
      if (!next || subject.running >= perSubject) continue;
      subjects.delete(name);
      subjects.set(name, subject);
      subject.waiting.shift();
      waiting -= 1;
      if (next.isForOthers) forOthers -= 1;
      next.start();
    }
  };

  const finish = (name: string, subject: Subject): void => {
    running -= 1;
    subject.running -= 1;
    if (subject.running === 0 && subject.waiting.length === 0) subjects.delete(name);
    startNext();
  };

  const execute = <T>(name: string, subject: Subject, work: () => Promise<T>): Promise<T> => {
    running += 1;
    subject.running += 1;
    const end = (): void => finish(name, subject);
    let result: Promise<T>;
    try {
      result = work();
    } catch (error) {
      result = Promise.reject(error instanceof Error ? error : new Error('A work threw what is no error.'));
    }
    // The caller awaits the work itself; this only releases the slot.
    result.then(end, end);
    return result;
  };

  const refuse = (error: AppError): Promise<never> => {
    refused += 1;
    return Promise.reject(error);
  };

  return {
    run(name, signal, work) {
      if (signal?.aborted) return Promise.reject(signal.reason as Error);
      const subject = subjectOf(name);
      if (subject.running < perSubject && hasSlot()) return execute(name, subject, work);
      if (subject.waiting.length >= waitingPerSubject) {
        return refuse(
          new AppError('THROTTLED', msg`Too many requests at once. Wait for the answers of those you have sent.`, {
            details: { retryAfterSeconds: RETRY_SECONDS },
          }),
        );
      }
      const isForOthers = subject.running < perSubject;
      if (isForOthers && isFull()) {
        if (subject.running === 0 && subject.waiting.length === 0) subjects.delete(name);
        return refuse(unavailable(msg`The service has more work than it can do at the moment.`, RETRY_SECONDS));
      }
      return new Promise((resolve, reject) => {
        const waiter: Waiter = {
          isForOthers,
          start() {
            signal?.removeEventListener('abort', leave);
            execute(name, subject, work).then(resolve, reject);
          },
        };
        const leave = (): void => {
          const place = subject.waiting.indexOf(waiter);
          if (place < 0) return;
          subject.waiting.splice(place, 1);
          waiting -= 1;
          if (isForOthers) forOthers -= 1;
          if (subject.running === 0 && subject.waiting.length === 0) subjects.delete(name);
          reject(signal?.reason as Error);
        };
        subject.waiting.push(waiter);
        waiting += 1;
        if (isForOthers) {
          if (forOthers === 0) standingSince = clock();
          forOthers += 1;
        }
        signal?.addEventListener('abort', leave, { once: true });
      });
    },
    isFull,
    stats: () => ({ running, waiting, refused }),
  };
}
