import { parseInstant } from '../../kernel/clock.js';
import { newId } from '../../kernel/ids.js';
import { enqueueSql } from '../../platform/queue/enqueue.js';
import type { Outcome } from '../../platform/queue/job.js';
import type { Retention } from '../../platform/queue/retention.js';
import type { DeliveryEvent } from './delivery.js';

type Run = <Row>(text: string, params?: readonly unknown[]) => Promise<Row[]>;

export interface NewInboxEvent {
  id: string;
  eventId: string;
  sourceType: 'webhook' | 'bridge' | 'run';
  entityType: string;
  remoteId: string | null;
  event: DeliveryEvent;
  rawBody: Uint8Array;
  contentType: string | null;
  headers: Record<string, string> | null;
  sourceModifiedAt: Date | null;
  runId: string | null;
  priority: number;
  /** Refused deliveries are kept for the operators and enqueue nothing. */
  invalid: string | null;
  /** Equal deliveries of the same batch, this one included. */
  copies: number;
}

export interface StoredEvent {
  id: string;
  eventId: string;
  inserted: boolean;
  /** Whether a job of the batch is new or due earlier than before; otherwise a row of its job key already waited. */
  woke: boolean;
}

/**
 * Stores deliveries and enqueues their pulls, in one statement. An equal delivery whose body carries its own time is
 * merely counted. Without a time (id only, form pairs) equal bodies may mean different changes, so the row opens again
 * and enqueues; so does an equal delivery of one that had died.
 */
const STORE = `
  with input as materialized (
    select t.*, substring($7::bytea from body_at + 1 for body_length) as raw_payload
    from unnest($1::uuid[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $8::text[], $9::jsonb[],
      $10::timestamptz[], $11::uuid[], $12::int[], $13::text[], $14::int[], $15::uuid[], $16::int[], $17::int[])
      as t(id, event_id, source_type, entity_type, entity_id, event_type, content_type, headers, source_modified_at,
        run_id, priority, invalid, copies, queue_id, body_at, body_length)
  ), stored as (
    insert into tds_inbox_events as e (id, event_id, source_type, entity_type, entity_id, event_type, raw_payload,
      content_type, headers, source_modified_at, run_id, status, error_message, duplicate_count, opened_by)
    select id, event_id, source_type, entity_type, entity_id, event_type, raw_payload, content_type, headers,
      source_modified_at, run_id, case when invalid is null then 'pending' else 'invalid' end, invalid, copies - 1, id
    from input order by event_id
    on conflict (event_id) do update set
      duplicate_count = e.duplicate_count + excluded.duplicate_count + 1,
      run_id = coalesce(excluded.run_id, e.run_id),
      opened_by = case when REOPENS then excluded.opened_by else e.opened_by end,
      status = case when REOPENS then 'pending' else e.status end,
      outcome = case when REOPENS then null else e.outcome end,
      processed_at = case when REOPENS then null else e.processed_at end
    returning e.id, e.event_id, e.opened_by, e.entity_type, e.entity_id, e.status, (e.xmax = 0) as inserted
  ), wanted as materialized (
    select distinct on (lane) i.queue_id as id, 'pull'::text as kind,
      'pull:' || s.entity_type || ':' || s.entity_id as lane, s.entity_type, null::text as entity_id,
      s.entity_id as remote_id, s.id as inbox_event_id, i.run_id, i.priority, 0 as delay_ms, false as system
    from stored s join input i on i.id = s.opened_by
    where s.status = 'pending'
    order by lane, i.priority
  ), ${enqueueSql('wanted')}, logged as (
    insert into event_outbox (name, entity_type, entity_id, data)
    select 'queueItemEnqueued', 'queue', q.id::text, jsonb_build_object('kind', q.kind, 'entityType', q.entity_type,
      'remoteId', q.remote_id, 'system', false, 'status', 'pending', 'outcome', null)
    from queued q where q.inserted
  )
  select id, event_id, inserted, (select coalesce(bool_or(q.woke), false) from queued q) as woke from stored`.replaceAll(
  'REOPENS',
  `(excluded.status = 'pending' and (e.status in ('dead_letter', 'invalid') or excluded.source_modified_at is null))`,
);

/** `events` must have distinct eventIds. Answers the rows in no particular order. */
export async function storeInboxEvents(run: Run, events: readonly NewInboxEvent[]): Promise<Map<string, StoredEvent>> {
  // One binary parameter, cut by Postgres: an array of bytea goes as hex inside of text and cost as much as the rest.
  const bodies = Buffer.concat(events.map((one) => one.rawBody));
  const lengths = events.map((one) => one.rawBody.length);
  let end = 0;
  const offsets = lengths.map((length) => (end += length) - length);
  const rows = await run<{ id: string; event_id: string; inserted: boolean; woke: boolean }>(STORE, [
    events.map((one) => one.id),
    events.map((one) => one.eventId),
    events.map((one) => one.sourceType),
    events.map((one) => one.entityType),
    events.map((one) => one.remoteId),
    events.map((one) => one.event),
    bodies,
    events.map((one) => one.contentType),
    events.map((one) => (one.headers ? JSON.stringify(one.headers) : null)),
    events.map((one) => one.sourceModifiedAt),
    events.map((one) => one.runId),
    events.map((one) => one.priority),
    events.map((one) => one.invalid),
    events.map((one) => one.copies),
    events.map(() => newId()),
    offsets,
    lengths,
  ]);
  return new Map(
    rows.map((row) => [row.event_id, { id: row.id, eventId: row.event_id, inserted: row.inserted, woke: row.woke }]),
  );
}

export interface OpenEvent {
  id: string;
  eventId: string;
  openedBy: string;
  sourceType: string;
  event: DeliveryEvent;
  rawBody: Uint8Array;
  contentType: string | null;
  sourceModifiedAt: Date | null;
}

const MAX_OPEN = 500;

/** The open deliveries of one record, newest source time first; those without a time first of all. */
export async function findOpenEvents(run: Run, entityType: string, remoteId: string): Promise<OpenEvent[]> {
  const rows = await run<{
    id: string;
    event_id: string;
    opened_by: string;
    source_type: string;
    event_type: DeliveryEvent;
    raw_payload: Uint8Array;
    content_type: string | null;
    source_modified_at: unknown;
  }>(
    `select id, event_id, opened_by, source_type, event_type, raw_payload, content_type, source_modified_at
     from tds_inbox_events
     where entity_type = $1 and entity_id = $2 and status = any (array['pending'::text, 'processing'::text, 'failed'::text])
     order by source_modified_at desc nulls first limit ${MAX_OPEN}`,
    [entityType, remoteId],
  );
  return rows.map((row) => ({
    id: row.id,
    eventId: row.event_id,
    openedBy: row.opened_by,
    sourceType: row.source_type,
    event: row.event_type,
    rawBody: row.raw_payload,
    contentType: row.content_type,
    sourceModifiedAt: parseInstant(row.source_modified_at),
  }));
}

/**
 * Closes exactly the deliveries that were read (a later equal one has opened its row anew and stays open), and the dead
 * ones of the record: a record that was brought up to date is no longer shown as failed.
 */
export async function closeInboxEvents(
  run: Run,
  record: { entityType: string; remoteId: string },
  openedBy: readonly string[],
  outcome: Outcome,
): Promise<void> {
  await run(
    `update tds_inbox_events set status = 'completed', processed_at = clock_timestamp(), error_message = null,
       outcome = case when status = 'dead_letter' then 'superseded' else $4 end
     where entity_type = $1 and entity_id = $2
       and ((opened_by = any ($3::uuid[]) and status = any (array['pending'::text, 'processing'::text, 'failed'::text]))
         or status = 'dead_letter')`,
    [record.entityType, record.remoteId, openedBy, outcome],
  );
}

/** Marks the open deliveries of a record after a failed try (failed) or the last one (dead_letter). */
export async function markInboxEvents(
  run: Run,
  record: { entityType: string; remoteId: string },
  status: 'failed' | 'dead_letter',
  message: string,
): Promise<void> {
  await run(
    `update tds_inbox_events set status = $3, error_message = $4,
       processed_at = case when $3 = 'dead_letter' then clock_timestamp() end
     where entity_type = $1 and entity_id = $2 and status = any (array['pending'::text, 'processing'::text, 'failed'::text])`,
    [record.entityType, record.remoteId, status, message],
  );
}

/** Counts a refusal with one sample a day, entity and reason: bounded, whatever anybody sends. */
export async function countRefusals(
  run: Run,
  refusals: readonly { entityType: string; reason: string; count: number; sample: object }[],
): Promise<void> {
  await run(
    `insert into webhook_refusals as r (day, entity_type, reason, count, last_at, sample)
     select current_date, t.entity_type, t.reason, t.count, now(), t.sample
     from unnest($1::text[], $2::text[], $3::bigint[], $4::jsonb[]) as t(entity_type, reason, count, sample)
     order by 2, 3
     on conflict (day, entity_type, reason) do update set count = r.count + excluded.count, last_at = now(),
       sample = excluded.sample`,
    [
      refusals.map((one) => one.entityType),
      refusals.map((one) => one.reason),
      refusals.map((one) => one.count),
      refusals.map((one) => JSON.stringify(one.sample)),
    ],
  );
}

export const inboxRetention: readonly Retention[] = [
  {
    table: 'tds_inbox_events',
    old: `status = any (array['completed'::text, 'dead_letter'::text, 'invalid'::text])
      and received_at < now() - interval '30 days'`,
    age: 'received_at',
  },
  { table: 'webhook_refusals', old: 'day < current_date - 90', age: 'day' },
];
