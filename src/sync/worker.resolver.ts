import {
  Ctx,
  Field,
  FieldResolver,
  Float,
  ID,
  Int,
  ObjectType,
  Query,
  registerEnumType,
  Resolver,
  Root,
  Subscription,
} from 'type-graphql';
import type { Context } from '../platform/graphql/context.js';
import { overSocket } from '../platform/graphql/entity-change.js';
import { DateTime } from '../platform/graphql/scalars.js';
import { LEASE_SECONDS } from '../platform/queue/backoff.js';
import { RATE_MINUTES } from '../platform/queue/heartbeat.js';
import {
  heldJobsByWorker,
  readWorkers,
  type HeldJobRow,
  type SyncWorkerRow,
  type SyncWorkerState,
} from './worker.queries.js';

export const SyncWorkerStateEnum = { RUNNING: 'running', DRAINING: 'draining', LOST: 'lost' } as const;
registerEnumType(SyncWorkerStateEnum, {
  name: 'SyncWorkerState',
  description: `LOST: its last heartbeat is older than ${LEASE_SECONDS} seconds, as long as a lease.`,
});

@ObjectType({ description: 'A queue item that a worker has leased.' })
export class HeldJob implements HeldJobRow {
  worker!: string;

  @Field(() => ID)
  itemId!: string;

  @Field(() => String)
  kind!: string;

  @Field(() => String, { nullable: true })
  entityType!: string | null;

  @Field(() => String, { nullable: true })
  remoteId!: string | null;

  @Field(() => Int, { description: 'Counted from 1.' })
  attempt!: number;

  @Field(() => Float, { description: 'Since the worker took it.' })
  heldSeconds!: number;

  @Field(() => Float, { description: 'Until another worker may take it over; below zero when it already may.' })
  leaseEndsInSeconds!: number;
}

@ObjectType({ description: 'A process that works on the sync queue.' })
export class SyncWorker implements SyncWorkerRow {
  @Field(() => String, { description: 'Host and process; attempts name it.' })
  name!: string;

  @Field(() => String)
  version!: string;

  @Field(() => ID, { nullable: true, description: 'The deployment for which it runs, where it is known.' })
  deploymentId!: string | null;

  @Field(() => SyncWorkerStateEnum)
  state!: SyncWorkerState;

  @Field(() => Int, { description: 'How many jobs it runs at once.' })
  concurrency!: number;

  @Field(() => Int, { description: 'Jobs that ran at its last heartbeat.' })
  running!: number;

  @Field(() => Float, { description: `Jobs done, over the last ${RATE_MINUTES} minutes before its heartbeat.` })
  completedPerMinute!: number;

  @Field(() => Float)
  failedPerMinute!: number;

  @Field(() => DateTime)
  startedAt!: Date;

  @Field(() => DateTime)
  heartbeatAt!: Date;

  @Field(() => Float)
  heartbeatAgeSeconds!: number;
}

@Resolver(() => SyncWorker)
export class SyncWorkerResolver {
  @Query(() => [SyncWorker], { description: 'By name; 100 at most. One that ended without a word stays for a day.' })
  syncWorkers(@Ctx() context: Context): Promise<SyncWorkerRow[]> {
    return readWorkers(context.read);
  }

  @FieldResolver(() => [HeldJob], { description: 'What it has leased, the oldest first; 100 at most.' })
  async held(@Root() worker: SyncWorker, @Ctx() context: Context): Promise<HeldJobRow[]> {
    return (await context.load(heldJobsByWorker, worker.name)) ?? [];
  }

  @Subscription(() => [SyncWorker], {
    ...overSocket,
    description: 'The newest state when the queue or a worker changes, at most once a second.',
  })
  syncWorkersUpdated(@Ctx() context: Context): Promise<SyncWorkerRow[]> {
    return readWorkers(context.read);
  }
}
