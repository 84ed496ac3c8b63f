import type { WatchLimits } from '../config.js';

/**
 * The rules of the watch after a switch, pure: what was measured goes in, what was broken comes out. A rule that lacks its
 * figures is not broken. test/deployments/watch-rules.test.ts is their table.
 */
export interface WatchSample {
  requests: number;
  serverErrors: number;
  latencyP95Ms: number | null;
  poolUsed: number | null;
  poolSize: number | null;
  poolWaiting: number | null;
  logErrors: number | null;
}

export interface SyncMeasured {
  deadLetters: number;
  failedJobs: number;
  completedJobs: number;
  delayP95Seconds: number | null;
}

export interface WatchFigures extends SyncMeasured {
  requests: number;
  serverErrorRate: number | null;
  latencyP95Ms: number | null;
  poolUse: number | null;
  poolWaiting: number | null;
  logErrors: number | null;
  samples: number;
}

export interface Breach {
  rule: string;
  measured: number;
  limit: number;
  message: string;
}

/**
 * The worst value that held for two samples in a row: one slow sample while caches are cold is no reason to roll back.
 * Null without two samples that have the figure.
 */
export function sustained(values: readonly (number | null)[]): number | null {
  const known = values.filter((value) => value !== null);
  const pairs = known.slice(1).map((value, index) => Math.min(value, known[index] ?? value));
  return pairs.length === 0 ? null : Math.max(...pairs);
}

export function figuresOf(sync: SyncMeasured, samples: readonly WatchSample[]): WatchFigures {
  const requests = samples.reduce((sum, one) => sum + one.requests, 0);
  const errors = samples.reduce((sum, one) => sum + one.serverErrors, 0);
  const use = ({ poolUsed, poolSize }: WatchSample): number | null =>
    poolUsed === null || poolSize === null || poolSize === 0 ? null : poolUsed / poolSize;
  return {
    ...sync,
    requests,
    serverErrorRate: requests === 0 ? null : errors / requests,
    latencyP95Ms: sustained(samples.map((one) => one.latencyP95Ms)),
    poolUse: sustained(samples.map(use)),
    poolWaiting: sustained(samples.map((one) => one.poolWaiting)),
    logErrors: samples.at(-1)?.logErrors ?? null,
    samples: samples.length,
  };
}

export function breachesOf(figures: WatchFigures, limits: WatchLimits): Breach[] {
  const breaches: Breach[] = [];
  const above = (rule: string, measured: number | null, limit: number, message: string): void => {
    if (measured !== null && measured > limit) breaches.push({ rule, measured, limit, message });
  };
  above('DEAD_LETTERS', figures.deadLetters, limits.deadLetters, 'Jobs ended as dead letters since the watch began.');
  above('SYNC_DELAY_P95', figures.delayP95Seconds, limits.delayP95Seconds, 'Records wait too long to be synchronised.');
  const tries = figures.failedJobs + figures.completedJobs;
  if (figures.failedJobs >= limits.failedJobsAtLeast) {
    above('FAILED_JOBS', figures.failedJobs / tries, limits.failedJobShare, 'Too many tries of jobs fail.');
  }
  if (figures.requests >= limits.requestsAtLeast) {
    above('SERVER_ERRORS', figures.serverErrorRate, limits.serverErrorRate, 'Too many requests are answered with 5xx.');
  }
  above('LATENCY_P95', figures.latencyP95Ms, limits.latencyP95Ms, 'Requests take too long.');
  above('POOL_USE', figures.poolUse, limits.poolUse, 'The pool of database connections is nearly used up.');
  above('POOL_WAITING', figures.poolWaiting, limits.poolWaiting, 'Requests wait for a database connection.');
  above('LOG_ERRORS', figures.logErrors, limits.logErrors, 'There are errors among the last 100 log lines.');
  return breaches;
}
