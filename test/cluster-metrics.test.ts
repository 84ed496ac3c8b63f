import { spawn, type ChildProcess } from 'node:child_process';
import { readFileSync, rmSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { createTestClient } from './support/app.js';
import { CLUSTER_SECRETS } from './support/cluster.js';
import { createTestDatabase, type TestDatabase } from './support/database.js';
import { stopChild, until } from './support/deploy-host.js';
import { temporaryFolder } from './support/folder.js';
import { freePort } from './support/services.js';

/** ROLE=api with API_PROCESSES=2: one port, and whoever connects does not choose the process. */
describe('the metrics of an API of two processes', () => {
  const dataDir = temporaryFolder('cluster-metrics');
  let db: TestDatabase;
  let server: ChildProcess;
  let url: string;
  let printed = '';

  // Each over a connection of its own, so that they are dealt out to the processes in turn. Node never closes a
  // connection that it has handed to a process that died before it could take it: hence the limit.
  const get = async (path: string): Promise<string> => {
    const answer = await fetch(`${url}${path}`, {
      headers: { connection: 'close' },
      signal: AbortSignal.timeout(10_000),
    });
    if (answer.status !== 200) throw new Error(`${path} answered ${answer.status}: ${await answer.text()}\n${printed}`);
    return answer.text();
  };
  const scrapes = (count: number): Promise<string[]> =>
    Promise.all(Array.from({ length: count }, () => get('/metrics')));
  const valueOf = (text: string, series: string): number => {
    const line = text.split('\n').find((one) => one.startsWith(`${series} `));
    return Number(line?.slice(series.length + 1));
  };

  beforeAll(async () => {
    db = await createTestDatabase();
    url = `http://127.0.0.1:${await freePort()}`;
    server = spawn(process.execPath, ['dist/src/main.js'], {
      stdio: ['ignore', 'pipe', 'pipe'],
      env: {
        PATH: process.env['PATH'],
        APP_ENV: 'test',
        ROLE: 'api',
        API_PROCESSES: '2',
        PORT: new URL(url).port,
        DATA_DIR: dataDir,
        DATABASE_URL: db.url,
        REDIS_URL: process.env['TEST_REDIS'],
        DB_POOL_SIZE: '4',
        DB_MAX_OVERFLOW: '0',
        LOG_LEVEL: 'error',
        ...CLUSTER_SECRETS,
      },
    });
    const keep = (data: Buffer): void => void (printed = (printed + data.toString()).slice(-20_000));
    server.stdout?.on('data', keep);
    server.stderr?.on('data', keep);
    await until('both processes', async () => {
      const text = await get('/metrics').catch(() => '');
      return valueOf(text, 'tsh_processes') === 2;
    });
  }, 60_000);
  afterAll(async () => {
    await stopChild(server, 'SIGTERM');
    await db.drop();
    rmSync(dataDir, { recursive: true, force: true });
  }, 60_000);

  test('are those of both, whichever is asked', async () => {
    await Promise.all(Array.from({ length: 30 }, () => get('/livez')));
    const livez = 'tsh_http_request_seconds_count{route="/livez",status="200"}';
    // The answer arrives before the process has counted it.
    await until('all requests', async () => valueOf(await get('/metrics'), livez) === 30);
    const texts = await scrapes(6);
    expect(texts.map((text) => valueOf(text, livez))).toEqual([30, 30, 30, 30, 30, 30]);
    expect(texts.map((text) => valueOf(text, 'tsh_processes'))).toEqual([2, 2, 2, 2, 2, 2]);
  });

  test('count the open subscriptions of both, while those of one are no answer', async () => {
    const { ADMIN_EMAIL, ADMIN_PASSWORD } = CLUSTER_SECRETS;
    const { data } = await createTestClient(url, null).query<any>(
      `mutation { signIn(email: "${ADMIN_EMAIL}", password: "${ADMIN_PASSWORD}") { ... on Session { accessToken } } }`,
    );
    const clients = Array.from({ length: 6 }, () => createTestClient(url, data.signIn.accessToken));
    const live = clients.map((client) => client.subscribe('subscription { syncStatsUpdated { pending } }'));
    await Promise.all(live.map((one) => one.until(1)));
    const texts = await scrapes(6);
    expect(texts.map((text) => valueOf(text, 'tsh_live_subscriptions'))).toEqual([6, 6, 6, 6, 6, 6]);
    for (const one of live) one.stop();
    await Promise.all(clients.map((client) => client.close()));
  });

  test('tell what both read from one database as it is, and add up what each holds', async () => {
    await db.sql(
      `insert into tds_sync_queue (id, kind, lane, entity_type, status, queued_at, run_at)
       select gen_random_uuid(), 'pull', 'l' || n, 'products', 'dead_letter', now(), now() from generate_series(1, 7) n`,
    );
    const texts = await scrapes(6);
    expect(texts.map((text) => valueOf(text, 'tsh_queue_rows{status="dead_letter"}'))).toEqual([7, 7, 7, 7, 7, 7]);
    for (const text of texts) {
      const pools = ['idle', 'used'].map((state) => valueOf(text, `tsh_db_pool_connections{state="${state}"}`));
      expect(pools.reduce((sum, one) => sum + one, 0)).toBeGreaterThanOrEqual(2);
      expect(text).toMatch(/^tsh_build_info\{.*role="api"\} 1$/m);
      expect(valueOf(text, 'process_start_time_seconds')).toBeGreaterThan(0);
    }
  });

  test('are still given after one of the processes has died and was started again', async () => {
    const [text = ''] = await scrapes(1);
    const before = valueOf(text, 'process_start_time_seconds');
    const { pid = 0 } = server;
    const [child] = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim().split(' ').map(Number);
    if (!child) throw new Error('The API has no processes.');
    process.kill(child, 'SIGKILL');
    await until('the next process', async () => {
      const next = await get('/metrics').catch(() => '');
      return valueOf(next, 'tsh_processes') === 2 && valueOf(next, 'process_start_time_seconds') > before;
    });
  });
});
