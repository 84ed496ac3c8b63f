import type { Database } from '../db/orm.js';
import type { DomainEvent } from '../events.js';

export type WorkerState = 'running' | 'draining';

/** Rows of workers that ended without a word go after a day; until then they name the deployment of what was lost. */
const KEPT = `interval '1 day'`;

const EVENT_COLUMNS = 'name, entity_type, entity_id, data';

const UPSERT = `
  with beat as (
    insert into queue_workers as w (name, instance, version, deployment_id, state, concurrency, running,
      completed_recently, failed_recently, started_at, heartbeat_at)
    values ($1, $2, $3, $4, $5, $6, $7, $8, $9, clock_timestamp(), clock_timestamp())
    on conflict (name) do update set instance = excluded.instance, version = excluded.version,
      deployment_id = excluded.deployment_id, state = excluded.state, concurrency = excluded.concurrency,
      running = excluded.running, completed_recently = excluded.completed_recently,
      failed_recently = excluded.failed_recently, heartbeat_at = excluded.heartbeat_at,
      started_at = case when w.instance = excluded.instance then w.started_at else excluded.started_at end
  ), old as (
    delete from queue_workers where name <> $1 and heartbeat_at < clock_timestamp() - ${KEPT}
  )
  insert into event_outbox (${EVENT_COLUMNS}) select $10::text, $11::text, $12::text, $13::jsonb
  where $10::text is not null`;

export interface WorkerRow {
  worker: string;
  instance: string;
  version: string;
  deploymentId: string | null;
  state: WorkerState;
  concurrency: number;
  running: number;
  completed: number;
  failed: number;
}

const eventParams = (event: DomainEvent | null): unknown[] => [
  event?.name ?? null,
  event?.entityType ?? null,
  event?.entityId ?? null,
  JSON.stringify(event?.data ?? {}),
];

/** One statement, the event with it; old rows of others go along. */
export async function upsertWorkerRow(run: Database['read'], row: WorkerRow, event: DomainEvent | null): Promise<void> {
  await run(UPSERT, [
    row.worker,
    row.instance,
    row.version,
    row.deploymentId,
    row.state,
    row.concurrency,
    row.running,
    row.completed,
    row.failed,
    ...eventParams(event),
  ]);
}

/** Stays while jobs are leased to it: whoever takes them over reads there for which deployment they ran. */
export async function deleteWorkerRow(
  run: Database['read'],
  who: { worker: string; instance: string },
  event: DomainEvent,
): Promise<void> {
  await run(
    `with gone as (
       delete from queue_workers w where w.name = $1 and w.instance = $2
         and not exists (select 1 from tds_sync_queue q where q.leased_by = w.name and q.status = 'processing')
     )
     insert into event_outbox (${EVENT_COLUMNS}) values ($3::text, $4::text, $5::text, $6::jsonb)`,
    [who.worker, who.instance, ...eventParams(event)],
  );
}
