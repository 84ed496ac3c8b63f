import { messageOf } from '../../kernel/errors.js';
import type { Logger } from '../logger.js';

/** What a worker does again and again; a round that still runs is not joined by a second one. */
export class Timers {
  private readonly timers: NodeJS.Timeout[] = [];

  constructor(private readonly log: Logger) {}

  every(ms: number, what: string, task: () => Promise<void>): void {
    let busy = false;
    const round = (): void => {
      if (busy) return;
      busy = true;
      task()
        .catch((error: unknown) => this.log.warn({ reason: messageOf(error) }, `${what} failed; tried again`))
        .finally(() => {
          busy = false;
        });
    };
    this.timers.push(setInterval(round, ms));
  }

  clear(): void {
    for (const timer of this.timers.splice(0)) clearInterval(timer);
  }
}
