import { existsSync, rmSync } from 'node:fs';
import type { Clock } from './clock.js';
import { ask, reasonOf } from './http.js';
import { parseMetrics, quantile, sum, difference, type Sample } from './metrics-text.js';
import type { MetricsSample, Recorder } from './recorder.js';
import type { Slot } from './release.js';
import type { SlotDriver } from './slot-driver.js';
import type { Run } from './state.js';
import { StepFailed, type StepOutcome } from './step.js';

/** Looks at a release that serves, for as long as a fault usually needs to show. Throws at the first breach. */
export interface WatchGate {
  observe(run: Run, driver: SlotDriver, signal: AbortSignal): Promise<StepOutcome>;
}

export interface WatchLimits {
  /** Share of answers with a 5xx status. */
  serverErrorShare: number;
  /** Below so many answers one slow or failed request says nothing about the release. */
  minimumRequests: number;
  latencyP95Ms: number;
  queueDelaySeconds: number;
  /** Of each process. */
  poolConnections: number;
}

export interface WatchOptions {
  ms: number;
  pollMs: number;
  limits: WatchLimits;
  portOf(slot: Slot): number;
  hostName: string;
  recorder: Recorder;
  clock: Clock;
  /** A file that `deploy rollback` makes when a deployment under way holds the lock. */
  requestFile: string;
  /** For slots that see the deployer come from another address than their own, as containers do. */
  token: string | null;
}

export interface Reading {
  atMs: number;
  deadLetters: number | null;
  oldestSeconds: number | null;
  poolUsed: number | null;
  /** How many there may be; null for a release that does not tell. */
  poolLimit: number | null;
  poolWaiting: number | null;
  /** One API may be several processes, whose figures it adds up. */
  processes: number;
  http: readonly Sample[];
  errorLines: readonly string[];
}

// pino writes 50 for error and 60 for fatal.
const ERROR_LINE = /"level":(50|60)\b/;
const LOG_LINES = 100;
const UNANSWERED = 3;

/** Health polls and scrapes are quick and many: they would hide what the callers see. */
const OF_CALLERS = ['/graphql', '/api/zoho/webhooks', '/api/products', '/files'];

export function createWatchGate(options: WatchOptions): WatchGate {
  const { limits, clock, recorder } = options;

  const read = async ({ slot, release }: Run, driver: SlotDriver): Promise<Reading> => {
    const base = `http://127.0.0.1:${options.portOf(slot)}`;
    const headers: Record<string, string> = { host: options.hostName };
    if (options.token) headers['authorization'] = `Bearer ${options.token}`;
    const answer = await ask(`${base}/metrics`, { timeoutMs: 5000, headers });
    if (answer.status !== 200) throw new Error(`/metrics answers ${answer.status}`);
    const samples = parseMetrics(answer.body);
    const log = await driver.logs(slot, LOG_LINES);
    return {
      atMs: clock.nowMs(),
      deadLetters: sum(samples, 'tsh_queue_rows', { status: 'dead_letter' }),
      oldestSeconds: sum(samples, 'tsh_queue_oldest_seconds', {}),
      poolUsed: sum(samples, 'tsh_db_pool_connections', { state: 'used' }),
      poolLimit: sum(samples, 'tsh_db_pool_connections', { state: 'limit' }),
      poolWaiting: sum(samples, 'tsh_db_pool_connections', { state: 'waiting' }),
      processes: sum(samples, 'tsh_processes', {}) ?? 1,
      http: samples.filter(
        ({ name, labels }) => name.startsWith('tsh_http_request_seconds') && OF_CALLERS.includes(labels['route'] ?? ''),
      ),
      // The log of a service manager begins with lines of the release that ran in this slot before.
      errorLines: log
        .split('\n')
        .filter((line) => ERROR_LINE.test(line) && line.includes(`"version":${JSON.stringify(release.version)}`)),
    };
  };

  return {
    async observe(run, driver, signal) {
      const begun = clock.nowMs();
      let baseline: Reading | null = null;
      let previous: Reading | null = null;
      let unanswered = 0;
      let samples = 0;
      for (;;) {
        signal.throwIfAborted();
        if (existsSync(options.requestFile)) {
          rmSync(options.requestFile, { force: true });
          throw new StepFailed('An operator asked to go back.');
        }
        if (!(await driver.alive(run.slot))) throw new StepFailed(`The process of ${run.slot} has ended.`);
        let reading: Reading | null = null;
        try {
          reading = await read(run, driver);
          unanswered = 0;
        } catch (error) {
          unanswered += 1;
          if (unanswered >= UNANSWERED) throw new StepFailed(`${run.slot} cannot be measured: ${reasonOf(error)}`);
        }
        if (reading) {
          baseline ??= reading;
          samples += 1;
          recorder.heartbeat(run, metricsOf(samples, previous ?? reading, reading));
          const found = [...breachesOf(baseline, reading, limits), ...(await recorder.breaches(run))];
          if (found.length > 0) throw new StepFailed(found.join(' '), { logLines: reading.errorLines });
          previous = reading;
        }
        const left = begun + options.ms - clock.nowMs();
        if (left <= 0 && samples > 0) return { detail: `${Math.round(options.ms / 1000)} s clean, ${samples} samples` };
        await clock.sleep(Math.min(options.pollMs, Math.max(left, 10)), signal);
      }
    },
  };
}

/** What the server's own watch reckons with. */
function metricsOf(sequence: number, before: Reading, now: Reading): MetricsSample {
  const http = difference(before.http, now.http);
  const { poolUsed, poolLimit, poolWaiting } = now;
  const p95 = quantile(http, 0.95);
  return {
    sequence,
    requests: sum(http, 'tsh_http_request_seconds_count', {}) ?? 0,
    serverErrors: sum(http, 'tsh_http_request_seconds_count', { status: /^5/ }) ?? 0,
    latencyP95Ms: p95 === null ? null : p95 * 1000,
    poolUsed,
    // Of those that are open nearly all are in use on a quiet server, so the limit is what their use is a share of.
    poolSize: poolLimit,
    poolWaiting,
    logErrors: now.errorLines.length,
  };
}

/** One sentence per limit that is passed. A figure that the release does not give is not judged. */
export function breachesOf(baseline: Reading, now: Reading, limits: WatchLimits): string[] {
  const found: string[] = [];
  const http = difference(baseline.http, now.http);
  const requests = sum(http, 'tsh_http_request_seconds_count', {}) ?? 0;
  const failures = sum(http, 'tsh_http_request_seconds_count', { status: /^5/ }) ?? 0;
  if (requests >= limits.minimumRequests) {
    if (failures / requests > limits.serverErrorShare) {
      found.push(`${failures} of ${requests} answers were server errors.`);
    }
    const p95 = quantile(http, 0.95);
    if (p95 !== null && p95 * 1000 > limits.latencyP95Ms) {
      found.push(`p95 is ${Math.round(p95 * 1000)} ms, above ${limits.latencyP95Ms} ms.`);
    }
  }
  if (baseline.deadLetters !== null && now.deadLetters !== null && now.deadLetters > baseline.deadLetters) {
    found.push(`Dead letters rose from ${baseline.deadLetters} to ${now.deadLetters}.`);
  }
  const late = limits.queueDelaySeconds;
  // What waited before the watch began is not this release's doing: a first load keeps the queue full for minutes. If
  // nothing is taken from such a queue, the server's own watch finds it by the records that came since.
  const elapsedSeconds = (now.atMs - baseline.atMs) / 1000;
  if (now.oldestSeconds !== null && now.oldestSeconds > late && now.oldestSeconds <= elapsedSeconds) {
    found.push(`The oldest job waits ${Math.round(now.oldestSeconds)} s, above ${late} s.`);
  }
  const { errorLines, poolUsed } = now;
  const mostConnections = limits.poolConnections * now.processes;
  if (poolUsed !== null && poolUsed > mostConnections) {
    found.push(`${poolUsed} database connections are in use, above ${mostConnections}.`);
  }
  if (errorLines.length > 0) found.push(`${errorLines.length} of the last ${LOG_LINES} log lines are errors.`);
  return found;
}
