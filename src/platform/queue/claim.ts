import { now, parseInstant } from '../../kernel/clock.js';
import { newId } from '../../kernel/ids.js';
import type { Database } from '../db/orm.js';
import type { Tx } from '../db/transact.js';
import type { DomainEvent } from '../events.js';
import { LEASE_SECONDS, MAX_LOST } from './backoff.js';
import type { ClaimedJob, JobRequest, JobStatus, JobWarning, Outcome } from './job.js';
import { queueItemEnqueued } from './queue.events.js';

/**
 * The SQL of the queue.
 *
 *            enqueue                 claim                      effect
 *   (none) ----------> pending ----------------> processing ----------------> completed(outcome)
 *                        ^  ^                     |  |  |  \
 *                snooze  |  +--- retry due ---failed+  |   \-- lease ends --> processing (new token, lost_count + 1)
 *                        +--------------------------+  +-----> dead_letter (no try left, 3 times lost)
 *
 * Where a newer row of the job key already waits, fail, snooze and reclaim become completed/superseded: the newer row
 * does the work. Two partial unique indexes hold "one waits, one runs"; a race for the one waiting row is a unique
 * violation, and the caller tries again.
 */
const WAITING = `status = any (array['pending'::text, 'failed'::text])`;
const LEASE = `interval '${LEASE_SECONDS} seconds'`;

const JOB_COLUMNS = `q.id, q.kind, q.lane, q.entity_type, q.entity_id, q.zoho_entity_id, q.inbox_event_id, q.run_id,
  q.priority, q.retry_count, q.snooze_count, q.queued_at, q.lease_token`;

interface JobRow {
  id: string;
  kind: string;
  lane: string;
  entity_type: string | null;
  entity_id: string | null;
  zoho_entity_id: string | null;
  inbox_event_id: string | null;
  run_id: string | null;
  priority: number;
  retry_count: number;
  snooze_count: number;
  queued_at: Date;
  lease_token: number;
}

function toJob(row: JobRow): ClaimedJob {
  return {
    id: row.id,
    kind: row.kind,
    jobKey: row.lane,
    entityType: row.entity_type,
    entityId: row.entity_id,
    zohoEntityId: row.zoho_entity_id,
    inboxEventId: row.inbox_event_id,
    runId: row.run_id,
    priority: row.priority,
    retryCount: row.retry_count,
    snoozeCount: row.snooze_count,
    // Inside a Tx the driver answers timestamps and bigints as text.
    queuedAt: parseInstant(row.queued_at) ?? now(),
    leaseToken: Number(row.lease_token),
  };
}

/**
 * The rows of `source` (id, kind, lane, entity_type, entity_id, zoho_entity_id, inbox_event_id, run_id, priority,
 * delay_ms; job keys distinct and sorted) enter the queue. A waiting row of the job key takes the change in and keeps
 * its queued_at, so that the shown delay is honest; a dead letter of the job key is closed, because the record is being
 * worked on again. Shared by transact.ts and the inbox writer, which makes it part of its one statement.
 */
export function enqueueSql(source: string): string {
  return `
  healed as (
    update tds_sync_queue d set status = 'completed', outcome = 'superseded', error_code = null, error_message = null,
      processing_completed_at = now()
    from ${source} s where d.lane = s.lane and d.status = 'dead_letter'
    returning d.id
  ), queued as (
    insert into tds_sync_queue as q (id, kind, lane, entity_type, entity_id, zoho_entity_id, inbox_event_id, run_id,
      priority, run_at)
    select s.id, s.kind, s.lane, s.entity_type, s.entity_id, s.zoho_entity_id, s.inbox_event_id, s.run_id,
      s.priority, now() + s.delay_ms * interval '1 millisecond'
    from ${source} s order by s.lane
    on conflict (lane) where ${WAITING} do update set
      status = 'pending', run_at = least(q.run_at, excluded.run_at), retry_count = 0, last_event_at = now(),
      priority = least(q.priority, excluded.priority), coalesced_count = q.coalesced_count + 1,
      inbox_event_id = excluded.inbox_event_id, run_id = coalesce(excluded.run_id, q.run_id)
    returning q.id, q.kind, q.entity_type, q.zoho_entity_id, (q.xmax = 0) as inserted, (q.run_at = now()) as woke
  )`;
}

const ENQUEUE = `
  with wanted as materialized (
    select * from unnest($1::uuid[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::uuid[], $8::uuid[],
      $9::int[], $10::int[]) as t(id, kind, lane, entity_type, entity_id, zoho_entity_id, inbox_event_id, run_id,
      priority, delay_ms)
  ), ${enqueueSql('wanted')}
  select id, kind, entity_type, zoho_entity_id from queued where inserted`;

interface EnqueuedRow {
  id: string;
  kind: string;
  entity_type: string | null;
  zoho_entity_id: string | null;
}

/** Enqueues inside a Tx and answers the events of the rows that are new. */
export async function enqueueRows(tx: Tx, jobs: readonly JobRequest[]): Promise<DomainEvent[]> {
  const distinct = [...new Map(jobs.map((job) => [job.jobKey, job])).values()].sort((a, b) =>
    a.jobKey < b.jobKey ? -1 : 1,
  );
  const rows = await tx.sql<EnqueuedRow>(ENQUEUE, [
    distinct.map(() => newId()),
    distinct.map((job) => job.kind),
    distinct.map((job) => job.jobKey),
    distinct.map((job) => job.entityType ?? null),
    distinct.map((job) => job.entityId ?? null),
    distinct.map((job) => job.zohoEntityId ?? null),
    distinct.map((job) => job.inboxEventId ?? null),
    distinct.map((job) => job.runId ?? null),
    distinct.map((job) => job.priority ?? 5),
    distinct.map((job) => job.delayMs ?? 0),
  ]);
  return rows.map((row) =>
    queueItemEnqueued(row.id, {
      kind: row.kind,
      entityType: row.entity_type,
      zohoEntityId: row.zoho_entity_id,
      status: 'pending',
      outcome: null,
    }),
  );
}

const claimSql = (order: string): string => `
  with picked as (
    select p.id from tds_sync_queue p
    where p.${WAITING} and p.run_at <= now() and p.kind = any ($1::text[]) and p.priority < $2
      and not exists (select 1 from tds_sync_queue r where r.lane = p.lane and r.status = 'processing')
    order by ${order} limit $3 for update skip locked
  )
  update tds_sync_queue q set status = 'processing', lease_token = nextval('tds_lease_tokens'),
    lease_until = clock_timestamp() + ${LEASE}, leased_by = $4, processing_started_at = clock_timestamp(),
    waits_for = null
  from picked where q.id = picked.id
  returning ${JOB_COLUMNS}`;

const CLAIM_URGENT_FIRST = claimSql('p.priority, p.run_at');
const CLAIM_OLDEST_FIRST = claimSql('p.run_at');

/** Who ran a try: attempts name it, and items remember where they failed first. */
export interface AttemptedBy {
  worker: string;
  version: string;
  deploymentId?: string | null;
}

export interface ClaimRequest {
  worker: string;
  kinds: readonly string[];
  limit: number;
  /** Only priorities below it (10 = all). */
  belowPriority: number;
  /** By age alone, so that a stream of urgent work cannot starve the rest. */
  oldestFirst: boolean;
}

export async function claimJobs(db: Database, request: ClaimRequest): Promise<ClaimedJob[]> {
  const rows = await db.read<JobRow>(request.oldestFirst ? CLAIM_OLDEST_FIRST : CLAIM_URGENT_FIRST, [
    request.kinds,
    request.belowPriority,
    request.limit,
    request.worker,
  ]);
  const byUrgency = (a: ClaimedJob, b: ClaimedJob): number =>
    a.priority - b.priority || a.queuedAt.getTime() - b.queuedAt.getTime();
  return rows.map(toJob).sort(byUrgency);
}

const RECLAIM = `
  with lost as (
    select l.id, l.leased_by, l.lease_token, l.processing_started_at,
      exists (select 1 from tds_sync_queue w where w.lane = l.lane and w.${WAITING}) as superseded
    from tds_sync_queue l
    where l.status = 'processing' and l.lease_until < clock_timestamp() and l.kind = any ($1::text[])
    order by l.lease_until limit $2 for update skip locked
  ), suspects as (
    -- A worker starts in the order of its tokens: what it had only fetched in advance cannot have ended it.
    select lost.*, (row_number() over (partition by leased_by order by lease_token) <= $5)::int as suspect,
      w.version, w.deployment_id
    -- A worker's row may be written a moment after it took its first jobs; a successor of its name starts later.
    from lost left join queue_workers w
      on w.name = lost.leased_by and w.started_at <= lost.processing_started_at + interval '10 seconds'
  ), moved as (
    update tds_sync_queue q set
      lost_count = q.lost_count + lost.suspect,
      first_failed_version = coalesce(q.first_failed_version, case when lost.suspect > 0 then lost.version end),
      first_failed_deployment_id = coalesce(q.first_failed_deployment_id,
        case when lost.suspect > 0 and q.first_failed_version is null then lost.deployment_id end),
      status = case when lost.superseded then 'completed' when q.lost_count + lost.suspect >= ${MAX_LOST}
        then 'dead_letter' else 'processing' end,
      outcome = case when lost.superseded then 'superseded' end,
      error_code = case when not lost.superseded and q.lost_count + lost.suspect >= ${MAX_LOST} then 'WORKER_LOST' end,
      error_message = case when not lost.superseded and q.lost_count + lost.suspect >= ${MAX_LOST}
        then 'The worker was lost ' || (q.lost_count + lost.suspect) || ' times while doing this.' end,
      lease_token = nextval('tds_lease_tokens'),
      lease_until = clock_timestamp() + ${LEASE}, leased_by = $3,
      processing_started_at = clock_timestamp(),
      processing_completed_at = case when lost.superseded or q.lost_count + lost.suspect >= ${MAX_LOST} then now() end
    from suspects lost where q.id = lost.id
    returning ${JOB_COLUMNS}, q.status, q.outcome
  ), attempts as (
    insert into tds_sync_attempts (id, queue_id, result, worker, app_version, deployment_id, error_code,
      error_message, duration_ms)
    -- Of the worker that was lost; where its row is unknown, the version is that of whoever found out.
    select gen_random_uuid(), lost.id, 'lost', coalesce(lost.leased_by, 'unknown'), coalesce(lost.version, $4),
      lost.deployment_id, 'WORKER_LOST',
      'The lease ended without a word from the worker.',
      extract(epoch from clock_timestamp() - lost.processing_started_at)::int * 1000
    from suspects lost
  )
  select * from moved`;

export interface Reclaimed {
  job: ClaimedJob;
  status: JobStatus;
  outcome: Outcome | null;
}

/** Takes over rows whose lease has ended. Those answered as `processing` are now the caller's to run. */
export async function reclaimJobs(
  tx: Tx,
  request: { kinds: readonly string[]; limit: number; worker: string; version: string; concurrency: number },
): Promise<Reclaimed[]> {
  const rows = await tx.sql<JobRow & { status: JobStatus; outcome: Outcome | null }>(RECLAIM, [
    request.kinds,
    request.limit,
    request.worker,
    request.version,
    request.concurrency,
  ]);
  return rows.map((row) => ({ job: toJob(row), status: row.status, outcome: row.outcome }));
}

/** Renews what it can; rows that an effect holds locked are skipped, because their commit is near. */
export async function renewLeases(db: Database, jobs: readonly ClaimedJob[]): Promise<void> {
  await db.read(
    `update tds_sync_queue q set lease_until = clock_timestamp() + ${LEASE}
     where q.id in (
       select h.id from tds_sync_queue h
       join unnest($1::uuid[], $2::bigint[]) as held(id, token) on held.id = h.id and held.token = h.lease_token
       where h.status = 'processing' order by h.id for update of h skip locked)`,
    [jobs.map((job) => job.id), jobs.map((job) => job.leaseToken)],
  );
}

/** Releases claimed but unstarted rows, as if they had never been claimed. */
export async function releaseJobs(db: Database, jobs: readonly ClaimedJob[]): Promise<void> {
  await db.read(
    `update tds_sync_queue q set
       status = case when exists (select 1 from tds_sync_queue w where w.lane = q.lane and w.${WAITING})
         then 'completed' else 'pending' end,
       outcome = case when exists (select 1 from tds_sync_queue w where w.lane = q.lane and w.${WAITING})
         then 'superseded' end,
       lease_token = null, lease_until = null, leased_by = null
     from unnest($1::uuid[], $2::bigint[]) as held(id, token)
     where q.id = held.id and q.lease_token = held.token and q.status = 'processing'`,
    [jobs.map((job) => job.id), jobs.map((job) => job.leaseToken)],
  );
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
    returning q.id, q.lane, q.kind, q.entity_type, q.zoho_entity_id, ended.outcome, ended.duration, ended.reason,
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
      'zohoEntityId', f.zoho_entity_id, 'status', 'completed', 'outcome', f.outcome)
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
      first_failed_version = coalesce(q.first_failed_version, case when $6 > 0 then $14 end),
      first_failed_deployment_id = coalesce(q.first_failed_deployment_id,
        case when $6 > 0 and q.first_failed_version is null then $17::uuid end),
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

/** Counts by status, as the screens and /health show them. */
export async function queueCounts(db: Database): Promise<Record<JobStatus, number>> {
  const rows = await db.read<{ status: JobStatus; count: number }>(
    'select status, count(*) as count from tds_sync_queue group by status',
  );
  const counts: Record<JobStatus, number> = { pending: 0, processing: 0, completed: 0, failed: 0, dead_letter: 0 };
  for (const row of rows) counts[row.status] = row.count;
  return counts;
}
