import { Check, Entity, Index, PrimaryKey, Property } from '@mikro-orm/decorators/legacy';
import { INSTANT } from './columns.js';

/** Tables of the platform that only statements write; the classes say what they look like and are never loaded. */
@Entity({ tableName: 'event_outbox' })
export class EventOutboxRow {
  @PrimaryKey({ type: 'bigint', generated: 'identity' })
  id!: string;

  @Property({ type: 'text' })
  name!: string;

  @Property({ type: 'text' })
  entityType!: string;

  @Property({ type: 'text' })
  entityId!: string;

  @Property({ type: 'json', columnType: 'jsonb', default: '{}' })
  data!: object;

  @Property({ ...INSTANT, defaultRaw: 'clock_timestamp()' })
  occurredAt!: Date;
}

@Entity({ tableName: 'event_log' })
@Index({ name: 'event_log_occurred_at', properties: ['occurredAt'] })
export class EventLogRow {
  @PrimaryKey({ type: 'bigint', autoincrement: false })
  seq!: string;

  @Property({ type: 'text' })
  name!: string;

  @Property({ type: 'text' })
  entityType!: string;

  @Property({ type: 'text' })
  entityId!: string;

  @Property({ type: 'json', columnType: 'jsonb' })
  data!: object;

  @Property({ ...INSTANT })
  occurredAt!: Date;
}

/** One row: the epoch of this database and the last number of its log. */
@Entity({ tableName: 'event_head' })
@Check({ name: 'event_head_id_check', expression: 'id = 1' })
export class EventHeadRow {
  @PrimaryKey({ type: 'smallint', autoincrement: false })
  id!: number;

  @Property({ type: 'uuid', defaultRaw: 'gen_random_uuid()' })
  epoch!: string;

  @Property({ type: 'bigint', defaultRaw: '0' })
  seq!: string;
}

@Entity({ tableName: 'schedules' })
@Check({ name: 'schedules_every_seconds_check', expression: 'every_seconds > 0' })
@Check({ name: 'schedules_at_time_check', expression: `at_time ~ '^([01][0-9]|2[0-3]):[0-5][0-9]$'` })
export class ScheduleRow {
  @PrimaryKey({ type: 'text' })
  name!: string;

  @Property({ type: 'text' })
  kind!: string;

  @Property({ type: 'integer' })
  everySeconds!: number;

  @Property({ ...INSTANT, defaultRaw: 'now()' })
  nextAt!: Date;

  @Property({ ...INSTANT, nullable: true })
  lastAt?: Date | null;

  /** HH:MM in the zone of the organisation; null: by interval. */
  @Property({ type: 'text', nullable: true })
  atTime?: string | null;

  @Property({ type: 'boolean', default: true })
  enabled!: boolean;

  /** Somebody has changed it: a release does not change it back. */
  @Property({ type: 'boolean', default: false })
  edited!: boolean;

  @Property({ type: 'integer', default: 1 })
  version!: number;
}

@Entity({ tableName: 'queue_holds' })
export class QueueHoldRow {
  @PrimaryKey({ type: 'text' })
  entityType!: string;

  @Property({ type: 'text' })
  reason!: string;

  @Property({ type: 'text' })
  heldBy!: string;

  @Property({ ...INSTANT, defaultRaw: 'now()' })
  heldAt!: Date;
}

@Entity({ tableName: 'settings' })
export class SettingRow {
  @PrimaryKey({ type: 'text' })
  key!: string;

  @Property({ type: 'json', columnType: 'jsonb' })
  value!: unknown;

  @Property({ ...INSTANT, defaultRaw: 'now()' })
  updatedAt!: Date;
}

@Entity({ tableName: 'idempotency_keys' })
@Index({ name: 'idempotency_keys_created_at', properties: ['createdAt'] })
export class IdempotencyKeyRow {
  @PrimaryKey({ type: 'text' })
  actor!: string;

  @PrimaryKey({ type: 'text' })
  operation!: string;

  @PrimaryKey({ type: 'text' })
  key!: string;

  @Property({ type: 'text' })
  requestHash!: string;

  @Property({ type: 'json', columnType: 'jsonb', nullable: true })
  answer?: unknown;

  @Property({ ...INSTANT, defaultRaw: 'now()' })
  createdAt!: Date;
}

@Entity({ tableName: 'kept_counts' })
@Index({ name: 'kept_counts_name', properties: ['name'] })
export class KeptCountRow {
  @PrimaryKey({ type: 'bigint', generated: 'identity' })
  id!: string;

  @Property({ type: 'text' })
  name!: string;

  @Property({ type: 'bigint' })
  n!: string;
}

@Entity({ tableName: 'record_metadata' })
@Index({
  name: 'record_metadata_key',
  expression: `create index "record_metadata_key" on "record_metadata" ("entity_type", "key", "value") where (length("value") <= 200)`,
})
export class RecordMetadataRow {
  @PrimaryKey({ type: 'text' })
  entityType!: string;

  @PrimaryKey({ type: 'uuid' })
  entityId!: string;

  @PrimaryKey({ type: 'text' })
  key!: string;

  @Property({ type: 'text' })
  value!: string;

  @Property({ ...INSTANT, defaultRaw: 'now()' })
  updatedAt!: Date;
}

/** One row per running worker process; queue/worker-row.queries writes it. */
@Entity({ tableName: 'queue_workers' })
@Check({
  name: 'queue_workers_state_check',
  expression: `state = any (array['running'::text, 'draining'::text])`,
})
export class QueueWorkerRow {
  @PrimaryKey({ type: 'text' })
  name!: string;

  @Property({ type: 'uuid' })
  instance!: string;

  @Property({ type: 'text' })
  version!: string;

  @Property({ type: 'uuid', nullable: true })
  deploymentId?: string | null;

  @Property({ type: 'text' })
  state!: string;

  @Property({ type: 'integer' })
  concurrency!: number;

  @Property({ type: 'integer' })
  running!: number;

  @Property({ type: 'integer' })
  completedRecently!: number;

  @Property({ type: 'integer' })
  failedRecently!: number;

  @Property({ ...INSTANT })
  startedAt!: Date;

  @Property({ ...INSTANT })
  heartbeatAt!: Date;
}

export const platformTables = [
  EventOutboxRow,
  EventLogRow,
  EventHeadRow,
  ScheduleRow,
  QueueHoldRow,
  SettingRow,
  IdempotencyKeyRow,
  KeptCountRow,
  RecordMetadataRow,
  QueueWorkerRow,
] as const;
