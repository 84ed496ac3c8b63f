import { Arg, Ctx, Field, Float, ID, Int, ObjectType, Query, registerEnumType, Resolver } from 'type-graphql';
import type { Context } from '../platform/graphql/context.js';
import { DateTime } from '../platform/graphql/scalars.js';
import { deploymentOf } from './deployment-answers.js';
import type { Breach, WatchFigures } from './watch-rules.js';
import {
  readDeadLetters,
  readNewErrors,
  readWatch,
  type DeadLetterRow,
  type ErrorGroupRow,
  type Watch,
} from './watch.queries.js';

export const DeploymentWatchStateEnum = {
  NOT_STARTED: 'NOT_STARTED',
  WATCHING: 'WATCHING',
  CLEAN: 'CLEAN',
  BREACHED: 'BREACHED',
} as const;
registerEnumType(DeploymentWatchStateEnum, { name: 'DeploymentWatchState' });

@ObjectType({ description: 'A rule that does not hold.' })
export class WatchBreach implements Breach {
  @Field(() => String, { description: 'DEAD_LETTERS, SYNC_DELAY_P95, FAILED_JOBS, SERVER_ERRORS, ...; for programs.' })
  rule!: string;

  @Field(() => Float)
  measured!: number;

  @Field(() => Float)
  limit!: number;

  @Field(() => String)
  message!: string;
}

@ObjectType({ description: 'From the database and from what the deployer reports, since the watch began.' })
export class WatchMeasured implements WatchFigures {
  @Field(() => Int)
  deadLetters!: number;

  @Field(() => Int, { description: 'Tries of jobs that failed.' })
  failedJobs!: number;

  @Field(() => Int)
  completedJobs!: number;

  @Field(() => Float, { nullable: true })
  delayP95Seconds!: number | null;

  @Field(() => Int)
  requests!: number;

  @Field(() => Float, { nullable: true })
  serverErrorRate!: number | null;

  @Field(() => Float, { nullable: true, description: 'The worst that held for two samples.' })
  latencyP95Ms!: number | null;

  @Field(() => Float, { nullable: true, description: 'The share of connections in use that held for two samples.' })
  poolUse!: number | null;

  @Field(() => Int, { nullable: true })
  poolWaiting!: number | null;

  @Field(() => Int, { nullable: true })
  logErrors!: number | null;

  @Field(() => Int)
  samples!: number;
}

@ObjectType({ description: 'Whether a deployment keeps what it must since it has the traffic.' })
export class DeploymentWatch implements Watch {
  @Field(() => DeploymentWatchStateEnum)
  state!: Watch['state'];

  @Field(() => Boolean, { description: 'No breach so far.' })
  ok!: boolean;

  @Field(() => DateTime, { nullable: true })
  since!: Date | null;

  @Field(() => DateTime, { nullable: true, description: 'The figures end here.' })
  until!: Date | null;

  @Field(() => Boolean, { description: 'There is a breach, and it still has the traffic.' })
  needsRollback!: boolean;

  @Field(() => [WatchBreach])
  breaches!: Breach[];

  @Field(() => WatchMeasured)
  measured!: WatchFigures;
}

@ObjectType()
export class DeploymentDeadLetter implements DeadLetterRow {
  @Field(() => ID, { description: 'Of the queue item; see syncQueueItem.' })
  id!: string;

  @Field(() => String)
  kind!: string;

  @Field(() => String, { nullable: true })
  entityType!: string | null;

  @Field(() => String, { nullable: true })
  remoteId!: string | null;

  @Field(() => String, { nullable: true })
  errorCode!: string | null;

  @Field(() => String, { nullable: true })
  errorMessage!: string | null;

  @Field(() => String, { nullable: true })
  firstFailedVersion!: string | null;

  @Field(() => DateTime, { nullable: true })
  failedAt!: Date | null;
}

@ObjectType({ description: 'Failures of one kind, entity and code.' })
export class DeploymentErrorGroup implements ErrorGroupRow {
  @Field(() => String)
  kind!: string;

  @Field(() => String, { nullable: true })
  entityType!: string | null;

  @Field(() => String, { nullable: true })
  errorCode!: string | null;

  @Field(() => String, { nullable: true })
  errorClass!: string | null;

  @Field(() => String, { nullable: true, description: 'Of one of them.' })
  message!: string | null;

  @Field(() => Int, { description: 'Failed tries.' })
  count!: number;

  @Field(() => Int, { description: 'Queue items.' })
  items!: number;

  @Field(() => DateTime)
  firstSeenAt!: Date;

  @Field(() => DateTime)
  lastSeenAt!: Date;
}

@ObjectType({ description: 'What was seen first in a deployment, as far as attempts are kept (30 days).' })
export class DeploymentIssues {
  @Field(() => [DeploymentDeadLetter], { description: 'Items that are dead and failed first in it; the newest 100.' })
  deadLetters!: DeadLetterRow[];

  @Field(() => Int)
  deadLetterCount!: number;

  @Field(() => [DeploymentErrorGroup], { description: 'The most frequent first; 100 at most.' })
  errors!: ErrorGroupRow[];
}

@Resolver(() => DeploymentWatch)
export class DeploymentWatchResolver {
  @Query(() => DeploymentWatch, { description: 'A success that breaks a rule within its watch time needs a rollback.' })
  async deploymentWatch(@Ctx() context: Context, @Arg('id', () => ID) id: string): Promise<Watch> {
    const { watchLimits } = context.services.config.deployment;
    return readWatch(context.read, await deploymentOf(context, id, 'id'), watchLimits);
  }

  @Query(() => DeploymentIssues, { description: 'Dead letters and errors that were seen first in this deployment.' })
  async deploymentIssues(@Ctx() context: Context, @Arg('id', () => ID) id: string): Promise<DeploymentIssues> {
    await deploymentOf(context, id, 'id');
    const [dead, errors] = await Promise.all([readDeadLetters(context.read, id), readNewErrors(context.read, id)]);
    return { deadLetters: dead.rows, deadLetterCount: dead.count, errors };
  }
}
