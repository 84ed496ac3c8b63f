import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { seededRandom } from '../../src/simulator/company.js';
import { startCluster, type Cluster } from '../support/cluster.js';
import { examine, NO_FINDINGS, sendTraffic, waitUntilDrained } from '../support/crash.js';

const POINTS = 200;

describe('200 random crash points under acknowledged traffic', () => {
  let cluster: Cluster;
  beforeAll(async () => {
    cluster = await startCluster({ workers: 3, items: 400 });
  }, 120_000);
  afterAll(() => cluster.stop(), 60_000);

  test('none is lost, none is applied twice, the greatest source time wins, nothing is stuck', async () => {
    const seed = Math.floor(Math.random() * 1e9);
    const random = seededRandom(seed);
    let over = false;
    const traffic = sendTraffic(cluster, { versions: 10_000, senders: 8, seed, stop: () => over, pauseMs: 20 });
    const pauses: Promise<void>[] = [];
    const counts: Record<string, number> = {};
    for (let point = 0; point < POINTS; point += 1) {
      await new Promise((resolve) => setTimeout(resolve, 200 + Math.floor(random() * 1500)));
      const dice = random();
      const worker = `worker${Math.floor(random() * 3)}`;
      const kind =
        dice < 0.4 ? 'worker' : dice < 0.6 ? 'api' : dice < 0.75 ? 'postgres' : dice < 0.85 ? 'redis' : 'pause';
      counts[kind] = (counts[kind] ?? 0) + 1;
      if (kind === 'worker') await cluster.kill(worker);
      else if (kind === 'api') await cluster.kill('api0');
      else if (kind === 'postgres') await cluster.restartPostgres();
      else if (kind === 'redis') await cluster.restartRedis();
      else pauses.push(cluster.pause(worker, random() < 0.2 ? 33_000 : 500 + Math.floor(random() * 5000)));
    }
    over = true;
    await traffic.done;
    await Promise.all(pauses);
    await waitUntilDrained(cluster, 300_000);
    const findings = await examine(cluster, traffic);
    process.stdout.write(
      `seed ${seed}: ${JSON.stringify(counts)}, ${traffic.acknowledged.size} acknowledged, ${traffic.resent} resent, ${traffic.duplicates} duplicates: ${JSON.stringify(findings)}\n`,
    );
    expect({ seed, ...findings }).toEqual({ seed, ...NO_FINDINGS });
  }, 1_800_000);
});
