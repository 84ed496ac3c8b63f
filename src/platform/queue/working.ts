import { hostname } from 'node:os';
import type { Module, Services } from '../module.js';
import type { Teardown } from '../teardown.js';
import { handlersOf, schedulesOf } from './handlers.js';
import { createScheduler, type Scheduler } from './scheduler.js';
import { createQueueListener, type QueueSignal } from './wake.js';
import { Worker } from './worker.js';

export interface WorkingOptions {
  services: Services;
  modules: readonly Module[];
  signal: QueueSignal;
  teardown: Teardown;
  /** Claims in the background; tests drain by hand. */
  claim: boolean;
  /** Fires the schedules; tests run them by hand. */
  schedules: boolean;
}

export interface Working {
  worker: Worker;
  scheduler: Scheduler;
}

/** The worker, what wakes it, and the schedules: the part of a process that does jobs. */
export async function startWorking(options: WorkingOptions): Promise<Working> {
  const { services, modules, signal, teardown } = options;
  const { config, db, log, metrics, transact } = services;
  const handlers = handlersOf(modules, services);
  const worker = new Worker({
    db,
    transact,
    handlers,
    concurrency: config.workerConcurrency,
    name: `${hostname()}:${process.pid}`,
    version: config.version,
    deploymentId: () => services.deploymentId(),
    log,
    onEnd: (kind, result, ms) => metrics.jobSeconds.observe({ kind, result }, ms / 1000),
    onCommit: (wrote) => services.onCommit(wrote),
  });
  teardown.add('serving', () => worker.stop());
  if (options.claim) {
    signal.onWake(() => worker.wake());
    const listener = createQueueListener(config.database.url as string, log, () => worker.wake());
    teardown.add('serving', () => listener.stop());
    await listener.start();
    worker.start();
  }
  const scheduler = createScheduler(transact, {
    schedules: schedulesOf(modules),
    timeZone: config.timeZone,
    log,
    kinds: new Set(handlers.map(({ kind }) => kind)),
  });
  teardown.add('serving', () => scheduler.stop());
  if (options.schedules) await scheduler.start();
  return { worker, scheduler };
}
