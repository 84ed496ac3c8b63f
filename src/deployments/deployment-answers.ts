import { Field, ID, ObjectType, type ClassType } from 'type-graphql';
import { type ErrorCode, notFound } from '../kernel/errors.js';
import { isId } from '../kernel/ids.js';
import type { LoggedEvent } from '../platform/events.js';
import type { Context } from '../platform/graphql/context.js';
import { defineResult } from '../platform/graphql/user-error.js';
import { Deployment } from './deployment.entity.js';
import { deploymentById } from './deployment.queries.js';
import type { Recorded } from './deployment.service.js';

/** What every live frame about a deployment holds. */
@ObjectType()
export abstract class DeploymentFrame {
  @Field(() => String, { description: 'Opaque; give it back as `after` to continue behind it.' })
  cursor!: string;

  @Field(() => ID)
  deploymentId!: string;
}

export const frameOf = (context: Context, event: LoggedEvent): DeploymentFrame => ({
  cursor: context.services.hub.cursorOf(event.seq),
  deploymentId: event.entityId,
});

@ObjectType({ description: 'A deployment and whether the step had been recorded before.' })
export class DeploymentRecorded {
  @Field(() => Deployment)
  deployment!: Deployment;

  @Field(() => Boolean, { description: 'True when this was a repetition, which changes nothing.' })
  replayed!: boolean;
}

/** Throws NOT_FOUND. */
export async function deploymentOf(context: Context, id: string, field?: string): Promise<Deployment> {
  const deployment = isId(id) ? await context.load(deploymentById, id) : null;
  if (!deployment) throw notFound('Deployment', id, field);
  return deployment;
}

/** The deployment as it is after the command. */
export async function recordedAnswer(context: Context, { id, replayed }: Recorded): Promise<DeploymentRecorded> {
  return { deployment: await deploymentOf(context, id), replayed };
}

/** The result of a mutation that answers the deployment which it changed. */
interface RecordedResult {
  type: ClassType<object>;
  run(context: Context, command: () => Promise<Recorded>): Promise<object>;
}

export function recordedResult(name: string, fails: readonly ErrorCode[]): RecordedResult {
  const result = defineResult(name, { type: DeploymentRecorded, name: 'DeploymentRecorded' }, fails);
  return {
    type: result.type,
    run: (context, command) => result.run(context, async () => recordedAnswer(context, await command())),
  };
}
