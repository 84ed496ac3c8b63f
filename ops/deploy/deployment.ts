import { randomUUID } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { isoTime } from './clock.js';
import { clearSlot, execute, hasSwitched, noticeOf, RunLog } from './machine.js';
import type { DeployParts } from './parts.js';
import { otherSlot, type Release, type Slot } from './release.js';
import { rollBack } from './roll-back.js';
import { findServed, isUnfinished, type HostState, type Run, type RunKind, type RunTrigger } from './state.js';

/** An order that cannot be carried out as things stand; nothing was touched. */
export class Refused extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'Refused';
  }
}

export interface ReleaseOrder {
  release: Release;
  kind: Exclude<RunKind, 'ROLLBACK'>;
  trigger: RunTrigger;
  reason: string | null;
  allowContract: boolean;
  promote: boolean;
  /** Of a request in the server's record, which an agent carries out. */
  request: { id: string; fence: number; lastSequence: number } | null;
}

/** Where the next release goes: beside the one that serves. */
export function idleSlot(state: HostState, active: Slot): Slot {
  return state.live === null ? active : otherSlot(state.live);
}

/** Brings a release out; continues the run of the same release that a killed deployer left. */
export async function deployRelease(order: ReleaseOrder, parts: DeployParts): Promise<Run> {
  const { store, router, clock, recorder, notifier, place, report } = parts;
  const left = store.read().run;
  if (isUnfinished(left) && left.release.version === order.release.version && left.kind === order.kind) {
    return continueRun(left, parts);
  }
  await settle(parts, `${order.release.version} is deployed instead`);
  await retire(parts);
  const state = store.read();
  const slot = idleSlot(state, router.active());
  const run = newRun(order, slot, state, parts);
  // A restart changes nothing and a hot fix is an emergency; a release after a roll-back on demand waits for a person.
  if (state.hold !== null && order.kind === 'RELEASE') {
    run.autoPromote = false;
    report(`Held since ${state.hold.since} (${state.hold.reason}): the release is prepared and waits for promote.`);
  }
  recorder.start(run);
  report(`${run.kind} ${run.release.version} to ${place.environment}, slot ${slot}, at ${isoTime(clock.nowMs())}`);
  await notifier.notify({ ...noticeOf(run), kind: 'start', detail: `${run.kind} to ${slot}` });
  return execute(run, parts);
}

function newRun(order: ReleaseOrder, slot: Slot, state: HostState, { place, clock }: DeployParts): Run {
  const serving = state.live ? state.slots[state.live] : null;
  return {
    id: order.request?.id ?? randomUUID(),
    kind: order.kind,
    trigger: order.trigger,
    environment: place.environment,
    release: order.release,
    slot,
    from: serving && state.live ? { ...serving, slot: state.live } : null,
    restoresId: null,
    reason: order.reason,
    allowContract: order.allowContract,
    autoPromote: order.promote,
    awaitingPromotion: false,
    attempt: 1,
    sequence: order.request?.lastSequence ?? 0,
    fence: order.request?.fence ?? null,
    current: null,
    steps: [],
    rollingBack: null,
    backupId: null,
    outcome: null,
    message: null,
    startedAt: isoTime(clock.nowMs()),
    endedAt: null,
  };
}

/** Goes on with a run whose deployer ended, from what the flag file, the slot and the steps on disk say. */
export async function continueRun(run: Run, parts: DeployParts): Promise<Run> {
  run.attempt += 1;
  run.sequence = Math.max(run.sequence, parts.recorder.lastSequence(run.id));
  parts.recorder.resume(run);
  parts.report(`Continuing ${run.release.version} on ${run.slot}, which ended at ${run.current ?? 'a step'}.`);
  return execute(run, parts);
}

/** Ends what another run left: one with traffic goes back, one without is stopped. */
export async function settle(parts: DeployParts, because: string): Promise<void> {
  const { store, router, recorder } = parts;
  const { run } = store.read();
  if (run === null || run.outcome !== null) return;
  run.attempt += 1;
  run.sequence = Math.max(run.sequence, recorder.lastSequence(run.id));
  recorder.resume(run);
  const log = new RunLog(run, parts);
  const wasWaiting = run.awaitingPromotion;
  run.awaitingPromotion = false;
  if (run.rollingBack !== null || (hasSwitched(run, router.active()) && run.from !== null)) {
    return rollBack(log, parts, run.rollingBack ?? `Its deployer ended after the switch; ${because}.`);
  }
  await clearSlot(run, parts);
  await log.finish(
    wasWaiting ? 'FAILURE' : 'ERROR',
    wasWaiting ? `Not promoted; ${because}.` : `Its deployer ended; ${because}.`,
  );
}

export async function resume(parts: DeployParts): Promise<Run> {
  const { run } = parts.store.read();
  if (!isUnfinished(run)) throw new Refused('There is nothing to resume.');
  return continueRun(run, parts);
}

/** Switches to the release that waits on the idle slot, and ends a hold. */
export async function promote(parts: DeployParts): Promise<Run | null> {
  const { store, report } = parts;
  const { run, hold } = store.read();
  if (run?.awaitingPromotion && run.outcome === null) {
    run.awaitingPromotion = false;
    run.autoPromote = true;
    store.update((state) => {
      state.run = run;
      state.hold = null;
    });
    return continueRun(run, parts);
  }
  if (hold === null) throw new Refused('No release waits for a promotion, and nothing is held.');
  store.update((state) => void (state.hold = null));
  report('The hold has ended: the next release goes live by itself.');
  return null;
}

export interface RollbackOrder {
  /** Null: the release that served before the present one. */
  version: string | null;
  trigger: RunTrigger;
  reason: string | null;
  request: ReleaseOrder['request'];
}

/** Brings a release back that has served: by a switch while it is warm, else from where it is kept. Never builds. */
export async function rollbackTo(order: RollbackOrder, parts: DeployParts): Promise<Run> {
  const { store, driver, router, recorder, notifier, report, clock } = parts;
  const { run: left } = store.read();
  if (isUnfinished(left)) {
    await settle(parts, 'an operator asked to go back');
    const { live, slots, run } = store.read();
    const serving = live ? slots[live]?.release.version : null;
    if (order.version === null ? run?.outcome === 'ROLLED_BACK' : serving === order.version) {
      if (run) return run;
    }
  } else await settle(parts, 'an operator asked to go back');
  const state = store.read();
  if (state.live === null) throw new Refused('Nothing serves yet, so there is nothing to go back from.');
  const slot = idleSlot(state, router.active());
  const warm = state.slots[slot];
  const fits = warm !== null && (order.version === null || warm.release.version === order.version);
  const target = fits && (await driver.alive(slot)) ? warm : findServed(state, order.version);
  if (target === null) {
    throw new Refused(
      `No release ${order.version ?? 'before the present one'} has served here. Known: ${knownVersions(state)}.`,
    );
  }
  const run = newRun(
    { ...order, release: target.release, kind: 'RELEASE', allowContract: false, promote: true },
    slot,
    state,
    parts,
  );
  run.kind = 'ROLLBACK';
  run.restoresId = target.deploymentId;
  recorder.start(run);
  report(`ROLLBACK to ${target.release.version} on ${slot}, at ${isoTime(clock.nowMs())}`);
  await notifier.notify({ ...noticeOf(run), kind: 'start', detail: `ROLLBACK to ${slot}` });
  return execute(run, parts);
}

export const knownVersions = (state: HostState): string =>
  [...new Set(state.history.filter(({ outcome }) => outcome === 'SUCCESS').map(({ release }) => release.version))].join(
    ', ',
  ) || 'none';

/** Stops the former release when its warm time is over. True when it did. */
export async function retire({ store, driver, router, place, clock, report }: DeployParts): Promise<boolean> {
  const state = store.read();
  if (state.warmUntil === null || state.live === null || clock.nowMs() < Date.parse(state.warmUntil)) return false;
  const slot = otherSlot(state.live);
  if (router.active() === slot) return false;
  await driver.stop(slot, place.stopGraceMs);
  store.update((now) => {
    now.slots[slot] = null;
    now.warmUntil = null;
  });
  report(`${slot} has stopped: its warm time is over. A roll-back starts it again from the kept release.`);
  return true;
}

/** Asks the deployment that holds the lock to go back; its watch looks for this file. */
export const requestRollbackOf = (file: string): void => writeFileSync(file, '');
