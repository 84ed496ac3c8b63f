import { isoTime } from './clock.js';
import { reasonOf } from './http.js';
import { LockLost } from './lock.js';
import type { DeployNotice, DeployParts } from './parts.js';
import type { Slot } from './release.js';
import { rollBack } from './roll-back.js';
import { type Outcome, type Run, type StepRecord } from './state.js';
import { StepFailed, type Evidence, type StepOutcome } from './step.js';
import { stepsOf, SWITCH, type RunningStatus, type Step } from './steps.js';

/** The process was told to stop: the state on disk is that of the last step, and the run can be continued. */
export class Interrupted extends Error {
  constructor() {
    super('Stopped between two steps. Run "deploy resume" to continue.');
    this.name = 'Interrupted';
  }
}

const NOTICES: Record<Outcome, DeployNotice['kind']> = {
  SUCCESS: 'success',
  FAILURE: 'failure',
  ERROR: 'failure',
  ROLLED_BACK: 'rollback',
  CANCELLED: 'cancelled',
};

export const noticeOf = ({ environment, release }: Run): Pick<DeployNotice, 'environment' | 'version'> => ({
  environment,
  version: release.version,
});

/** Keeps the run in memory and on disk the same, and tells the record. */
export class RunLog {
  private status: RunningStatus | null = null;

  constructor(
    readonly run: Run,
    private readonly parts: DeployParts,
  ) {}

  save(): void {
    this.parts.store.update((state) => void (state.run = this.run));
  }

  /** Runs one piece of work as a step of the run: on disk before it begins and after it has ended. */
  async step(name: string, status: RunningStatus | 'ROLLING_BACK', work: () => Promise<StepOutcome>): Promise<void> {
    const { lock, clock, report } = this.parts;
    const { run } = this;
    lock.assertHeld();
    run.current = name;
    this.save();
    if (status !== 'ROLLING_BACK' && status !== this.status) {
      this.status = status;
      this.record(status, { message: `${name} begins` });
    }
    const begun = clock.nowMs();
    const end = (result: StepRecord['result'], detail: string, evidence?: Evidence): void => {
      const durationMs = Math.round(clock.nowMs() - begun);
      run.steps.push({ name, attempt: run.attempt, startedAt: isoTime(begun), durationMs, result, detail });
      run.current = null;
      report(
        `  ${result === 'failed' ? 'FAILED ' : ''}${name.padEnd(16)} ${String(durationMs).padStart(6)} ms  ${detail}`,
      );
      this.record(status, { step: name, message: detail, durationMs, ...(evidence ? { evidence } : {}) });
      this.save();
    };
    try {
      const { detail, evidence, skipped } = await work();
      end(skipped ? 'skipped' : 'done', detail, evidence);
    } catch (error) {
      if (error instanceof LockLost || this.parts.signal.aborted) throw error;
      end('failed', reasonOf(error), error instanceof StepFailed ? error.evidence : undefined);
      throw error;
    }
  }

  record(
    status: RunningStatus | 'PENDING' | 'ROLLING_BACK' | Outcome,
    about: { step?: string; message?: string; durationMs?: number; evidence?: Evidence } = {},
  ): void {
    this.run.sequence += 1;
    const message = about.message?.slice(0, 2000) ?? null;
    this.parts.recorder.status(this.run, status, { ...about, message });
  }

  /** The one place where a run ends. The journal has it before the state does: a repetition there changes nothing. */
  async finish(outcome: Outcome, message: string): Promise<void> {
    const { clock, store, notifier, report } = this.parts;
    const { run } = this;
    this.record(outcome, { message });
    run.outcome = outcome;
    run.message = message;
    run.current = null;
    run.endedAt = isoTime(clock.nowMs());
    store.update((state) => {
      state.run = run;
      state.history = [run, ...state.history.filter(({ id }) => id !== run.id)];
    });
    report(`${outcome}: ${message}`);
    const durationMs = clock.nowMs() - Date.parse(run.startedAt);
    await notifier.notify({ ...noticeOf(run), kind: NOTICES[outcome], detail: message, durationMs });
  }
}

const HEARTBEAT_MS = 30_000;

/** Works on a run until it has ended or waits for a promotion. Throws Interrupted and LockLost, which end nothing. */
export async function execute(run: Run, parts: DeployParts): Promise<Run> {
  const { recorder, signal } = parts;
  const log = new RunLog(run, parts);
  log.save();
  const beating = setInterval(() => recorder.heartbeat(run), HEARTBEAT_MS);
  try {
    if (run.rollingBack !== null) await rollBack(log, parts, run.rollingBack);
    else await runSteps(log, parts);
  } catch (error) {
    if (signal.aborted && !(error instanceof LockLost)) throw new Interrupted();
    throw error;
  } finally {
    clearInterval(beating);
    await recorder.flush();
  }
  return run;
}

async function runSteps(log: RunLog, parts: DeployParts): Promise<void> {
  const { run } = log;
  try {
    for (const one of await remainingSteps(run, parts)) {
      parts.signal.throwIfAborted();
      if (one.name === SWITCH && !run.autoPromote) return await waitForPromotion(log, parts);
      await log.step(one.name, one.status, () => one.run(run, parts));
    }
  } catch (error) {
    if (error instanceof LockLost || parts.signal.aborted) throw error;
    return await endBroken(log, parts, error);
  }
  const { store } = parts;
  store.update((state) => {
    if (run.kind === 'ROLLBACK')
      state.hold = { since: isoTime(parts.clock.nowMs()), reason: `rolled back to ${run.release.version}` };
  });
  await log.finish('SUCCESS', `${run.release.version} serves ${run.environment} on ${run.slot}.`);
}

/**
 * A continued run repeats what it cannot be sure of. Before the switch that is everything but the backup; after it, the
 * proof that the release serves.
 */
async function remainingSteps(run: Run, { router, driver }: DeployParts): Promise<readonly Step[]> {
  const steps = stepsOf(run.kind);
  const from = (name: string): readonly Step[] => steps.slice(steps.findIndex((one) => one.name === name));
  if (hasSwitched(run, router.active())) return from(SWITCH);
  const done = new Set(run.steps.filter(({ result }) => result !== 'failed').map(({ name }) => name));
  if (done.has('start') && (await driver.alive(run.slot))) return from('health');
  return steps.filter(({ name, repeat }) => repeat || !done.has(name));
}

/** The flag is set inside the step, so a deployer that was killed there has a step that began and traffic that moved. */
export const hasSwitched = (run: Run, active: Slot): boolean =>
  active === run.slot &&
  run.from?.slot !== run.slot &&
  (run.current === SWITCH || run.steps.some(({ name }) => name === SWITCH));

async function waitForPromotion(log: RunLog, parts: DeployParts): Promise<void> {
  const { run } = log;
  run.awaitingPromotion = true;
  log.record('SMOKE_TEST', { step: 'hold', message: 'proven on the idle slot; waits for promote' });
  log.save();
  const text = `${run.release.version} is proven on ${run.slot} and waits: run "deploy promote".`;
  parts.report(`AWAITING PROMOTION: ${text}`);
  await parts.notifier.notify({ ...noticeOf(run), kind: 'success', detail: text });
}

async function endBroken(log: RunLog, parts: DeployParts, error: unknown): Promise<void> {
  const { run } = log;
  const { router } = parts;
  const reason = reasonOf(error);
  const hasTraffic = hasSwitched(run, router.active());
  if (hasTraffic && run.from !== null) return rollBack(log, parts, reason);
  await clearSlot(run, parts);
  if (hasTraffic) parts.store.update((state) => void (state.live = null));
  await log.finish(error instanceof StepFailed ? 'FAILURE' : 'ERROR', reason);
}

/** Stops what a run has started in its slot. Before its start the former release may still be warm there. */
export async function clearSlot(run: Run, { driver, place, store }: DeployParts): Promise<void> {
  if (run.current !== 'start' && !run.steps.some(({ name }) => name === 'start')) return;
  await driver.stop(run.slot, place.stopGraceMs).catch(() => undefined);
  store.update((state) => void (state.slots[run.slot] = null));
}
