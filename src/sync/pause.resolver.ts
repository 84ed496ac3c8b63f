import { Arg, Ctx, Field, Float, Int, Mutation, ObjectType, Query, Resolver } from 'type-graphql';
import type { Context } from '../platform/graphql/context.js';
import { DateTime } from '../platform/graphql/scalars.js';
import { defineResult } from '../platform/graphql/user-error.js';
import { readHolds, type QueueHold } from '../platform/queue/hold.queries.js';
import { pauseEntity, resumeEntity } from './pause.service.js';
import { SyncEntityEnum, type SyncEntity } from './sync.inputs.js';

@ObjectType({ description: 'An entity whose work waits. Its deliveries are taken in and kept.' })
export class SyncPause implements QueueHold {
  @Field(() => String, { description: 'products, ...' })
  entityType!: string;

  @Field(() => String)
  reason!: string;

  @Field(() => String, { description: 'user:<id> or key:<id>.' })
  heldBy!: string;

  @Field(() => DateTime)
  heldAt!: Date;

  @Field(() => Int, { description: 'Records that wait.' })
  waiting!: number;

  @Field(() => Float, { nullable: true, description: 'Age of the oldest of them in seconds.' })
  oldestSeconds!: number | null;
}

@ObjectType({ description: 'The entities that are still paused.' })
export class SyncPauses {
  @Field(() => [SyncPause])
  paused!: SyncPause[];
}

const pausesOf = { type: SyncPauses, name: 'SyncPauses' };
const pauseResult = defineResult('PauseSyncResult', pausesOf, pauseEntity.fails);
const resumeResult = defineResult('ResumeSyncResult', pausesOf, resumeEntity.fails);

@Resolver(() => SyncPause)
export class SyncPauseResolver {
  @Query(() => [SyncPause], { description: 'The longest first.' })
  syncPauses(@Ctx() context: Context): Promise<QueueHold[]> {
    return readHolds(context.read);
  }

  @Mutation(() => pauseResult.type, {
    description: 'Work on an entity waits until it is resumed; what runs is finished. Again changes nothing. Audited.',
  })
  pauseSync(
    @Ctx() context: Context,
    @Arg('entity', () => SyncEntityEnum) entity: SyncEntity,
    @Arg('reason', () => String) reason: string,
  ): Promise<object> {
    return pauseResult.run(context, async () => {
      await context.transact((tx) => pauseEntity(tx, entity, reason));
      return { paused: await readHolds(context.read) };
    });
  }

  @Mutation(() => resumeResult.type, {
    description: 'Work on an entity goes on, in the order in which it came. NOT_FOUND when it is not paused. Audited.',
  })
  resumeSync(@Ctx() context: Context, @Arg('entity', () => SyncEntityEnum) entity: SyncEntity): Promise<object> {
    return resumeResult.run(context, async () => {
      await context.transact((tx) => resumeEntity(tx, entity));
      context.services.onCommit({ events: false, jobs: true });
      return { paused: await readHolds(context.read) };
    });
  }
}
