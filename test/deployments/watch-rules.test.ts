import { describe, expect, test } from '@jest/globals';
import { readConfig } from '../../src/config.js';
import { TEST_SECRETS } from '../support/app.js';
import {
  breachesOf,
  figuresOf,
  sustained,
  type SyncMeasured,
  type WatchSample,
} from '../../src/deployments/watch-rules.js';

/** The limits of a server whose settings say nothing of them. */
const LIMITS = readConfig({}, TEST_SECRETS).deployment.watchLimits;
const QUIET: SyncMeasured = { deadLetters: 0, failedJobs: 0, completedJobs: 100, delayP95Seconds: 2 };
const SAMPLE: WatchSample = {
  requests: 100,
  serverErrors: 0,
  latencyP95Ms: 80,
  poolUsed: 3,
  poolSize: 20,
  poolWaiting: 0,
  logErrors: 0,
};
const rules = (sync: Partial<SyncMeasured>, samples: Partial<WatchSample>[] = []): string[] =>
  breachesOf(
    figuresOf(
      { ...QUIET, ...sync },
      samples.map((one) => ({ ...SAMPLE, ...one })),
    ),
    LIMITS,
  ).map((breach) => breach.rule);

describe('the rules of the watch', () => {
  test.each<[string, Partial<SyncMeasured>, Partial<WatchSample>[], string[]]>([
    ['nothing measured at all', { completedJobs: 0, delayP95Seconds: null }, [], []],
    ['everything as it should be', {}, [{}, {}, {}], []],
    ['one dead letter', { deadLetters: 1 }, [], ['DEAD_LETTERS']],
    ['a delay of exactly 30 s', { delayP95Seconds: 30 }, [], []],
    ['a delay above 30 s', { delayP95Seconds: 30.1 }, [], ['SYNC_DELAY_P95']],
    ['two failed tries of two', { failedJobs: 2, completedJobs: 0 }, [], []],
    ['three failed tries of three', { failedJobs: 3, completedJobs: 0 }, [], ['FAILED_JOBS']],
    ['three failed tries among many', { failedJobs: 3, completedJobs: 97 }, [], []],
    ['exactly 5 % failed tries', { failedJobs: 5, completedJobs: 95 }, [], []],
    ['6 % failed tries', { failedJobs: 6, completedJobs: 94 }, [], ['FAILED_JOBS']],
    ['one 5xx of a hundred', {}, [{ serverErrors: 1 }], []],
    ['two 5xx of a hundred', {}, [{ serverErrors: 2 }], ['SERVER_ERRORS']],
    ['5xx over all samples, not in one', {}, [{ serverErrors: 2 }, {}, {}], []],
    ['five 5xx of too few requests', {}, [{ requests: 10, serverErrors: 5 }], []],
    ['one slow sample', {}, [{ latencyP95Ms: 900 }, {}], []],
    ['two slow samples apart', {}, [{ latencyP95Ms: 900 }, {}, { latencyP95Ms: 900 }], []],
    ['two slow samples in a row', {}, [{}, { latencyP95Ms: 900 }, { latencyP95Ms: 501 }], ['LATENCY_P95']],
    ['500 ms in a row', {}, [{ latencyP95Ms: 500 }, { latencyP95Ms: 500 }], []],
    ['a full pool once', {}, [{ poolUsed: 20 }, {}], []],
    ['a full pool twice', {}, [{ poolUsed: 20 }, { poolUsed: 19 }], ['POOL_USE']],
    [
      'a pool of unknown size',
      {},
      [
        { poolUsed: 20, poolSize: null },
        { poolUsed: 20, poolSize: 0 },
      ],
      [],
    ],
    ['requests that wait twice', {}, [{ poolWaiting: 1 }, { poolWaiting: 4 }], ['POOL_WAITING']],
    ['errors in the log, at last', {}, [{}, { logErrors: 1 }], ['LOG_ERRORS']],
    ['errors that left the last 100 lines', {}, [{ logErrors: 3 }, { logErrors: 0 }], []],
    [
      'all at once',
      { deadLetters: 2, failedJobs: 50, delayP95Seconds: 99 },
      [
        { serverErrors: 50, latencyP95Ms: 2000, poolUsed: 20, poolWaiting: 9, logErrors: 9 },
        { serverErrors: 50, latencyP95Ms: 2000, poolUsed: 20, poolWaiting: 9, logErrors: 9 },
      ],
      [
        'DEAD_LETTERS',
        'SYNC_DELAY_P95',
        'FAILED_JOBS',
        'SERVER_ERRORS',
        'LATENCY_P95',
        'POOL_USE',
        'POOL_WAITING',
        'LOG_ERRORS',
      ],
    ],
  ])('%s', (_name, sync, samples, expected) => {
    expect(rules(sync, samples)).toEqual(expected);
  });

  test('a breach tells what was measured and what the limit is', () => {
    const [breach] = breachesOf(figuresOf({ ...QUIET, delayP95Seconds: 45 }, []), LIMITS);
    expect(breach).toEqual({ rule: 'SYNC_DELAY_P95', measured: 45, limit: 30, message: expect.any(String) });
  });

  test('what is sustained is the worst of two neighbours that have the figure', () => {
    expect(sustained([])).toBeNull();
    expect(sustained([5])).toBeNull();
    expect(sustained([5, null, 7])).toBe(5);
    expect(sustained([1, 9, 8, 2])).toBe(8);
  });
});
