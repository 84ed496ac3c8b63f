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
import { notFound } from '../kernel/errors.js';
import type { LoggedEvent } from '../platform/events.js';
import type { Context } from '../platform/graphql/context.js';
import { overSocket } from '../platform/graphql/entity-change.js';
import { DateTime } from '../platform/graphql/scalars.js';
import { defineResult } from '../platform/graphql/user-error.js';
import { AGENT_LIVE_SECONDS, readAgents, type DeployAgentRow } from './deploy-agent.queries.js';
import { DeploymentFrame, frameOf, recordedAnswer, recordedResult } from './deployment-answers.js';
import { Deployment } from './deployment.entity.js';
import { RequestRollbackInput } from './deployment.inputs.js';
import { deploymentById, readRequests, readTakeable } from './deployment.queries.js';
import {
  approveDeployment,
  recordAgentHeartbeat,
  requestRollback,
  takeDeployment,
} from './deployment-request.service.js';

@ObjectType({ description: 'A program on a host that executes what is requested.' })
export class DeployAgent {
  @Field(() => ID)
  id!: string;

  @Field(() => String)
  environment!: string;

  @Field(() => String)
  name!: string;

  @Field(() => String, { nullable: true })
  version!: string | null;

  @Field(() => DateTime)
  heartbeatAt!: Date;

  @Field(() => Boolean, { description: `It was heard within the last ${AGENT_LIVE_SECONDS} seconds.` })
  live!: boolean;
}

@ObjectType()
export class AgentHeartbeat {
  @Field(() => DeployAgent)
  agent!: DeployAgentRow;

  @Field(() => [Deployment], { description: 'What it may take now, its own to resume first.' })
  waiting!: Deployment[];

  @Field(() => Int, { description: 'It counts as alive for so long.' })
  liveSeconds!: number;
}

@ObjectType()
export class DeploymentTaken {
  @Field(() => Deployment)
  deployment!: Deployment;

  @Field(() => Int, { description: 'Goes with every record; a later take makes it void.' })
  fence!: number;

  @Field(() => Boolean, { description: 'It had been taken before, and is resumed.' })
  replayed!: boolean;
}

@ObjectType({ description: 'A deployment that an agent may take now.' })
export class DeploymentRequest extends DeploymentFrame {}

const rollbackResult = recordedResult('RequestRollbackResult', requestRollback.fails);
const approveResult = recordedResult('ApproveDeploymentResult', approveDeployment.fails);
const heartbeatResult = defineResult(
  'RecordAgentHeartbeatResult',
  { type: AgentHeartbeat, name: 'AgentHeartbeat' },
  recordAgentHeartbeat.fails,
);
const takeResult = defineResult(
  'TakeDeploymentResult',
  { type: DeploymentTaken, name: 'DeploymentTaken' },
  takeDeployment.fails,
);

@Resolver(() => Deployment)
export class DeploymentRequestResolver {
  @Query(() => [Deployment], { description: 'What waits for an agent or an approval, oldest first; 100 at most.' })
  deploymentRequests(
    @Ctx() context: Context,
    @Arg('environment', () => String, { nullable: true }) environment: string | null,
  ): Promise<Deployment[]> {
    return readRequests(context.read, environment ?? null);
  }

  @Query(() => [DeployAgent], { description: 'The agents, those heard last first; 100 at most.' })
  deployAgents(
    @Ctx() context: Context,
    @Arg('environment', () => String, { nullable: true }) environment: string | null,
  ): Promise<DeployAgentRow[]> {
    return readAgents(context.read, { environment: environment ?? null, id: null });
  }

  @Mutation(() => rollbackResult.type, {
    description: 'Asks an agent to bring a former deployment back: a deployment of kind ROLLBACK that waits for it.',
  })
  requestRollback(
    @Ctx() context: Context,
    @Arg('input', () => RequestRollbackInput) input: RequestRollbackInput,
  ): Promise<object> {
    const { config, migrations } = context.services;
    const { approvalEnvironments, watchSeconds } = config.deployment;
    const needsApproval = approvalEnvironments.includes(input.environment);
    return rollbackResult.run(context, () =>
      context.transact((tx) => requestRollback(tx, input, { migrations, watchSeconds, needsApproval })),
    );
  }

  @Mutation(() => approveResult.type, { description: 'By a person other than the one who asked for it.' })
  approveDeployment(@Ctx() context: Context, @Arg('id', () => ID) id: string): Promise<object> {
    return approveResult.run(context, () => context.transact((tx) => approveDeployment(tx, { id })));
  }

  @Mutation(() => heartbeatResult.type, {
    description: 'An agent registers by its first heartbeat, and sends one every 15 seconds.',
  })
  recordAgentHeartbeat(
    @Ctx() context: Context,
    @Arg('environment', () => String) environment: string,
    @Arg('name', () => String, { description: 'Of the host; known again after a restart.' }) name: string,
    @Arg('version', () => String, { nullable: true }) version: string | null,
  ): Promise<object> {
    return heartbeatResult.run(context, async () => {
      const id = await context.transact((tx) =>
        recordAgentHeartbeat(tx, { environment, name, version: version ?? null }),
      );
      const [agent] = await readAgents(context.read, { environment: null, id });
      if (!agent) throw notFound('Agent', id);
      const waiting = await readTakeable(context.read, environment, name);
      return { agent, waiting, liveSeconds: AGENT_LIVE_SECONDS };
    });
  }

  @Mutation(() => takeResult.type, {
    description:
      'An agent takes a request: QUEUED becomes PENDING. Its own it may take again after a restart, that of another agent only when it is stuck; each take makes older fences void.',
  })
  takeDeployment(
    @Ctx() context: Context,
    @Arg('id', () => ID) id: string,
    @Arg('agent', () => String, { description: 'The name with which it sends heartbeats.' }) agent: string,
  ): Promise<object> {
    return takeResult.run(context, async () => {
      const { fence, ...taken } = await context.transact((tx) => takeDeployment(tx, { id, agent }));
      return { ...(await recordedAnswer(context, taken)), fence };
    });
  }

  @Subscription(() => DeploymentRequest, {
    ...overSocket,
    description: 'Requests that an agent may take, each once. With `after` the missed ones come first.',
  })
  deploymentRequested(
    @Root() event: LoggedEvent,
    @Ctx() context: Context,
    @Arg('environment', () => String, { nullable: true }) _environment: string | null,
    @Arg('after', () => String, { nullable: true }) _after: string | null,
  ): DeploymentRequest {
    return frameOf(context, event);
  }
}

@Resolver(() => DeploymentRequest)
export class DeploymentRequestDeploymentResolver {
  @FieldResolver(() => Deployment, { nullable: true, description: 'The deployment as it is now.' })
  deployment(@Root() request: DeploymentRequest, @Ctx() context: Context): Promise<Deployment | null> {
    return context.load(deploymentById, request.deploymentId);
  }
}
