import { BACKFILL_PRIORITY } from './backoff.js';
import type { ClaimedJob } from './job.js';

export interface JobSlotsOptions {
  concurrency: number;
  run(job: ClaimedJob, signal: AbortSignal): Promise<void>;
  /** Called whenever a slot became free while fewer jobs wait than there are slots. */
  onShort(): void;
}

const isBackfill = (job: ClaimedJob): boolean => job.priority >= BACKFILL_PRIORITY;

/** The claimed jobs of a worker: those that run, up to `concurrency`, and those that wait for a slot. */
export class JobSlots {
  private readonly waiting: ClaimedJob[] = [];
  // By lease token: after a pause a process may take over its own job while the old run still winds down.
  private readonly running = new Map<number, { job: ClaimedJob; abort: AbortController; end: Promise<void> }>();
  private readonly backfillSlots: number;
  private closed = false;

  constructor(private readonly options: JobSlotsOptions) {
    this.backfillSlots = Math.max(1, options.concurrency - 2);
  }

  get runningCount(): number {
    return this.running.size;
  }

  get waitingCount(): number {
    return this.waiting.length;
  }

  get waitingBackfill(): number {
    return this.waiting.filter(isBackfill).length;
  }

  isShort(): boolean {
    return this.waiting.length < this.options.concurrency;
  }

  /** All jobs whose leases are held. */
  jobs(): ClaimedJob[] {
    return [...this.waiting, ...[...this.running.values()].map(({ job }) => job)];
  }

  add(jobs: readonly ClaimedJob[]): void {
    this.waiting.push(...jobs);
    this.fill();
  }

  /** Starts nothing more; answers the jobs that were not started. */
  close(): ClaimedJob[] {
    this.closed = true;
    return this.waiting.splice(0);
  }

  abortRunning(): void {
    for (const { abort } of this.running.values()) abort.abort();
  }

  async ended(): Promise<void> {
    await Promise.all([...this.running.values()].map(({ end }) => end));
  }

  private fill(): void {
    while (!this.closed && this.running.size < this.options.concurrency) {
      const job = this.takeNext();
      if (!job) return;
      const abort = new AbortController();
      const end = this.options.run(job, abort.signal).finally(() => {
        this.running.delete(job.leaseToken);
        this.fill();
        if (this.isShort()) this.options.onShort();
      });
      this.running.set(job.leaseToken, { job, abort, end });
    }
  }

  /** The next in line; backfill may not take all slots, so a delivery never waits for a whole run. */
  private takeNext(): ClaimedJob | undefined {
    const backfillRunning = [...this.running.values()].filter(({ job }) => isBackfill(job)).length;
    const index = backfillRunning >= this.backfillSlots ? this.waiting.findIndex((job) => !isBackfill(job)) : 0;
    return index < 0 ? undefined : this.waiting.splice(index, 1)[0];
  }
}
