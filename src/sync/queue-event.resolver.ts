import type { GraphQLResolveInfo } from 'graphql';
import {
  Arg,
  Ctx,
  Field,
  FieldResolver,
  ID,
  Info,
  ObjectType,
  registerEnumType,
  Resolver,
  Root,
  Subscription,
} from 'type-graphql';
import type { LoggedEvent } from '../platform/events.js';
import type { Context } from '../platform/graphql/context.js';
import { overSocket } from '../platform/graphql/entity-change.js';
import { DateTime } from '../platform/graphql/scalars.js';
import { SyncQueueItem } from '../platform/queue/queue-item.entity.js';
import { readOne } from '../platform/read/page.js';
import { selectionOf } from '../platform/read/selection.js';
import { queueRead, type QueueItemRow } from './queue.queries.js';

export const QueueEventTypeEnum = {
  ENQUEUED: 'queueItemEnqueued',
  COMPLETED: 'queueItemCompleted',
  FAILED: 'queueItemFailed',
  DEAD_LETTERED: 'queueItemDeadLettered',
  SUPERSEDED: 'queueItemSuperseded',
} as const;
registerEnumType(QueueEventTypeEnum, { name: 'SyncQueueEventType' });

@ObjectType({ description: 'A step of one queue item.' })
export class SyncQueueEvent {
  @Field(() => String, { description: 'Opaque; give it back as `after` to continue behind it.' })
  cursor!: string;

  @Field(() => QueueEventTypeEnum)
  type!: string;

  @Field(() => ID)
  itemId!: string;

  @Field(() => String, { nullable: true })
  entityType!: string | null;

  @Field(() => String, { nullable: true })
  remoteId!: string | null;

  @Field(() => String, { nullable: true, description: 'The outcome at this step.' })
  outcome!: string | null;

  @Field(() => DateTime)
  occurredAt!: Date;
}

@Resolver(() => SyncQueueEvent)
export class SyncQueueEventResolver {
  @Subscription(() => SyncQueueEvent, {
    ...overSocket,
    description: 'Steps of queue items, each once and in order. With `after` the missed ones come first.',
  })
  syncQueueEvents(
    @Root() event: LoggedEvent,
    @Ctx() context: Context,
    @Arg('after', () => String, { nullable: true }) _after: string | null,
  ): SyncQueueEvent {
    return {
      cursor: context.services.hub.cursorOf(event.seq),
      type: event.name,
      itemId: event.entityId,
      entityType: (event.data['entityType'] as string | null) ?? null,
      remoteId: (event.data['remoteId'] as string | null) ?? null,
      outcome: (event.data['outcome'] as string | null) ?? null,
      occurredAt: event.occurredAt,
    };
  }

  @FieldResolver(() => SyncQueueItem, {
    nullable: true,
    description: 'The item as it is now; null when retention took it.',
  })
  item(
    @Root() event: SyncQueueEvent,
    @Ctx() context: Context,
    @Info() info: GraphQLResolveInfo,
  ): Promise<QueueItemRow | null> {
    return readOne(context, queueRead, event.itemId, selectionOf(info));
  }
}
