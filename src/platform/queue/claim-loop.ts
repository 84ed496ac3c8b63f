import { messageOf } from '../../kernel/errors.js';
import { isUniqueViolation } from '../db/failures.js';
import type { Logger } from '../logger.js';

export interface ClaimLoopOptions {
  /** Claims once; answers whether there is probably more. `oldestFirst` comes now and then, against starving. */
  claim(oldestFirst: boolean): Promise<boolean>;
  log: Logger;
}

/** One claim runs at a time; whoever wakes the loop meanwhile causes one more. */
export class ClaimLoop {
  private running: Promise<void> | null = null;
  private again = false;
  private claims = 0;
  private stopped = false;

  constructor(private readonly options: ClaimLoopOptions) {}

  wake(): void {
    if (this.stopped) return;
    if (this.running) {
      this.again = true;
      return;
    }
    this.claims += 1;
    this.running = this.options
      .claim(this.claims % 8 === 0)
      .then((more) => {
        if (more) this.again = true;
      })
      .catch((error: unknown) => {
        if (isUniqueViolation(error)) this.again = true;
        else this.options.log.warn({ reason: messageOf(error) }, 'claim failed; tried again by the next poll');
      })
      .finally(() => {
        this.running = null;
        if (this.again) {
          this.again = false;
          this.wake();
        }
      });
  }

  /** Resolves when no claim runs and none is asked for. */
  async idle(): Promise<void> {
    while (this.running) await this.running;
  }

  async stop(): Promise<void> {
    this.stopped = true;
    await this.running;
  }
}
