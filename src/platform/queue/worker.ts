import type { Database } from '../db/orm.js';
import type { Transact, Who } from '../db/transact.js';
import type { Logger } from '../logger.js';
import { traced } from '../tracing/tracer.js';
import { BACKFILL_PRIORITY, DRAIN_MS, POLL_MS, RENEW_MS } from './backoff.js';
import { claimJobs, reclaimJobs, releaseJobs, renewLeases, type Reclaimed } from './claim.js';
import { ClaimLoop } from './claim-loop.js';
import { finishJobs, type AttemptedBy } from './finish.js';
import { handlersByKind } from './handlers.js';
import { createHeartbeat, type Heartbeat } from './heartbeat.js';
import { spanOf, type JobHandler } from './job.js';
import { endEvent } from './job-end.js';
import { JobRunner } from './job-runner.js';
import { JobSlots } from './job-slots.js';
import { SharedEnds } from './shared-ends.js';
import { Timers } from './timers.js';

export interface WorkerOptions {
  db: Database;
  transact: Transact;
  handlers: readonly JobHandler[];
  concurrency: number;
  /** Shown as leased_by and in attempts. */
  name: string;
  version: string;
  /** The deployment for which this process runs, once it is known. */
  deploymentId?(): string | null;
  log: Logger;
  random?: () => number;
  onEnd?(kind: string, result: string, durationMs: number): void;
  onCommit(wrote: { events: boolean; jobs: boolean }): void;
}

/**
 * Claims batches, runs up to `concurrency` jobs at once and records their end: with the effect when the handler used
 * `effect`, else in shared commits. Its parts: the loop that claims, the slots that run, the ends that are written.
 */
export class Worker {
  private readonly handlers: ReadonlyMap<string, JobHandler>;
  private readonly kinds: string[];
  private readonly by: AttemptedBy;
  private readonly who: Who;
  /** How many jobs are held at most, running or waiting: short jobs must not wait for a claim each. */
  private readonly prefetch: number;
  private readonly ends: SharedEnds;
  private readonly slots: JobSlots;
  private readonly claims: ClaimLoop;
  private readonly heartbeat: Heartbeat;
  private readonly polls: Timers;
  private readonly renewals: Timers;
  private stopping = false;

  constructor(private readonly options: WorkerOptions) {
    const { transact, log, name, version, random = Math.random } = options;
    this.handlers = handlersByKind(options.handlers);
    this.kinds = [...this.handlers.keys()];
    this.prefetch = Math.min(100, options.concurrency * 8);
    this.who = { origin: 'system', actor: `worker:${name}` };
    this.by = {
      worker: name,
      version,
      get deploymentId(): string | null {
        return options.deploymentId?.() ?? null;
      },
    };
    const wakeIfShort = (): void => {
      if (this.slots.isShort()) this.wake();
    };
    this.ends = new SharedEnds({
      log,
      limit: this.prefetch * 2,
      onRecorded: wakeIfShort,
      record: async (finishes) => {
        // Ends and their events together: no transaction to open, and it commits by itself.
        await finishJobs(options.db.read, finishes, this.by, true);
        options.onCommit({ events: true, jobs: false });
      },
    });
    const runner = new JobRunner({
      transact,
      log,
      random,
      handlers: this.handlers,
      by: this.by,
      who: this.who,
      finish: (finish) => this.ends.add(finish),
      stopping: () => this.stopping,
      onEnd: (kind, result, durationMs) => {
        this.heartbeat.count(result);
        options.onEnd?.(kind, result, durationMs);
      },
    });
    this.slots = new JobSlots({
      concurrency: options.concurrency,
      run: (job, signal) => traced(`job ${job.kind}`, spanOf(job), () => runner.run(job, signal)),
      onShort: () => this.wake(),
    });
    this.heartbeat = createHeartbeat({
      ...options,
      worker: name,
      deploymentId: () => this.by.deploymentId ?? null,
      running: () => this.running(),
    });
    this.claims = new ClaimLoop({ log, claim: (oldestFirst) => this.claim(oldestFirst) });
    this.polls = new Timers(log);
    this.renewals = new Timers(log);
  }

  start(): void {
    this.heartbeat.start();
    this.polls.every(POLL_MS, 'claim', () => Promise.resolve(this.wake()));
    this.polls.every(POLL_MS, 'reclaim', () => this.reclaim());
    // Renewal runs while draining too, so it has timers of its own.
    this.renewals.every(RENEW_MS, 'renewal of leases', () => this.renew());
    this.wake();
  }

  /** Something is due; claims at once. */
  wake(): void {
    if (!this.stopping) this.claims.wake();
  }

  running(): number {
    return this.slots.runningCount;
  }

  /** Runs until nothing is due. */
  async drain(): Promise<void> {
    const isQuiet = (): boolean => this.running() === 0 && this.slots.waitingCount === 0 && this.ends.size === 0;
    for (;;) {
      // Quiet before the claim and after it: an end that was written in between may have woken somebody.
      const before = isQuiet();
      this.wake();
      await this.claims.idle();
      if (before && isQuiet()) return;
      await this.slots.ended();
      await this.ends.settled();
    }
  }

  /** Stops claiming, releases unstarted claims, waits up to 15 s for running jobs. */
  async stop(): Promise<void> {
    const { db, log } = this.options;
    this.stopping = true;
    void this.heartbeat.drain();
    this.polls.clear();
    await this.claims.stop();
    const unstarted = this.slots.close();
    if (unstarted.length > 0) {
      await releaseJobs(db, unstarted).catch(() => log.warn('claims not released; their leases will end'));
    }
    const patience = setTimeout(() => this.slots.abortRunning(), DRAIN_MS / 2);
    let deadline: NodeJS.Timeout | undefined;
    const late = new Promise((resolve) => (deadline = setTimeout(resolve, DRAIN_MS - 2000)));
    await Promise.race([this.slots.ended().then(() => this.ends.settled()), late]);
    clearTimeout(patience);
    clearTimeout(deadline);
    this.renewals.clear();
    if (this.running() > 0) log.warn({ count: this.running() }, 'jobs did not end in time; their leases will end');
    await this.heartbeat.stop();
  }

  private async claim(oldestFirst: boolean): Promise<boolean> {
    const { db, name } = this.options;
    const limit = this.prefetch - this.slots.waitingCount;
    if (this.stopping || limit <= 0) return false;
    const backfillIsFull = this.slots.waitingBackfill >= this.prefetch / 2;
    const jobs = await claimJobs(db, {
      worker: name,
      kinds: this.kinds,
      limit,
      belowPriority: backfillIsFull ? BACKFILL_PRIORITY : 10,
      oldestFirst,
    });
    if (this.stopping) {
      if (jobs.length > 0) await releaseJobs(db, jobs);
      return false;
    }
    this.slots.add(jobs);
    // Full batch: there is probably more.
    return jobs.length === limit && this.slots.isShort();
  }

  /** Takes over the jobs of workers that are gone. */
  private async reclaim(): Promise<void> {
    if (this.stopping) return;
    const { transact, concurrency } = this.options;
    const taken = await transact(this.who, async (tx) => {
      const request = { kinds: this.kinds, limit: this.prefetch, concurrency, ...this.by };
      const lost = await reclaimJobs(tx, request);
      for (const { job, status, outcome } of lost) {
        const event = endEvent(job, status, outcome);
        if (event) tx.emit(event);
        if (status === 'dead_letter') {
          const failure = { final: true, code: 'WORKER_LOST', message: 'The worker was lost while doing this.' };
          await this.handlers.get(job.kind)?.onFailure?.(tx, job, failure);
        }
      }
      return lost;
    });
    await this.takeOver(taken);
  }

  private async takeOver(taken: readonly Reclaimed[]): Promise<void> {
    const mine = taken.filter(({ status }) => status === 'processing').map(({ job }) => job);
    if (mine.length === 0) return;
    if (this.stopping) return releaseJobs(this.options.db, mine);
    this.options.log.warn({ count: mine.length }, 'took over jobs of a lost worker');
    this.slots.add(mine);
  }

  private async renew(): Promise<void> {
    const held = [...this.slots.jobs(), ...this.ends.jobs()];
    if (held.length > 0) await renewLeases(this.options.db, held);
  }
}
