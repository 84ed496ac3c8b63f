import type { Database } from '../platform/db/orm.js';
import { defineLoader } from '../platform/graphql/loader.js';
import { many, read, type RowOf } from '../platform/read/definition.js';
import type { Columns } from '../platform/read/entity-columns.js';
import { sql, type Sql } from '../platform/read/sql.js';
import type { JobStatus } from '../platform/queue/job.js';
import { InboxEvent } from './inbox/inbox-event.entity.js';
import { WAITING } from '../platform/queue/enqueue.js';
import { noJobs } from '../platform/queue/queue-counts.js';
import { SyncAttempt, SyncQueueItem } from '../platform/queue/queue-item.entity.js';

const MAX_ATTEMPTS = 50;

export const attemptRead = read(SyncAttempt);

export const queueRead = read(SyncQueueItem, {
  fields: {
    // The latest, newest first.
    attempts: many(SyncAttempt, (item, attempt) => sql`${attempt.queueId} = ${item.id}`, {
      orderBy: (attempt) => sql`${attempt.endedAt} desc`,
      limit: MAX_ATTEMPTS,
    }),
  },
});

export type QueueItemRow = RowOf<typeof queueRead>;

/** The work of the system itself, or that on records. */
export const ofSystem =
  (system: boolean) =>
  (item: Columns<SyncQueueItem>): Sql =>
    sql`${item.system} = ${system}`;

/**
 * Items of an entity, of an id at Zoho, with a text in their error, or of a document: its number stands in a delivery.
 * Deliveries are looked through only for what is not done, because reading the bodies of a month takes minutes.
 */
export function searched(given: string | null): ((item: Columns<SyncQueueItem>) => Sql) | null {
  const term = given?.trim() ?? '';
  if (term === '') return null;
  return (item) => sql`(${item.remoteId} = ${term} or ${item.entityType} = ${term}
    or position(lower(${term}) in lower(${item.errorMessage})) > 0
    or (${item.status} <> 'completed' and exists (select 1 from tds_inbox_events e
      where e.entity_type = ${item.entityType} and e.entity_id = ${item.remoteId}
        and position(convert_to(${term}, 'UTF8') in e.raw_payload) > 0)))`;
}

export interface EntityStats {
  entityType: string;
  pending: number;
  failed: number;
  deadLetter: number;
  oldestPendingSeconds: number | null;
}

export interface SyncStatsRow {
  counts: Record<JobStatus, number>;
  byEntity: EntityStats[];
  delayAvgSeconds: number | null;
  delayP95Seconds: number | null;
  oldestPendingSeconds: number | null;
}

const DELAY_WINDOW = `interval '24 hours'`;
/** Short enough that a release which slows records down shows in it while it is watched. */
const P95_WINDOW = `interval '15 minutes'`;
const DELAY = 'extract(epoch from processing_completed_at - queued_at)::float8';

/**
 * What the overview shows: work on records, without that of the system itself. The delay is from queued to completed: on
 * average over 24 hours, its p95 over 15 minutes.
 */
export async function readSyncStats(db: Database): Promise<SyncStatsRow> {
  const [counts, delays] = await Promise.all([
    db.read<{ entityType: string | null; status: JobStatus; count: number; oldest: number | null }>(
      `select entity_type as "entityType", status, count(*) as count,
         case when status = any (array['pending'::text, 'failed'::text])
           then extract(epoch from now() - min(queued_at))::float8 end as oldest
       from tds_sync_queue where not system group by entity_type, status`,
    ),
    db.read<{ delay: number | null; p95: number | null }>(
      `select avg(${DELAY}) as delay,
         percentile_cont(0.95) within group (order by ${DELAY})
           filter (where processing_completed_at > now() - ${P95_WINDOW}) as p95
       from tds_sync_queue
       where status = 'completed' and not system and processing_completed_at > now() - ${DELAY_WINDOW}`,
    ),
  ]);
  const stats: SyncStatsRow = {
    counts: noJobs(),
    byEntity: [],
    delayAvgSeconds: delays[0]?.delay ?? null,
    delayP95Seconds: delays[0]?.p95 ?? null,
    oldestPendingSeconds: null,
  };
  const older = (a: number | null, b: number | null): number | null =>
    a === null ? b : b === null ? a : Math.max(a, b);
  const byEntity = new Map<string, EntityStats>();
  for (const row of counts) {
    const entityType = row.entityType ?? 'unknown';
    const nothing: EntityStats = { entityType, pending: 0, failed: 0, deadLetter: 0, oldestPendingSeconds: null };
    const entity = byEntity.get(entityType) ?? nothing;
    stats.counts[row.status] += row.count;
    stats.oldestPendingSeconds = older(stats.oldestPendingSeconds, row.oldest);
    entity.oldestPendingSeconds = older(entity.oldestPendingSeconds, row.oldest);
    if (row.status === 'pending') entity.pending += row.count;
    if (row.status === 'failed') entity.failed += row.count;
    if (row.status === 'dead_letter') entity.deadLetter += row.count;
    byEntity.set(entityType, entity);
  }
  stats.byEntity = [...byEntity.values()].sort((a, b) => (a.entityType < b.entityType ? -1 : 1));
  return stats;
}

export interface InboxStatsRow {
  total: number;
  completed: number;
  failed: number;
  pending: number;
  invalid: number;
  duplicates: number;
  refused: number;
  successRate: number | null;
}

/** The inbox over 24 hours; refused ones are not in it, they are counted by day. */
export async function readInboxStats(db: Database): Promise<InboxStatsRow> {
  const [row] = await db.read<Omit<InboxStatsRow, 'successRate'> & { rate: string | null }>(
    `select count(*) as total, count(*) filter (where status = 'completed') as completed,
       count(*) filter (where status in ('failed', 'dead_letter')) as failed,
       count(*) filter (where status in ('pending', 'processing')) as pending,
       count(*) filter (where status = 'invalid') as invalid,
       coalesce(sum(duplicate_count), 0)::int as duplicates,
       (select coalesce(sum(count), 0)::int from webhook_refusals where last_at > now() - interval '24 hours') as refused,
       round(100.0 * count(*) filter (where status = 'completed') / nullif(count(*), 0), 2) as rate
     from tds_inbox_events where received_at > now() - interval '24 hours'`,
  );
  const { rate = null, ...counts } = row ?? {
    total: 0,
    completed: 0,
    failed: 0,
    pending: 0,
    invalid: 0,
    duplicates: 0,
    refused: 0,
    rate: null,
  };
  return { ...counts, successRate: rate === null ? null : Number(rate) };
}

export const inboxRead = read(InboxEvent);

/** The body of a delivery as text; bytes that are no UTF-8 show as the replacement character. */
export const inboxBodyById = defineLoader<string, string>('inboxBodyById', async ({ db }, ids) => {
  const rows = await db.read<{ id: string; body: Buffer }>(
    'select id, raw_payload as body from tds_inbox_events where id = any ($1::uuid[])',
    [ids],
  );
  return new Map(rows.map((row) => [row.id, row.body.toString('utf8')]));
});

type Run = <Row>(text: string, params?: readonly unknown[]) => Promise<Row[]>;

export interface LockedItem {
  id: string;
  lane: string;
  kind: string;
  entityType: string | null;
  remoteId: string | null;
  system: boolean;
  status: JobStatus;
}

/** Locks dead or waiting items that match, for retry or discard. */
export async function lockQueueItems(
  run: Run,
  where: string,
  params: readonly unknown[],
  limit: number,
): Promise<LockedItem[]> {
  return run(
    `select q.id, q.lane, q.kind, q.entity_type as "entityType", q.zoho_entity_id as "remoteId", q.system,
       q.status
     from tds_sync_queue q
     where q.status = any (array['failed'::text, 'dead_letter'::text]) and ${where}
     order by q.id limit ${Math.trunc(limit)} for update skip locked`,
    params,
  );
}

export async function reopenItems(run: Run, ids: readonly string[], lanes: readonly string[]): Promise<void> {
  // Where a newer row of the job key waits, it does the work and the dead letter is closed.
  await run(
    `with chosen as (
       select c.id, exists (select 1 from tds_sync_queue w where w.lane = c.lane and w.id <> c.id and w.${WAITING})
         as superseded
       from tds_sync_queue c where c.id = any ($1::uuid[])
     )
     update tds_sync_queue q set
       status = case when chosen.superseded then 'completed' else 'pending' end,
       outcome = case when chosen.superseded then 'superseded' end,
       run_at = now(), retry_count = 0, lost_count = 0, error_code = null, error_message = null,
       processing_completed_at = null
     from chosen where q.id = chosen.id`,
    [ids],
  );
  await run(
    `update tds_inbox_events e set status = 'pending', processed_at = null, error_message = null
     where e.status = 'dead_letter'
       and 'pull:' || e.entity_type || ':' || e.entity_id = any ($1::text[])`,
    [lanes],
  );
}

export async function discardItems(
  run: Run,
  ids: readonly string[],
  lanes: readonly string[],
  reason: string,
): Promise<void> {
  await run(
    `update tds_sync_queue set status = 'completed', outcome = 'discarded', error_message = $2,
       processing_completed_at = now() where id = any ($1::uuid[])`,
    [ids, reason],
  );
  await run(
    `update tds_inbox_events e set status = 'completed', outcome = 'discarded', processed_at = now()
     where e.status = any (array['failed'::text, 'dead_letter'::text])
       and 'pull:' || e.entity_type || ':' || e.entity_id = any ($1::text[])`,
    [lanes],
  );
}
