import { now, parseInstant } from '../../kernel/clock.js';
import type { ClaimedJob } from './job.js';

/** What a worker needs of a row `q` of the queue. */
export const JOB_COLUMNS = `q.id, q.kind, q.lane, q.entity_type, q.entity_id, q.zoho_entity_id as remote_id,
  q.inbox_event_id, q.run_id, q.system, q.priority, q.retry_count, q.snooze_count, q.queued_at, q.lease_token`;

export interface JobRow {
  id: string;
  kind: string;
  lane: string;
  entity_type: string | null;
  entity_id: string | null;
  remote_id: string | null;
  inbox_event_id: string | null;
  run_id: string | null;
  system: boolean;
  priority: number;
  retry_count: number;
  snooze_count: number;
  queued_at: Date;
  lease_token: number;
}

export function toJob(row: JobRow): ClaimedJob {
  return {
    id: row.id,
    kind: row.kind,
    jobKey: row.lane,
    entityType: row.entity_type,
    entityId: row.entity_id,
    remoteId: row.remote_id,
    inboxEventId: row.inbox_event_id,
    runId: row.run_id,
    system: row.system,
    priority: row.priority,
    retryCount: row.retry_count,
    snoozeCount: row.snooze_count,
    queuedAt: parseInstant(row.queued_at) ?? now(),
    leaseToken: Number(row.lease_token),
  };
}
