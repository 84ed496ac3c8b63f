import { nowMs } from '../kernel/clock.js';
import { AppError } from '../kernel/errors.js';
import { msg } from '../kernel/message.js';

const WAITING_PER_KEY = 50;
const WAITING = 10_000;

export const throttled = (seconds: number): AppError =>
  new AppError('THROTTLED', msg`Too many tries. Try again later.`, {
    details: { retryAfterSeconds: Math.max(1, Math.ceil(seconds)) },
  });

export interface Turns {
  /** Runs work after all earlier work of the same key. Throws THROTTLED when too many wait already. */
  run<T>(key: string, work: () => Promise<T>): Promise<T>;
}

/**
 * Work of one key runs one after the other: parallel tries of one network each see the failures of those before them,
 * and a network holds at most one of the threads that hash passwords.
 */
export function createTurns(): Turns {
  const queues = new Map<string, { last: Promise<unknown>; length: number }>();
  let waiting = 0;
  return {
    async run(key, work) {
      const queue = queues.get(key) ?? { last: Promise.resolve(), length: 0 };
      if (queue.length >= WAITING_PER_KEY || waiting >= WAITING) throw throttled(1);
      queues.set(key, queue);
      queue.length += 1;
      waiting += 1;
      const result = queue.last.then(work);
      queue.last = result.catch(() => undefined);
      try {
        return await result;
      } finally {
        queue.length -= 1;
        waiting -= 1;
        if (queue.length === 0) queues.delete(key);
      }
    },
  };
}

const KEYS = 10_000;

/** At most this many for each key and second; the rest is refused. */
export function createPace(perSecond: number): (key: string) => boolean {
  const used = new Map<string, number>();
  let second = 0;
  return (key) => {
    const present = Math.floor(nowMs() / 1000);
    if (present !== second || used.size >= KEYS) used.clear();
    second = present;
    const count = (used.get(key) ?? 0) + 1;
    used.set(key, count);
    return count <= perSecond;
  };
}
