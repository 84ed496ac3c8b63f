import { LockMode } from '@mikro-orm/core';
import { now } from '../kernel/clock.js';
import { AppError, badInput, notFound } from '../kernel/errors.js';
import { isId, newId } from '../kernel/ids.js';
import type { Tx } from '../platform/db/transact.js';
import { Deployment, DeploymentEvent } from './deployment.entity.js';
import { deploymentChanged } from './deployment.events.js';
import { deploymentTransitions, ENDED, type DeploymentStatus } from './deployment-status.js';

const ENVIRONMENTS = /^[a-z][a-z0-9-]{0,30}$/;
const MAX_TEXT = 2000;

export interface NewDeployment {
  environment: string;
  releaseVersion: string;
  commit: string | null;
  colour: string | null;
}

/** Begins a deployment as QUEUED. One at a time in an environment: throws ALREADY_RUNNING (details: runningId). */
export async function startDeployment(tx: Tx, input: NewDeployment): Promise<Deployment> {
  if (!ENVIRONMENTS.test(input.environment)) throw badInput('environment', 'Use a name such as staging or production.');
  if (input.releaseVersion.trim() === '' || input.releaseVersion.length > 100) {
    throw badInput('version', 'Give a version of 1 to 100 characters.');
  }
  if (input.commit !== null && !/^[0-9a-f]{7,40}$/.test(input.commit)) throw badInput('commit', 'Give a commit hash.');
  if (input.colour !== null && input.colour !== 'blue' && input.colour !== 'green') {
    throw badInput('colour', 'It is blue or green.');
  }
  await lockEnvironment(tx, input.environment);
  const running = await tx.em.findOne(Deployment, {
    environment: input.environment,
    status: { $in: deploymentTransitions.states.filter((status) => !ENDED.has(status)) },
  });
  if (running) {
    throw new AppError('ALREADY_RUNNING', `A deployment of ${input.environment} is under way.`, {
      field: 'environment',
      details: { runningId: running.id },
    });
  }
  const deployment = tx.em.create(Deployment, {
    id: newId(),
    ...input,
    status: 'QUEUED',
    startedBy: tx.actor,
    startedAt: now(),
    version: 1,
  });
  append(tx, deployment, null);
  tx.emit(deploymentChanged(deployment.id, { change: 'created', environment: input.environment, status: 'QUEUED' }));
  return deployment;
}

/**
 * Records a step. The same status again is a no-op, because a recorder repeats what it is not sure of; an illegal step
 * throws ILLEGAL_TRANSITION. A success makes the former one of its environment inactive in the same commit. A roll-back
 * of a success leaves the environment to be declared by the next deployment.
 */
export async function recordDeploymentStatus(
  tx: Tx,
  input: { id: string; status: DeploymentStatus; message: string | null },
): Promise<{ replayed: boolean }> {
  if (input.message !== null && input.message.length > MAX_TEXT)
    throw badInput('message', `At most ${MAX_TEXT} characters.`);
  const seen = isId(input.id) ? await tx.em.findOne(Deployment, { id: input.id }) : null;
  if (!seen) throw notFound('Deployment', input.id);
  // The environment first, so that two successes at once cannot both be the live one.
  await lockEnvironment(tx, seen.environment);
  const deployment = await tx.em.refreshOrFail(seen, { lockMode: LockMode.PESSIMISTIC_WRITE });
  if (deployment.status === input.status) return { replayed: true };
  deploymentTransitions.assert(deployment.status, input.status);
  if (input.status === 'SUCCESS') await retireFormer(tx, deployment);
  move(tx, deployment, input.status, input.message);
  return { replayed: false };
}

async function retireFormer(tx: Tx, successor: Deployment): Promise<void> {
  const former = await tx.em.findOne(
    Deployment,
    { environment: successor.environment, status: 'SUCCESS', id: { $ne: successor.id } },
    { lockMode: LockMode.PESSIMISTIC_WRITE },
  );
  if (!former) return;
  move(tx, former, 'INACTIVE', `Replaced by ${successor.releaseVersion}.`);
  // Written before the successor: only one success an environment is a unique index.
  await tx.em.flush();
}

function move(tx: Tx, deployment: Deployment, status: DeploymentStatus, message: string | null): void {
  deployment.status = status;
  deployment.finishedAt = ENDED.has(status) ? now() : null;
  append(tx, deployment, message);
  tx.emit(deploymentChanged(deployment.id, { change: 'updated', environment: deployment.environment, status }));
}

function append(tx: Tx, deployment: Deployment, message: string | null): void {
  tx.em.create(DeploymentEvent, {
    id: newId(),
    deployment: deployment.id,
    status: deployment.status,
    message,
    actor: tx.actor,
    at: now(),
  });
}

const lockEnvironment = (tx: Tx, environment: string): Promise<unknown[]> =>
  tx.sql('select pg_advisory_xact_lock(hashtext($1))', [`deployment:${environment}`]);
