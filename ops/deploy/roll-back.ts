import { isoTime } from './clock.js';
import { reasonOf } from './http.js';
import { LockLost } from './lock.js';
import type { RunLog } from './machine.js';
import type { DeployParts } from './parts.js';

const TRIES = 3;
// A request that nginx sent to the broken slot just before the switch arrives there before its process stops.
const SETTLE_MS = 500;

/**
 * The way back of a run whose release had the traffic: switch to the former slot, starting it again if it has gone, see
 * it answer, give it the worker, stop the broken one. Each piece may be repeated, so a deployer killed in between
 * continues here.
 */
export async function rollBack(log: RunLog, parts: DeployParts, reason: string): Promise<void> {
  const { run } = log;
  const { clock, report, signal } = parts;
  if (run.rollingBack === null) {
    run.rollingBack = reason;
    report(`  rolling back: ${reason}`);
    log.record('ROLLING_BACK', { message: reason });
    log.save();
  }
  for (let tries = 1; ; tries += 1) {
    try {
      await goBack(log, parts);
      break;
    } catch (error) {
      if (error instanceof LockLost || signal.aborted) throw error;
      if (tries >= TRIES) {
        const text = `${reason} The way back failed too: ${reasonOf(error)}`;
        return log.finish('ERROR', text);
      }
      await clock.sleep(1000, signal);
    }
  }
  await log.finish('ROLLED_BACK', reason);
}

async function goBack(log: RunLog, parts: DeployParts): Promise<void> {
  const { run } = log;
  const { driver, router, health, store, place, clock, signal } = parts;
  const { from, slot } = run;
  if (from === null) throw new Error('No release served before this one.');
  const { release, deploymentId } = from;
  if (!(await driver.alive(from.slot))) {
    await log.step('restart-former', 'ROLLING_BACK', async () => {
      await driver.start(from.slot, release);
      return health.wait(from.slot, release, driver, signal);
    });
  }
  await log.step('switch-back', 'ROLLING_BACK', async () => {
    router.switchTo(from.slot);
    store.update((state) => {
      state.live = from.slot;
      state.slots[from.slot] = { release, deploymentId, since: from.since };
      state.warmUntil = null;
    });
    return { detail: await router.observe(release.version, signal) };
  });
  if (store.read().worker?.release.version !== release.version) {
    await log.step('worker-back', 'ROLLING_BACK', async () => {
      await driver.startWorker(release, place.stopGraceMs);
      store.update((state) => {
        state.worker = { release, deploymentId, since: isoTime(clock.nowMs()) };
      });
      return { detail: `the worker runs ${release.version}` };
    });
  }
  await log.step('stop-broken', 'ROLLING_BACK', async () => {
    await clock.sleep(SETTLE_MS);
    await driver.stop(slot, place.stopGraceMs);
    store.update((state) => void (state.slots[slot] = null));
    return { detail: `${slot} has stopped` };
  });
}
