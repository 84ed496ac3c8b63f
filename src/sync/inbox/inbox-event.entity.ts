import { Check, Entity, Index, ManyToOne, PrimaryKey, Property, Unique } from '@mikro-orm/decorators/legacy';
import { Field, ID, Int, ObjectType, registerEnumType } from 'type-graphql';
import { byId } from '../../platform/db/columns.js';
import { DateTime } from '../../platform/graphql/scalars.js';
import type { DeliveryEvent } from './delivery.js';
import { OutcomeEnum } from '../../platform/queue/queue-item.entity.js';
import { SyncRun } from '../run.entity.js';
import type { Outcome } from '../../platform/queue/job.js';

export const InboxStatusEnum = {
  PENDING: 'pending',
  PROCESSING: 'processing',
  COMPLETED: 'completed',
  FAILED: 'failed',
  DEAD_LETTER: 'dead_letter',
  INVALID: 'invalid',
} as const;
export type InboxStatus = (typeof InboxStatusEnum)[keyof typeof InboxStatusEnum];
registerEnumType(InboxStatusEnum, { name: 'InboxStatus' });

export const InboxSourceEnum = { WEBHOOK: 'webhook', BRIDGE: 'bridge', RUN: 'run' } as const;
export type InboxSource = (typeof InboxSourceEnum)[keyof typeof InboxSourceEnum];
registerEnumType(InboxSourceEnum, { name: 'InboxSource', description: 'RUN: a body that a run fetched.' });

export const InboxEventTypeEnum = {
  CREATED: 'created',
  EDITED: 'edited',
  DELETED: 'deleted',
  CHANGED: 'changed',
  LISTED: 'listed',
} as const satisfies Record<string, DeliveryEvent>;
registerEnumType(InboxEventTypeEnum, {
  name: 'InboxEventType',
  description: 'CHANGED: the delivery does not say how. LISTED: seen by a run.',
});

/**
 * What arrived, byte for byte. Written by inbox-writer (the one exception to "commands only") and closed by the pull
 * that took it into account.
 */
@ObjectType({ description: 'One delivery from outside: a webhook, the bridge, or a body that a run fetched.' })
@Entity({ tableName: 'tds_inbox_events' })
// No index knows the status, so closing a delivery is a heap-only update; and each index less is a webhook sooner.
@Index({ name: 'tds_inbox_events_received_keyset', properties: ['receivedAt', 'id'] })
@Index({
  name: 'tds_inbox_events_of_run',
  expression: `create index "tds_inbox_events_of_run" on "tds_inbox_events" ("run_id") where ("run_id" is not null)`,
})
@Index({ name: 'tds_inbox_events_record', properties: ['entityType', 'entityId'] })
@Check({
  name: 'tds_inbox_events_status_check',
  expression: `status in ('pending', 'processing', 'completed', 'failed', 'dead_letter', 'invalid')`,
})
export class InboxEvent {
  @Field(() => ID)
  @PrimaryKey({ type: 'uuid' })
  id!: string;

  @Field(() => String, { description: 'sha256 of entity, id, event and body: equal deliveries share it.' })
  @Unique({ name: 'tds_inbox_events_event_id_unique' })
  @Property({ type: 'text' })
  eventId!: string;

  @Field(() => InboxSourceEnum)
  @Property({ type: 'text' })
  sourceType!: string;

  @Field(() => String)
  @Property({ type: 'text' })
  entityType!: string;

  @Field(() => String, { nullable: true, description: 'The id at Zoho.' })
  @Property({ type: 'text', nullable: true })
  entityId?: string | null;

  @Field(() => InboxEventTypeEnum)
  @Property({ type: 'text' })
  eventType!: string;

  /** bytea, because jsonb refuses \u0000 and a signature covers bytes. */
  @Property({ type: 'blob' })
  rawPayload!: Buffer;

  @Field(() => String, { nullable: true })
  @Property({ type: 'text', nullable: true })
  contentType?: string | null;

  @Property({ type: 'json', columnType: 'jsonb', nullable: true })
  headers?: Record<string, string> | null;

  @Field(() => DateTime, { nullable: true, description: 'last_modified_time of the body.' })
  @Property({ type: 'datetime', columnType: 'timestamptz', nullable: true })
  sourceModifiedAt?: Date | null;

  @Field(() => InboxStatusEnum)
  @Property({ type: 'text', default: 'pending' })
  status!: InboxStatus;

  @Field(() => OutcomeEnum, { nullable: true })
  @Property({ type: 'text', nullable: true })
  outcome?: Outcome | null;

  @Field(() => String, { nullable: true })
  @Property({ type: 'text', nullable: true })
  errorMessage?: string | null;

  @Field(() => Int, { description: 'Equal deliveries after the first.' })
  @Property({ type: 'integer', default: 0 })
  duplicateCount!: number;

  /** The delivery that opened the row last; a pull closes only what it has read. */
  @Property({ type: 'uuid' })
  openedBy!: string;

  @ManyToOne({ entity: () => SyncRun, ...byId('run_id'), nullable: true })
  runId?: string | null;

  @Field(() => DateTime)
  @Property({ type: 'datetime', columnType: 'timestamptz', defaultRaw: 'now()' })
  receivedAt!: Date;

  @Field(() => DateTime, { nullable: true })
  @Property({ type: 'datetime', columnType: 'timestamptz', nullable: true })
  processedAt?: Date | null;
}
