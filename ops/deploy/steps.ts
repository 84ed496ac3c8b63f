import { contractSteps } from '../../src/platform/db/contract-steps.js';
import { isoTime } from './clock.js';
import { reasonOf } from './http.js';
import type { DeployParts } from './parts.js';
import { otherSlot } from './release.js';
import type { Run, RunKind, SlotRecord } from './state.js';
import { StepFailed, type StepOutcome } from './step.js';

/** The status of the record during a step. */
export type RunningStatus = 'IN_PROGRESS' | 'HEALTH_CHECK' | 'SMOKE_TEST';

export interface Step {
  name: string;
  status: RunningStatus;
  /** Done again by a process that continues the run, though a former one finished it. */
  repeat: boolean;
  run(run: Run, parts: DeployParts): Promise<StepOutcome>;
}

// A request that nginx sent to the former slot just before the switch arrives there before its process stops.
const SETTLE_MS = 500;

const skipped = (detail: string): StepOutcome => ({ detail, skipped: true });

/** Before anything is touched: what would take something away from the release that serves is refused here. */
async function checkMigrations(run: Run, { driver }: DeployParts): Promise<StepOutcome> {
  const pending = await driver.pending(run.release);
  const contracting = pending.flatMap(({ name, statements }) =>
    contractSteps(statements).map(({ reason, statement }) => `${name} ${reason}: ${statement.slice(0, 120)}`),
  );
  if (contracting.length > 0 && !run.allowContract) {
    throw new StepFailed(
      `A migration takes away what the present release uses. Deploy the code that no longer needs it first, then repeat with --allow-contract. ${contracting.join('; ')}`,
    );
  }
  return { detail: pending.length === 0 ? 'none pending' : `${pending.length} pending` };
}

async function takeBackup(run: Run, { backup, signal, store }: DeployParts): Promise<StepOutcome> {
  if (backup === null) return skipped('this environment deploys without one');
  const { id, detail } = await backup.take(run, signal).catch((error: unknown) => {
    if (signal.aborted) throw error;
    throw new StepFailed(reasonOf(error));
  });
  run.backupId = id;
  store.update((state) => void (state.run = run));
  return { detail, ...(id === null ? {} : { evidence: { backupId: id } }) };
}

async function migrate({ release }: Run, { driver, signal }: DeployParts): Promise<StepOutcome> {
  await driver.migrate(release).catch((error: unknown) => {
    if (signal.aborted) throw error;
    // Each migration is a transaction of its own: what ran stays, expands only, and is not run again.
    throw new StepFailed(reasonOf(error));
  });
  return { detail: 'the schema fits the release' };
}

async function start(run: Run, parts: DeployParts): Promise<StepOutcome> {
  const { driver, store, place, clock } = parts;
  const { slot, release } = run;
  const present = store.read().slots[slot];
  const isWarm = run.kind === 'ROLLBACK' && present?.release.version === release.version && (await driver.alive(slot));
  const record: SlotRecord = { release, deploymentId: run.restoresId ?? run.id, since: isoTime(clock.nowMs()) };
  // From here on nobody may stop the slot because its warm time is over.
  store.update((state) => {
    state.slots[slot] = record;
    state.warmUntil = null;
  });
  if (isWarm) return skipped(`${slot} is still warm`);
  await driver.stop(slot, place.stopGraceMs);
  await driver.start(slot, release);
  return { detail: `${release.version} on ${slot}, port ${place.portOf(slot)}` };
}

const waitHealthy = ({ slot, release }: Run, { health, driver, signal }: DeployParts): Promise<StepOutcome> =>
  health.wait(slot, release, driver, signal);

const previewSmoke = ({ slot, release }: Run, { smoke, place }: DeployParts): Promise<StepOutcome> =>
  smoke.run({ where: 'preview', url: `http://127.0.0.1:${place.portOf(slot)}`, hostName: place.hostName }, release);

async function switchOver(run: Run, { router, store, clock }: DeployParts): Promise<StepOutcome> {
  router.switchTo(run.slot);
  store.update((state) => void (state.live = run.slot));
  return { detail: `traffic goes to ${run.slot} since ${isoTime(clock.nowMs())}` };
}

const observe = async ({ release }: Run, { router, signal }: DeployParts): Promise<StepOutcome> => ({
  detail: await router.observe(release.version, signal),
});

const publicSmoke = ({ release }: Run, { smoke, place }: DeployParts): Promise<StepOutcome> =>
  smoke.run({ where: 'public', url: place.publicUrl, connectTo: place.connectTo }, release);

/** After the public smoke and before the watch, so that the watch sees the jobs of the new release. */
async function moveWorker(run: Run, { driver, store, place, clock }: DeployParts): Promise<StepOutcome> {
  const { release } = run;
  // Null while it moves: whoever continues or goes back does not know which one runs, and starts the right one.
  store.update((state) => void (state.worker = null));
  await driver.startWorker(release, place.stopGraceMs);
  const worker = { release, deploymentId: run.restoresId ?? run.id, since: isoTime(clock.nowMs()) };
  store.update((state) => void (state.worker = worker));
  return { detail: `the worker runs ${release.version}` };
}

const watch = (run: Run, parts: DeployParts): Promise<StepOutcome> =>
  parts.watch.observe(run, parts.driver, parts.signal);

/** Live connections leave the former slot; its process stays for a while, so that the way back is a switch. */
async function drain(run: Run, { driver, store, place, clock }: DeployParts): Promise<StepOutcome> {
  const former = otherSlot(run.slot);
  if (run.from === null || !(await driver.alive(former))) return skipped('there is no former release');
  await driver.releaseConnections(former);
  if (place.warmMs === 0) {
    await clock.sleep(SETTLE_MS);
    await driver.stop(former, place.stopGraceMs);
    return { detail: `${former} has stopped` };
  }
  const until = isoTime(clock.nowMs() + place.warmMs);
  store.update((state) => void (state.warmUntil = until));
  return { detail: `${former} stays warm until ${until}` };
}

const step = (name: string, status: RunningStatus, repeat: boolean, run: Step['run']): Step => ({
  name,
  status,
  repeat,
  run,
});

/** The name at which traffic moves; whatever fails from here on is rolled back. */
export const SWITCH = 'switch';

// Migrations run before the start, not before the switch: a server refuses to start while one is missing, and a preview
// against the former schema would prove nothing. They only expand, so the release that serves does not notice.
const PREPARE = [
  step('check-migrations', 'IN_PROGRESS', true, checkMigrations),
  step('backup', 'IN_PROGRESS', false, takeBackup),
  step('migrate', 'IN_PROGRESS', true, migrate),
];
const PROVE = [
  step('start', 'IN_PROGRESS', true, start),
  step('health', 'HEALTH_CHECK', true, waitHealthy),
  step('preview-smoke', 'SMOKE_TEST', true, previewSmoke),
];
const BRING_OUT = [
  step(SWITCH, 'SMOKE_TEST', true, switchOver),
  step('observe', 'SMOKE_TEST', true, observe),
  step('public-smoke', 'SMOKE_TEST', true, publicSmoke),
  step('worker', 'SMOKE_TEST', true, moveWorker),
];
const WATCH = step('watch', 'SMOKE_TEST', true, watch);
const DRAIN = step('drain', 'SMOKE_TEST', true, drain);

/** A roll-back never migrates, needs no backup, and is not watched: what it brings back has been. */
const PLANS: Record<RunKind, readonly Step[]> = {
  RELEASE: [...PREPARE, ...PROVE, ...BRING_OUT, WATCH, DRAIN],
  HOTFIX: [...PREPARE, ...PROVE, ...BRING_OUT, WATCH, DRAIN],
  RESTART: [...PREPARE, ...PROVE, ...BRING_OUT, WATCH, DRAIN],
  ROLLBACK: [...PROVE, ...BRING_OUT, DRAIN],
};

export const stepsOf = (kind: RunKind): readonly Step[] => PLANS[kind];
