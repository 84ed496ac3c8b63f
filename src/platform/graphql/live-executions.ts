import { unavailable } from '../../kernel/errors.js';
import type { LiveLimits } from './live-limits.js';
import { msg } from '../../kernel/message.js';

interface Task {
  start(): void;
}

type Limits = Pick<LiveLimits, 'executionsAtOnce' | 'executionsAtOncePerPerson' | 'executionDeadlineMs'>;

/**
 * Runs the executions of live events: a few at once, fewer for one person, and the waiting persons in turn, so that
 * whoever subscribes to much delays themselves and not others.
 */
export class LiveExecutions {
  /** In the order of their turn; a person who has had one goes to the end. */
  private readonly waiting = new Map<string, Task[]>();
  private readonly runningOf = new Map<string, number>();
  private running = 0;
  private started = 0;

  constructor(private readonly limits: Limits) {}

  get count(): number {
    return this.started;
  }

  /** Rejects with UNAVAILABLE at the deadline; the slot is free again when the work has really ended. */
  run<T>(person: string, work: (signal: AbortSignal) => Promise<T>): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      const start = (): void => {
        this.running += 1;
        this.started += 1;
        this.runningOf.set(person, (this.runningOf.get(person) ?? 0) + 1);
        const deadline = new AbortController();
        const timer = setTimeout(() => {
          deadline.abort();
          reject(unavailable(msg`The subscription took too long to answer. Resume it by its cursor.`, 2));
        }, this.limits.executionDeadlineMs);
        void work(deadline.signal)
          .then(resolve, reject)
          .finally(() => {
            clearTimeout(timer);
            this.end(person);
          });
      };
      if (this.canStart(person) && !this.waiting.has(person)) return start();
      const tasks = this.waiting.get(person);
      if (tasks) tasks.push({ start });
      else this.waiting.set(person, [{ start }]);
    });
  }

  private canStart(person: string): boolean {
    const { executionsAtOnce, executionsAtOncePerPerson } = this.limits;
    return this.running < executionsAtOnce && (this.runningOf.get(person) ?? 0) < executionsAtOncePerPerson;
  }

  private end(person: string): void {
    this.running -= 1;
    const left = (this.runningOf.get(person) ?? 1) - 1;
    if (left > 0) this.runningOf.set(person, left);
    else this.runningOf.delete(person);
    this.startNext();
  }

  private startNext(): void {
    for (const [person, tasks] of this.waiting) {
      if (!this.canStart(person)) continue;
      const task = tasks.shift();
      this.waiting.delete(person);
      if (tasks.length > 0) this.waiting.set(person, tasks);
      task?.start();
      return;
    }
  }
}
