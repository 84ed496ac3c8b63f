import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { promisify } from 'node:util';
import { startCluster, type Cluster } from '../support/cluster.js';
import { attacksOf } from './attacks.js';
import { cpuMs, table } from './load.js';
import { percentileOf, startNeighbour } from './neighbour.js';
import { makePeople } from './people.js';

/** A cluster over a generated company with its trade, behind a proxy as far as the server can tell. */
export async function startTradingCluster(settings: Record<string, string> = {}): Promise<Cluster> {
  const cluster = await startCluster({
    workers: 0,
    items: 1,
    settings: { TRUST_PROXY: 'true', RATE_LIMIT_PERCENT: '100', ...settings },
  });
  await promisify(execFile)(process.execPath, ['dist/src/main.js', 'generate', '--scale', '1'], {
    env: { PATH: process.env['PATH'], DATABASE_URL: cluster.databaseUrl },
  });
  await cluster.sql('vacuum analyze');
  return cluster;
}

const LIGHT = '{ products(first: 1) { nodes { id } } }';
const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** Resident memory of the process in megabytes. */
const residentOf = (pid: number): number =>
  Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0) / 1024;

/** What a second user waits while somebody attacks, with all limits as they are in production. */
export async function benchNeighbour(seconds: number): Promise<void> {
  const cluster = await startTradingCluster();
  const rows: (string | number)[][] = [];
  try {
    const [second, staff] = (await makePeople(cluster, 'PARTNER', 1)).concat(
      await makePeople(cluster, 'ACCOUNTANT', 1),
    );
    const [consumer] = await makePeople(cluster, 'CONSUMER', 1);
    if (!second || !staff || !consumer) throw new Error('People are missing.');
    const port = Number(new URL(cluster.apiUrl).port);
    const neighbour = startNeighbour({ port, token: second.token, address: second.address, query: LIGHT, pauseMs: 10 });
    // Compiled, connected, warm.
    await pause(2000);
    await neighbour.collect();
    await pause(seconds * 1000);
    const quiet = (await neighbour.collect()).latencies;
    const unloaded = percentileOf(quiet, 0.99);
    rows.push([
      'nothing',
      '',
      '',
      '',
      percentileOf(quiet, 0.5),
      unloaded,
      quiet.at(-1) ?? 0,
      1,
      0,
      residentOf(cluster.pid('api0')),
    ]);
    for (const attack of attacksOf({ consumer, staff })) {
      const pid = cluster.pid('api0');
      const before = cpuMs(pid);
      const stop = attack.start({ url: cluster.apiUrl, port, consumer, staff });
      await pause(seconds * 1000);
      const { latencies, failures } = await neighbour.collect();
      const hasEnded = cluster.pid('api0') !== pid;
      const worked = hasEnded ? NaN : cpuMs(pid) - before;
      const { answered, refused } = await stop();
      rows.push([
        `${attack.name}${hasEnded ? ' (the process ended)' : ''}`,
        answered / seconds,
        refused / Math.max(1, answered),
        worked / Math.max(1, answered),
        percentileOf(latencies, 0.5),
        percentileOf(latencies, 0.99),
        latencies.at(-1) ?? 0,
        percentileOf(latencies, 0.99) / unloaded,
        failures.length,
        residentOf(cluster.pid('api0')),
      ]);
      // What still waits in queues belongs to this attack, not to the next one.
      await pause(2000);
      await neighbour.collect();
    }
    neighbour.stop();
  } finally {
    await cluster.stop();
  }
  table(
    'A second user during each attack: a light query every 10 ms, limits as in production',
    [
      'attack',
      'answers/s',
      'refused',
      'server CPU ms an answer',
      'p50 ms',
      'p99 ms',
      'longest ms',
      'p99 / unloaded',
      'failed',
      'RSS MB',
    ],
    rows,
  );
}
