import type { Tx, Who } from '../db/transact.js';
import type { Logger } from '../logger.js';
import type { SpanOptions } from '../tracing/tracer.js';

/**
 * A job is kind + ids, never data that can go stale. Its job key is kind + record: at most one row of a job key waits
 * and at most one runs, so work on one record is serial and a poison record blocks only itself.
 */
export interface JobRequest {
  kind: string;
  jobKey: string;
  priority?: number;
  entityType?: string;
  /** The id here. */
  entityId?: string;
  /** The id at the source. */
  remoteId?: string;
  inboxEventId?: string;
  runId?: string;
  delayMs?: number;
  /** Work of the system itself, kept apart from that on records; said of a job without remoteId unless it says otherwise. */
  system?: boolean;
}

export const JOB_STATUSES = ['pending', 'processing', 'completed', 'failed', 'dead_letter'] as const;
export type JobStatus = (typeof JOB_STATUSES)[number];

export type Outcome = 'applied' | 'unchanged' | 'stale' | 'superseded' | 'ignored' | 'discarded';

/** What the row says about data that was left as it was, e.g. an invalid number in a field. */
export interface JobWarning {
  code: string;
  field?: string;
  message: string;
}

export interface ClaimedJob {
  id: string;
  kind: string;
  jobKey: string;
  entityType: string | null;
  entityId: string | null;
  remoteId: string | null;
  inboxEventId: string | null;
  runId: string | null;
  system: boolean;
  priority: number;
  retryCount: number;
  snoozeCount: number;
  queuedAt: Date;
  leaseToken: number;
}

/** A trace of its own: whatever enqueued it has been answered long before. */
export const spanOf = (job: ClaimedJob): SpanOptions => ({
  kind: 'consumer',
  root: true,
  attributes: { 'tsh.job.id': job.id, 'tsh.job.kind': job.kind, 'tsh.job.attempt': job.retryCount + 1 },
});

/**
 * What a handler answers. `done` ends the job with an outcome; `snooze` puts it back and costs no try; `discard` ends it
 * for good with a reason. A throw rolls back and is tried again.
 */
export type JobResult =
  | { kind: 'done'; outcome: Outcome; warnings?: readonly JobWarning[] }
  | { kind: 'snooze'; delayMs: number; reason: string; waitsFor?: string }
  | { kind: 'discard'; reason: string };

export const done = (outcome: Outcome, warnings?: readonly JobWarning[]): JobResult => ({
  kind: 'done',
  outcome,
  warnings,
});
export const snooze = (delayMs: number, reason: string, waitsFor?: string): JobResult => ({
  kind: 'snooze',
  delayMs,
  reason,
  waitsFor,
});
export const discard = (reason: string): JobResult => ({ kind: 'discard', reason });

/** Says that the effect's Tx has already written the job's end, so the worker has nothing left to record. */
export const COMMITTED = Symbol('committed');

export interface JobRun {
  job: ClaimedJob;
  log: Logger;
  /** Aborted when the worker drains or the lease is lost; pass it to HTTP calls. */
  signal: AbortSignal;
  /**
   * One Tx that first locks the queue row by its lease token (a lost lease rolls back and writes nothing), then runs
   * `work`, then writes the job's end in the same commit. The effect and the queue row cannot diverge.
   */
  effect(work: (tx: Tx) => Promise<JobResult>): Promise<typeof COMMITTED>;
}

export interface JobHandler {
  kind: string;
  /** In whose name its effects are written; the worker's when nothing is said. */
  who?: Who;
  run(run: JobRun): Promise<JobResult | typeof COMMITTED>;
  /** Whether trying again cannot help: the job dies at once and no try is spent. */
  isPermanent?(error: unknown): boolean;
  /** Runs in the short Tx that records a failed try or a dead letter, e.g. to mark inbox rows. */
  onFailure?(tx: Tx, job: ClaimedJob, failure: { final: boolean; code: string; message: string }): Promise<void>;
}

/** The lease ended or was taken over: the effect must not be written. Costs nothing; the new holder does the work. */
export class LeaseLost extends Error {
  constructor(jobId: string) {
    super(`The lease of job ${jobId} is lost.`);
    this.name = 'LeaseLost';
  }
}
