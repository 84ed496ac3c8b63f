import { AppError, classOf, messageOf } from '../../kernel/errors.js';
import { isConnectionFailure, isContention, isUniqueViolation } from '../db/failures.js';
import type { Database } from '../db/orm.js';
import type { Transact, Tx } from '../db/transact.js';
import type { DomainEvent } from '../events.js';
import type { Logger } from '../logger.js';
import { activeSpan, traced } from '../tracing/tracer.js';
import { BACKFILL_PRIORITY, backoffMs, DRAIN_MS, MAX_TRIES, POLL_MS, RENEW_MS } from './backoff.js';
import {
  claimJobs,
  finishJobs,
  releaseJobs,
  lockLease,
  putBackJob,
  reclaimJobs,
  renewLeases,
  type Finish,
  type PutBack,
} from './claim.js';
import { createHeartbeat } from './heartbeat.js';
import {
  COMMITTED,
  LeaseLost,
  spanOf,
  type ClaimedJob,
  type JobHandler,
  type JobResult,
  type JobRun,
  type JobStatus,
  type Outcome,
} from './job.js';
import {
  queueItemCompleted,
  queueItemDeadLettered,
  queueItemFailed,
  queueItemSuperseded,
  type QueueEventData,
} from './queue.events.js';

/**
 * A worker claims batches, runs up to `concurrency` jobs at once and records their end: with the effect when the handler
 * used `effect`, else in shared commits. Errors of ours (deadlock, lost connection) cost no try.
 */
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

export interface Worker {
  start(): void;
  /** Something is due; claims at once. */
  wake(): void;
  /** Stops claiming, releases unstarted jobs, waits up to 15 s for running jobs. */
  stop(): Promise<void>;
  running(): number;
  /** Tests: runs until nothing is due. */
  drain(): Promise<void>;
}

const OURS_DELAY_MS = 1000;
const RACE_RETRIES = 5;

export function eventData(job: ClaimedJob, status: string, outcome: Outcome | null): QueueEventData {
  return { kind: job.kind, entityType: job.entityType, zohoEntityId: job.zohoEntityId, status, outcome };
}

export function endEvent(job: ClaimedJob, status: JobStatus, outcome: Outcome | null): DomainEvent | null {
  if (status === 'completed' && outcome === 'superseded')
    return queueItemSuperseded(job.id, eventData(job, status, outcome));
  if (status === 'completed') return queueItemCompleted(job.id, eventData(job, status, outcome));
  if (status === 'failed') return queueItemFailed(job.id, eventData(job, status, outcome));
  if (status === 'dead_letter') return queueItemDeadLettered(job.id, eventData(job, status, outcome));
  return null;
}

export function createWorker(options: WorkerOptions): Worker {
  const { db, transact, log } = options;
  const random = options.random ?? Math.random;
  const handlers = new Map(options.handlers.map((handler) => [handler.kind, handler]));
  const kinds = [...handlers.keys()];
  const by = {
    worker: options.name,
    version: options.version,
    get deploymentId(): string | null {
      return options.deploymentId?.() ?? null;
    },
  };
  const system = { origin: 'system', actor: `worker:${options.name}` } as const;
  const prefetch = Math.min(100, options.concurrency * 8);
  const backfillSlots = Math.max(1, options.concurrency - 2);

  const waiting: ClaimedJob[] = [];
  const finishing = new Map<number, { job: ClaimedJob; written: Promise<void> }>();
  // By lease token: after a pause a process may take over its own job while the old run still winds down.
  const running = new Map<number, { job: ClaimedJob; abort: AbortController; end: Promise<void> }>();
  let stopping = false;
  let claiming: Promise<void> | null = null;
  let claimAgain = false;
  let claims = 0;
  const timers: NodeJS.Timeout[] = [];
  const heartbeat = createHeartbeat({
    ...options,
    worker: options.name,
    deploymentId: () => by.deploymentId,
    running: () => running.size,
  });
  const onEnd = (kind: string, result: string, durationMs: number): void => {
    heartbeat.count(result);
    options.onEnd?.(kind, result, durationMs);
  };

  // Completions without an effect share commits: while one runs, the next collect.
  const ends: { finish: Finish; settle: () => void; fail: (error: unknown) => void }[] = [];
  let flushing = false;

  const flushEnds = async (): Promise<void> => {
    if (flushing) return;
    flushing = true;
    while (ends.length > 0) {
      const batch = ends.splice(0, 200);
      try {
        await recordEnds(batch.map((one) => one.finish));
        for (const one of batch) one.settle();
      } catch (error) {
        for (const one of batch) one.fail(error);
      }
    }
    flushing = false;
    // Jobs that waited for one of these job keys are due now.
    if (waiting.length < options.concurrency) wake();
  };

  // One statement, ends and their events together: no transaction to open, and it commits by itself.
  const recordEnds = async (finishes: readonly Finish[]): Promise<void> => {
    await finishJobs(db.read, finishes, by, true);
    options.onCommit({ events: true, jobs: false });
  };

  /**
   * The slot is free as soon as the handler has answered; the row stays held until its end is written. At most one claim's
   * worth of ends waits, so a slow database holds the handlers back.
   */
  const finishShared = async (finish: Finish): Promise<void> => {
    const written = new Promise<void>((settle, fail) => {
      ends.push({ finish, settle, fail });
      void flushEnds();
    }).catch((error: unknown) => {
      // The lease will end, and the job, which has no effect of its own, is done again.
      log.warn({ reason: messageOf(error), job: finish.job.id }, 'end not recorded; the lease will end');
    });
    const { leaseToken } = finish.job;
    finishing.set(leaseToken, { job: finish.job, written });
    void written.finally(() => finishing.delete(leaseToken));
    if (finishing.size >= prefetch * 2) await Promise.race([...finishing.values()].map((one) => one.written));
  };

  const sinceStart = (begun: number): number => Math.round(performance.now() - begun);

  const writeEnd = async (tx: Tx, job: ClaimedJob, result: JobResult, duration: number): Promise<void> => {
    if (result.kind === 'snooze') {
      await recordPutBack(tx, job, snoozed(result, duration));
      return;
    }
    const outcome = result.kind === 'discard' ? 'discarded' : result.outcome;
    const warnings = result.kind === 'done' ? (result.warnings ?? []) : [];
    const reason = result.kind === 'discard' ? result.reason : undefined;
    const held = await finishJobs(tx.sql, [{ job, outcome, warnings, duration, reason }], by);
    if (!held.has(job.id)) throw new LeaseLost(job.id);
    tx.emit(queueItemCompleted(job.id, eventData(job, 'completed', outcome)));
  };

  const recordPutBack = async (tx: Tx, job: ClaimedJob, put: PutBack): Promise<JobStatus | null> => {
    const status = await putBackJob(tx, job, put, by);
    if (status === null) return null;
    const event = endEvent(job, status, status === 'completed' ? 'superseded' : null);
    if (event) tx.emit(event);
    return status;
  };

  /** A race for the one waiting row of a job key is a unique violation: the work is done again. */
  const withRaceRetry = async <T>(work: () => Promise<T>): Promise<T> => {
    for (let tries = 1; ; tries += 1) {
      try {
        return await work();
      } catch (error) {
        if (!isUniqueViolation(error, 'tds_sync_queue_lane_waiting') || tries >= RACE_RETRIES) throw error;
      }
    }
  };

  const runJob = async (job: ClaimedJob, abort: AbortController): Promise<void> => {
    const handler = handlers.get(job.kind);
    if (!handler) return;
    const begun = performance.now();
    const jobLog = log.child({ job: job.id, kind: job.kind, jobKey: job.jobKey });
    const origin = job.kind === 'pull' ? ({ origin: 'zoho', actor: 'zoho-sync' } as const) : system;
    const run: JobRun = {
      job,
      log: jobLog,
      signal: abort.signal,
      effect: (work) =>
        withRaceRetry(() =>
          transact({ ...origin, requestId: job.id }, async (tx): Promise<typeof COMMITTED> => {
            if (!(await lockLease(tx, job))) throw new LeaseLost(job.id);
            const result = await work(tx);
            await tx.em.flush();
            await writeEnd(tx, job, result, sinceStart(begun));
            return COMMITTED;
          }),
        ),
    };
    try {
      const result = await handler.run(run);
      if (result !== COMMITTED) {
        if (result.kind === 'done') {
          await finishShared({
            job,
            outcome: result.outcome,
            warnings: result.warnings ?? [],
            duration: sinceStart(begun),
          });
        } else {
          await withRaceRetry(() => transact(system, (tx) => writeEnd(tx, job, result, sinceStart(begun))));
        }
      }
      onEnd(job.kind, 'ok', sinceStart(begun));
    } catch (error) {
      await recordFailure(handler, job, error, sinceStart(begun), jobLog);
    }
  };

  const recordFailure = async (
    handler: JobHandler,
    job: ClaimedJob,
    error: unknown,
    duration: number,
    jobLog: Logger,
  ): Promise<void> => {
    if (error instanceof LeaseLost) {
      jobLog.warn('lease lost; another worker has the job');
      onEnd(job.kind, 'lost', duration);
      return;
    }
    const ours = isContention(error) || isConnectionFailure(error) || isAbortedByDrain(error);
    const final = !ours && job.retryCount + 1 >= MAX_TRIES;
    const code = error instanceof AppError ? error.code : classOf(error);
    activeSpan()?.fail(code);
    const message = messageOf(error).slice(0, 2000);
    const put: PutBack = ours
      ? { status: 'pending', delayMs: OURS_DELAY_MS * random(), costsTry: false, result: 'snoozed', duration }
      : {
          status: final ? 'dead_letter' : 'failed',
          delayMs: backoffMs(job.retryCount + 1, random),
          costsTry: true,
          result: final ? 'dead_letter' : 'failed',
          duration,
        };
    Object.assign(put, { errorClass: classOf(error), errorCode: code, errorMessage: message });
    jobLog.warn({ code, reason: message, final, ours }, 'job failed');
    try {
      await withRaceRetry(() =>
        transact(system, async (tx) => {
          if (!(await lockLease(tx, job))) return;
          const status = await recordPutBack(tx, job, put);
          if (!ours && status !== 'completed') await handler.onFailure?.(tx, job, { final, code, message });
        }),
      );
    } catch (recordError) {
      // The database is away: the lease ends by itself and the job is claimed again.
      jobLog.warn({ err: recordError }, 'failure not recorded; the lease will end');
    }
    onEnd(job.kind, final ? 'dead_letter' : ours ? 'released' : 'failed', duration);
  };

  const isAbortedByDrain = (error: unknown): boolean =>
    stopping && error instanceof Error && (error.name === 'AbortError' || error.name === 'TimeoutError');

  const backfillRunning = (): number =>
    [...running.values()].filter(({ job }) => job.priority >= BACKFILL_PRIORITY).length;

  const startJobs = (): void => {
    while (!stopping && running.size < options.concurrency && waiting.length > 0) {
      const full = backfillRunning() >= backfillSlots;
      const index = full ? waiting.findIndex((job) => job.priority < BACKFILL_PRIORITY) : 0;
      if (index < 0) return;
      const [job] = waiting.splice(index, 1) as [ClaimedJob];
      const abort = new AbortController();
      const end = traced(`job ${job.kind}`, spanOf(job), () => runJob(job, abort)).finally(() => {
        running.delete(job.leaseToken);
        startJobs();
        if (waiting.length < options.concurrency) wake();
      });
      running.set(job.leaseToken, { job, abort, end });
    }
  };

  const claimOnce = async (): Promise<void> => {
    const limit = prefetch - waiting.length;
    if (stopping || limit <= 0) return;
    claims += 1;
    const backfillWaiting = waiting.filter((job) => job.priority >= BACKFILL_PRIORITY).length;
    const jobs = await claimJobs(db, {
      worker: options.name,
      kinds,
      limit,
      belowPriority: backfillWaiting >= prefetch / 2 ? BACKFILL_PRIORITY : 10,
      oldestFirst: claims % 8 === 0,
    });
    if (stopping) {
      if (jobs.length > 0) await releaseJobs(db, jobs);
      return;
    }
    waiting.push(...jobs);
    startJobs();
    // Full batch: there is probably more.
    if (jobs.length === limit && waiting.length < options.concurrency) claimAgain = true;
  };

  const wake = (): void => {
    if (stopping) return;
    if (claiming) {
      claimAgain = true;
      return;
    }
    claiming = claimOnce()
      .catch((error: unknown) => {
        if (isUniqueViolation(error)) claimAgain = true;
        else log.warn({ reason: messageOf(error) }, 'claim failed; tried again by the next poll');
      })
      .finally(() => {
        claiming = null;
        if (claimAgain) {
          claimAgain = false;
          wake();
        }
      });
  };

  const reclaim = async (): Promise<void> => {
    const taken = await transact(system, async (tx) => {
      const lost = await reclaimJobs(tx, { kinds, limit: prefetch, concurrency: options.concurrency, ...by });
      for (const { job, status, outcome } of lost) {
        const event = endEvent(job, status, outcome);
        if (event) tx.emit(event);
        if (status === 'dead_letter') {
          const failure = { final: true, code: 'WORKER_LOST', message: 'The worker was lost while doing this.' };
          await handlers.get(job.kind)?.onFailure?.(tx, job, failure);
        }
      }
      return lost;
    });
    const mine = taken.filter(({ status }) => status === 'processing').map(({ job }) => job);
    if (mine.length === 0) return;
    log.warn({ count: mine.length }, 'took over jobs of a lost worker');
    waiting.push(...mine);
    startJobs();
  };

  const renew = async (): Promise<void> => {
    const held = [...waiting, ...[...running.values(), ...finishing.values()].map(({ job }) => job)];
    if (held.length > 0) await renewLeases(db, held);
  };

  const every = (ms: number, task: () => Promise<void>, what: string): void => {
    let busy = false;
    const timer = setInterval(() => {
      if (busy || stopping) return;
      busy = true;
      task()
        .catch((error: unknown) => log.warn({ reason: messageOf(error) }, `${what} failed; tried again`))
        .finally(() => {
          busy = false;
        });
    }, ms);
    timers.push(timer);
  };

  return {
    start() {
      heartbeat.start();
      every(POLL_MS, () => Promise.resolve(wake()), 'claim');
      every(POLL_MS, reclaim, 'reclaim');
      // Renewal runs while draining too, so it has a timer of its own.
      timers.push(setInterval(() => void renew().catch(() => undefined), RENEW_MS));
      wake();
    },
    wake,
    running: () => running.size,
    async drain() {
      const isQuiet = (): boolean => running.size === 0 && waiting.length === 0 && finishing.size === 0;
      for (;;) {
        // Quiet before the claim and after it: an end that was written in between may have woken somebody.
        const before = isQuiet();
        wake();
        while (claiming) await claiming;
        if (before && isQuiet()) return;
        await Promise.all([...running.values()].map(({ end }) => end));
        await Promise.all([...finishing.values()].map(({ written }) => written));
      }
    },
    async stop() {
      stopping = true;
      void heartbeat.drain();
      await claiming;
      const unstarted = waiting.splice(0);
      if (unstarted.length > 0) {
        await releaseJobs(db, unstarted).catch(() => log.warn('jobs not released; their leases will end'));
      }
      const all = Promise.all([...running.values()].map(({ end }) => end)).then(() =>
        Promise.all([...finishing.values()].map(({ written }) => written)),
      );
      const patience = setTimeout(() => {
        for (const { abort } of running.values()) abort.abort();
      }, DRAIN_MS / 2);
      let deadline: NodeJS.Timeout | undefined;
      await Promise.race([all, new Promise((resolve) => (deadline = setTimeout(resolve, DRAIN_MS - 2000)))]);
      clearTimeout(patience);
      clearTimeout(deadline);
      for (const timer of timers) clearInterval(timer);
      if (running.size > 0) log.warn({ count: running.size }, 'jobs did not end in time; their leases will end');
      await heartbeat.stop();
    },
  };

  function snoozed(result: JobResult & { kind: 'snooze' }, duration: number): PutBack {
    return {
      status: 'pending',
      delayMs: result.delayMs,
      waitsFor: result.waitsFor,
      costsTry: false,
      result: 'snoozed',
      errorMessage: result.reason,
      duration,
    };
  }
}
