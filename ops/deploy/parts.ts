import type { Clock } from './clock.js';
import type { HealthGate } from './health.js';
import type { HeldLock } from './lock.js';
import type { Recorder } from './recorder.js';
import type { Router } from './router.js';
import type { SlotDriver } from './slot-driver.js';
import type { SmokeTest } from './smoke.js';
import type { Run, StateStore } from './state.js';
import type { WatchGate } from './watch.js';
import type { Slot } from './release.js';

/** Takes and verifies a backup before production changes; throws when it has none that is good. */
export interface PreDeployBackup {
  take(run: Run, signal: AbortSignal): Promise<{ id: string | null; detail: string }>;
}

export interface DeployNotice {
  kind: 'start' | 'success' | 'failure' | 'cancelled' | 'rollback';
  environment: string;
  version: string;
  detail: string;
  durationMs?: number;
}

/** Tells people. It never throws, and holds a deployment up for a bounded time only. */
export interface Notifier {
  notify(notice: DeployNotice): Promise<void>;
}

/** Everything a deployment is made of; the tests put other things into the same places. */
export interface DeployParts {
  driver: SlotDriver;
  router: Router;
  health: HealthGate;
  smoke: SmokeTest;
  watch: WatchGate;
  /** Null: this environment deploys without one. */
  backup: PreDeployBackup | null;
  recorder: Recorder;
  notifier: Notifier;
  clock: Clock;
  store: StateStore;
  lock: HeldLock;
  place: Place;
  report(line: string): void;
  signal: AbortSignal;
}

/** The fixed facts of a host. */
export interface Place {
  environment: string;
  publicUrl: string;
  connectTo: string | undefined;
  portOf(slot: Slot): number;
  /** The name by which the server knows itself, for requests that go straight to a slot (ALLOWED_HOSTS). */
  hostName: string;
  stopGraceMs: number;
  warmMs: number;
  watchMs: number;
}
