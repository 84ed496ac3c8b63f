import { messageOf } from '../kernel/errors.js';
import type { Logger } from './logger.js';

/**
 * In this order: nobody sends and nothing new is taken; what was accepted is finished; what was finished is recorded;
 * what all of them used is closed.
 */
const PHASES = [
  { name: 'serving', limitMs: 13_500 },
  // From here on nobody waits for an answer. What the database does not give in time is left: a delivery that is not
  // committed was not acknowledged, and the next process numbers the events.
  { name: 'finishing', limitMs: 1500 },
  { name: 'recording', limitMs: 1500 },
  { name: 'closing', limitMs: 1500 },
] as const;
export type TeardownPhase = (typeof PHASES)[number]['name'];

/** Below the 15 s after which the process ends with an error. */
const LIMIT_MS = 14_500;

type Step = () => Promise<unknown> | void;

/** How a process ends, whether its start failed half-way or a signal came: one list, filled as things are built. */
export class Teardown {
  private readonly steps = new Map<TeardownPhase, Step[]>();

  constructor(private readonly log: Logger) {}

  add(phase: TeardownPhase, step: Step): void {
    this.steps.set(phase, [step, ...(this.steps.get(phase) ?? [])]);
  }

  /** Runs the phases one after the other; the steps of a phase begin together, the latest built first. */
  async run(): Promise<void> {
    await within(LIMIT_MS, this.runPhases());
  }

  private async runPhases(): Promise<void> {
    for (const { name, limitMs } of PHASES) {
      const steps = this.steps.get(name) ?? [];
      this.steps.delete(name);
      await within(limitMs, Promise.all(steps.map((step) => this.guarded(name, step))));
    }
  }

  private async guarded(phase: TeardownPhase, step: Step): Promise<void> {
    try {
      await step();
    } catch (error) {
      this.log.warn({ phase, reason: messageOf(error) }, 'a part did not stop cleanly; the others go on');
    }
  }
}

/** Waits for `work`, but not longer than this. */
async function within(ms: number, work: Promise<unknown>): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  await Promise.race([work, new Promise((resolve) => (timer = setTimeout(resolve, ms)))]);
  clearTimeout(timer);
}
