import { AppError, unavailable } from '../kernel/errors.js';

/**
 * Shares a scarce thing (the connections of a pool, the requests in work) between subjects: a user, a key, or an address.
 *
 * - At most `total` works run, at most `perSubject` of one subject; who has more waits behind its own.
 * - Free slots go round the subjects in turn, so a subject that sends a thousand is no obstacle to one that sends one.
 * - A work whose caller has gone away is dropped from the queue without being started.
 * - A subject with `waitingPerSubject` works in the queue is refused (THROTTLED).
 * - When subjects below their share have waited longer than `standingMs` for a whole `windowMs`, the process has more
 *   work than it can do: whoever cannot start at once is refused (UNAVAILABLE) until a slot is free again. A burst passes.
 */
export interface FairGateOptions {
  total: number;
  perSubject: number;
  waitingPerSubject: number;
  standingMs: number;
  windowMs: number;
  /** Milliseconds of a monotonic clock. */
  clock?: () => number;
}

export interface FairGate {
  /**
   * Runs the work when a slot is free. Rejects with what the work rejects with, THROTTLED, UNAVAILABLE, or the reason of
   * the signal.
   */
  run<T>(subject: string, signal: AbortSignal | undefined, work: () => Promise<T>): Promise<T>;
  stats(): { running: number; waiting: number; refused: number };
}

interface Waiter {
  start(): void;
  since: number;
}

interface Subject {
  running: number;
  waiting: Waiter[];
}

const RETRY_SECONDS = 1;

export function createFairGate(options: FairGateOptions): FairGate {
  const { total, perSubject, waitingPerSubject, standingMs, windowMs, clock = () => performance.now() } = options;
  // Insertion order is the order of turns: who got a slot goes to the end.
  const subjects = new Map<string, Subject>();
  let running = 0;
  let waiting = 0;
  let refused = 0;
  /** Since when the slots have been taken by others whenever somebody below its share came; null when they were not. */
  let standingSince: number | null = null;

  const subjectOf = (name: string): Subject => {
    const known = subjects.get(name);
    if (known) return known;
    const fresh: Subject = { running: 0, waiting: [] };
    subjects.set(name, fresh);
    return fresh;
  };

  const isOverloaded = (at: number): boolean => standingSince !== null && at - standingSince > windowMs;

  /** Notes how long a work waited that only other subjects held up. */
  const noteWait = (since: number, at: number): void => {
    if (at - since <= standingMs) standingSince = null;
    else standingSince ??= at;
  };

  const startNext = (): void => {
    if (waiting === 0) return;
    for (const [name, subject] of subjects) {
      if (running >= total) return;
      const [next] = subject.waiting;
      if (!next || subject.running >= perSubject) continue;
      subjects.delete(name);
      subjects.set(name, subject);
      subject.waiting.shift();
      waiting -= 1;
      if (subject.running + 1 < perSubject) noteWait(next.since, clock());
      next.start();
    }
  };

  const finish = (name: string, subject: Subject): void => {
    running -= 1;
    subject.running -= 1;
    if (subject.running === 0 && subject.waiting.length === 0) subjects.delete(name);
    if (waiting === 0) standingSince = null;
    else startNext();
  };

  const execute = async <T>(name: string, subject: Subject, work: () => Promise<T>): Promise<T> => {
    running += 1;
    subject.running += 1;
    try {
      return await work();
    } finally {
      finish(name, subject);
    }
  };

  const refuse = (error: AppError): Promise<never> => {
    refused += 1;
    return Promise.reject(error);
  };

  return {
    run(name, signal, work) {
      if (signal?.aborted) return Promise.reject(signal.reason as Error);
      const subject = subjectOf(name);
      if (running < total && subject.running < perSubject) return execute(name, subject, work);
      const at = clock();
      if (subject.waiting.length >= waitingPerSubject) {
        return refuse(
          new AppError('THROTTLED', 'Too many requests at once. Wait for the answers of those you have sent.', {
            details: { retryAfterSeconds: RETRY_SECONDS },
          }),
        );
      }
      if (subject.running < perSubject && isOverloaded(at)) {
        if (subject.running === 0 && subject.waiting.length === 0) subjects.delete(name);
        return refuse(unavailable('The service has more work than it can do at the moment.', RETRY_SECONDS));
      }
      return new Promise((resolve, reject) => {
        const waiter: Waiter = {
          since: at,
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
          if (subject.running === 0 && subject.waiting.length === 0) subjects.delete(name);
          reject(signal?.reason as Error);
        };
        subject.waiting.push(waiter);
        waiting += 1;
        signal?.addEventListener('abort', leave, { once: true });
      });
    },
    stats: () => ({ running, waiting, refused }),
  };
}
