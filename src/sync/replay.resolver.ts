import type { GraphQLResolveInfo } from 'graphql';
import { Arg, Args, Ctx, ID, Info, Mutation, Query, Resolver } from 'type-graphql';
import { notFound } from '../kernel/errors.js';
import type { Context } from '../platform/graphql/context.js';
import { defineResult } from '../platform/graphql/user-error.js';
import { connectionOf, PageArgs, type Page } from '../platform/read/connection.js';
import { filterOf, filtered, type FilterValue } from '../platform/read/filter.js';
import { readOne, readPage } from '../platform/read/page.js';
import { selectionOf } from '../platform/read/selection.js';
import { sortNamed, sortOf } from '../platform/read/sort.js';
import { SyncReplay } from './replay.entity.js';
import { replayRead, type ReplayRow } from './replay.queries.js';
import { cancelReplay, startReplay } from './replay.service.js';
import { SyncItemSelection } from './sync.inputs.js';

export const SyncReplaySort = sortOf(SyncReplay, ['createdAt']);
export const SyncReplayFilter = filterOf(SyncReplay, ['status', 'startedBy', 'createdAt']);

const ReplayConnection = connectionOf(SyncReplay, 'SyncReplay');
const replay = { type: SyncReplay, name: 'SyncReplay' };
const startResult = defineResult<ReplayRow>('StartSyncReplayResult', replay, startReplay.fails);
const cancelResult = defineResult<ReplayRow>('CancelSyncReplayResult', replay, cancelReplay.fails);

@Resolver(() => SyncReplay)
export class SyncReplayResolver {
  @Query(() => ReplayConnection, { description: 'Newest first.' })
  syncReplays(
    @Ctx() context: Context,
    @Args(() => PageArgs) args: PageArgs,
    @Arg('filter', () => SyncReplayFilter, { nullable: true }) filter: FilterValue | null,
    @Arg('orderBy', () => SyncReplaySort, { defaultValue: SyncReplaySort.CREATED_DESC })
    orderBy: keyof typeof SyncReplaySort,
    @Info() info: GraphQLResolveInfo,
  ): Promise<Page<ReplayRow>> {
    const sort = sortNamed<SyncReplay>(SyncReplaySort, orderBy);
    return readPage(context, replayRead, { args, info, sort, where: [filtered(SyncReplayFilter, filter)] });
  }

  @Query(() => SyncReplay, { nullable: true })
  syncReplay(
    @Ctx() context: Context,
    @Arg('id', () => ID) id: string,
    @Info() info: GraphQLResolveInfo,
  ): Promise<ReplayRow | null> {
    return readOne(context, replayRead, id, selectionOf(info));
  }

  @Mutation(() => startResult.type, {
    description:
      'Puts failed and dead items back by stages, 20,000 at most: one, ten, then the rest behind what is new. ' +
      'It stops when one of them meets an issue again of which they had died. Audited.',
  })
  startSyncReplay(
    @Ctx() context: Context,
    @Arg('selection', () => SyncItemSelection) selection: SyncItemSelection,
    @Arg('reason', () => String) reason: string,
    @Info() info: GraphQLResolveInfo,
  ): Promise<object> {
    return startResult.run(context, async () => {
      const { id } = await context.transact((tx) => startReplay(tx, { selection, reason }));
      return required(await readOne(context, replayRead, id, selectionOf(info)), id);
    });
  }

  @Mutation(() => cancelResult.type, { description: 'Puts nothing more back; what was put back goes on. Audited.' })
  cancelSyncReplay(
    @Ctx() context: Context,
    @Arg('id', () => ID) id: string,
    @Info() info: GraphQLResolveInfo,
  ): Promise<object> {
    return cancelResult.run(context, async () => {
      await context.transact((tx) => cancelReplay(tx, id));
      return required(await readOne(context, replayRead, id, selectionOf(info)), id);
    });
  }
}

const required = (row: ReplayRow | null, id: string): ReplayRow => {
  if (!row) throw notFound('Sync replay', id);
  return row;
};
