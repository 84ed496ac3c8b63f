import { Field, Int, ObjectType } from 'type-graphql';
import { AppError } from '../kernel/errors.js';
import { defineFailure, UserError } from '../platform/graphql/user-error.js';
import { msg } from '../kernel/message.js';

@ObjectType({ implements: UserError, description: 'No agent of the environment has been heard of lately.' })
export class NoDeployAgentError extends UserError {
  @Field(() => String)
  environment!: string;
}

@ObjectType({ implements: UserError, description: 'Something before it is missing; send again from there.' })
export class OutOfOrderError extends UserError {
  @Field(() => Int, { description: 'The sequence or line that comes next.' })
  expectedSequence!: number;
}

@ObjectType({ implements: UserError, description: 'Whoever executes it has changed: stop executing.' })
export class FenceLostError extends UserError {
  @Field(() => String, { nullable: true, description: 'Who has it now.' })
  agent?: string | null;
}

@ObjectType({ implements: UserError, description: 'Another agent executes it.' })
export class AlreadyTakenError extends UserError {
  @Field(() => String)
  agent!: string;
}

@ObjectType({ implements: UserError, description: 'Whoever asked for it cannot approve it.' })
export class SecondPersonNeededError extends UserError {}

defineFailure('NO_DEPLOY_AGENT', NoDeployAgentError);
defineFailure('OUT_OF_ORDER', OutOfOrderError);
defineFailure('FENCE_LOST', FenceLostError);
defineFailure('ALREADY_TAKEN', AlreadyTakenError);
defineFailure('SECOND_PERSON_NEEDED', SecondPersonNeededError);

export const noDeployAgent = (environment: string): AppError =>
  new AppError(
    'NO_DEPLOY_AGENT',
    msg`No deploy agent of ${environment} is alive. Start one: npm run deploy -- agent.`,
    {
      field: 'environment',
      details: { environment },
    },
  );

export const outOfOrder = (field: string, expectedSequence: number): AppError =>
  new AppError('OUT_OF_ORDER', msg`Something is missing before it. Send again from ${expectedSequence}.`, {
    field,
    details: { expectedSequence },
  });

export const alreadyRunning = (environment: string, runningId: string): AppError =>
  new AppError('ALREADY_RUNNING', msg`A deployment of ${environment} is under way.`, {
    field: 'environment',
    details: { runningId },
  });
