import {
  Arg,
  Ctx,
  Field,
  FieldResolver,
  ID,
  Int,
  Mutation,
  ObjectType,
  Query,
  Resolver,
  Root,
  Subscription,
} from 'type-graphql';
import { badInput } from '../kernel/errors.js';
import { isId } from '../kernel/ids.js';
import type { LoggedEvent } from '../platform/events.js';
import type { Context } from '../platform/graphql/context.js';
import { overSocket } from '../platform/graphql/entity-change.js';
import { DateTime } from '../platform/graphql/scalars.js';
import { defineResult } from '../platform/graphql/user-error.js';
import { DeploymentFrame, deploymentOf, frameOf } from './deployment-answers.js';
import { Deployment } from './deployment.entity.js';
import { DeploymentMetricsInput } from './deployment.inputs.js';
import { readLogLines, type LogLineRow } from './deployment-log.queries.js';
import {
  MAX_LOG_BATCH,
  MAX_LOG_LINES,
  recordDeploymentHeartbeat,
  recordDeploymentLog,
} from './deployment-log.service.js';
import { msg } from '../kernel/message.js';

const MAX_LINES = 500;

@ObjectType()
export class DeploymentLogLine {
  @Field(() => Int, { description: 'Counted from 1.' })
  line!: number;

  @Field(() => String, { description: 'What looks like a secret is masked.' })
  text!: string;

  @Field(() => DateTime)
  at!: Date;
}

@ObjectType()
export class DeploymentLogPage {
  @Field(() => [DeploymentLogLine])
  lines!: LogLineRow[];

  @Field(() => Int, { description: 'The last line of this page; give it back as `afterLine`.' })
  lastLine!: number;

  @Field(() => Boolean)
  hasMore!: boolean;
}

@ObjectType()
export class DeploymentLogRecorded {
  @Field(() => Int, { description: 'The number of the line that comes next.' })
  nextLine!: number;

  @Field(() => Int, { description: 'Lines that were new.' })
  stored!: number;

  @Field(() => Int, { description: `Lines above the bound of ${MAX_LOG_LINES}, which are not kept.` })
  dropped!: number;

  @Field(() => Boolean, { description: 'All of them were known already.' })
  replayed!: boolean;
}

@ObjectType()
export class DeploymentHeartbeat {
  @Field(() => Deployment)
  deployment!: Deployment;

  @Field(() => Int, { description: 'A running deployment that is silent for so long is marked as stuck.' })
  silenceSeconds!: number;
}

@ObjectType({ description: 'Lines were added to the log of a deployment.' })
export class DeploymentLogUpdate extends DeploymentFrame {
  fromLine!: number;
  toLine!: number;
}

const logResult = defineResult(
  'RecordDeploymentLogResult',
  { type: DeploymentLogRecorded, name: 'DeploymentLogRecorded' },
  recordDeploymentLog.fails,
);
const heartbeatResult = defineResult(
  'RecordDeploymentHeartbeatResult',
  { type: DeploymentHeartbeat, name: 'DeploymentHeartbeat' },
  recordDeploymentHeartbeat.fails,
);

@Resolver(() => DeploymentLogUpdate)
export class DeploymentLogResolver {
  @Query(() => DeploymentLogPage, { description: 'Lines after a line, in order.' })
  async deploymentLog(
    @Ctx() context: Context,
    @Arg('id', () => ID) id: string,
    @Arg('afterLine', () => Int, { defaultValue: 0 }) afterLine: number,
    @Arg('first', () => Int, { defaultValue: 100, description: `At most ${MAX_LINES}.` }) first: number,
  ): Promise<DeploymentLogPage> {
    if (first < 1 || first > MAX_LINES) throw badInput('first', msg`Give 1 to ${MAX_LINES}.`, { maximum: MAX_LINES });
    if (!isId(id)) return { lines: [], lastLine: afterLine, hasMore: false };
    const range = { deploymentId: id, afterLine, toLine: null, limit: first + 1 };
    const lines = await readLogLines(context.read, range);
    const hasMore = lines.length > first;
    if (hasMore) lines.pop();
    return { lines, lastLine: lines.at(-1)?.line ?? afterLine, hasMore };
  }

  @Mutation(() => logResult.type, {
    description: `At most ${MAX_LOG_BATCH} lines a call. Known lines stay as they are; a gap answers OutOfOrderError.`,
  })
  recordDeploymentLog(
    @Ctx() context: Context,
    @Arg('id', () => ID) id: string,
    @Arg('fromLine', () => Int, { description: 'The number of the first one, counted from 1.' }) fromLine: number,
    @Arg('lines', () => [String]) lines: string[],
    @Arg('fence', () => Int, { nullable: true }) fence: number | null,
  ): Promise<object> {
    return logResult.run(context, () =>
      context.transact((tx) => recordDeploymentLog(tx, { id, fromLine, lines, fence: fence ?? null })),
    );
  }

  @Mutation(() => heartbeatResult.type, { description: 'The deployer is alive; metrics of the watch may come along.' })
  recordDeploymentHeartbeat(
    @Ctx() context: Context,
    @Arg('id', () => ID) id: string,
    @Arg('fence', () => Int, { nullable: true }) fence: number | null,
    @Arg('metrics', () => DeploymentMetricsInput, { nullable: true }) metrics: DeploymentMetricsInput | null,
  ): Promise<object> {
    return heartbeatResult.run(context, async () => {
      const sample = metrics && {
        sequence: metrics.sequence,
        requests: metrics.requests,
        serverErrors: metrics.serverErrors,
        latencyP95Ms: metrics.latencyP95Ms ?? null,
        poolUsed: metrics.poolUsed ?? null,
        poolSize: metrics.poolSize ?? null,
        poolWaiting: metrics.poolWaiting ?? null,
        logErrors: metrics.logErrors ?? null,
      };
      await context.transact((tx) =>
        recordDeploymentHeartbeat(tx, { id, fence: fence ?? null, metrics: sample ?? null }),
      );
      const deployment = await deploymentOf(context, id);
      return { deployment, silenceSeconds: context.services.config.deployment.silenceSeconds };
    });
  }

  @FieldResolver(() => [DeploymentLogLine])
  lines(@Root() update: DeploymentLogUpdate, @Ctx() context: Context): Promise<LogLineRow[]> {
    const { deploymentId, fromLine, toLine } = update;
    return readLogLines(context.read, { deploymentId, afterLine: fromLine - 1, toLine, limit: MAX_LOG_BATCH });
  }

  @Subscription(() => DeploymentLogUpdate, {
    ...overSocket,
    description: 'Lines as they are recorded, each once and in order. With `after` the missed ones come first.',
  })
  deploymentLogAppended(
    @Root() event: LoggedEvent,
    @Ctx() context: Context,
    @Arg('id', () => ID) _id: string,
    @Arg('after', () => String, { nullable: true }) _after: string | null,
  ): DeploymentLogUpdate {
    return {
      ...frameOf(context, event),
      fromLine: Number(event.data['fromLine']),
      toLine: Number(event.data['toLine']),
    };
  }
}
