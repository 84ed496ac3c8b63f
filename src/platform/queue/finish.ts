import { newId } from '../../kernel/ids.js';
import type { Tx } from '../db/transact.js';
import { WAITING } from './enqueue.js';
import type { ClaimedJob, JobStatus, JobWarning, Outcome } from './job.js';

/** Who ran a try: attempts name it, and items remember where they failed first. */
export interface AttemptedBy {
  worker: string;
  version: string;
  deploymentId?: string | null;
}

/** First statement of an effect: answers false when the lease is lost, and then nothing may be written. */
export async function lockLease(tx: Tx, job: ClaimedJob): Promise<boolean> {
  const rows = await tx.sql(
    `select 1 from tds_sync_queue where id = $1 and lease_token = $2 and status = 'processing' for update`,
    [job.id, job.leaseToken],
  );
  return rows.length === 1;
}

export interface Finish {
  job: ClaimedJob;
  outcome: Outcome;
  warnings: readonly JobWarning[];
  /** Milliseconds. */
  duration: number;
  /** Why it was discarded. */
  reason?: string;
}

const finishSql = (logged: string): string => `
  with ended as (
    select * from unnest($1::uuid[], $2::bigint[], $3::text[], $4::jsonb[], $5::int[], $6::text[], $7::uuid[])
      as t(id, token, outcome, warnings, duration, reason, attempt_id) order by id
  ), held as (
    select h.id from tds_sync_queue h join ended on ended.id = h.id and ended.token = h.lease_token
    where h.status = 'processing' order by h.id for update of h
  ), finished as (
    update tds_sync_queue q set status = 'completed', outcome = ended.outcome, warnings = ended.warnings,
      processing_completed_at = clock_timestamp(), error_code = null, error_message = null,
      lease_token = null, lease_until = null, leased_by = null
    from held join ended on ended.id = held.id
    where q.id = held.id
    returning q.id, q.lane, q.kind, q.entity_type, q.zoho_entity_id as remote_id, q.system, ended.outcome, ended.duration, ended.reason,
      ended.attempt_id
  ), attempts as (
    insert into tds_sync_attempts (id, queue_id, result, outcome, worker, app_version, deployment_id, error_message,
      duration_ms)
    select attempt_id, id, 'completed', outcome, $8, $9, $10::uuid, reason, duration from finished
  ), woken as (
    update tds_sync_queue w set run_at = now(), waits_for = null
    where w.id in (select c.id from tds_sync_queue c join finished on c.waits_for = finished.lane
      where c.waits_for is not null and c.${WAITING} for update of c skip locked)
  )${logged}
  select id from finished`;

const FINISH = finishSql('');
const FINISH_AND_LOG = finishSql(`, logged as (
    insert into event_outbox (name, entity_type, entity_id, data)
    select 'queueItemCompleted', 'queue', f.id::text, jsonb_build_object('kind', f.kind, 'entityType', f.entity_type,
      'remoteId', f.remote_id, 'system', f.system, 'status', 'completed', 'outcome', f.outcome)
    from finished f
  )`);

/**
 * Ends jobs as completed and wakes the jobs that waited for their job keys; answers the ids whose lease still held.
 * `log` writes the events as well; inside a Tx the caller emits them instead, so that they come last.
 */
export async function finishJobs(
  run: <Row>(text: string, params: readonly unknown[]) => Promise<Row[]>,
  ends: readonly Finish[],
  by: AttemptedBy,
  log = false,
): Promise<Set<string>> {
  const rows = await run<{ id: string }>(log ? FINISH_AND_LOG : FINISH, [
    ends.map((end) => end.job.id),
    ends.map((end) => end.job.leaseToken),
    ends.map((end) => end.outcome),
    ends.map((end) => JSON.stringify(end.warnings)),
    ends.map((end) => end.duration),
    ends.map((end) => end.reason ?? null),
    ends.map(() => newId()),
    by.worker,
    by.version,
    by.deploymentId ?? null,
  ]);
  return new Set(rows.map((row) => row.id));
}

const PUT_BACK = `
  with back as (
    update tds_sync_queue q set
      status = case when w.waiting then 'completed' else $3 end,
      outcome = case when w.waiting then 'superseded' end,
      run_at = clock_timestamp() + $4 * interval '1 millisecond',
      waits_for = $5,
      retry_count = q.retry_count + $6,
      -- The worker survived the job: only losses in a row are suspicious, or a run that snoozes for hours would die of old ones.
      lost_count = 0,
      snooze_count = q.snooze_count + $7,
      first_failed_version = coalesce(q.first_failed_version, case when $12 <> 'snoozed' then $14 end),
      first_failed_deployment_id = coalesce(q.first_failed_deployment_id,
        case when $12 <> 'snoozed' and q.first_failed_version is null then $17::uuid end),
      error_code = coalesce($8, q.error_code), error_message = coalesce($9, q.error_message),
      processing_completed_at = case when $3 = 'dead_letter' or w.waiting then clock_timestamp() end,
      lease_token = null, lease_until = null, leased_by = null
    from (select exists (select 1 from tds_sync_queue o where o.lane = $10 and o.${WAITING}) as waiting) w
    where q.id = $1 and q.lease_token = $2 and q.status = 'processing'
    returning q.id, q.status, q.lane
  ), attempt as (
    insert into tds_sync_attempts (id, queue_id, result, worker, app_version, deployment_id, error_class, error_code,
      error_message, duration_ms)
    select $11, id, $12, $13, $14, $17::uuid, $15, $8, $9, $16 from back
  ), told as (
    update tds_sync_queue t set run_at = now()
    where $3 = 'dead_letter' and t.id in (select c.id from tds_sync_queue c join back on c.waits_for = back.lane
      where c.waits_for is not null and c.${WAITING} for update of c skip locked)
  )
  select status from back`;

export interface PutBack {
  status: 'pending' | 'failed' | 'dead_letter';
  delayMs: number;
  waitsFor?: string | undefined;
  costsTry: boolean;
  result: 'failed' | 'dead_letter' | 'snoozed';
  errorClass?: string | undefined;
  errorCode?: string | undefined;
  errorMessage?: string | undefined;
  duration: number;
}

/**
 * Ends a try without completing the job: snoozed, failed or dead. Answers the status that the row now has (completed
 * when a newer row of the job key waits), or null when the lease was lost. Throws a unique violation on a race for the
 * one waiting row; try again then.
 */
export async function putBackJob(tx: Tx, job: ClaimedJob, put: PutBack, by: AttemptedBy): Promise<JobStatus | null> {
  const [row] = await tx.sql<{ status: JobStatus }>(PUT_BACK, [
    job.id,
    job.leaseToken,
    put.status,
    put.delayMs,
    put.waitsFor ?? null,
    put.costsTry ? 1 : 0,
    put.result === 'snoozed' ? 1 : 0,
    put.errorCode ?? null,
    put.errorMessage ?? null,
    job.jobKey,
    newId(),
    put.result,
    by.worker,
    by.version,
    put.errorClass ?? null,
    put.duration,
    by.deploymentId ?? null,
  ]);
  return row?.status ?? null;
}
