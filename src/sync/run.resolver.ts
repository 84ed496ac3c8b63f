import type { GraphQLResolveInfo } from 'graphql';
import {
  Arg,
  Args,
  Ctx,
  Field,
  FieldResolver,
  ID,
  Info,
  Int,
  Mutation,
  ObjectType,
  Query,
  Resolver,
  Root,
  Subscription,
  type ClassType,
} from 'type-graphql';
import { notFound } from '../kernel/errors.js';
import { isId } from '../kernel/ids.js';
import { actorOf } from '../kernel/viewer.js';
import type { LoggedEvent } from '../platform/events.js';
import type { Context } from '../platform/graphql/context.js';
import { overSocket } from '../platform/graphql/entity-change.js';
import { connectionOf, PageArgs, readPage, type Page } from '../platform/graphql/connections.js';
import { DateTime } from '../platform/graphql/scalars.js';
import { AlreadyRunningError, defineResult, InvalidInputError, NotFoundError } from '../platform/graphql/user-error.js';
import { RunModeEnum, SyncRun, type RunMode } from './run.entity.js';
import { runById, runList } from './run.queries.js';
import { cancelRun, startRun } from './run.service.js';
import { pendingEventsByRef } from './sync-link.queries.js';
import { SyncEntityEnum, type SyncEntity } from './sync.inputs.js';

@ObjectType({ description: 'Where a record stands against its twin at Zoho.' })
export class RecordSync {
  @Field(() => String, { description: 'linked, or gone when the source no longer has it.' })
  state!: string;

  @Field(() => DateTime, { nullable: true })
  sourceModifiedAt!: Date | null;

  @Field(() => DateTime, { nullable: true })
  syncedAt!: Date | null;

  key!: string;
}

const RunConnection = connectionOf(SyncRun, 'SyncRun');

const startRunResult = defineResult<SyncRun>('StartSyncRunResult', { type: SyncRun, name: 'SyncRun' }, [
  AlreadyRunningError,
  InvalidInputError,
]);
const cancelRunResult = defineResult<SyncRun>('CancelSyncRunResult', { type: SyncRun, name: 'SyncRun' }, [
  NotFoundError,
]);

@Resolver(() => SyncRun)
export class SyncRunResolver {
  @Query(() => RunConnection, { description: 'Newest first.' })
  syncRuns(
    @Ctx() context: Context,
    @Args(() => PageArgs) args: PageArgs,
    @Info() info: GraphQLResolveInfo,
  ): Promise<Page<SyncRun>> {
    return readPage(context, runList, {
      args,
      order: 'CREATED_DESC',
      info,
    });
  }

  @Query(() => SyncRun, { nullable: true })
  syncRun(@Ctx() context: Context, @Arg('id', () => ID) id: string): Promise<SyncRun | null> {
    return isId(id) ? context.load(runById, id) : Promise.resolve(null);
  }

  @Mutation(() => startRunResult.type, {
    description: 'One run an entity at a time; it goes on after a crash where it was.',
  })
  startSyncRun(
    @Ctx() context: Context,
    @Arg('entity', () => SyncEntityEnum) entity: SyncEntity,
    @Arg('mode', () => RunModeEnum) mode: RunMode,
  ): Promise<object> {
    return startRunResult.run(context, async () => {
      const { id } = await context.transact((tx) =>
        startRun(tx, { entityType: entity, mode, startedBy: actorOf(context.viewer) }),
      );
      return required(await context.load(runById, id), id);
    });
  }

  @Mutation(() => cancelRunResult.type, { description: 'Stops listing; what was listed is still applied.' })
  cancelSyncRun(@Ctx() context: Context, @Arg('id', () => ID) id: string): Promise<object> {
    return cancelRunResult.run(context, async () => {
      await context.transact((tx) => cancelRun(tx, id));
      return required(await context.load(runById, id), id);
    });
  }

  @Subscription(() => SyncRun, { ...overSocket, nullable: true, description: 'One run, at each step.' })
  syncRunUpdated(
    @Root() event: LoggedEvent,
    @Ctx() context: Context,
    @Arg('id', () => ID) _id: string,
  ): Promise<SyncRun | null> {
    return context.load(runById, event.entityId);
  }
}

const required = (run: SyncRun | null, id: string): SyncRun => {
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
