import type { Database } from '../db/orm.js';
import type { Tx } from '../db/transact.js';
import { LEASE_SECONDS, MAX_LOST } from './backoff.js';
import { WAITING } from './enqueue.js';
import type { ClaimedJob, JobStatus, Outcome } from './job.js';
import { JOB_COLUMNS, toJob, type JobRow } from './job-row.js';

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
const LEASE = `interval '${LEASE_SECONDS} seconds'`;

const claimSql = (order: string): string => `
  with picked as (
    select p.id from tds_sync_queue p
    where p.${WAITING} and p.run_at <= now() and p.kind = any ($1::text[]) and p.priority < $2
      and not exists (select 1 from tds_sync_queue r where r.lane = p.lane and r.status = 'processing')
      and not exists (select 1 from queue_holds h where h.entity_type = p.entity_type)
    order by ${order} limit $3 for update skip locked
  )
  update tds_sync_queue q set status = 'processing', lease_token = nextval('tds_lease_tokens'),
    lease_until = clock_timestamp() + ${LEASE}, leased_by = $4, processing_started_at = clock_timestamp(),
    waits_for = null
  from picked where q.id = picked.id
  returning ${JOB_COLUMNS}`;

const CLAIM_URGENT_FIRST = claimSql('p.priority, p.run_at');
const CLAIM_OLDEST_FIRST = claimSql('p.run_at');

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
    select l.id, l.leased_by, l.lease_token, l.lost_count, l.processing_started_at,
      exists (select 1 from tds_sync_queue w where w.lane = l.lane and w.${WAITING}) as superseded
    from tds_sync_queue l
    where l.status = 'processing' and l.lease_until < clock_timestamp() and l.kind = any ($1::text[])
    order by l.lease_until limit $2 for update skip locked
  ), counted as (
    -- A worker starts in the order of its tokens: what it had only fetched in advance cannot have ended it.
    select lost.*, w.version, w.deployment_id,
      (row_number() over (partition by lost.leased_by order by lost.lease_token) <= $5)::int as suspect
    -- A worker's row may be written a moment after it took its first jobs; a successor of its name starts later.
    from lost left join queue_workers w
      on w.name = lost.leased_by and w.started_at <= lost.processing_started_at + interval '10 seconds'
  ), judged as (
    select counted.*, lost_count + suspect as losses, case when superseded then 'completed'
      when lost_count + suspect >= ${MAX_LOST} then 'dead_letter' else 'processing' end as status from counted
  ), moved as (
    update tds_sync_queue q set
      lost_count = j.losses,
      first_failed_version = coalesce(q.first_failed_version, case when j.suspect > 0 then j.version end),
      first_failed_deployment_id = coalesce(q.first_failed_deployment_id,
        case when j.suspect > 0 and q.first_failed_version is null then j.deployment_id end),
      status = j.status,
      outcome = case j.status when 'completed' then 'superseded' end,
      error_code = case j.status when 'dead_letter' then 'WORKER_LOST' end,
      error_message = case j.status when 'dead_letter'
        then 'The worker was lost ' || j.losses || ' times while doing this.' end,
      lease_token = nextval('tds_lease_tokens'),
      lease_until = clock_timestamp() + ${LEASE}, leased_by = $3,
      processing_started_at = clock_timestamp(),
      processing_completed_at = case when j.status <> 'processing' then now() end
    from judged j where q.id = j.id
    returning ${JOB_COLUMNS}, q.status, q.outcome
  ), attempts as (
    insert into tds_sync_attempts (id, queue_id, result, worker, app_version, deployment_id, error_code,
      error_message, duration_ms)
    -- Of the worker that was lost; where its row is unknown, the version is that of whoever found out.
    select gen_random_uuid(), lost.id, 'lost', coalesce(lost.leased_by, 'unknown'), coalesce(lost.version, $4),
      lost.deployment_id, 'WORKER_LOST',
      'The lease ended without a word from the worker.',
      extract(epoch from clock_timestamp() - lost.processing_started_at)::int * 1000
    from counted lost
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
    `with held as (
       select h.id, exists (select 1 from tds_sync_queue w where w.lane = h.lane and w.${WAITING}) as superseded
       from tds_sync_queue h
       join unnest($1::uuid[], $2::bigint[]) as mine(id, token) on mine.id = h.id and mine.token = h.lease_token
       where h.status = 'processing' order by h.id for update of h
     )
     update tds_sync_queue q set
       status = case when held.superseded then 'completed' else 'pending' end,
       outcome = case when held.superseded then 'superseded' end,
       lease_token = null, lease_until = null, leased_by = null
     from held where q.id = held.id`,
    [jobs.map((job) => job.id), jobs.map((job) => job.leaseToken)],
  );
}
