import { messageOf } from '../../kernel/errors.js';
import { newId } from '../../kernel/ids.js';
import type { Database } from '../db/orm.js';
import type { Logger } from '../logger.js';
import { HEARTBEAT_MS } from './backoff.js';
import { workerChanged } from './queue.events.js';
import { deleteWorkerRow, upsertWorkerRow, type WorkerState } from './worker-row.queries.js';

/** What a worker counts its work over. */
export const RATE_MINUTES = 5;
const RATE_MS = RATE_MINUTES * 60_000;
const GOODBYE_MS = 1500;

export interface HeartbeatOptions {
  db: Database;
  log: Logger;
  worker: string;
  version: string;
  concurrency: number;
  deploymentId(): string | null;
  running(): number;
  onCommit(wrote: { events: boolean; jobs: boolean }): void;
}

export interface Heartbeat {
  start(): void;
  /** A job has ended, one way or the other. */
  count(result: string): void;
  drain(): Promise<void>;
  /** The worker ends: its row goes, unless jobs are still leased to it. A database that is away holds nobody back. */
  stop(): Promise<void>;
}

/** A bucket a minute, so that the counts of a busy worker take no memory. */
class RecentCounts {
  private readonly minutes = new Map<number, { completed: number; failed: number }>();

  add(failed: boolean): void {
    const minute = Math.floor(performance.now() / 60_000);
    const bucket = this.minutes.get(minute) ?? { completed: 0, failed: 0 };
    if (failed) bucket.failed += 1;
    else bucket.completed += 1;
    this.minutes.set(minute, bucket);
  }

  read(): { completed: number; failed: number } {
    const oldest = Math.floor((performance.now() - RATE_MS) / 60_000);
    const sums = { completed: 0, failed: 0 };
    for (const [minute, bucket] of this.minutes) {
      if (minute <= oldest) this.minutes.delete(minute);
      else {
        sums.completed += bucket.completed;
        sums.failed += bucket.failed;
      }
    }
    return sums;
  }
}

/**
 * The row by which operators see a worker. It is written every 10 s by its owner alone; a database that is away costs
 * a warning, and the row shows its age.
 */
export function createHeartbeat(options: HeartbeatOptions): Heartbeat {
  const { db, log, worker } = options;
  const instance = newId();
  const counts = new RecentCounts();
  let state: WorkerState = 'running';
  let timer: NodeJS.Timeout | null = null;
  let writing: Promise<void> = Promise.resolve();

  const write = (hasChanged: boolean): Promise<void> => {
    writing = writing.then(async () => {
      const { completed, failed } = counts.read();
      const { version, concurrency } = options;
      const row = { worker, instance, version, concurrency, state, completed, failed };
      try {
        await upsertWorkerRow(
          db.read,
          { ...row, deploymentId: options.deploymentId(), running: options.running() },
          hasChanged ? workerChanged(worker, { state }) : null,
        );
        if (hasChanged) options.onCommit({ events: true, jobs: false });
      } catch (error) {
        log.warn({ reason: messageOf(error) }, 'heartbeat not written; tried again');
      }
    });
    return writing;
  };

  const leave = async (): Promise<void> => {
    await writing;
    try {
      await deleteWorkerRow(db.read, { worker, instance }, workerChanged(worker, { state: 'ended' }));
      options.onCommit({ events: true, jobs: false });
    } catch (error) {
      log.warn({ reason: messageOf(error) }, 'the row of this worker stays; it will show its age');
    }
  };

  return {
    start() {
      void write(true);
      timer = setInterval(() => void write(false), HEARTBEAT_MS);
    },
    count(result) {
      if (result === 'ok') counts.add(false);
      else if (result === 'failed' || result === 'dead_letter') counts.add(true);
    },
    async drain() {
      if (timer === null) return;
      state = 'draining';
      await write(true);
    },
    async stop() {
      if (timer === null) return;
      clearInterval(timer);
      let late: NodeJS.Timeout | undefined;
      await Promise.race([leave(), new Promise((resolve) => (late = setTimeout(resolve, GOODBYE_MS)))]);
      clearTimeout(late);
    },
  };
}
