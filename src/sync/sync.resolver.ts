import type { GraphQLResolveInfo } from 'graphql';
import {
  Arg,
  Args,
  Ctx,
  Field,
  FieldResolver,
  Float,
  ID,
  Info,
  Int,
  Mutation,
  ObjectType,
  Query,
  registerEnumType,
  Resolver,
  Root,
  Subscription,
} from 'type-graphql';
import { AppError, badInput } from '../kernel/errors.js';
import { isId } from '../kernel/ids.js';
import type { LoggedEvent } from '../platform/events.js';
import type { Context } from '../platform/graphql/context.js';
import { overSocket } from '../platform/graphql/entity-change.js';
import { connectionOf, PageArgs, type Page } from '../platform/read/connection.js';
import type { RowOf } from '../platform/read/definition.js';
import { filtered, type FilterValue } from '../platform/read/filter.js';
import { readOne, readPage } from '../platform/read/page.js';
import { selectionOf } from '../platform/read/selection.js';
import { sortNamed } from '../platform/read/sort.js';
import { inline, Params } from '../platform/read/sql.js';
import { ANONYMOUS } from '../kernel/viewer.js';
import { DateTime } from '../platform/graphql/scalars.js';
import { defineResult } from '../platform/graphql/user-error.js';
import { InboxEvent } from './inbox/inbox-event.entity.js';
import { receiveWebhook } from './inbox/webhook.service.js';
import { SyncQueueItem } from '../platform/queue/queue-item.entity.js';
import {
  inboxBodyById,
  inboxRead,
  ofSystem,
  queueRead,
  type QueueItemRow,
  readInboxStats,
  readSyncStats,
} from './queue.queries.js';
import { discardQueueItems, retryItems, type ItemSelection } from './queue.service.js';
import {
  InboxEventFilter,
  InboxEventSort,
  SyncItemSelection,
  SyncQueueItemFilter,
  SyncQueueItemSort,
  ZohoWebhookInput,
} from './sync.inputs.js';
import { msg } from '../kernel/message.js';

@ObjectType({ description: 'Waiting and failed work of one entity.' })
export class EntityQueueStats {
  @Field(() => String)
  entityType!: string;

  @Field(() => Int)
  pending!: number;

  @Field(() => Int)
  failed!: number;

  @Field(() => Int)
  deadLetter!: number;
}

@ObjectType({ description: 'The sync queue at a glance.' })
export class SyncStats {
  @Field(() => Int)
  pending!: number;

  @Field(() => Int)
  processing!: number;

  @Field(() => Int)
  completed!: number;

  @Field(() => Int)
  failed!: number;

  @Field(() => Int)
  deadLetter!: number;

  @Field(() => [EntityQueueStats])
  byEntity!: EntityQueueStats[];

  @Field(() => Float, { nullable: true, description: 'Seconds from queued to completed, on average over 24 hours.' })
  syncDelayAvgSeconds!: number | null;

  @Field(() => Float, { nullable: true, description: 'What 95 % of the items of the last 15 minutes stayed below.' })
  syncDelayP95Seconds!: number | null;

  @Field(() => Float, { nullable: true, description: 'Age of the oldest waiting item in seconds.' })
  oldestPendingSeconds!: number | null;
}

@ObjectType({ description: 'Deliveries of the last 24 hours.' })
export class InboxStats {
  @Field(() => Int)
  total!: number;

  @Field(() => Int)
  completed!: number;

  @Field(() => Int)
  failed!: number;

  @Field(() => Int)
  pending!: number;

  @Field(() => Int)
  invalid!: number;

  @Field(() => Int)
  duplicates!: number;

  @Field(() => Int, { description: 'Turned away at the door: no or wrong signature, unsupported type.' })
  refused!: number;

  @Field(() => Float, { nullable: true, description: 'Percent with two decimals.' })
  successRate!: number | null;
}

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

export const ReceiptStatusEnum = { ACCEPTED: 'accepted', DUPLICATE: 'duplicate' } as const;
registerEnumType(ReceiptStatusEnum, { name: 'WebhookReceiptStatus' });

@ObjectType({ description: 'The webhook is stored; answered after the commit.' })
export class WebhookReceipt {
  @Field(() => String)
  eventId!: string;

  @Field(() => ReceiptStatusEnum)
  status!: 'accepted' | 'duplicate';
}

@ObjectType()
export class SyncItemsChanged {
  @Field(() => Int, { description: 'How many items were taken; call again while it is 1,000.' })
  count!: number;
}

const QueueConnection = connectionOf(SyncQueueItem, 'SyncQueueItem');
const InboxConnection = connectionOf(InboxEvent, 'InboxEvent');

const receiptResult = defineResult('ReceiveZohoWebhookResult', { type: WebhookReceipt, name: 'WebhookReceipt' }, [
  'BAD_INPUT',
]);
const itemsResult = defineResult('SyncItemsResult', { type: SyncItemsChanged, name: 'SyncItemsChanged' }, [
  'BAD_INPUT',
]);

function selectItems(selection: SyncItemSelection): ItemSelection {
  const ids = selection.ids ?? null;
  if (ids === null && !selection.filter) throw badInput('selection', msg`Give ids or a filter.`);
  if (ids?.some((id) => !isId(id))) throw badInput('selection.ids', msg`An id is not valid.`);
  const params = new Params();
  const matches = filtered<SyncQueueItem>(SyncQueueItemFilter, selection.filter);
  const ask = { viewer: ANONYMOUS, today: '' };
  const row = queueRead.columns('q');
  const parts = [matches ? inline(matches(row), ask, params) : 'true'];
  if (selection.filter) parts.push(inline(ofSystem(selection.system ?? false)(row), ask, params));
  if (ids) parts.push(`q.id = any (${params.add(ids)}::uuid[])`);
  return { where: parts.join(' and '), params: params.values };
}

@Resolver(() => SyncQueueItem)
export class SyncQueueResolver {
  @Query(() => SyncStats)
  async syncStats(@Ctx() context: Context): Promise<SyncStats> {
    return toStats(await readSyncStats(context.services.db));
  }

  @Query(() => InboxStats)
  inboxStats(@Ctx() context: Context): Promise<InboxStats> {
    return readInboxStats(context.services.db);
  }

  @Query(() => QueueConnection, { description: 'Newest first.' })
  syncQueue(
    @Ctx() context: Context,
    @Args(() => PageArgs) args: PageArgs,
    @Arg('filter', () => SyncQueueItemFilter, { nullable: true }) filter: FilterValue | null,
    @Arg('orderBy', () => SyncQueueItemSort, { defaultValue: SyncQueueItemSort.QUEUED_DESC })
    orderBy: keyof typeof SyncQueueItemSort,
    @Arg('system', () => Boolean, {
      defaultValue: false,
      description: 'The work of the system itself, such as runs and pruning, instead of that on records.',
    })
    system: boolean,
    @Info() info: GraphQLResolveInfo,
  ): Promise<Page<QueueItemRow>> {
    return readPage(context, queueRead, {
      args,
      info,
      sort: sortNamed<SyncQueueItem>(SyncQueueItemSort, orderBy),
      where: [filtered(SyncQueueItemFilter, filter), ofSystem(system)],
    });
  }

  @Query(() => SyncQueueItem, { nullable: true })
  syncQueueItem(
    @Ctx() context: Context,
    @Arg('id', () => ID) id: string,
    @Info() info: GraphQLResolveInfo,
  ): Promise<QueueItemRow | null> {
    return readOne(context, queueRead, id, selectionOf(info));
  }

  @Mutation(() => itemsResult.type, { description: 'Puts failed and dead items back, with a fresh count of tries.' })
  retrySyncItems(
    @Ctx() context: Context,
    @Arg('selection', () => SyncItemSelection) selection: SyncItemSelection,
  ): Promise<object> {
    return itemsResult.run(context, async () => ({
      count: await context.transact((tx) => retryItems(tx, selectItems(selection))),
    }));
  }

  @Mutation(() => itemsResult.type, { description: 'Ends failed and dead items for good.' })
  discardSyncItems(
    @Ctx() context: Context,
    @Arg('selection', () => SyncItemSelection) selection: SyncItemSelection,
    @Arg('reason', () => String) reason: string,
  ): Promise<object> {
    return itemsResult.run(context, async () => {
      const why = reason.trim();
      if (why === '' || why.length > 500) throw badInput('reason', msg`Give a reason of 1 to 500 characters.`);
      return { count: await context.transact((tx) => discardQueueItems(tx, selectItems(selection), why)) };
    });
  }

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

  @Subscription(() => SyncStats, { ...overSocket, description: 'The newest state, at most once a second.' })
  async syncStatsUpdated(@Ctx() context: Context): Promise<SyncStats> {
    return toStats(await readSyncStats(context.services.db));
  }
}

const toMs = (seconds: number | null): number | null => (seconds === null ? null : Math.round(seconds * 1000) / 1000);

function toStats({
  counts,
  byEntity,
  delayAvgSeconds,
  delayP95Seconds,
  oldestPendingSeconds,
}: Awaited<ReturnType<typeof readSyncStats>>): SyncStats {
  const { pending, processing, completed, failed, dead_letter: deadLetter } = counts;
  return {
    pending,
    processing,
    completed,
    failed,
    deadLetter,
    byEntity,
    syncDelayAvgSeconds: toMs(delayAvgSeconds),
    syncDelayP95Seconds: toMs(delayP95Seconds),
    oldestPendingSeconds: oldestPendingSeconds === null ? null : Math.round(oldestPendingSeconds * 10) / 10,
  };
}

@Resolver(() => SyncQueueEvent)
export class SyncQueueEventResolver {
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

@Resolver(() => InboxEvent)
export class InboxResolver {
  @Query(() => InboxConnection, { description: 'Newest first.' })
  inboxEvents(
    @Ctx() context: Context,
    @Args(() => PageArgs) args: PageArgs,
    @Arg('filter', () => InboxEventFilter, { nullable: true }) filter: FilterValue | null,
    @Arg('orderBy', () => InboxEventSort, { defaultValue: InboxEventSort.RECEIVED_DESC })
    orderBy: keyof typeof InboxEventSort,
    @Info() info: GraphQLResolveInfo,
  ): Promise<Page<RowOf<typeof inboxRead>>> {
    const sort = sortNamed<InboxEvent>(InboxEventSort, orderBy);
    return readPage(context, inboxRead, { args, info, sort, where: [filtered(InboxEventFilter, filter)] });
  }

  @Query(() => InboxEvent, { nullable: true })
  inboxEvent(
    @Ctx() context: Context,
    @Arg('id', () => ID) id: string,
    @Info() info: GraphQLResolveInfo,
  ): Promise<RowOf<typeof inboxRead> | null> {
    return readOne(context, inboxRead, id, selectionOf(info));
  }

  @FieldResolver(() => String, { nullable: true, description: 'The body as text.' })
  payload(@Root() event: { id: string }, @Ctx() context: Context): Promise<string | null> {
    return context.load(inboxBodyById, event.id);
  }

  @Mutation(() => receiptResult.type, {
    description: 'The bridge: the same door as POST /api/zoho/webhooks. Equal deliveries are one.',
  })
  receiveZohoWebhook(
    @Ctx() context: Context,
    @Arg('input', () => ZohoWebhookInput) input: ZohoWebhookInput,
  ): Promise<object> {
    return receiptResult.run(context, async () => {
      try {
        return await receiveWebhook(context.services, {
          source: 'bridge',
          entityType: input.entity,
          event: input.event ?? undefined,
          query: new URLSearchParams(input.query ?? ''),
          contentType: input.contentType ?? 'application/json',
          rawBody: Buffer.from(input.payload, 'utf8'),
          signature: input.signature ?? undefined,
          address: context.address,
          headers: {},
        });
      } catch (error) {
        // At the bridge the signature is an input like any other.
        if (error instanceof AppError && (error.code === 'BAD_SIGNATURE' || error.code === 'UNSUPPORTED_MEDIA_TYPE')) {
          throw badInput(error.code === 'BAD_SIGNATURE' ? 'signature' : 'contentType', error.sentence);
        }
        throw error;
      }
    });
  }
}
