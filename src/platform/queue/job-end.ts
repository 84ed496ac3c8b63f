import type { Tx } from '../db/transact.js';
import type { DomainEvent } from '../events.js';
import { finishJobs, putBackJob, type AttemptedBy, type PutBack } from './finish.js';
import { LeaseLost, type ClaimedJob, type JobResult, type JobStatus, type Outcome } from './job.js';
import {
  queueItemCompleted,
  queueItemDeadLettered,
  queueItemFailed,
  queueItemSuperseded,
  type QueueEventData,
} from './queue.events.js';

function eventData(job: ClaimedJob, status: JobStatus, outcome: Outcome | null): QueueEventData {
  const { kind, entityType, remoteId, system } = job;
  return { kind, entityType, remoteId, system, status, outcome };
}

/** What the log says of a job that now has this status; null for one that goes on. */
export function endEvent(job: ClaimedJob, status: JobStatus, outcome: Outcome | null): DomainEvent | null {
  const data = eventData(job, status, outcome);
  if (status === 'completed')
    return outcome === 'superseded' ? queueItemSuperseded(job.id, data) : queueItemCompleted(job.id, data);
  if (status === 'failed') return queueItemFailed(job.id, data);
  if (status === 'dead_letter') return queueItemDeadLettered(job.id, data);
  return null;
}

/** Puts a job back or ends it as dead, with its event; null when the lease was lost. */
export async function recordPutBack(tx: Tx, job: ClaimedJob, put: PutBack, by: AttemptedBy): Promise<JobStatus | null> {
  const status = await putBackJob(tx, job, put, by);
  if (status === null) return null;
  const event = endEvent(job, status, status === 'completed' ? 'superseded' : null);
  if (event) tx.emit(event);
  return status;
}

/** Writes what a handler has answered, in the Tx of its effect or in one of its own. Throws LeaseLost. */
export async function recordResult(
  tx: Tx,
  job: ClaimedJob,
  { result, duration }: { result: JobResult; duration: number },
  by: AttemptedBy,
): Promise<void> {
  if (result.kind === 'snooze') {
    await recordPutBack(tx, job, snoozed(result, duration), by);
    return;
  }
  const outcome = result.kind === 'discard' ? 'discarded' : result.outcome;
  const warnings = result.kind === 'done' ? (result.warnings ?? []) : [];
  const reason = result.kind === 'discard' ? result.reason : undefined;
  const held = await finishJobs(tx.sql, [{ job, outcome, warnings, duration, reason }], by);
  if (!held.has(job.id)) throw new LeaseLost(job.id);
  tx.emit(queueItemCompleted(job.id, eventData(job, 'completed', outcome)));
}

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
