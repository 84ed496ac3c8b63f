import type { GraphQLResolveInfo } from 'graphql';
import {
  Arg,
  Args,
  Ctx,
  FieldResolver,
  ID,
  Info,
  Int,
  Mutation,
  Query,
  Resolver,
  Root,
  Subscription,
  type ClassType,
} from 'type-graphql';
import { notFound } from '../kernel/errors.js';
import { actorOf } from '../kernel/viewer.js';
import type { LoggedEvent } from '../platform/events.js';
import type { Context } from '../platform/graphql/context.js';
import { overSocket } from '../platform/graphql/entity-change.js';
import { connectionOf, PageArgs, type Page } from '../platform/read/connection.js';
import { filtered, type FilterValue } from '../platform/read/filter.js';
import { readOne, readPage } from '../platform/read/page.js';
import { selectionOf } from '../platform/read/selection.js';
import { sortNamed } from '../platform/read/sort.js';
import { defineResult } from '../platform/graphql/user-error.js';
import { RunModeEnum, SyncRun, type RunMode } from './run.entity.js';
import { RecordSync } from './record-sync.js';
import { runRead, type RunRow } from './run.queries.js';
import { cancelRun, startRun } from './run.service.js';
import { pendingEventsByRef } from './sync-link.queries.js';
import { SyncEntityEnum, SyncRunFilter, SyncRunSort, type SyncEntity } from './sync.inputs.js';

const RunConnection = connectionOf(SyncRun, 'SyncRun');

const syncRun = { type: SyncRun, name: 'SyncRun' };
const startRunResult = defineResult<RunRow>('StartSyncRunResult', syncRun, startRun.fails);
const cancelRunResult = defineResult<RunRow>('CancelSyncRunResult', syncRun, cancelRun.fails);

@Resolver(() => SyncRun)
export class SyncRunResolver {
  @Query(() => RunConnection, { description: 'Newest first.' })
  syncRuns(
    @Ctx() context: Context,
    @Args(() => PageArgs) args: PageArgs,
    @Arg('filter', () => SyncRunFilter, { nullable: true }) filter: FilterValue | null,
    @Arg('orderBy', () => SyncRunSort, { defaultValue: SyncRunSort.CREATED_DESC })
    orderBy: keyof typeof SyncRunSort,
    @Info() info: GraphQLResolveInfo,
  ): Promise<Page<RunRow>> {
    const sort = sortNamed<SyncRun>(SyncRunSort, orderBy);
    return readPage(context, runRead, { args, info, sort, where: [filtered(SyncRunFilter, filter)] });
  }

  @Query(() => SyncRun, { nullable: true })
  syncRun(
    @Ctx() context: Context,
    @Arg('id', () => ID) id: string,
    @Info() info: GraphQLResolveInfo,
  ): Promise<RunRow | null> {
    return readOne(context, runRead, id, selectionOf(info));
  }

  @Mutation(() => startRunResult.type, {
    description: 'One run an entity at a time; it goes on after a crash where it was.',
  })
  startSyncRun(
    @Ctx() context: Context,
    @Arg('entity', () => SyncEntityEnum) entity: SyncEntity,
    @Arg('mode', () => RunModeEnum) mode: RunMode,
    @Arg('ids', () => [ID], { nullable: true, description: 'Of a SELECTIVE run: up to 1,000 ids at Zoho.' })
    ids: string[] | null,
    @Info() info: GraphQLResolveInfo,
  ): Promise<object> {
    return startRunResult.run(context, async () => {
      const { id } = await context.transact((tx) =>
        startRun(tx, { entityType: entity, mode, ids, startedBy: actorOf(context.viewer) }),
      );
      return required(await readOne(context, runRead, id, selectionOf(info)), id);
    });
  }

  @Mutation(() => cancelRunResult.type, { description: 'Stops listing; what was listed is still applied.' })
  cancelSyncRun(
    @Ctx() context: Context,
    @Arg('id', () => ID) id: string,
    @Info() info: GraphQLResolveInfo,
  ): Promise<object> {
    return cancelRunResult.run(context, async () => {
      await context.transact((tx) => cancelRun(tx, id));
      return required(await readOne(context, runRead, id, selectionOf(info)), id);
    });
  }

  @Subscription(() => SyncRun, { ...overSocket, nullable: true, description: 'One run, at each step.' })
  syncRunUpdated(
    @Root() event: LoggedEvent,
    @Ctx() context: Context,
    @Arg('id', () => ID) _id: string,
    @Info() info: GraphQLResolveInfo,
  ): Promise<RunRow | null> {
    return readOne(context, runRead, event.entityId, selectionOf(info));
  }
}

const required = (run: RunRow | null, id: string): RunRow => {
  if (!run) throw notFound('Sync run', id);
  return run;
};

/** The field `sync` of a type whose records come from Zoho. */
export function syncFieldOf(type: ClassType): new () => object {
  @Resolver(() => type)
  class SyncField {
    @FieldResolver(() => RecordSync, { nullable: true, description: 'Null for a record that was made here.' })
    sync(@Root() record: { sync?: RecordSync | null }): RecordSync | null {
      return record.sync ?? null;
    }
  }
  return SyncField;
}

@Resolver(() => RecordSync)
export class RecordSyncResolver {
  @FieldResolver(() => Int, { description: 'Deliveries that are not yet taken into account.' })
  async pendingEvents(@Root() state: RecordSync, @Ctx() context: Context): Promise<number> {
    return (await context.load(pendingEventsByRef, state.key)) ?? 0;
  }
}
