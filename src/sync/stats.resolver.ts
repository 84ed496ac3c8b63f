import { Ctx, Field, Float, Int, ObjectType, Query, Resolver, Subscription } from 'type-graphql';
import type { Context } from '../platform/graphql/context.js';
import { overSocket } from '../platform/graphql/entity-change.js';
import { readSyncStats } from './queue.queries.js';

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

@Resolver(() => SyncStats)
export class SyncStatsResolver {
  @Query(() => SyncStats)
  async syncStats(@Ctx() context: Context): Promise<SyncStats> {
    return toStats(await readSyncStats(context.services.db));
  }

  @Subscription(() => SyncStats, { ...overSocket, description: 'The newest state, at most once a second.' })
  async syncStatsUpdated(@Ctx() context: Context): Promise<SyncStats> {
    return toStats(await readSyncStats(context.services.db));
  }
}
