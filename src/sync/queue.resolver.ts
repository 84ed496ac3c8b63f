import type { GraphQLResolveInfo } from 'graphql';
import { Arg, Args, ArgsType, Ctx, Field, ID, Info, Int, Mutation, ObjectType, Query, Resolver } from 'type-graphql';
import type { Context } from '../platform/graphql/context.js';
import { defineResult } from '../platform/graphql/user-error.js';
import { SyncQueueItem } from '../platform/queue/queue-item.entity.js';
import { connectionOf, PageArgs, type Page } from '../platform/read/connection.js';
import { filtered, type FilterValue } from '../platform/read/filter.js';
import { readOne, readPage } from '../platform/read/page.js';
import { selectionOf } from '../platform/read/selection.js';
import { sortNamed } from '../platform/read/sort.js';
import { ofSystem, queueRead, searched, type QueueItemRow } from './queue.queries.js';
import { discardQueueItems, retryItems } from './queue.service.js';
import { SyncItemSelection, SyncQueueItemFilter, SyncQueueItemSort } from './sync.inputs.js';

@ObjectType()
export class SyncItemsChanged {
  @Field(() => Int, { description: 'How many items were taken; call again while it is 1,000.' })
  count!: number;
}

@ArgsType()
export class SyncQueueArgs extends PageArgs {
  @Field(() => Boolean, {
    defaultValue: false,
    description: 'The work of the system itself, such as runs and pruning, instead of that on records.',
  })
  system!: boolean;

  @Field(() => String, {
    nullable: true,
    description: 'An entity, an id at Zoho, a part of the error, or of what is not done a number in its deliveries.',
  })
  search?: string | null;
}

const QueueConnection = connectionOf(SyncQueueItem, 'SyncQueueItem');

const itemsChanged = { type: SyncItemsChanged, name: 'SyncItemsChanged' };
const itemsResult = defineResult('SyncItemsResult', itemsChanged, [...retryItems.fails, ...discardQueueItems.fails]);

@Resolver(() => SyncQueueItem)
export class SyncQueueResolver {
  @Query(() => QueueConnection, { description: 'Newest first.' })
  syncQueue(
    @Ctx() context: Context,
    @Args(() => SyncQueueArgs) args: SyncQueueArgs,
    @Arg('filter', () => SyncQueueItemFilter, { nullable: true }) filter: FilterValue | null,
    @Arg('orderBy', () => SyncQueueItemSort, { defaultValue: SyncQueueItemSort.QUEUED_DESC })
    orderBy: keyof typeof SyncQueueItemSort,
    @Info() info: GraphQLResolveInfo,
  ): Promise<Page<QueueItemRow>> {
    return readPage(context, queueRead, {
      args,
      info,
      sort: sortNamed<SyncQueueItem>(SyncQueueItemSort, orderBy),
      where: [filtered(SyncQueueItemFilter, filter), ofSystem(args.system), searched(args.search ?? null)],
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
      count: await context.transact((tx) => retryItems(tx, selection)),
    }));
  }

  @Mutation(() => itemsResult.type, { description: 'Ends failed and dead items for good.' })
  discardSyncItems(
    @Ctx() context: Context,
    @Arg('selection', () => SyncItemSelection) selection: SyncItemSelection,
    @Arg('reason', () => String) reason: string,
  ): Promise<object> {
    return itemsResult.run(context, async () => ({
      count: await context.transact((tx) => discardQueueItems(tx, selection, reason)),
    }));
  }
}
