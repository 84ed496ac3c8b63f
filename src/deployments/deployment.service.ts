import { LockMode } from '@mikro-orm/core';
import { now } from '../kernel/clock.js';
import { AppError, badInput, notFound } from '../kernel/errors.js';
import { canonicalJson, sha256Hex } from '../kernel/hash.js';
import { isId, newId } from '../kernel/ids.js';
import type { Tx } from '../platform/db/transact.js';
import { alreadyRunning, noDeployAgent, outOfOrder } from './deployment-errors.js';
import {
  Deployment,
  DeploymentEvent,
  type DeploymentExecution,
  type DeploymentKind,
  type DeploymentSlot,
  type DeploymentTrigger,
} from './deployment.entity.js';
import { deploymentChanged, deploymentRequested } from './deployment.events.js';
import { hasLiveAgent } from './deploy-agent.queries.js';
import { lockEnvironment, touchDeployment } from './deployment.queries.js';
import { assertRecordable, deploymentTransitions, ENDED, RUNNING, type DeploymentStatus } from './deployment-status.js';
import { evidenceOf, recordedText, type Evidence, type GivenEvidence } from './evidence.js';
import { msg } from '../kernel/message.js';

const ENVIRONMENTS = /^[a-z][a-z0-9-]{0,30}$/;
const STEPS = /^[a-z][a-z0-9-]{0,39}$/;
const MAX_TEXT = 2000;
const MAX_REASON = 500;

export interface NewDeployment {
  /** Made by the recorder before it could be sent; the same again is a repetition. */
  id: string | null;
  environment: string;
  releaseVersion: string;
  commit: string | null;
  slot: DeploymentSlot | null;
  kind: DeploymentKind;
  trigger: DeploymentTrigger;
  execution: DeploymentExecution;
  reason: string | null;
  restoresId: string | null;
  watchSeconds: number;
  needsApproval: boolean;
}

export interface Recorded {
  id: string;
  replayed: boolean;
}

/**
 * Begins a deployment as QUEUED. One may run at a time in an environment: throws ALREADY_RUNNING (details: runningId).
 * What waits for an agent does not run yet, so an emergency is never blocked by it; one of each kind may wait. Throws
 * NO_DEPLOY_AGENT when an agent is asked for and none is alive.
 */
export async function startDeployment(tx: Tx, input: NewDeployment): Promise<Recorded> {
  assertDeployable(input);
  const { slot, ...rest } = input;
  const requestHash = sha256Hex(canonicalJson({ ...rest, slot, watchSeconds: null, needsApproval: null }));
  await lockEnvironment(tx, input.environment);
  const known = input.id === null ? null : await tx.em.findOne(Deployment, { id: input.id });
  if (known) {
    if (known.requestHash !== requestHash) throw mismatch('id');
    return { id: known.id, replayed: true };
  }
  await assertRestorable(tx, input);
  await assertFree(tx, input);
  const startedAt = now();
  const deployment = tx.em.create(Deployment, {
    ...rest,
    id: input.id ?? newId(),
    colour: slot,
    reason: input.reason === null ? null : recordedText(input.reason, MAX_REASON),
    requestHash,
    status: 'QUEUED',
    startedBy: tx.actor,
    startedAt,
    heartbeatAt: startedAt,
    fence: 0,
    stuck: false,
    lastSequence: 0,
    lastLogLine: 0,
    version: 1,
  });
  appendEvent(tx, deployment, 'created', {});
  if (input.execution === 'AGENT' && !input.needsApproval) {
    tx.emit(deploymentRequested(deployment.id, { environment: input.environment }));
  }
  return { id: deployment.id, replayed: false };
}

function assertDeployable(input: NewDeployment): void {
  if (input.id !== null && !isId(input.id)) throw badInput('id', msg`Give a UUID.`);
  if (!ENVIRONMENTS.test(input.environment))
    throw badInput('environment', msg`Use a name such as staging or production.`);
  if (input.releaseVersion.trim() === '' || input.releaseVersion.length > 100) {
    throw badInput('version', msg`Give a version of 1 to 100 characters.`);
  }
  if (input.commit !== null && !/^[0-9a-f]{7,40}$/.test(input.commit))
    throw badInput('commit', msg`Give a commit hash.`);
  if (input.slot !== null && input.slot !== 'blue' && input.slot !== 'green') {
    throw badInput('slot', msg`It is blue or green.`);
  }
  if (input.reason !== null && input.reason.length > MAX_REASON) {
    throw badInput('reason', msg`At most ${MAX_REASON} characters.`);
  }
  if (input.watchSeconds < 0 || input.watchSeconds > 86_400) {
    throw badInput('watchSeconds', msg`Give 0 to 86400 seconds.`, { minimum: 0, maximum: 86_400 });
  }
  if ((input.kind === 'ROLLBACK') !== (input.restoresId !== null)) {
    throw badInput('restoresId', msg`A ROLLBACK, and nothing else, names the deployment that it brings back.`);
  }
}

/** Only what was live and was replaced in good order can be brought back, under its own version. */
async function assertRestorable(tx: Tx, input: NewDeployment): Promise<void> {
  if (input.restoresId === null) return;
  const former = isId(input.restoresId) ? await tx.em.findOne(Deployment, { id: input.restoresId }) : null;
  if (!former || former.environment !== input.environment) {
    throw notFound('Deployment', input.restoresId, 'restoresId');
  }
  if (former.status !== 'INACTIVE') {
    throw badInput(
      'restoresId',
      msg`It is ${former.status}; only a deployment that was live and is INACTIVE now comes back.`,
    );
  }
  if (former.releaseVersion !== input.releaseVersion) {
    throw badInput('version', msg`A rollback to this deployment brings back ${former.releaseVersion}.`);
  }
}

async function assertFree(tx: Tx, input: NewDeployment): Promise<void> {
  const { environment, execution, kind } = input;
  if (execution === 'SELF') return assertNoneRunning(tx, environment);
  if (!(await hasLiveAgent(tx, environment))) throw noDeployAgent(environment);
  const waiting = await tx.em.findOne(Deployment, { environment, kind, execution: 'AGENT', status: 'QUEUED' });
  if (waiting) throw alreadyRunning(environment, waiting.id);
}

/** Under the lock of the environment. Throws ALREADY_RUNNING (details: runningId). */
export async function assertNoneRunning(tx: Tx, environment: string, except?: string): Promise<void> {
  const running = await tx.em.findOne(Deployment, {
    environment,
    status: { $in: [...RUNNING] },
    $or: [{ execution: 'SELF' }, { status: { $ne: 'QUEUED' } }],
    ...(except === undefined ? {} : { id: { $ne: except } }),
  });
  if (running) throw alreadyRunning(environment, running.id);
}

export interface StatusRecord {
  id: string;
  status: DeploymentStatus;
  message: string | null;
  sequence: number | null;
  step: string | null;
  durationMs: number | null;
  evidence: GivenEvidence | null;
  recordedAt: Date | null;
  fence: number | null;
}

interface Step {
  sequence?: number | null;
  step?: string | null;
  message?: string | null;
  durationMs?: number | null;
  evidence?: Evidence | null;
  recordedAt?: Date | null;
  fingerprint?: string | null;
}

/**
 * Records a step. A recorder counts its records: a known sequence is a repetition and changes nothing, the next one is
 * applied, a later one throws OUT_OF_ORDER, so a journal is replayed in order and without gaps. Without a sequence the
 * same status again is a no-op. An illegal step throws ILLEGAL_TRANSITION, an old fence FENCE_LOST. A success ends the
 * former one of its environment in the same commit.
 */
export async function recordDeploymentStatus(tx: Tx, input: StatusRecord): Promise<Recorded> {
  const step = stepOf(input);
  const deployment = await lockDeployment(tx, input.id);
  assertFence(deployment, input);
  if (input.sequence !== null && input.sequence <= deployment.lastSequence) {
    await assertSameRecord(tx, deployment, step);
    return { id: deployment.id, replayed: true };
  }
  if (input.sequence !== null && input.sequence > deployment.lastSequence + 1) {
    throw outOfOrder('sequence', deployment.lastSequence + 1);
  }
  await heard(tx, deployment, input.sequence);
  if (deployment.status !== input.status) {
    assertRecordable(deployment.status, input.status);
    if (!RUNNING.includes(deployment.status) && RUNNING.includes(input.status)) {
      await assertNoneRunning(tx, deployment.environment, deployment.id);
    }
    if (input.status === 'SUCCESS') await succeed(tx, deployment);
    moveDeployment(deployment, input.status);
  } else if (input.sequence === null) {
    return { id: deployment.id, replayed: true };
  }
  if (input.step === 'switch') deployment.watchStartedAt ??= now();
  appendEvent(tx, deployment, 'updated', step);
  return { id: deployment.id, replayed: false };
}

function stepOf(input: StatusRecord): Step {
  if (input.message !== null && input.message.length > MAX_TEXT) {
    throw badInput('message', msg`At most ${MAX_TEXT} characters.`);
  }
  if (input.sequence !== null && input.sequence < 1) throw badInput('sequence', msg`A recorder counts from 1.`);
  if (input.step !== null && !STEPS.test(input.step)) throw badInput('step', msg`Use a name such as public-smoke.`);
  if (input.durationMs !== null && input.durationMs < 0) throw badInput('durationMs', msg`It is negative.`);
  if (input.sequence === null && (input.step !== null || input.evidence !== null)) {
    throw badInput('sequence', msg`A step or evidence needs a sequence, so that it can be sent again.`);
  }
  const { sequence, step, durationMs, recordedAt } = input;
  const message = input.message === null ? null : recordedText(input.message, MAX_TEXT);
  const evidence = evidenceOf(input.evidence);
  const content = { status: input.status, step, message, durationMs, evidence };
  return { sequence, step, message, durationMs, evidence, recordedAt, fingerprint: sha256Hex(canonicalJson(content)) };
}

async function assertSameRecord(tx: Tx, deployment: Deployment, step: Step): Promise<void> {
  const known = await tx.em.findOne(DeploymentEvent, { deployment: deployment.id, sequence: step.sequence ?? null });
  if (known?.fingerprint !== step.fingerprint) throw mismatch('sequence');
}

const mismatch = (field: string): AppError =>
  new AppError('IDEMPOTENCY_MISMATCH', msg`It was recorded before with another content.`, { field });

/** The environment is locked first, so that two successes at once cannot both be the live one. */
export async function lockDeployment(tx: Tx, id: string): Promise<Deployment> {
  const seen = isId(id) ? await tx.em.findOne(Deployment, { id }) : null;
  if (!seen) throw notFound('Deployment', id);
  await lockEnvironment(tx, seen.environment);
  return tx.em.refreshOrFail(seen, { lockMode: LockMode.PESSIMISTIC_WRITE });
}

/** What an agent took is recorded by that agent only; a person may cancel it without a fence. */
export function assertFence(deployment: Deployment, given: { fence: number | null; status?: DeploymentStatus }): void {
  if (deployment.execution === 'SELF' || given.fence === deployment.fence) return;
  if (given.fence === null && given.status === 'CANCELLED') return;
  throw new AppError('FENCE_LOST', msg`It is executed by another agent, or no agent has taken it. Stop executing it.`, {
    field: 'fence',
    details: { agent: deployment.agent ?? null },
  });
}

/**
 * A success ends the former one: by a release INACTIVE, by a rollback ROLLED_BACK. Rollbacks that still wait for an agent
 * were asked for because of the former one, so they are cancelled.
 */
async function succeed(tx: Tx, successor: Deployment): Promise<void> {
  successor.liveAt = now();
  successor.watchStartedAt ??= successor.liveAt;
  const { environment } = successor;
  const message = (what: string): string => `${what} ${successor.releaseVersion}.`;
  const waiting = { environment, kind: 'ROLLBACK', execution: 'AGENT', status: 'QUEUED' } as const;
  for (const overtaken of await tx.em.find(Deployment, waiting)) {
    moveDeployment(overtaken, 'CANCELLED');
    appendEvent(tx, overtaken, 'updated', { message: message('Overtaken by') });
  }
  const former = await tx.em.findOne(
    Deployment,
    { environment, status: 'SUCCESS', id: { $ne: successor.id } },
    { lockMode: LockMode.PESSIMISTIC_WRITE },
  );
  if (!former) return;
  const rollback = successor.kind === 'ROLLBACK';
  const status = rollback ? 'ROLLED_BACK' : 'INACTIVE';
  deploymentTransitions.assert(former.status, status);
  moveDeployment(former, status);
  appendEvent(tx, former, 'updated', { message: message(rollback ? 'Rolled back to' : 'Replaced by') });
  // Written before the successor: only one success an environment is a unique index.
  await tx.em.flush();
}

export function moveDeployment(deployment: Deployment, status: DeploymentStatus): void {
  deployment.status = status;
  deployment.finishedAt = ENDED.has(status) ? now() : null;
}

/** Every record is a heartbeat; one of a stuck deployment says that the deployer is back. */
export async function heard(tx: Tx, deployment: Deployment, sequence: number | null): Promise<void> {
  if (deployment.stuck) appendEvent(tx, deployment, 'updated', { step: 'heartbeat', message: 'The deployer is back.' });
  await touchDeployment(tx, deployment.id, sequence);
}

export function appendEvent(
  tx: Tx,
  deployment: { id: string; environment: string; status: DeploymentStatus },
  change: 'created' | 'updated',
  step: Step,
): void {
  const { id, environment, status } = deployment;
  const eventId = newId();
  tx.em.create(DeploymentEvent, { ...step, id: eventId, deployment: id, status, actor: tx.actor, at: now() });
  tx.emit(deploymentChanged(id, { change, environment, status, eventId, step: step.step ?? null }));
}
