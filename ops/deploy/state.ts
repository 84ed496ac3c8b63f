import { existsSync, mkdirSync } from 'node:fs';
import path from 'node:path';
import { readJson, writeAtomically } from './files.js';
import type { Release, Slot } from './release.js';

export type RunKind = 'RELEASE' | 'ROLLBACK' | 'HOTFIX' | 'RESTART';
export type RunTrigger = 'PUSH' | 'MANUAL' | 'AUTOMATIC' | 'SCHEDULE';

/** How a run ended. AWAITING_PROMOTION: it is proven on the idle slot and waits for `promote`. */
export type Outcome = 'SUCCESS' | 'FAILURE' | 'ERROR' | 'ROLLED_BACK' | 'CANCELLED';

export interface SlotRecord {
  release: Release;
  /** The run that brought it here; what a roll-back to it names. */
  deploymentId: string;
  since: string;
}

export interface StepRecord {
  name: string;
  attempt: number;
  startedAt: string;
  durationMs: number;
  result: 'done' | 'failed' | 'skipped';
  detail: string;
}

export interface Run {
  /** A UUID, which is the deployment's id in the server's record as well. */
  id: string;
  kind: RunKind;
  trigger: RunTrigger;
  environment: string;
  release: Release;
  slot: Slot;
  /** What served when the run began, and is switched back to. Null: nothing did. */
  from: (SlotRecord & { slot: Slot }) | null;
  restoresId: string | null;
  reason: string | null;
  allowContract: boolean;
  /** False: stop before the switch and wait for `promote`. */
  autoPromote: boolean;
  awaitingPromotion: boolean;
  /** Counts how often a process has worked on it: above 1 after a resume. */
  attempt: number;
  /** Of the last status sent to the record. */
  sequence: number;
  /** Of an agent's request; an older one is refused by the server. */
  fence: number | null;
  current: string | null;
  steps: StepRecord[];
  /** The reason, once the way back has begun. */
  rollingBack: string | null;
  backupId: string | null;
  outcome: Outcome | null;
  message: string | null;
  startedAt: string;
  endedAt: string | null;
}

export interface HostState {
  slots: Record<Slot, SlotRecord | null>;
  /** Null until the first switch. The flag file, not this, decides where traffic goes. */
  live: Slot | null;
  /** When the idle slot's process, kept for a quick way back, is stopped. */
  warmUntil: string | null;
  worker: SlotRecord | null;
  /** After a roll-back on demand: releases are prepared, and wait for `promote`. */
  hold: { since: string; reason: string } | null;
  run: Run | null;
  /** Ended runs, newest first. */
  history: Run[];
}

const HISTORY = 50;

const emptyState = (): HostState => ({
  slots: { blue: null, green: null },
  live: null,
  warmUntil: null,
  worker: null,
  hold: null,
  run: null,
  history: [],
});

/** What a host knows about its releases, on disk after each step, so that a killed deployer's work is continued. */
export interface StateStore {
  read(): HostState;
  update(change: (state: HostState) => void): HostState;
}

export function createStateStore(stateDir: string): StateStore {
  const file = path.join(stateDir, 'host.json');
  const read = (): HostState => ({ ...emptyState(), ...(existsSync(file) ? readJson<HostState>(file) : null) });
  return {
    read,
    update(change) {
      const state = read();
      change(state);
      state.history = state.history.slice(0, HISTORY);
      mkdirSync(stateDir, { recursive: true });
      writeAtomically(file, `${JSON.stringify(state, null, 1)}\n`);
      return state;
    },
  };
}

/** A run without an end that nobody works on: its deployer was killed or stopped. */
export const isUnfinished = (run: Run | null): run is Run =>
  run !== null && run.outcome === null && !run.awaitingPromotion;

/** The newest known release of a version that has served here, for a roll-back to it. */
export function findServed(state: HostState, version: string | null): SlotRecord | null {
  const live = state.live ? state.slots[state.live] : null;
  const served = state.history.filter(
    (run) => run.outcome === 'SUCCESS' && run.release.version !== live?.release.version,
  );
  const found = version === null ? served[0] : served.find((run) => run.release.version === version);
  return found ? { release: found.release, deploymentId: found.id, since: found.endedAt ?? found.startedAt } : null;
}
