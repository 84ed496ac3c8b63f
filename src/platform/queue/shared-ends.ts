import { messageOf } from '../../kernel/errors.js';
import type { Logger } from '../logger.js';
import type { Finish } from './finish.js';
import type { ClaimedJob } from './job.js';

const BATCH = 200;

interface Waiting {
  finish: Finish;
  settle: () => void;
  fail: (error: unknown) => void;
}

export interface SharedEndsOptions {
  /** One statement for all of them, which commits by itself. */
  record(finishes: readonly Finish[]): Promise<void>;
  /** Called after each round of commits: somebody may have waited for one of these jobs. */
  onRecorded(): void;
  /** How many ends may be unwritten before `add` waits, so that a slow database holds the handlers back. */
  limit: number;
  log: Logger;
}

/**
 * Completions without an effect share commits: while one is written, the next collect. The slot of a job is free as soon
 * as its handler has answered; its row stays held until its end is written.
 */
export class SharedEnds {
  private readonly waiting: Waiting[] = [];
  // By lease token: after a pause a process may take over its own job while the old run still winds down.
  private readonly unwritten = new Map<number, { job: ClaimedJob; written: Promise<void> }>();
  private writing = false;

  constructor(private readonly options: SharedEndsOptions) {}

  get size(): number {
    return this.unwritten.size;
  }

  /** Jobs whose leases must be renewed until their end is written. */
  jobs(): ClaimedJob[] {
    return [...this.unwritten.values()].map(({ job }) => job);
  }

  async add(finish: Finish): Promise<void> {
    const { job } = finish;
    const written = new Promise<void>((settle, fail) => {
      this.waiting.push({ finish, settle, fail });
      void this.write();
    }).catch((error: unknown) => {
      // The lease will end, and the job, which has no effect of its own, is done again.
      this.options.log.warn({ reason: messageOf(error), job: job.id }, 'end not recorded; the lease will end');
    });
    this.unwritten.set(job.leaseToken, { job, written });
    void written.finally(() => this.unwritten.delete(job.leaseToken));
    if (this.size >= this.options.limit) await Promise.race([...this.unwritten.values()].map((one) => one.written));
  }

  /** Resolves when all that was given is written, or its lease is left to end. */
  async settled(): Promise<void> {
    await Promise.all([...this.unwritten.values()].map(({ written }) => written));
  }

  private async write(): Promise<void> {
    if (this.writing) return;
    this.writing = true;
    while (this.waiting.length > 0) {
      const batch = this.waiting.splice(0, BATCH);
      try {
        await this.options.record(batch.map((one) => one.finish));
        for (const one of batch) one.settle();
      } catch (error) {
        for (const one of batch) one.fail(error);
      }
    }
    this.writing = false;
    this.options.onRecorded();
  }
}
