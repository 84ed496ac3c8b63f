import { AppError, classOf, messageOf } from '../../kernel/errors.js';
import { isConnectionFailure, isContention, isUniqueViolation } from '../db/failures.js';
import type { Transact, Tx, Who } from '../db/transact.js';
import type { Logger } from '../logger.js';
import { activeSpan } from '../tracing/tracer.js';
import { backoffMs, MAX_TRIES } from './backoff.js';
import { lockLease, type AttemptedBy, type Finish, type PutBack } from './finish.js';
import { COMMITTED, LeaseLost, type ClaimedJob, type JobHandler, type JobResult, type JobRun } from './job.js';
import { recordPutBack, recordResult } from './job-end.js';

export interface JobRunnerOptions {
  transact: Transact;
  handlers: ReadonlyMap<string, JobHandler>;
  by: AttemptedBy;
  /** The worker itself, for handlers that write in nobody else's name. */
  who: Who;
  /** Takes the end of a job without an effect. */
  finish(finish: Finish): Promise<void>;
  stopping(): boolean;
  onEnd?(kind: string, result: string, durationMs: number): void;
  random: () => number;
  log: Logger;
}

const OURS_DELAY_MS = 1000;
const RACE_RETRIES = 5;

interface Try {
  job: ClaimedJob;
  begun: number;
  log: Logger;
}

const sinceStart = (begun: number): number => Math.round(performance.now() - begun);

/** A race for the one waiting row of a job key is a unique violation: the work is done again. */
async function withRaceRetry<T>(work: () => Promise<T>): Promise<T> {
  for (let tries = 1; ; tries += 1) {
    try {
      return await work();
    } catch (error) {
      if (!isUniqueViolation(error, 'tds_sync_queue_lane_waiting') || tries >= RACE_RETRIES) throw error;
    }
  }
}

/** Runs one try of one job and records how it ended. Never rejects. */
export class JobRunner {
  constructor(private readonly options: JobRunnerOptions) {}

  async run(job: ClaimedJob, signal: AbortSignal): Promise<void> {
    const handler = this.options.handlers.get(job.kind);
    if (!handler) return;
    const log = this.options.log.child({ job: job.id, kind: job.kind, jobKey: job.jobKey });
    const current: Try = { job, begun: performance.now(), log };
    try {
      const result = await handler.run(this.jobRun(handler, current, signal));
      if (result !== COMMITTED) await this.recordAlone(current, result);
      this.options.onEnd?.(job.kind, 'ok', sinceStart(current.begun));
    } catch (error) {
      await this.recordFailure(handler, current, error);
    }
  }

  private jobRun(handler: JobHandler, { job, begun, log }: Try, signal: AbortSignal): JobRun {
    const who = { ...(handler.who ?? this.options.who), requestId: job.id };
    const effect = async (tx: Tx, work: (tx: Tx) => Promise<JobResult>): Promise<typeof COMMITTED> => {
      if (!(await lockLease(tx, job))) throw new LeaseLost(job.id);
      const result = await work(tx);
      await tx.em.flush();
      await recordResult(tx, job, { result, duration: sinceStart(begun) }, this.options.by);
      return COMMITTED;
    };
    return {
      job,
      log,
      signal,
      effect: (work) => withRaceRetry(() => this.options.transact(who, (tx) => effect(tx, work))),
    };
  }

  /** The end of a job that had no effect of its own. */
  private async recordAlone({ job, begun }: Try, result: JobResult): Promise<void> {
    const duration = sinceStart(begun);
    if (result.kind === 'done') {
      await this.options.finish({ job, outcome: result.outcome, warnings: result.warnings ?? [], duration });
      return;
    }
    await withRaceRetry(() =>
      this.options.transact(this.options.who, (tx) => recordResult(tx, job, { result, duration }, this.options.by)),
    );
  }

  private async recordFailure(handler: JobHandler, { job, begun, log }: Try, error: unknown): Promise<void> {
    const duration = sinceStart(begun);
    if (error instanceof LeaseLost) {
      log.warn('lease lost; another worker has the job');
      this.options.onEnd?.(job.kind, 'lost', duration);
      return;
    }
    // A deadlock, a lost connection or our own shutdown is no fault of the job: it costs no try.
    const ours = isContention(error) || isConnectionFailure(error) || this.isAbortedByDrain(error);
    const permanent = !ours && (handler.isPermanent?.(error) ?? false);
    const final = permanent || (!ours && job.retryCount + 1 >= MAX_TRIES);
    const code = error instanceof AppError ? error.code : classOf(error);
    activeSpan()?.fail(code);
    const message = messageOf(error).slice(0, 2000);
    const put: PutBack = {
      ...(ours ? this.releasedPut() : this.failedPut(job, { final, permanent })),
      duration,
      errorClass: classOf(error),
      errorCode: code,
      errorMessage: message,
    };
    log.warn({ code, reason: message, final, ours }, 'job failed');
    try {
      await withRaceRetry(() =>
        this.options.transact(this.options.who, async (tx) => {
          if (!(await lockLease(tx, job))) return;
          const status = await recordPutBack(tx, job, put, this.options.by);
          if (!ours && status !== 'completed') await handler.onFailure?.(tx, job, { final, code, message });
        }),
      );
    } catch (recordError) {
      // The database is away: the lease ends by itself and the job is claimed again.
      log.warn({ err: recordError }, 'failure not recorded; the lease will end');
    }
    this.options.onEnd?.(job.kind, final ? 'dead_letter' : ours ? 'released' : 'failed', duration);
  }

  private releasedPut(): Omit<PutBack, 'duration'> {
    return { status: 'pending', delayMs: OURS_DELAY_MS * this.options.random(), costsTry: false, result: 'snoozed' };
  }

  private failedPut(
    job: ClaimedJob,
    { final, permanent }: { final: boolean; permanent: boolean },
  ): Omit<PutBack, 'duration'> {
    const status = final ? 'dead_letter' : 'failed';
    return {
      status,
      delayMs: backoffMs(job.retryCount + 1, this.options.random),
      costsTry: !permanent,
      result: status,
    };
  }

  private isAbortedByDrain(error: unknown): boolean {
    return (
      this.options.stopping() &&
      error instanceof Error &&
      (error.name === 'AbortError' || error.name === 'TimeoutError')
    );
  }
}
