import { now } from '../kernel/clock.js';
import { AppError, badInput } from '../kernel/errors.js';
import type { Tx } from '../platform/db/transact.js';
import { noDeployAgent } from './deployment-errors.js';
import { deploymentRequested } from './deployment.events.js';
import { keyOwner } from './deployment.queries.js';
import { isAgentLive, upsertAgent } from './deploy-agent.queries.js';
import { appendEvent, assertNoneRunning, lockDeployment, moveDeployment, type Recorded } from './deployment.service.js';
import { deploymentTransitions, RUNNING } from './deployment-status.js';
import { msg } from '../kernel/message.js';

const AGENT_NAME = /^[\w.:@-]{1,100}$/;

/**
 * A second person agrees to a request. Throws SECOND_PERSON_NEEDED to whoever asked for it, also through an API key of
 * theirs, and to programs.
 */
export async function approveDeployment(tx: Tx, input: { id: string }): Promise<Recorded> {
  const deployment = await lockDeployment(tx, input.id);
  if (!deployment.needsApproval) throw badInput('id', msg`It needs no approval.`);
  if (deployment.approvedBy === tx.actor) return { id: deployment.id, replayed: true };
  if (deployment.status !== 'QUEUED' || deployment.approvedBy) {
    throw new AppError('ILLEGAL_TRANSITION', msg`It no longer waits for an approval.`, {
      field: 'id',
      details: { from: deployment.status, to: deployment.status, allowed: [] },
    });
  }
  const requester = deployment.startedBy.startsWith('key:')
    ? await keyOwner(tx, deployment.startedBy.slice('key:'.length))
    : deployment.startedBy;
  if (!tx.actor.startsWith('user:') || requester === tx.actor) {
    throw new AppError('SECOND_PERSON_NEEDED', msg`A person other than the one who asked for it must approve it.`, {
      field: 'id',
    });
  }
  deployment.approvedBy = tx.actor;
  deployment.approvedAt = now();
  appendEvent(tx, deployment, 'updated', { step: 'approval', message: 'Approved.' });
  tx.emit(deploymentRequested(deployment.id, { environment: deployment.environment }));
  return { id: deployment.id, replayed: false };
}

/** An agent is known by its name and alive while it is heard. Answers its id. */
export async function recordAgentHeartbeat(
  tx: Tx,
  input: { environment: string; name: string; version: string | null },
): Promise<string> {
  if (!/^[a-z][a-z0-9-]{0,30}$/.test(input.environment)) {
    throw badInput('environment', msg`Use a name such as staging or production.`);
  }
  if (!AGENT_NAME.test(input.name))
    throw badInput('name', msg`Use a name such as the host has, of 1 to 100 characters.`);
  if ((input.version?.length ?? 0) > 100) throw badInput('version', msg`At most 100 characters.`);
  return upsertAgent(tx, input);
}

/**
 * An agent takes a request; the fence that it gets goes with all its records. Its own deployment it may take again, for it
 * was started anew; that of another agent only when it is stuck. Each take makes older fences void, so two agents never
 * record one deployment. Throws NO_DEPLOY_AGENT for an agent that does not send heartbeats.
 */
export async function takeDeployment(
  tx: Tx,
  input: { id: string; agent: string },
): Promise<Recorded & { fence: number }> {
  const deployment = await lockDeployment(tx, input.id);
  const { environment, status } = deployment;
  if (deployment.execution !== 'AGENT') throw badInput('id', msg`Whoever started it executes it.`);
  if (!(await isAgentLive(tx, environment, input.agent))) throw noDeployAgent(environment);
  const resumed = status !== 'QUEUED' && RUNNING.includes(status);
  if (resumed) {
    if (deployment.agent !== input.agent && !deployment.stuck) {
      throw new AppError('ALREADY_TAKEN', msg`Another agent executes it.`, {
        field: 'id',
        details: { agent: deployment.agent ?? '' },
      });
    }
  } else {
    deploymentTransitions.assert(status, 'PENDING');
    if (deployment.needsApproval && !deployment.approvedBy) {
      throw new AppError('APPROVAL_NEEDED', msg`A second person must approve it first.`, { field: 'id' });
    }
    await assertNoneRunning(tx, environment, deployment.id);
    moveDeployment(deployment, 'PENDING');
  }
  deployment.agent = input.agent;
  deployment.fence += 1;
  deployment.stuck = false;
  deployment.heartbeatAt = now();
  appendEvent(tx, deployment, 'updated', { step: resumed ? 'resume' : 'take', message: `Taken by ${input.agent}.` });
  return { id: deployment.id, replayed: resumed, fence: deployment.fence };
}
