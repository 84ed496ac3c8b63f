import { now } from '../kernel/clock.js';
import { AppError, badInput } from '../kernel/errors.js';
import { assertAll, checkAll } from '../kernel/faults.js';
import { defineCommand } from '../platform/command.js';
import type { MigrationEntry } from '../platform/db/migration.js';
import { withIdempotencyKey } from '../platform/idempotency.js';
import type { Tx } from '../platform/db/transact.js';
import { noDeployAgent } from './deployment-errors.js';
import { deploymentRequested } from './deployment.events.js';
import { keyOwner } from './deployment.queries.js';
import { isAgentLive, upsertAgent } from './deploy-agent.queries.js';
import type { Deployment } from './deployment.entity.js';
import { isSafe, readMigrationsSince } from './rollback.queries.js';
import {
  appendEvent,
  assertEnvironment,
  assertNoneRunning,
  assertReason,
  findRestorable,
  lockDeployment,
  moveDeployment,
  startDeployment,
  type Recorded,
} from './deployment.service.js';
import { deploymentTransitions, RUNNING } from './deployment-status.js';
import { msg } from '../kernel/message.js';

const AGENT_NAME = /^[\w.:@-]{1,100}$/;
const MAX_NAME = 100;

/**
 * A second person agrees to a request. SECOND_PERSON_NEEDED: to whoever asked for it, also through an API key of theirs,
 * and to programs.
 */
export const approveDeployment = defineCommand(
  ['NOT_FOUND', 'BAD_INPUT', 'ILLEGAL_TRANSITION', 'SECOND_PERSON_NEEDED'],
  async (tx: Tx, input: { id: string }): Promise<Recorded> => {
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
  },
);

export interface RollbackRequest {
  environment: string;
  /** The former deployment to bring back. */
  to: string;
  reason: string;
  /** Also when the former release may not run on the present schema. */
  acceptUnsafe: boolean;
  idempotencyKey: string;
}

/** Asks an agent to bring a former deployment back. */
export const requestRollback = defineCommand(
  startDeployment.fails,
  async (
    tx: Tx,
    input: RollbackRequest,
    settings: { migrations: readonly MigrationEntry[]; watchSeconds: number; needsApproval: boolean },
  ): Promise<Recorded> => {
    const { idempotencyKey: key, ...given } = input;
    const { environment, reason } = given;
    const { migrations, ...applied } = settings;
    const { answer, replayed } = await withIdempotencyKey(
      tx,
      { operation: 'requestRollback', key, input: given },
      async () => {
        const [target] = await checkAll(
          async () => {
            const former = await findRestorable(tx, { id: input.to, environment }, 'to');
            if (!input.acceptUnsafe) await assertSafe(tx, former, migrations);
            return former;
          },
          () => assertReason(reason),
        );
        const started = await startDeployment(tx, {
          id: null,
          environment,
          releaseVersion: target.releaseVersion,
          commit: target.commit ?? null,
          slot: null,
          kind: 'ROLLBACK',
          trigger: 'MANUAL',
          execution: 'AGENT',
          reason,
          restoresId: target.id,
          ...applied,
        });
        return started.id;
      },
    );
    return { id: answer, replayed };
  },
);

/** Throws BAD_INPUT (details: migrations) when the former release may not run on the present schema. */
async function assertSafe(tx: Tx, target: Deployment, migrations: readonly MigrationEntry[]): Promise<void> {
  const since = await readMigrationsSince(tx.sql, target, migrations);
  if (isSafe(since)) return;
  const names = since.filter((one) => !isSafe([one])).map((one) => one.name);
  throw badInput('acceptUnsafe', msg`Not safe after ${names.join(', ')}; see rollbackCheck.`, { migrations: names });
}

/** An agent is known by its name and alive while it is heard. Answers its id. */
export const recordAgentHeartbeat = defineCommand(
  ['BAD_INPUT'],
  async (tx: Tx, input: { environment: string; name: string; version: string | null }): Promise<string> => {
    assertAll(
      () => assertEnvironment(input.environment),
      () => {
        if (AGENT_NAME.test(input.name)) return;
        throw badInput('name', msg`Use a name such as the host has, of 1 to ${MAX_NAME} characters.`);
      },
      () => {
        if ((input.version?.length ?? 0) > MAX_NAME) throw badInput('version', msg`At most ${MAX_NAME} characters.`);
      },
    );
    return upsertAgent(tx, input);
  },
);

/**
 * An agent takes a request; the fence that it gets goes with all its records. Its own deployment it may take again, for it
 * was started anew; that of another agent only when it is stuck. Each take makes older fences void, so two agents never
 * record one deployment. NO_DEPLOY_AGENT: an agent that does not send heartbeats.
 */
export const takeDeployment = defineCommand(
  [
    'NOT_FOUND',
    'BAD_INPUT',
    'ALREADY_RUNNING',
    'ALREADY_TAKEN',
    'APPROVAL_NEEDED',
    'ILLEGAL_TRANSITION',
    'NO_DEPLOY_AGENT',
  ],
  async (tx: Tx, input: { id: string; agent: string }): Promise<Recorded & { fence: number }> => {
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
  },
);
