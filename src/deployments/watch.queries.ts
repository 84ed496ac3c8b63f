import { addSeconds, now } from '../kernel/clock.js';
import type { WatchLimits } from '../config.js';
import type { Database } from '../platform/db/orm.js';
import type { Deployment } from './deployment.entity.js';
import { readMetrics } from './deployment-log.queries.js';
import { ENDED } from './deployment-status.js';
import { breachesOf, figuresOf, type Breach, type SyncMeasured, type WatchFigures } from './watch-rules.js';

export interface Watch {
  state: 'NOT_STARTED' | 'WATCHING' | 'CLEAN' | 'BREACHED';
  ok: boolean;
  since: Date | null;
  until: Date | null;
  needsRollback: boolean;
  breaches: Breach[];
  measured: WatchFigures;
}

type Watched = Pick<Deployment, 'id' | 'status' | 'watchStartedAt' | 'watchSeconds'>;

/** An attempt of another deployment's worker, which still ran when the watch began, says nothing about this one. */
const OF_THIS = `(a.deployment_id is null or a.deployment_id = $1)`;

/** Records that came in since the watch began count with the age that they have, or had when they were done. */
const SYNC_MEASURED = `
  select
    (select count(*)::int from tds_sync_attempts a
      where a.ended_at >= $2 and a.ended_at <= $3 and ${OF_THIS} and a.result = 'dead_letter') as "deadLetters",
    (select count(*)::int from tds_sync_attempts a
      where a.ended_at >= $2 and a.ended_at <= $3 and ${OF_THIS}
        and a.result = any (array['failed'::text, 'dead_letter'::text, 'lost'::text])) as "failedJobs",
    (select count(*)::int from tds_sync_queue q
      where q.status = 'completed' and q.processing_completed_at >= $2 and q.processing_completed_at <= $3
        and q.outcome is distinct from 'superseded') as "completedJobs",
    (select percentile_cont(0.95) within group (order by
        extract(epoch from least(coalesce(q.processing_completed_at, clock_timestamp()), $3) - q.queued_at)::float8)
      from tds_sync_queue q
      where q.queued_at >= $2 and q.queued_at <= $3 and q.kind = 'pull' and q.waits_for is null
        and q.outcome is distinct from 'superseded') as "delayP95Seconds"`;

const NOTHING: SyncMeasured = { deadLetters: 0, failedJobs: 0, completedJobs: 0, delayP95Seconds: null };

/** What the watch of a deployment found so far; the figures end with the watch, so a later fault is not its own. */
export async function readWatch(run: Database['read'], deployment: Watched, limits: WatchLimits): Promise<Watch> {
  const { watchStartedAt: since, watchSeconds } = deployment;
  if (!since) {
    const measured = figuresOf(NOTHING, []);
    return { state: 'NOT_STARTED', ok: true, since: null, until: null, needsRollback: false, breaches: [], measured };
  }
  const until = addSeconds(since, watchSeconds);
  const [[sync = NOTHING], samples] = await Promise.all([
    run<SyncMeasured>(SYNC_MEASURED, [deployment.id, since, until]),
    readMetrics(run, deployment.id, since, until),
  ]);
  const measured = figuresOf(sync, samples);
  const breaches = breachesOf(measured, limits);
  const ok = breaches.length === 0;
  const hasTraffic = deployment.status === 'SUCCESS' || !ENDED.has(deployment.status);
  const state = !ok ? 'BREACHED' : now() < until ? 'WATCHING' : 'CLEAN';
  return { state, ok, since, until, needsRollback: !ok && hasTraffic, breaches, measured };
}

export interface DeadLetterRow {
  id: string;
  kind: string;
  entityType: string | null;
  remoteId: string | null;
  errorCode: string | null;
  errorMessage: string | null;
  firstFailedVersion: string | null;
  failedAt: Date | null;
}

/** At most 100 of the queue items that are dead and failed first in this deployment, with their number. */
export async function readDeadLetters(
  run: Database['read'],
  deploymentId: string,
): Promise<{ rows: DeadLetterRow[]; count: number }> {
  const rows = await run<DeadLetterRow & { count: number }>(
    `select q.id, q.kind, q.entity_type as "entityType", q.zoho_entity_id as "remoteId",
       q.error_code as "errorCode", q.error_message as "errorMessage", q.first_failed_version as "firstFailedVersion",
       q.processing_completed_at as "failedAt", count(*) over ()::int as count
     from tds_sync_queue q where q.status = 'dead_letter' and q.first_failed_deployment_id = $1
     order by q.processing_completed_at desc, q.id limit 100`,
    [deploymentId],
  );
  return { rows, count: rows[0]?.count ?? 0 };
}

export interface ErrorGroupRow {
  kind: string;
  entityType: string | null;
  errorCode: string | null;
  errorClass: string | null;
  message: string | null;
  count: number;
  items: number;
  firstSeenAt: Date;
  lastSeenAt: Date;
}

/**
 * Failures of this deployment's workers by kind, entity and code, whose first failure that is kept belongs to this
 * deployment: what the release brought along. At most 100, the most frequent first.
 */
export function readNewErrors(run: Database['read'], deploymentId: string): Promise<ErrorGroupRow[]> {
  return run<ErrorGroupRow>(
    `with failures as (
       select q.kind, q.entity_type, a.error_code, a.error_class, a.error_message, a.queue_id, a.ended_at,
         a.deployment_id,
         first_value(a.deployment_id) over (partition by q.kind, q.entity_type, a.error_code order by a.ended_at, a.id)
           as first_deployment
       from tds_sync_attempts a join tds_sync_queue q on q.id = a.queue_id
       where a.result = any (array['failed'::text, 'dead_letter'::text, 'lost'::text])
     )
     select f.kind, f.entity_type as "entityType", f.error_code as "errorCode", min(f.error_class) as "errorClass",
       min(f.error_message) as message, count(*)::int as count, count(distinct f.queue_id)::int as items,
       min(f.ended_at) as "firstSeenAt", max(f.ended_at) as "lastSeenAt"
     from failures f where f.first_deployment = $1 and f.deployment_id = $1
     group by f.kind, f.entity_type, f.error_code order by count(*) desc, f.kind, f.error_code limit 100`,
    [deploymentId],
  );
}
