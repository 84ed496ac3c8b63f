import { Arg, Ctx, Field, ID, Int, ObjectType, Query, Resolver } from 'type-graphql';
import { badInput } from '../kernel/errors.js';
import { msg } from '../kernel/message.js';
import type { Context } from '../platform/graphql/context.js';
import { DateTime, JsonObject } from '../platform/graphql/scalars.js';
import { OutcomeEnum } from '../platform/queue/queue-item.entity.js';
import type { Outcome } from '../platform/queue/job.js';
import type { FieldChange } from './field-changes.js';
import type { DeliveryEvent } from './inbox/delivery.js';
import {
  InboxEventTypeEnum,
  InboxSourceEnum,
  InboxStatusEnum,
  type InboxSource,
  type InboxStatus,
} from './inbox/inbox-event.entity.js';
import { SyncEntityEnum, type SyncEntity } from './sync.inputs.js';
import { timelineOf, type Timeline } from './timeline.js';
import { readDeliveriesOf } from './timeline.queries.js';

const MAX_EVENTS = 200;

@ObjectType({ description: 'A field that differs.' })
export class SyncFieldChange implements FieldChange {
  @Field(() => String, { description: 'Such as rate or line_items.0.rate, as the body names it.' })
  path!: string;

  @Field(() => String, { nullable: true, description: 'As JSON; null where there was nothing.' })
  before!: string | null;

  @Field(() => String, { nullable: true, description: 'As JSON; null where nothing is left.' })
  after!: string | null;
}

@ObjectType({ description: 'One delivery of the record, with what it changed in what was known before it.' })
export class EntityTimelineEntry {
  @Field(() => ID, { description: 'Of the inbox event.' })
  id!: string;

  @Field(() => InboxEventTypeEnum)
  event!: DeliveryEvent;

  @Field(() => InboxSourceEnum)
  source!: InboxSource;

  @Field(() => InboxStatusEnum)
  status!: InboxStatus;

  @Field(() => OutcomeEnum, { nullable: true })
  outcome!: Outcome | null;

  @Field(() => DateTime, { nullable: true, description: 'last_modified_time of the body.' })
  sourceModifiedAt!: Date | null;

  @Field(() => DateTime)
  receivedAt!: Date;

  @Field(() => [SyncFieldChange], { description: 'None for the first one, and for a body that cannot be read.' })
  changes!: FieldChange[];
}

@ObjectType({ description: 'The stored deliveries of one record.' })
export class EntityTimeline {
  @Field(() => [EntityTimelineEntry], { description: 'The oldest first.' })
  entries!: EntityTimelineEntry[];

  @Field(() => JsonObject, {
    nullable: true,
    description: 'The record as these deliveries together say it, in the words of Zoho; null without any.',
  })
  state!: Record<string, unknown> | null;
}

@Resolver(() => EntityTimeline)
export class EntityTimelineResolver {
  @Query(() => EntityTimeline, {
    description: `What Zoho has said of a record: the latest ${MAX_EVENTS} deliveries at most, as long as they are kept.`,
  })
  async entityTimeline(
    @Ctx() context: Context,
    @Arg('entity', () => SyncEntityEnum) entity: SyncEntity,
    @Arg('remoteId', () => ID, { description: 'The id at Zoho.' }) remoteId: string,
    @Arg('asOf', () => DateTime, { nullable: true, description: 'Only what had arrived by then.' }) asOf: Date | null,
    @Arg('last', () => Int, { defaultValue: 50, description: 'How many deliveries, the latest.' }) last: number,
  ): Promise<Timeline> {
    const sync = context.services.syncs.get(entity);
    if (!sync || last < 1 || last > MAX_EVENTS) throw badInput('last', msg`Use a number from 1 to ${MAX_EVENTS}.`);
    const record = { entityType: entity, remoteId, until: asOf };
    return timelineOf(sync, await readDeliveriesOf(context.read, record, last));
  }
}
