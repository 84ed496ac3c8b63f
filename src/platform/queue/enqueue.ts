import { newId } from '../../kernel/ids.js';
import type { Tx } from '../db/transact.js';
import type { DomainEvent } from '../events.js';
import type { JobRequest } from './job.js';
import { queueItemEnqueued } from './queue.events.js';

/** The rows that wait for a worker, as the partial indexes name them. */
export const WAITING = `status = any (array['pending'::text, 'failed'::text])`;

/**
 * The rows of `source` (id, kind, lane, entity_type, entity_id, remote_id, inbox_event_id, run_id, priority, delay_ms,
 * system; job keys distinct and sorted) enter the queue. A waiting row of the job key takes the change in and keeps its
 * queued_at, so that the shown delay is honest; a dead letter of the job key is closed, because the record is being
 * worked on again. Shared by transact.ts and the inbox writer, which makes it a part of its one statement.
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
      priority, run_at, system)
    select s.id, s.kind, s.lane, s.entity_type, s.entity_id, s.remote_id, s.inbox_event_id, s.run_id,
      s.priority, now() + s.delay_ms * interval '1 millisecond', s.system
    from ${source} s order by s.lane
    on conflict (lane) where ${WAITING} do update set
      status = 'pending', run_at = least(q.run_at, excluded.run_at), retry_count = 0, last_event_at = now(),
      priority = least(q.priority, excluded.priority), coalesced_count = q.coalesced_count + 1,
      inbox_event_id = excluded.inbox_event_id, run_id = coalesce(excluded.run_id, q.run_id)
    returning q.id, q.kind, q.entity_type, q.zoho_entity_id as remote_id, q.system, (q.xmax = 0) as inserted,
      (q.run_at = now()) as woke
  )`;
}

const ENQUEUE = `
  with wanted as materialized (
    select * from unnest($1::uuid[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::uuid[], $8::uuid[],
      $9::int[], $10::int[], $11::boolean[]) as t(id, kind, lane, entity_type, entity_id, remote_id, inbox_event_id,
      run_id, priority, delay_ms, system)
  ), ${enqueueSql('wanted')}
  select id, kind, entity_type, remote_id, system from queued where inserted`;

interface EnqueuedRow {
  id: string;
  kind: string;
  entity_type: string | null;
  remote_id: string | null;
  system: boolean;
}

/** Work on one record of a source belongs to the sync; everything else is the system's own. */
const isSystem = (job: JobRequest): boolean => job.system ?? job.remoteId === undefined;

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
    distinct.map((job) => job.remoteId ?? null),
    distinct.map((job) => job.inboxEventId ?? null),
    distinct.map((job) => job.runId ?? null),
    distinct.map((job) => job.priority ?? 5),
    distinct.map((job) => job.delayMs ?? 0),
    distinct.map(isSystem),
  ]);
  return rows.map((row) =>
    queueItemEnqueued(row.id, {
      kind: row.kind,
      entityType: row.entity_type,
      remoteId: row.remote_id,
      system: row.system,
      status: 'pending',
      outcome: null,
    }),
  );
}
