import type { GraphQLResolveInfo } from 'graphql';
import {
  Arg,
  Args,
  Ctx,
  Field,
  FieldResolver,
  ID,
  Info,
  InputType,
  Mutation,
  ObjectType,
  Query,
  Resolver,
  Root,
  Subscription,
} from 'type-graphql';
import { notFound } from '../kernel/errors.js';
import { isId } from '../kernel/ids.js';
import type { LoggedEvent } from '../platform/events.js';
import type { Context } from '../platform/graphql/context.js';
import { overSocket } from '../platform/graphql/entity-change.js';
import { compileFilter, Params, StringFilter, type FilterColumns } from '../platform/graphql/filters.js';
import { connectionOf, PageArgs, readPage, type Page } from '../platform/graphql/page.js';
import {
  AlreadyRunningError,
  defineResult,
  IllegalTransitionError,
  InvalidInputError,
  NotFoundError,
} from '../platform/graphql/user-error.js';
import { Deployment, DeploymentEvent, DeploymentStatusEnum } from './deployment.entity.js';
import { deploymentById, deploymentList, eventsByDeployment } from './deployment.queries.js';
import { recordDeploymentStatus, startDeployment } from './deployment.service.js';
import { deploymentTransitions, type DeploymentStatus } from './deployment-status.js';

@InputType()
export class DeploymentFilter {
  static readonly columns: FilterColumns = {
    environment: { sql: 'd.environment', type: 'text' },
    version: { sql: 'd.release_version', type: 'text' },
  };

  @Field(() => StringFilter, { nullable: true })
  environment?: StringFilter | null;

  @Field(() => StringFilter, { nullable: true })
  version?: StringFilter | null;
}

@InputType()
export class StartDeploymentInput {
  @Field(() => String, { description: 'staging, production, ...' })
  environment!: string;

  @Field(() => String, { description: 'The release.' })
  version!: string;

  @Field(() => String, { nullable: true })
  commit?: string | null;

  @Field(() => String, { nullable: true, description: 'blue or green.' })
  colour?: string | null;
}

@ObjectType({ description: 'A deployment and whether the step had been recorded before.' })
export class DeploymentRecorded {
  @Field(() => Deployment)
  deployment!: Deployment;

  @Field(() => Boolean, { description: 'True when this was a repetition, which changes nothing.' })
  replayed!: boolean;
}

@ObjectType({ description: 'A deployment moved.' })
export class DeploymentUpdate {
  @Field(() => String, { description: 'Opaque; give it back as `after` to continue behind it.' })
  cursor!: string;

  @Field(() => ID)
  deploymentId!: string;

  @Field(() => DeploymentStatusEnum, { description: 'The status of this step; the deployment may have gone on.' })
  status!: DeploymentStatus;
}

const DeploymentConnection = connectionOf(Deployment, 'Deployment');

const startResult = defineResult('StartDeploymentResult', { type: DeploymentRecorded, name: 'DeploymentRecorded' }, [
  InvalidInputError,
  AlreadyRunningError,
]);
const recordResult = defineResult(
  'RecordDeploymentStatusResult',
  { type: DeploymentRecorded, name: 'DeploymentRecorded' },
  [NotFoundError, InvalidInputError, IllegalTransitionError],
);

async function answer(context: Context, id: string, replayed: boolean): Promise<DeploymentRecorded> {
  const deployment = await context.load(deploymentById, id);
  if (!deployment) throw notFound('Deployment', id);
  return { deployment, replayed };
}

@Resolver(() => Deployment)
export class DeploymentResolver {
  @Query(() => DeploymentConnection, { description: 'Newest first.' })
  deployments(
    @Ctx() context: Context,
    @Args(() => PageArgs) args: PageArgs,
    @Arg('filter', () => DeploymentFilter, { nullable: true }) filter: DeploymentFilter | null,
    @Info() info: GraphQLResolveInfo,
  ): Promise<Page<Deployment>> {
    const params = new Params();
    const where = [compileFilter(filter, DeploymentFilter.columns, params)];
    return readPage(context, deploymentList, {
      args,
      order: 'STARTED_DESC',
      where,
      params,
      info,
    });
  }

  @Query(() => Deployment, { nullable: true })
  deployment(@Ctx() context: Context, @Arg('id', () => ID) id: string): Promise<Deployment | null> {
    return isId(id) ? context.load(deploymentById, id) : Promise.resolve(null);
  }

  @Mutation(() => startResult.type, { description: 'Begins as QUEUED; one at a time in an environment.' })
  startDeployment(
    @Ctx() context: Context,
    @Arg('input', () => StartDeploymentInput) input: StartDeploymentInput,
  ): Promise<object> {
    return startResult.run(context, async () => {
      const { environment, version: releaseVersion, commit = null, colour = null } = input;
      const { id } = await context.transact((tx) =>
        startDeployment(tx, { environment, releaseVersion, commit, colour }),
      );
      return answer(context, id, false);
    });
  }

  @Mutation(() => recordResult.type, {
    description: 'The same status again changes nothing; an illegal step is a conflict.',
  })
  recordDeploymentStatus(
    @Ctx() context: Context,
    @Arg('id', () => ID) id: string,
    @Arg('status', () => DeploymentStatusEnum) status: DeploymentStatus,
    @Arg('message', () => String, { nullable: true }) message: string | null,
  ): Promise<object> {
    return recordResult.run(context, async () => {
      const { replayed } = await context.transact((tx) =>
        recordDeploymentStatus(tx, { id, status, message: message ?? null }),
      );
      return answer(context, id, replayed);
    });
  }

  @FieldResolver(() => [DeploymentEvent], { description: 'All steps, in order.' })
  async events(@Root() deployment: Deployment, @Ctx() context: Context): Promise<DeploymentEvent[]> {
    return (await context.load(eventsByDeployment, deployment.id)) ?? [];
  }

  @FieldResolver(() => [DeploymentStatusEnum], { description: 'The steps that are possible from here.' })
  nextStatuses(@Root() deployment: Deployment): readonly DeploymentStatus[] {
    return deploymentTransitions.next(deployment.status);
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
      cursor: context.services.hub.cursorOf(event.seq),
      deploymentId: event.entityId,
      status: event.data['status'] as DeploymentStatus,
    };
  }
}

@Resolver(() => DeploymentUpdate)
export class DeploymentUpdateResolver {
  @FieldResolver(() => Deployment, { nullable: true, description: 'The deployment as it is now.' })
  deployment(@Root() update: DeploymentUpdate, @Ctx() context: Context): Promise<Deployment | null> {
    return context.load(deploymentById, update.deploymentId);
  }
}
