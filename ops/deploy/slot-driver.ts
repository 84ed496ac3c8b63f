import type { Release, Slot } from './release.js';

export interface PendingMigration {
  name: string;
  statements: readonly string[];
}

/** The only thing in which the platforms (local processes, systemd, compose) differ. */
export interface SlotDriver {
  readonly name: string;
  /** Starts a release in a slot whose former process has ended; does not wait until it is healthy. */
  start(slot: Slot, release: Release): Promise<void>;
  /** SIGTERM, then SIGKILL after the grace time; nothing when it does not run. */
  stop(slot: Slot, graceMs: number): Promise<void>;
  /** Lets a crash fail a deployment at once, without waiting for the health gate's ceiling. */
  alive(slot: Slot): Promise<boolean>;
  logs(slot: Slot, lines: number): Promise<string>;
  /** Makes the process of a slot close its live connections (SIGUSR2) while it stays up, so that clients reconnect. */
  releaseConnections(slot: Slot): Promise<void>;
  /** The migrations that this release would run, read by the release's own code. */
  pending(release: Release): Promise<readonly PendingMigration[]>;
  migrate(release: Release): Promise<void>;
  /** Replaces the worker by that of this release: the former one has ended before the next begins. */
  startWorker(release: Release, graceMs: number): Promise<void>;
  stopWorker(graceMs: number): Promise<void>;
}
