import { closeSync, existsSync, fsyncSync, mkdirSync, openSync, rmSync } from 'node:fs';
import path from 'node:path';
import type { Clock } from './clock.js';
import { ask, reasonOf } from './http.js';
import type { Slot } from './release.js';
import { StepFailed } from './step.js';

/**
 * Where nginx sends traffic: to green while the flag file exists, else to blue. Making or removing one file is atomic,
 * needs no reload (which closes idle client connections: with nginx 1.22 a few requests of 20,000 were lost), no right
 * over nginx, and holds over its restart.
 */
export interface Router {
  active(): Slot;
  switchTo(slot: Slot): void;
  /** Waits until the public address has answered with this release several times in a row, each on a new connection. */
  observe(version: string, signal: AbortSignal): Promise<string>;
  maintenance(on: boolean): void;
  isInMaintenance(): boolean;
}

export interface RouterOptions {
  stateDir: string;
  publicUrl: string;
  connectTo: string | undefined;
  streak: number;
  deadlineMs: number;
  pollMs: number;
  clock: Clock;
}

const touch = (file: string): void => {
  const handle = openSync(file, 'w', 0o644);
  fsyncSync(handle);
  closeSync(handle);
};

export function createRouter(options: RouterOptions): Router {
  const { stateDir, publicUrl, connectTo, streak, deadlineMs, pollMs, clock } = options;
  const flag = path.join(stateDir, 'green.active');
  const closed = path.join(stateDir, 'maintenance.on');
  const set = (file: string, on: boolean): void => {
    mkdirSync(stateDir, { recursive: true });
    if (on) touch(file);
    else rmSync(file, { force: true });
  };

  return {
    active: () => (existsSync(flag) ? 'green' : 'blue'),
    switchTo: (slot) => set(flag, slot === 'green'),
    maintenance: (on) => set(closed, on),
    isInMaintenance: () => existsSync(closed),
    async observe(version, signal) {
      const begun = clock.nowMs();
      let inARow = 0;
      let last = 'no answer';
      while (inARow < streak) {
        signal.throwIfAborted();
        try {
          const answer = await ask(`${publicUrl}/livez`, { timeoutMs: 5000, connectTo });
          const seen = String(answer.headers['x-release'] ?? 'no x-release header');
          const matches = answer.status === 200 && seen === version;
          inARow = matches ? inARow + 1 : 0;
          last = `${answer.status}, ${seen}`;
          if (matches) continue;
        } catch (error) {
          inARow = 0;
          last = reasonOf(error);
        }
        if (clock.nowMs() - begun > deadlineMs) {
          throw new StepFailed(`${publicUrl} does not answer with ${version} (last: ${last}).`);
        }
        await clock.sleep(pollMs, signal);
      }
      return `${streak} answers in a row name ${version}`;
    },
  };
}
