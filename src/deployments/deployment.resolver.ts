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
} from 'type-graphql';
import type { LoggedEvent } from '../platform/events.js';
import type { Context } from '../platform/graphql/context.js';
import { overSocket } from '../platform/graphql/entity-change.js';
import { connectionOf, PageArgs, type Page } from '../platform/read/connection.js';
import type { RowOf } from '../platform/read/definition.js';
import { filtered, type FilterValue } from '../platform/read/filter.js';
import { readOne, readPage } from '../platform/read/page.js';
import { selectionOf } from '../platform/read/selection.js';
import { sortNamed } from '../platform/read/sort.js';
import { DeploymentFrame, frameOf, recordedResult } from './deployment-answers.js';
import {
  Deployment,
  DeploymentEvent,
  DeploymentSlotEnum,
  DeploymentStatusEnum,
  type DeploymentSlot,
} from './deployment.entity.js';
import {
  DeploymentFilter,
  DeploymentSort,
  RecordDeploymentStatusArgs,
  StartDeploymentInput,
} from './deployment.inputs.js';
import {
  deploymentById,
  deploymentEventById,
  deploymentRead,
  eventsByDeployment,
  findLive,
} from './deployment.queries.js';
import { recordDeploymentStatus, startDeployment } from './deployment.service.js';
import { recordableNext, type DeploymentStatus } from './deployment-status.js';
import type { Evidence } from './evidence.js';

@ObjectType({ description: 'A deployment moved, or a step was noted.' })
export class DeploymentUpdate extends DeploymentFrame {
  @Field(() => DeploymentStatusEnum, { description: 'The status of this step; the deployment may have gone on.' })
  status!: DeploymentStatus;

  eventId!: string | null;
}

@ObjectType()
export class SmokeResult {
  @Field(() => String)
  name!: string;

  @Field(() => Boolean)
  ok!: boolean;

  @Field(() => Int, { nullable: true })
  status!: number | null;

  @Field(() => Int, { nullable: true })
  durationMs!: number | null;

  @Field(() => String, { nullable: true })
  detail!: string | null;
}

@ObjectType({ description: 'What proves a step; without secrets.' })
export class DeploymentEvidence {
  @Field(() => [String])
  logLines!: string[];

  @Field(() => String, { nullable: true })
  health!: string | null;

  @Field(() => [SmokeResult])
  smoke!: SmokeResult[];

  @Field(() => ID, { nullable: true })
  backupId!: string | null;
}

const DeploymentConnection = connectionOf(Deployment, 'Deployment');

const startResult = recordedResult('StartDeploymentResult', startDeployment.fails);
const recordResult = recordedResult('RecordDeploymentStatusResult', recordDeploymentStatus.fails);

@Resolver(() => Deployment)
export class DeploymentResolver {
  @Query(() => DeploymentConnection)
  deployments(
    @Ctx() context: Context,
    @Args(() => PageArgs) args: PageArgs,
    @Arg('filter', () => DeploymentFilter, { nullable: true }) filter: FilterValue | null,
    @Arg('orderBy', () => DeploymentSort, { defaultValue: DeploymentSort.STARTED_DESC })
    orderBy: keyof typeof DeploymentSort,
    @Info() info: GraphQLResolveInfo,
  ): Promise<Page<RowOf<typeof deploymentRead>>> {
    const sort = sortNamed<Deployment>(DeploymentSort, orderBy);
    return readPage(context, deploymentRead, { args, info, sort, where: [filtered(DeploymentFilter, filter)] });
  }

  @Query(() => Deployment, { nullable: true })
  deployment(
    @Ctx() context: Context,
    @Arg('id', () => ID) id: string,
    @Info() info: GraphQLResolveInfo,
  ): Promise<RowOf<typeof deploymentRead> | null> {
    return readOne(context, deploymentRead, id, selectionOf(info));
  }

  @Query(() => Deployment, {
    nullable: true,
    description: 'What is live in an environment; null before the first one.',
  })
  liveDeployment(
    @Ctx() context: Context,
    @Arg('environment', () => String) environment: string,
  ): Promise<Deployment | null> {
    return findLive(context.read, environment);
  }

  @Mutation(() => startResult.type, {
    description:
      'Begins as QUEUED; one may run at a time in an environment. With execution AGENT it waits for an agent of the environment, in production for an approval first; without a live agent it answers NoDeployAgentError.',
  })
  startDeployment(
    @Ctx() context: Context,
    @Arg('input', () => StartDeploymentInput) input: StartDeploymentInput,
  ): Promise<object> {
    const { approvalEnvironments, watchSeconds } = context.services.config.deployment;
    return startResult.run(context, () =>
      context.transact((tx) =>
        startDeployment(tx, {
          id: input.id ?? null,
          environment: input.environment,
          releaseVersion: input.version,
          commit: input.commit ?? null,
          slot: input.slot ?? input.colour ?? null,
          kind: input.kind,
          trigger: input.trigger,
          execution: input.execution,
          reason: input.reason ?? null,
          restoresId: input.restoresId ?? null,
          watchSeconds: input.watchSeconds ?? watchSeconds,
          needsApproval: input.execution === 'AGENT' && approvalEnvironments.includes(input.environment),
        }),
      ),
    );
  }

  @Mutation(() => recordResult.type, {
    description:
      'With a sequence (1, 2, 3 ... by the recorder) a known record is a repetition, the next one is applied, and a later one answers OutOfOrderError; the same status with a new sequence notes a step. Without a sequence the same status again changes nothing. An illegal step is a conflict.',
  })
  recordDeploymentStatus(
    @Ctx() context: Context,
    @Args(() => RecordDeploymentStatusArgs) args: RecordDeploymentStatusArgs,
  ): Promise<object> {
    const record = {
      id: args.id,
      status: args.status,
      message: args.message ?? null,
      sequence: args.sequence ?? null,
      step: args.step ?? null,
      durationMs: args.durationMs ?? null,
      evidence: args.evidence ?? null,
      recordedAt: args.recordedAt ?? null,
      fence: args.fence ?? null,
    };
    return recordResult.run(context, () => context.transact((tx) => recordDeploymentStatus(tx, record)));
  }

  @FieldResolver(() => [DeploymentEvent], { description: 'All steps, in order.' })
  async events(@Root() deployment: Deployment, @Ctx() context: Context): Promise<DeploymentEvent[]> {
    return (await context.load(eventsByDeployment, deployment.id)) ?? [];
  }

  @FieldResolver(() => [DeploymentStatusEnum], { description: 'The statuses that may be recorded next.' })
  nextStatuses(@Root() deployment: Deployment): readonly DeploymentStatus[] {
    return recordableNext(deployment.status);
  }

  @FieldResolver(() => DeploymentSlotEnum, { nullable: true })
  slot(@Root() deployment: Deployment): DeploymentSlot | null {
    return (deployment.colour as DeploymentSlot | null | undefined) ?? null;
  }

  @FieldResolver(() => Deployment, {
    nullable: true,
    description: 'The former deployment that a ROLLBACK brings back.',
  })
  restores(@Root() deployment: Deployment, @Ctx() context: Context): Promise<Deployment | null> {
    return deployment.restoresId ? context.load(deploymentById, deployment.restoresId) : Promise.resolve(null);
  }

  @Subscription(() => DeploymentUpdate, {
    ...overSocket,
    description: 'Steps of deployments, each once and in order. With `after` the missed ones come first.',
  })
  deploymentUpdated(
    @Root() event: LoggedEvent,
    @Ctx() context: Context,
    @Arg('environment', () => String, { nullable: true }) _environment: string | null,
    @Arg('after', () => String, { nullable: true }) _after: string | null,
  ): DeploymentUpdate {
    return {
      ...frameOf(context, event),
      status: event.data['status'] as DeploymentStatus,
      eventId: (event.data['eventId'] as string | undefined) ?? null,
    };
  }
}

@Resolver(() => DeploymentEvent)
export class DeploymentEventResolver {
  @FieldResolver(() => DeploymentEvidence, { nullable: true })
  evidence(@Root() event: DeploymentEvent): Evidence | null {
    return event.evidence ?? null;
  }
}

@Resolver(() => DeploymentUpdate)
export class DeploymentUpdateResolver {
  @FieldResolver(() => Deployment, { nullable: true, description: 'The deployment as it is now.' })
  deployment(@Root() update: DeploymentUpdate, @Ctx() context: Context): Promise<Deployment | null> {
    return context.load(deploymentById, update.deploymentId);
  }

  @FieldResolver(() => DeploymentEvent, { nullable: true, description: 'The step itself.' })
  event(@Root() update: DeploymentUpdate, @Ctx() context: Context): Promise<DeploymentEvent | null> {
    return update.eventId ? context.load(deploymentEventById, update.eventId) : Promise.resolve(null);
  }
}
