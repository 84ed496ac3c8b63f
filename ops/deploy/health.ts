import type { Clock } from './clock.js';
import { ask, reasonOf } from './http.js';
import type { Release, Slot } from './release.js';
import type { SlotDriver } from './slot-driver.js';
import { StepFailed, type StepOutcome } from './step.js';

/** Whether a release that was started in a slot is fit to serve. */
export interface HealthGate {
  wait(slot: Slot, release: Release, driver: SlotDriver, signal: AbortSignal): Promise<StepOutcome>;
}

export interface HealthOptions {
  portOf(slot: Slot): number;
  hostName: string;
  attempts: number;
  attemptMs: number;
  pollMs: number;
  clock: Clock;
}

// An old process that still holds the port may need a moment to go; after that it is not going.
const WRONG_VERSIONS = 5;

/** At most attempts x attemptMs, asked every pollMs; version and readiness must fit; a dead process fails at once. */
export function createHealthGate({ portOf, hostName, attempts, attemptMs, pollMs, clock }: HealthOptions): HealthGate {
  return {
    async wait(slot, release, driver, signal) {
      const call = { timeoutMs: attemptMs, headers: { host: hostName } };
      const base = `http://127.0.0.1:${portOf(slot)}`;
      const deadline = clock.nowMs() + attempts * attemptMs;
      let last = 'no answer';
      let wrong = 0;
      const refuse = async (reason: string): Promise<never> => {
        const log = await driver.logs(slot, 100).catch(() => '');
        const evidence = { health: last, logLines: log.split('\n').filter(Boolean) };
        throw new StepFailed(`${reason} Last: ${last}.`, evidence);
      };
      for (;;) {
        signal.throwIfAborted();
        if (!(await driver.alive(slot))) await refuse(`The process of ${slot} has ended.`);
        try {
          const health = await ask(`${base}/health`, call);
          last = `${health.status} ${health.body.slice(0, 500)}`;
          const body = JSON.parse(health.body) as { status?: string; version?: string };
          if (health.status === 200 && body.status === 'healthy') {
            if (body.version === release.version) {
              const ready = await ask(`${base}/readyz`, call);
              if (ready.status === 200) return { detail: 'healthy and ready', evidence: { health: last } };
              last = `${ready.status} ${ready.body.slice(0, 500)}`;
            } else if (++wrong >= WRONG_VERSIONS) {
              await refuse(`Version ${body.version ?? 'unknown'} answers on ${slot}, not ${release.version}.`);
            }
          }
        } catch (error) {
          if (error instanceof StepFailed) throw error;
          last = reasonOf(error);
        }
        if (clock.nowMs() >= deadline) await refuse(`${slot} did not become healthy.`);
        await clock.sleep(pollMs, signal);
      }
    },
  };
}
