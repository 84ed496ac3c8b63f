import { spawn, type ChildProcess } from 'node:child_process';
import { rmSync } from 'node:fs';
import { startEmbedded, type EmbeddedPostgres } from '../../src/platform/db/embedded.js';
import { SIMULATED_ACCOUNT, startSimulator, type Simulator } from '../../src/simulator/simulator.js';
import { temporaryFolder } from './folder.js';
import { sqlClient } from './database.js';
import { freePort, startRedis, type PrivateRedis } from './services.js';

/** Real processes over a private Postgres and Redis, all of which may be killed: what runs in production, on one machine. */
export interface Cluster {
  apiUrl: string;
  apiUrls: string[];
  databaseUrl: string;
  webhookSecret: string;
  simulator: Simulator;
  /** Ends a process without a word and lets its supervisor start it again. */
  kill(name: string): Promise<void>;
  /** SIGSTOP, until the end of the cluster. */
  holdBack(name: string): void;
  /** SIGTERM, and ready again; answers the exit code. */
  restart(name: string): Promise<number | null>;
  /** SIGSTOP, then SIGCONT after `ms`; resolves after the SIGCONT. */
  pause(name: string, ms: number): Promise<void>;
  restartPostgres(): Promise<void>;
  restartRedis(): Promise<void>;
  names(): string[];
  pid(name: string): number;
  /** Of the server process of Postgres, whose children are its connections. */
  postgresPid(): number;
  redisUrl: string;
  sql<Row = Record<string, unknown>>(text: string, params?: unknown[]): Promise<Row[]>;
  /** Asks until the answer satisfies, or throws after `limitMs`. */
  until<Row>(what: string, text: string, satisfied: (rows: Row[]) => boolean, limitMs: number): Promise<void>;
  output(): string;
  stop(): Promise<void>;
}

interface Supervised {
  name: string;
  role: string;
  port: number;
  child: ChildProcess | null;
}

export const CLUSTER_SECRETS = {
  JWT_SECRET_KEY: 'cluster-jwt-secret-cluster-jwt-secret-00',
  ENCRYPTION_KEY: 'cluster-encryption-key-cluster-encrypt',
  ZOHO_WEBHOOK_SECRET: 'Abc123Def456Ghi7',
  ADMIN_EMAIL: 'owner@test.example',
  ADMIN_PASSWORD: 'correct horse battery',
};

export async function startCluster(options: {
  workers: number;
  items: number;
  apis?: number;
  settings?: Record<string, string>;
  /** The folder of another build of the product. */
  build?: string;
}): Promise<Cluster> {
  const dataDir = temporaryFolder('cluster');
  const pgPort = await freePort();
  let postgres: EmbeddedPostgres = await startEmbedded({ dataDir, port: pgPort, maxConnections: 200 });
  const redisPort = await freePort();
  let redis: PrivateRedis = await startRedis(redisPort);
  const simulator = await startSimulator({
    items: options.items,
    switches: { perMinute: 1e6, perDay: 1e6, concurrent: 1000, tokensPerTenMinutes: 10_000 },
  });
  let stopping = false;
  let printed = '';

  const processes: Supervised[] = [];
  for (let index = 0; index < (options.apis ?? 1); index += 1)
    processes.push({ name: `api${index}`, role: 'api', port: await freePort(), child: null });
  for (let index = 0; index < options.workers; index += 1)
    processes.push({ name: `worker${index}`, role: 'worker', port: await freePort(), child: null });

  const boot = (one: Supervised): void => {
    const child = spawn(process.execPath, ['dist/src/main.js'], {
      ...(options.build === undefined ? {} : { cwd: options.build }),
      stdio: ['ignore', 'pipe', 'pipe'],
      env: {
        PATH: process.env['PATH'],
        APP_ENV: 'test',
        ROLE: one.role,
        PORT: String(one.port),
        DATA_DIR: dataDir,
        DATABASE_URL: postgres.url,
        REDIS_URL: redis.url,
        DB_POOL_SIZE: '12',
        // A load comes from a few users; what a client may use over time has tests of its own.
        RATE_LIMIT_PERCENT: '1000000',
        DB_MAX_OVERFLOW: '0',
        WORKER_CONCURRENCY: '4',
        LOG_LEVEL: 'error',
        ZOHO_CLIENT_ID: SIMULATED_ACCOUNT.clientId,
        ZOHO_CLIENT_SECRET: SIMULATED_ACCOUNT.clientSecret,
        ZOHO_REFRESH_TOKEN: SIMULATED_ACCOUNT.refreshToken,
        ZOHO_ORGANIZATION_ID: SIMULATED_ACCOUNT.organizationId,
        ZOHO_API_URL: simulator.url,
        ZOHO_ACCOUNTS_URL: simulator.url,
        ZOHO_REQUESTS_PER_MINUTE: '10000',
        ...CLUSTER_SECRETS,
        ...options.settings,
      },
    });
    one.child = child;
    const keep = (data: Buffer): void => {
      printed = (printed + `[${one.name}] ${data.toString()}`).slice(-50_000);
    };
    child.stdout.on('data', keep);
    child.stderr.on('data', keep);
    child.once('exit', () => {
      // A supervisor, as systemd would be: whatever ends is started again.
      if (!stopping) setTimeout(() => !stopping && boot(one), 100);
    });
  };

  const ready = async (one: Supervised): Promise<void> => {
    for (let tries = 0; tries < 600; tries += 1) {
      const ok = await fetch(`http://127.0.0.1:${one.port}/readyz`).then(
        async (response) => {
          await response.arrayBuffer();
          return response.ok;
        },
        () => false,
      );
      if (ok) return;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    throw new Error(`${one.name} did not become ready:\n${printed}`);
  };

  // One first: it migrates, and the others find the tables.
  boot(processes[0] as Supervised);
  await ready(processes[0] as Supervised);
  for (const one of processes.slice(1)) boot(one);
  await Promise.all(processes.map(ready));

  const find = (name: string): Supervised => {
    const one = processes.find((candidate) => candidate.name === name);
    if (!one) throw new Error(`No process ${name}.`);
    return one;
  };

  const cluster: Cluster = {
    apiUrl: `http://127.0.0.1:${(processes[0] as Supervised).port}`,
    apiUrls: processes.filter(({ role }) => role === 'api').map(({ port }) => `http://127.0.0.1:${port}`),
    databaseUrl: postgres.url,
    webhookSecret: CLUSTER_SECRETS.ZOHO_WEBHOOK_SECRET,
    simulator,
    pid: (name) => find(name).child?.pid ?? 0,
    postgresPid: () => postgres.pid,
    redisUrl: redis.url,
    names: () => processes.map(({ name }) => name),
    async kill(name) {
      const one = find(name);
      const child = one.child;
      if (!child || child.exitCode !== null || child.signalCode !== null) return;
      const gone = new Promise((resolve) => child.once('exit', resolve));
      child.kill('SIGKILL');
      await gone;
    },
    holdBack: (name) => void find(name).child?.kill('SIGSTOP'),
    async restart(name) {
      const one = find(name);
      const { child } = one;
      if (!child) return null;
      const code = new Promise<number | null>((resolve) => child.once('exit', resolve));
      child.kill('SIGTERM');
      const exited = await code;
      await new Promise((resolve) => setTimeout(resolve, 150));
      await ready(one);
      return exited;
    },
    async pause(name, ms) {
      const child = find(name).child;
      child?.kill('SIGSTOP');
      await new Promise((resolve) => setTimeout(resolve, ms));
      child?.kill('SIGCONT');
    },
    async restartPostgres() {
      process.kill(postgres.pid, 'SIGQUIT');
      await postgres.stop();
      postgres = await startEmbedded({ dataDir, port: pgPort, maxConnections: 200 });
    },
    async restartRedis() {
      await redis.stop();
      redis = await startRedis(redisPort);
    },
    sql: (text, params) => sqlClient(postgres.url, async (client) => (await client.query(text, params)).rows as never),
    async until(what, text, satisfied, limitMs) {
      const begun = performance.now();
      for (;;) {
        const rows = await cluster.sql(text).catch(() => null);
        if (rows && satisfied(rows as never)) return;
        if (performance.now() - begun > limitMs)
          throw new Error(`${what} did not come: ${JSON.stringify(rows)}\n${printed}`);
        await new Promise((resolve) => setTimeout(resolve, 200));
      }
    },
    output: () => printed,
    async stop() {
      stopping = true;
      await Promise.all(
        processes.map(async ({ child }) => {
          if (!child || child.exitCode !== null || child.signalCode !== null) return;
          const gone = new Promise((resolve) => child.once('exit', resolve));
          child.kill('SIGCONT');
          child.kill('SIGTERM');
          const hard = setTimeout(() => child.kill('SIGKILL'), 16_000);
          await gone;
          clearTimeout(hard);
        }),
      );
      await simulator.close();
      await redis.stop();
      await postgres.stop();
      rmSync(dataDir, { recursive: true, force: true });
    },
  };
  return cluster;
}
