import type { Database } from '../platform/db/orm.js';
import { defineLoader } from '../platform/graphql/loader.js';
import { LEASE_SECONDS } from '../platform/queue/backoff.js';
import { RATE_MINUTES } from '../platform/queue/heartbeat.js';

export type SyncWorkerState = 'running' | 'draining' | 'lost';

export interface SyncWorkerRow {
  name: string;
  version: string;
  deploymentId: string | null;
  state: SyncWorkerState;
  concurrency: number;
  running: number;
  completedPerMinute: number;
  failedPerMinute: number;
  startedAt: Date;
  heartbeatAt: Date;
  heartbeatAgeSeconds: number;
}

// A young worker has not worked for all of the minutes.
const PER_MINUTE = `greatest(0.5, least(${RATE_MINUTES}, extract(epoch from w.heartbeat_at - w.started_at) / 60))`;
const rate = (column: string): string => `round(${column} / ${PER_MINUTE}, 1)::float8`;

/** At most 100, by name. A worker whose heartbeat is older than a lease has lost its jobs, or soon will. */
export function readWorkers(run: Database['read']): Promise<SyncWorkerRow[]> {
  return run<SyncWorkerRow>(
    `select w.name, w.version, w.deployment_id as "deploymentId",
       case when w.heartbeat_at < clock_timestamp() - interval '${LEASE_SECONDS} seconds' then 'lost' else w.state end
         as state,
       w.concurrency, w.running, ${rate('w.completed_recently')} as "completedPerMinute",
       ${rate('w.failed_recently')} as "failedPerMinute", w.started_at as "startedAt",
       w.heartbeat_at as "heartbeatAt",
       round(extract(epoch from clock_timestamp() - w.heartbeat_at), 1)::float8 as "heartbeatAgeSeconds"
     from queue_workers w order by w.name limit 100`,
  );
}

export interface HeldJobRow {
  worker: string;
  itemId: string;
  kind: string;
  entityType: string | null;
  remoteId: string | null;
  attempt: number;
  heldSeconds: number;
  leaseEndsInSeconds: number;
}

const MAX_HELD = 100;

/** What each worker has leased, the oldest first; at most 100 a worker. */
export const heldJobsByWorker = defineLoader<string, HeldJobRow[]>('heldJobsByWorker', async ({ db }, workers) => {
  const rows = await db.read<HeldJobRow>(
    `select k.worker, h.* from unnest($1::text[]) as k(worker)
     cross join lateral (
       select q.id as "itemId", q.kind, q.entity_type as "entityType", q.zoho_entity_id as "remoteId",
         q.retry_count + 1 as attempt,
         round(extract(epoch from clock_timestamp() - q.processing_started_at), 1)::float8 as "heldSeconds",
         round(extract(epoch from q.lease_until - clock_timestamp()), 1)::float8 as "leaseEndsInSeconds"
       from tds_sync_queue q where q.status = 'processing' and q.leased_by = k.worker
       order by q.lease_token limit ${MAX_HELD}) h`,
    [workers],
  );
  const byWorker = new Map<string, HeldJobRow[]>();
  for (const row of rows) byWorker.set(row.worker, [...(byWorker.get(row.worker) ?? []), row]);
  return byWorker;
});
