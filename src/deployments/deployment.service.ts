import { LockMode } from '@mikro-orm/core';
import { now } from '../kernel/clock.js';
import { AppError, badInput, notFound } from '../kernel/errors.js';
import { assertAll, checkAll } from '../kernel/faults.js';
import { canonicalJson, sha256Hex } from '../kernel/hash.js';
import { isId, newId } from '../kernel/ids.js';
import { defineCommand } from '../platform/command.js';
import type { Tx } from '../platform/db/transact.js';
import { alreadyRunning, noDeployAgent, outOfOrder } from './deployment-errors.js';
import {
  Deployment,
  DeploymentEvent,
  type DeploymentExecution,
  type DeploymentKind,
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
const MAX_VERSION = 100;
const MAX_WATCH = 86_400;

export interface NewDeployment {
  /** Made by the recorder before it could be sent; the same again is a repetition. */
  id: string | null;
  environment: string;
  releaseVersion: string;
  commit: string | null;
  /** blue or green; the deprecated `colour` of the input takes any text. */
  slot: string | null;
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
 * Begins a deployment as QUEUED. One may run at a time in an environment: ALREADY_RUNNING (details: runningId). What
 * waits for an agent does not run yet, so an emergency is never blocked by it; one of each kind may wait.
 * NO_DEPLOY_AGENT: an agent is asked for and none is alive.
 */
export const startDeployment = defineCommand(
  ['BAD_INPUT', 'ALREADY_RUNNING', 'NOT_FOUND', 'NO_DEPLOY_AGENT', 'IDEMPOTENCY_MISMATCH'],
  async (tx: Tx, input: NewDeployment): Promise<Recorded> => {
    const { slot, ...rest } = input;
    const requestHash = sha256Hex(canonicalJson({ ...rest, slot, watchSeconds: null, needsApproval: null }));
    await lockEnvironment(tx, input.environment);
    const known = input.id !== null && isId(input.id) ? await tx.em.findOne(Deployment, { id: input.id }) : null;
    if (known) {
      if (known.requestHash !== requestHash) throw mismatch('id');
      return { id: known.id, replayed: true };
    }
    await checkAll(
      () => assertDeployable(input),
      () => assertRestorable(tx, input),
    );
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
  },
);

export function assertUuid(id: string | null, field: string): void {
  if (id !== null && !isId(id)) throw badInput(field, msg`Give a UUID.`);
}

export function assertEnvironment(environment: string): void {
  if (!ENVIRONMENTS.test(environment)) {
    throw badInput('environment', msg`Use a name such as staging or production.`);
  }
}

export function assertReason(reason: string | null): void {
  if (reason !== null && reason.length > MAX_REASON) throw badInput('reason', msg`At most ${MAX_REASON} characters.`);
}

function assertDeployable(input: NewDeployment): void {
  const { releaseVersion, commit, slot, watchSeconds } = input;
  assertAll(
    () => assertUuid(input.id, 'id'),
    () => assertEnvironment(input.environment),
    () => {
      if (releaseVersion.trim() !== '' && releaseVersion.length <= MAX_VERSION) return;
      throw badInput('version', msg`Give a version of 1 to ${MAX_VERSION} characters.`);
    },
    () => {
      if (commit !== null && !/^[0-9a-f]{7,40}$/.test(commit)) throw badInput('commit', msg`Give a commit hash.`);
    },
    () => {
      if (slot !== null && slot !== 'blue' && slot !== 'green') throw badInput('colour', msg`It is blue or green.`);
    },
    () => assertReason(input.reason),
    () => {
      if (watchSeconds >= 0 && watchSeconds <= MAX_WATCH) return;
      throw badInput('watchSeconds', msg`Give 0 to ${MAX_WATCH} seconds.`, { minimum: 0, maximum: MAX_WATCH });
    },
    () => {
      if ((input.kind === 'ROLLBACK') === (input.restoresId !== null)) return;
      throw badInput('restoresId', msg`A ROLLBACK, and nothing else, names the deployment that it brings back.`);
    },
  );
}

/** Only what was live and was replaced in good order can be brought back. Throws NOT_FOUND, BAD_INPUT. */
export async function findRestorable(
  tx: Tx,
  { id, environment }: Pick<Deployment, 'id' | 'environment'>,
  field: string,
): Promise<Deployment> {
  const former = isId(id) ? await tx.em.findOne(Deployment, { id }) : null;
  if (former?.environment !== environment) throw notFound('Deployment', id, field);
  if (former.status !== 'INACTIVE') {
    throw badInput(field, msg`It is ${former.status}; only a deployment that was live and is INACTIVE now comes back.`);
  }
  return former;
}

/** It comes back under its own version. */
async function assertRestorable(tx: Tx, { restoresId, environment, releaseVersion }: NewDeployment): Promise<void> {
  if (restoresId === null) return;
  const former = await findRestorable(tx, { id: restoresId, environment }, 'restoresId');
  if (former.releaseVersion !== releaseVersion) {
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
 * applied, a later one is OUT_OF_ORDER, so a journal is replayed in order and without gaps. Without a sequence the same
 * status again is a no-op. A success ends the former one of its environment in the same commit.
 */
export const recordDeploymentStatus = defineCommand(
  [
    'NOT_FOUND',
    'BAD_INPUT',
    'ILLEGAL_TRANSITION',
    'ALREADY_RUNNING',
    'IDEMPOTENCY_MISMATCH',
    'OUT_OF_ORDER',
    'FENCE_LOST',
  ],
  async (tx: Tx, input: StatusRecord): Promise<Recorded> => {
    const [deployment, step] = await checkAll(
      () => lockDeployment(tx, input.id),
      () => stepOf(input),
    );
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
  },
);

function stepOf(input: StatusRecord): Step {
  const { sequence, step, durationMs, recordedAt } = input;
  assertAll(
    () => {
      if ((input.message?.length ?? 0) > MAX_TEXT) throw badInput('message', msg`At most ${MAX_TEXT} characters.`);
    },
    () => {
      if (sequence !== null && sequence < 1) throw badInput('sequence', msg`A recorder counts from 1.`);
      if (sequence === null && (step !== null || input.evidence !== null)) {
        throw badInput('sequence', msg`A step or evidence needs a sequence, so that it can be sent again.`);
      }
    },
    () => {
      if (step !== null && !STEPS.test(step)) throw badInput('step', msg`Use a name such as public-smoke.`);
    },
    () => {
      if (durationMs !== null && durationMs < 0) throw badInput('durationMs', msg`It cannot be negative.`);
    },
    () => evidenceOf(input.evidence),
  );
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
