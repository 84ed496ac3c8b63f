import { Check, Entity, Index, ManyToOne, PrimaryKey, Property } from '@mikro-orm/decorators/legacy';
import { Field, ID, Int, ObjectType, registerEnumType } from 'type-graphql';
import { byId } from '../db/columns.js';
import { DateTime } from '../graphql/scalars.js';
import type { JobStatus, JobWarning, Outcome } from './job.js';

export const QueueStatusEnum = {
  PENDING: 'pending',
  PROCESSING: 'processing',
  COMPLETED: 'completed',
  FAILED: 'failed',
  DEAD_LETTER: 'dead_letter',
} as const satisfies Record<string, JobStatus>;
registerEnumType(QueueStatusEnum, {
  name: 'QueueStatus',
  description: 'FAILED means that a try failed and the next one is scheduled; DEAD_LETTER that no try is left.',
});

export const OutcomeEnum = {
  APPLIED: 'applied',
  UNCHANGED: 'unchanged',
  STALE: 'stale',
  SUPERSEDED: 'superseded',
  IGNORED: 'ignored',
  DISCARDED: 'discarded',
} as const satisfies Record<string, Outcome>;
registerEnumType(OutcomeEnum, { name: 'SyncOutcome', description: 'How a completed item ended.' });

@ObjectType({ description: 'Something that was left as it was, and why.' })
export class SyncWarning implements JobWarning {
  @Field(() => String)
  code!: string;

  @Field(() => String, { nullable: true })
  field?: string;

  @Field(() => String)
  message!: string;
}

/** One row of the queue. Only platform/queue writes this table; the class serves the schema and the comparison with it. */
@ObjectType('SyncQueueItem', { description: 'One task of the sync queue.' })
@Entity({ tableName: 'tds_sync_queue' })
@Index({
  name: 'tds_sync_queue_lane_waiting',
  expression: `create unique index "tds_sync_queue_lane_waiting" on "tds_sync_queue" ("lane") where ("status" = any (array['pending'::text, 'failed'::text]))`,
})
@Index({
  name: 'tds_sync_queue_lane_processing',
  expression: `create unique index "tds_sync_queue_lane_processing" on "tds_sync_queue" ("lane") where ("status" = 'processing'::text)`,
})
@Index({
  name: 'tds_sync_queue_claim',
  expression: `create index "tds_sync_queue_claim" on "tds_sync_queue" ("priority", "run_at") where ("status" = any (array['pending'::text, 'failed'::text]))`,
})
@Index({
  name: 'tds_sync_queue_due',
  expression: `create index "tds_sync_queue_due" on "tds_sync_queue" ("run_at") where ("status" = any (array['pending'::text, 'failed'::text]))`,
})
@Index({
  name: 'tds_sync_queue_lease',
  expression: `create index "tds_sync_queue_lease" on "tds_sync_queue" ("lease_until") where ("status" = 'processing'::text)`,
})
@Index({
  name: 'tds_sync_queue_waits_for',
  expression: `create index "tds_sync_queue_waits_for" on "tds_sync_queue" ("waits_for") where ("waits_for" is not null)`,
})
@Index({
  name: 'tds_sync_queue_dead_lane',
  expression: `create index "tds_sync_queue_dead_lane" on "tds_sync_queue" ("lane") where ("status" = 'dead_letter'::text)`,
})
@Index({
  name: 'tds_sync_queue_issue',
  expression: `create index "tds_sync_queue_issue" on "tds_sync_queue" ("issue_id") where ("issue_id" is not null)`,
})
@Index({ name: 'tds_sync_queue_status_completed', properties: ['status', 'processingCompletedAt'] })
@Index({ name: 'tds_sync_queue_record', properties: ['entityType', 'remoteId'] })
@Index({ name: 'tds_sync_queue_queued_keyset', properties: ['queuedAt', 'id'] })
@Check({
  name: 'tds_sync_queue_status_check',
  expression: `status in ('pending', 'processing', 'completed', 'failed', 'dead_letter')`,
})
@Check({ name: 'tds_sync_queue_priority_check', expression: 'priority >= 1 and priority <= 9' })
export class SyncQueueItem {
  @Field(() => ID)
  @PrimaryKey({ type: 'uuid' })
  id!: string;

  @Field(() => String, { description: 'pull, run, ...' })
  @Property({ type: 'text' })
  kind!: string;

  @Field(() => String, { description: 'kind:entity:record; at most one row of a job key waits and one runs.' })
  @Property({ fieldName: 'lane', type: 'text' })
  jobKey!: string;

  @Field(() => ID, { nullable: true })
  @Property({ type: 'uuid', nullable: true })
  inboxEventId?: string | null;

  @Field(() => ID, { nullable: true })
  @Property({ type: 'uuid', nullable: true })
  runId?: string | null;

  @Field(() => String, { nullable: true, description: 'products, customers, ...' })
  @Property({ type: 'text', nullable: true })
  entityType?: string | null;

  @Field(() => ID, { nullable: true, description: 'The local id, once known.' })
  @Property({ type: 'text', nullable: true })
  entityId?: string | null;

  @Field(() => String, { nullable: true, description: 'The id at the source.' })
  @Property({ type: 'text', nullable: true, fieldName: 'zoho_entity_id' })
  remoteId?: string | null;

  @Field(() => Boolean, { description: 'Work of the system itself, such as runs and pruning; no record of a source.' })
  @Property({ type: 'boolean', default: false })
  system!: boolean;

  @Field(() => Int, { description: '1 first, 9 last.' })
  @Property({ type: 'integer', default: 5 })
  priority!: number;

  @Field(() => QueueStatusEnum)
  @Property({ type: 'text', default: 'pending' })
  status!: JobStatus;

  @Field(() => OutcomeEnum, { nullable: true })
  @Property({ type: 'text', nullable: true })
  outcome?: Outcome | null;

  @Field(() => [SyncWarning])
  @Property({ type: 'json', columnType: 'jsonb', defaultRaw: `'[]'` })
  warnings!: SyncWarning[];

  @Field(() => Int, { description: 'Failed tries of this item.' })
  @Property({ type: 'integer', default: 0 })
  retryCount!: number;

  @Field(() => Int, { description: 'How often its worker was lost.' })
  @Property({ type: 'integer', default: 0 })
  lostCount!: number;

  @Field(() => Int)
  @Property({ type: 'integer', default: 0 })
  snoozeCount!: number;

  @Field(() => Int, { description: 'Further changes that joined this item while it waited.' })
  @Property({ type: 'integer', default: 0 })
  coalescedCount!: number;

  @Field(() => String, { nullable: true, description: 'The job key of the parent that must exist first.' })
  @Property({ type: 'text', nullable: true })
  waitsFor?: string | null;

  @Field(() => DateTime, { description: 'Not before.' })
  @Property({ type: 'datetime', columnType: 'timestamptz', defaultRaw: 'now()' })
  runAt!: Date;

  @Field(() => DateTime)
  @Property({ type: 'datetime', columnType: 'timestamptz', defaultRaw: 'now()' })
  queuedAt!: Date;

  @Property({ type: 'datetime', columnType: 'timestamptz', defaultRaw: 'now()' })
  lastEventAt!: Date;

  @Field(() => DateTime, { nullable: true, description: 'Start of the latest try.' })
  @Property({ type: 'datetime', columnType: 'timestamptz', nullable: true })
  processingStartedAt?: Date | null;

  @Field(() => DateTime, { nullable: true })
  @Property({ type: 'datetime', columnType: 'timestamptz', nullable: true })
  processingCompletedAt?: Date | null;

  @Field(() => String, { nullable: true })
  @Property({ type: 'text', nullable: true })
  errorCode?: string | null;

  @Field(() => String, { nullable: true, description: 'Of the last failed try; null when completed.' })
  @Property({ type: 'text', nullable: true })
  errorMessage?: string | null;

  @Field(() => String, { nullable: true, description: 'The release in which it failed first.' })
  @Property({ type: 'text', nullable: true })
  firstFailedVersion?: string | null;

  @Field(() => ID, { nullable: true, description: 'The deployment in which it failed first, where it is known.' })
  @Property({ type: 'uuid', nullable: true })
  firstFailedDeploymentId?: string | null;

  @Field(() => ID, { nullable: true, description: 'The issue of the error that it has met last.' })
  @Property({ type: 'uuid', nullable: true })
  issueId?: string | null;

  @Property({ type: 'bigint', nullable: true })
  leaseToken?: string | null;

  @Property({ type: 'datetime', columnType: 'timestamptz', nullable: true })
  leaseUntil?: Date | null;

  @Field(() => String, { nullable: true, description: 'The worker that holds it.' })
  @Property({ type: 'text', nullable: true })
  leasedBy?: string | null;

  @Field(() => [SyncAttempt], { description: 'The latest 50, newest first.' })
  attempts?: SyncAttempt[];
}

@ObjectType({ description: 'One try of a queue item; append-only.' })
@Entity({ tableName: 'tds_sync_attempts' })
@Index({ name: 'tds_sync_attempts_queue', properties: ['queueId', 'endedAt'] })
@Index({
  name: 'tds_sync_attempts_failures',
  expression: `create index "tds_sync_attempts_failures" on "tds_sync_attempts" ("ended_at") where ("result" = any (array['failed'::text, 'dead_letter'::text, 'lost'::text]))`,
})
export class SyncAttempt {
  @Field(() => ID)
  @PrimaryKey({ type: 'uuid' })
  id!: string;

  @ManyToOne({ entity: () => SyncQueueItem, ...byId('queue_id'), deleteRule: 'cascade' })
  queueId!: string;

  @Field(() => String, { description: 'completed, failed, dead_letter, snoozed or lost.' })
  @Property({ type: 'text' })
  result!: string;

  @Field(() => OutcomeEnum, { nullable: true })
  @Property({ type: 'text', nullable: true })
  outcome?: Outcome | null;

  @Field(() => String)
  @Property({ type: 'text' })
  worker!: string;

  @Field(() => String, { description: 'The release that ran it.' })
  @Property({ type: 'text' })
  appVersion!: string;

  @Field(() => ID, { nullable: true, description: 'The deployment for which its worker ran, where it is known.' })
  @Property({ type: 'uuid', nullable: true })
  deploymentId?: string | null;

  @Field(() => String, { nullable: true })
  @Property({ type: 'text', nullable: true })
  errorClass?: string | null;

  @Field(() => String, { nullable: true })
  @Property({ type: 'text', nullable: true })
  errorCode?: string | null;

  @Field(() => String, { nullable: true })
  @Property({ type: 'text', nullable: true })
  errorMessage?: string | null;

  @Field(() => DateTime)
  @Property({ type: 'datetime', columnType: 'timestamptz', defaultRaw: 'now()' })
  endedAt!: Date;

  @Field(() => Int, { nullable: true, description: 'Milliseconds.' })
  @Property({ type: 'integer', nullable: true })
  durationMs?: number | null;
}
