import { Entity, Index, PrimaryKey, Property } from '@mikro-orm/decorators/legacy';
import { Field, Float, ID, Int, ObjectType, registerEnumType } from 'type-graphql';
import { referenceFrom } from '../platform/db/columns.js';
import { DateTime, JsonObject } from '../platform/graphql/scalars.js';
import { SyncQueueItem } from '../platform/queue/queue-item.entity.js';

export const RunModeEnum = { FULL: 'full', INCREMENTAL: 'incremental', SELECTIVE: 'selective' } as const;
export type RunMode = (typeof RunModeEnum)[keyof typeof RunModeEnum];
registerEnumType(RunModeEnum, {
  name: 'SyncRunMode',
  description:
    'FULL lists everything and finds what was deleted; INCREMENTAL lists what changed since the last run; ' +
    'SELECTIVE fetches the records whose ids are given.',
});

export const RunStatusEnum = {
  PENDING: 'pending',
  IN_PROGRESS: 'in_progress',
  COMPLETED: 'completed',
  PARTIAL: 'partial',
  FAILED: 'failed',
  CANCELLED: 'cancelled',
} as const;
export type RunStatus = (typeof RunStatusEnum)[keyof typeof RunStatusEnum];
registerEnumType(RunStatusEnum, {
  name: 'SyncRunStatus',
  description: 'PARTIAL: everything was listed and some records ended as dead letters.',
});

@ObjectType({ description: 'One walk through the list of an entity at Zoho.' })
@Entity({ tableName: 'tds_sync_runs' })
@Index({ name: 'tds_sync_runs_keyset', properties: ['createdAt', 'id'] })
@Index({
  name: 'tds_sync_runs_one_active',
  expression: `create unique index "tds_sync_runs_one_active" on "tds_sync_runs" ("entity_type") where ("status" = any (array['pending'::text, 'in_progress'::text]))`,
})
export class SyncRun {
  @Field(() => ID)
  @PrimaryKey({ type: 'uuid' })
  id!: string;

  @Field(() => RunModeEnum)
  @Property({ type: 'text', fieldName: 'run_type' })
  mode!: RunMode;

  @Field(() => String, { description: 'products, ...' })
  @Property({ type: 'text' })
  entityType!: string;

  @Property({ type: 'text', default: 'zoho' })
  sourceType!: string;

  @Field(() => RunStatusEnum)
  @Property({ type: 'text' })
  status!: RunStatus;

  @Field(() => Int, { description: 'Records listed so far; final once listing is done.' })
  @Property({ type: 'integer', default: 0 })
  totalItems!: number;

  @Field(() => Int, { nullable: true, description: 'Records that it will list, as far as anybody knows.' })
  @Property({ type: 'integer', nullable: true })
  expectedItems?: number | null;

  @Field(() => Int)
  @Property({ type: 'integer', default: 0 })
  processedItems!: number;

  @Field(() => Int)
  @Property({ type: 'integer', default: 0 })
  failedItems!: number;

  /** The page a resumed run lists next; null when listing is done. */
  @Field(() => Int, { nullable: true, description: 'The page that is listed next; null when listing is done.' })
  @Property({ type: 'integer', nullable: true })
  nextPage?: number | null;

  /** Of a selective run: the ids at Zoho. */
  @Property({ type: 'array', columnType: 'text[]', nullable: true })
  selectedIds?: string[] | null;

  @Property({ type: 'datetime', columnType: 'timestamptz', nullable: true })
  since?: Date | null;

  /** The greatest source time seen; the next incremental run begins there, with an overlap. */
  @Property({ type: 'datetime', columnType: 'timestamptz', nullable: true })
  watermark?: Date | null;

  @Field(() => String)
  @Property({ type: 'text' })
  startedBy!: string;

  @Field(() => DateTime)
  @Property({ type: 'datetime', columnType: 'timestamptz' })
  createdAt!: Date;

  @Field(() => DateTime, { nullable: true })
  @Property({ type: 'datetime', columnType: 'timestamptz', nullable: true })
  startedAt?: Date | null;

  @Field(() => DateTime, { nullable: true })
  @Property({ type: 'datetime', columnType: 'timestamptz', nullable: true })
  completedAt?: Date | null;

  @Field(() => Float, {
    nullable: true,
    description: 'Records done a minute since it began; null before the first one.',
  })
  itemsPerMinute?: number | null;

  @Field(() => DateTime, {
    nullable: true,
    description: 'When it is done at its present rate, if what is expected is known; null when it has ended.',
  })
  expectedEndAt?: Date | null;

  @Field(() => JsonObject, { nullable: true })
  @Property({ type: 'json', columnType: 'jsonb', nullable: true })
  errorLog?: Record<string, unknown> | null;
}

referenceFrom(SyncQueueItem, 'runId', 'run_id', () => SyncRun);
