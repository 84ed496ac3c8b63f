import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { startCluster, type Cluster } from './support/cluster.js';
import { examine, NO_FINDINGS, sendTraffic, waitUntilDrained } from './support/crash.js';

describe('killed, paused and restarted in the middle of acknowledged webhooks', () => {
  let cluster: Cluster;
  beforeAll(async () => {
    cluster = await startCluster({ workers: 2, items: 150 });
  }, 120_000);
  afterAll(() => cluster.stop(), 60_000);

  test('none is lost, none is applied twice, the greatest source time wins, nothing is stuck', async () => {
    const traffic = sendTraffic(cluster, { versions: 20, senders: 8, seed: 7, pauseMs: 60 });
    const at = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
    // A worker sleeps past its lease and comes back: its fence must hold.
    const paused = cluster.pause('worker1', 33_000);
    for (const step of [
      () => cluster.kill('worker0'),
      () => cluster.kill('api0'),
      () => cluster.restartPostgres(),
      () => cluster.kill('worker0'),
      () => cluster.restartRedis(),
      () => cluster.kill('api0'),
      () => cluster.restartPostgres(),
    ]) {
      await at(2000);
      await step();
    }
    await traffic.done;
    await paused;
    await waitUntilDrained(cluster, 120_000);
    expect(traffic.acknowledged.size).toBe(150 * 20);
    expect(traffic.resent).toBeGreaterThan(0);
    expect(traffic.duplicates).toBeGreaterThan(0);
    expect(await examine(cluster, traffic)).toEqual(NO_FINDINGS);
  }, 240_000);
});
