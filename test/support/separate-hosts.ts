import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { rmSync } from 'node:fs';
import { connect, createServer, type Server } from 'node:net';
import path from 'node:path';
import { startEmbedded } from '../../src/platform/db/embedded.js';
import { SIMULATED_ACCOUNT, startSimulator } from '../../src/simulator/simulator.js';
import { createTestClient, type TestClient } from './app.js';
import { CLUSTER_SECRETS } from './cluster.js';
import { sqlClient } from './database.js';
import { until } from './deploy-host.js';
import { temporaryFolder } from './folder.js';
import { freePort, startRedis } from './services.js';

/**
 * Several hosts on one machine: each has a network stack and a name of its own and the same ports, and reaches Postgres,
 * Redis and Zoho over a bridge, as hosts reach managed services. Runs inside of a network namespace that it fills and that
 * goes with it (`unshare --net`), so the machine's own network is never touched. Prints what it found as one line of JSON.
 */
const SERVICES = '10.77.0.1';
const ITEMS = 40;
const API_PORT = 8001;
const LOST_LIMIT_MS = 90_000;
const BACK_LIMIT_MS = 180_000;

const ip = (...args: string[]): void => {
  const { status, stderr, error } = spawnSync('ip', args, { encoding: 'utf8' });
  if (status !== 0)
    throw new Error(`ip ${args.join(' ')}: ${error?.message ?? stderr} (from Debian's package iproute2)`);
};

/** A service of this namespace under the address that all hosts know. */
function offer(port: number, target: number): Promise<Server> {
  const server = createServer((socket) => {
    const inner = connect(target, '127.0.0.1');
    for (const one of [socket, inner]) one.on('error', () => undefined);
    socket.pipe(inner).pipe(socket);
    socket.on('close', () => inner.destroy());
    inner.on('close', () => socket.destroy());
  });
  return new Promise((resolve) => server.listen(port, SERVICES, () => resolve(server)));
}

interface Host {
  name: string;
  address: string;
  child: ChildProcess;
  link: string;
}

// The parent plugs the cable in before the host goes on.
const BOOT = `read plugged; hostname "$1"; ip link set lo up; ip addr add "$2/24" dev eth0; ip link set eth0 up; shift 2; exec "$@"`;

let printed = '';

function startHost(name: string, number: number, env: Record<string, string>): Host {
  const address = `10.77.0.${10 + number}`;
  const link = `cable${number}`;
  const program = [process.execPath, 'dist/src/main.js'];
  const child = spawn('unshare', ['--net', '--uts', 'sh', '-c', BOOT, 'sh', name, address, ...program], { env });
  child.stdout.on('data', (data: Buffer) => (printed = (printed + data.toString()).slice(-20_000)));
  child.stderr.on('data', (data: Buffer) => (printed = (printed + data.toString()).slice(-20_000)));
  return { name, address, child, link };
}

async function plugIn({ child, link }: Host): Promise<void> {
  // A namespace of its own stands as soon as the shell runs.
  await until('the namespace', () => spawnSync('readlink', [`/proc/${child.pid}/ns/net`]).stdout.toString() !== OWN);
  ip('link', 'add', link, 'type', 'veth', 'peer', 'name', 'eth0', 'netns', String(child.pid));
  ip('link', 'set', link, 'master', 'bridge0', 'up');
  child.stdin?.write('plugged\n');
}

const OWN = spawnSync('readlink', ['/proc/self/ns/net']).stdout.toString();

async function stopHost({ child }: Host): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const gone = new Promise((resolve) => child.once('exit', resolve));
  child.kill('SIGTERM');
  const hard = setTimeout(() => child.kill('SIGKILL'), 16_000);
  await gone;
  clearTimeout(hard);
}

const isReady = ({ address }: Host, port: number): Promise<boolean> =>
  fetch(`http://${address}:${port}/readyz`).then(
    ({ ok }) => ok,
    () => false,
  );

export interface HostsReport {
  /** The same port on each API host. */
  listening: string[];
  totals: number[];
  sessionHoldsElsewhere: boolean;
  liveElsewhere: number;
  worker: string[];
  statuses: number[];
  lost: string[];
  states: { name: string; state: string }[];
  twice: number;
  open: number;
  behind: string[];
}

async function run(): Promise<HostsReport> {
  ip('link', 'set', 'lo', 'up');
  ip('link', 'add', 'bridge0', 'type', 'bridge');
  ip('addr', 'add', `${SERVICES}/24`, 'dev', 'bridge0');
  ip('link', 'set', 'bridge0', 'up');
  const dataDir = temporaryFolder('hosts');
  const postgres = await startEmbedded({ dataDir, port: await freePort(), maxConnections: 200 });
  const redis = await startRedis();
  const simulator = await startSimulator({
    items: ITEMS,
    switches: { perMinute: 1e6, perDay: 1e6, concurrent: 1000, tokensPerTenMinutes: 10_000 },
  });
  const offered = [
    await offer(5432, Number(new URL(postgres.url).port)),
    await offer(6379, Number(new URL(redis.url).port)),
    await offer(9000, Number(new URL(simulator.url).port)),
  ];
  const database = new URL(postgres.url);
  database.host = `${SERVICES}:5432`;
  const settings = (role: string, port: number): Record<string, string> => ({
    PATH: process.env['PATH'] ?? '',
    APP_ENV: 'test',
    ROLE: role,
    HOST: '0.0.0.0',
    PORT: String(port),
    DATA_DIR: path.join(dataDir, role),
    DATABASE_URL: database.toString(),
    REDIS_URL: `redis://${SERVICES}:6379`,
    DB_POOL_SIZE: '12',
    DB_MAX_OVERFLOW: '0',
    WORKER_CONCURRENCY: '4',
    LOG_LEVEL: 'error',
    RATE_LIMIT_PERCENT: '1000000',
    ZOHO_CLIENT_ID: SIMULATED_ACCOUNT.clientId,
    ZOHO_CLIENT_SECRET: SIMULATED_ACCOUNT.clientSecret,
    ZOHO_REFRESH_TOKEN: SIMULATED_ACCOUNT.refreshToken,
    ZOHO_ORGANIZATION_ID: SIMULATED_ACCOUNT.organizationId,
    ZOHO_API_URL: `http://${SERVICES}:9000`,
    ZOHO_ACCOUNTS_URL: `http://${SERVICES}:9000`,
    ...CLUSTER_SECRETS,
  });
  const hosts: Host[] = [];
  const clients: TestClient[] = [];
  const boot = async (name: string, role: 'api' | 'worker'): Promise<Host> => {
    const port = role === 'api' ? API_PORT : 8021;
    const host = startHost(name, hosts.length + 1, settings(role, port));
    hosts.push(host);
    await plugIn(host);
    await until(`${name} to be ready`, () => isReady(host, port)).catch((error: unknown) => {
      throw new Error(`${String(error)}\n${printed}`);
    });
    return host;
  };
  const sql = <Row>(text: string): Promise<Row[]> =>
    sqlClient(postgres.url, async (client) => (await client.query(text)).rows as Row[]);
  const signIn = async (host: Host): Promise<TestClient> => {
    const url = `http://${host.address}:${API_PORT}`;
    const { data } = await createTestClient(url, null).query<any>(
      `mutation { signIn(email: "${CLUSTER_SECRETS.ADMIN_EMAIL}", password: "${CLUSTER_SECRETS.ADMIN_PASSWORD}") { ... on Session { accessToken } } }`,
    );
    const client = createTestClient(url, data.signIn.accessToken as string);
    clients.push(client);
    return client;
  };

  try {
    const [one, two] = [await boot('api-1', 'api'), await boot('api-2', 'api')];
    const first = await boot('worker-1', 'worker');
    const [atOne, atTwo] = [await signIn(one), await signIn(two)];
    const isLoaded = async (): Promise<boolean> => {
      const [row] = await sql<{ n: number }>('select count(*)::int as n from products');
      return row?.n === ITEMS;
    };
    await until('the first load', isLoaded, LOST_LIMIT_MS);
    const totals = await Promise.all([atOne, atTwo].map((at) => at.query<any>('{ products { totalCount } }')));
    const elsewhere = createTestClient(`http://${two.address}:${API_PORT}`, atOne.token);
    const me = await elsewhere.query<any>('{ syncStats { pending } }');

    const live = atTwo.subscribe<any>('subscription { entityChanged(types: ["product"]) { entityId } }');
    const workersOf = async (): Promise<{ name: string; state: string }[]> =>
      (await atTwo.query<any>('{ syncWorkers { name state } }')).data.syncWorkers;
    await until('the subscription', async () => {
      const text = await fetch(`http://${two.address}:${API_PORT}/metrics`, {
        headers: { authorization: `Bearer ${atTwo.token}` },
      }).then((answer) => answer.text());
      return /^tsh_live_subscriptions 1$/m.test(text);
    });
    const statuses: number[] = [];
    const send = async (host: Host, count: number): Promise<void> => {
      for (const { itemId } of simulator.items().slice(0, count)) {
        const item = simulator.edit(itemId, {});
        const target = { url: `http://${host.address}:${API_PORT}`, secret: CLUSTER_SECRETS.ZOHO_WEBHOOK_SECRET };
        statuses.push(await simulator.send(target, item, 'edited'));
      }
    };
    const [{ seq }] = (await sql<{ seq: number }>('select max(seq)::int as seq from event_log')) as [{ seq: number }];
    simulator.edit(simulator.items()[0]!.itemId, { name: 'Seen elsewhere' });
    await send(one, 1);
    const seen = await live.until(1);
    const worker = await sql<{ worker: string }>(`select distinct worker from tds_sync_attempts`);

    // The cable of the worker's host is pulled while it works; another host takes its place.
    const sending = send(one, ITEMS).then(() => send(two, ITEMS));
    await until(
      'some work',
      async () => (await sql(`select 1 from event_log where seq > ${seq + 20} limit 1`)).length > 0,
    );
    ip('link', 'set', first.link, 'down');
    await sending;
    await boot('worker-2', 'worker');
    const isOpen = `select count(*)::int as n from tds_inbox_events where status <> 'completed'`;
    await until('what came in', async () => (await sql<{ n: number }>(isOpen))[0]?.n === 0, LOST_LIMIT_MS);
    let lost: string[] = [];
    await until(
      'the loss to show',
      async () => {
        lost = (await workersOf()).filter(({ state }) => state === 'LOST').map(({ name }) => name);
        return lost.length > 0;
      },
      LOST_LIMIT_MS,
    );
    ip('link', 'set', first.link, 'up');
    let states = await workersOf();
    await until(
      'the first worker to come back',
      async () => (states = await workersOf()).every(({ state }) => state === 'RUNNING'),
      BACK_LIMIT_MS,
    );
    await send(two, ITEMS);
    await until('the rest', async () => (await sql<{ n: number }>(isOpen))[0]?.n === 0, LOST_LIMIT_MS);

    const twice = await sql(
      `select queue_id from tds_sync_attempts where result = 'completed' group by 1 having count(*) > 1`,
    );
    const links = await sql<{ external_ref: string; remote_modified_at: Date }>(
      'select external_ref, remote_modified_at from sync_links',
    );
    const behind = simulator
      .items()
      .filter(({ itemId, modifiedMs }) => {
        const link = links.find((candidate) => candidate.external_ref === itemId);
        return link?.remote_modified_at.getTime() !== Math.floor(modifiedMs / 1000) * 1000;
      })
      .map(({ itemId }) => itemId);
    return {
      listening: [one, two].map(({ address }) => `${address}:${API_PORT}`),
      totals: totals.map(({ data }) => data.products.totalCount as number),
      sessionHoldsElsewhere: typeof me.data.syncStats?.pending === 'number',
      liveElsewhere: seen.length,
      worker: worker.map((row) => row.worker.replace(/:\d+$/, '')),
      statuses: [...new Set(statuses)],
      lost: lost.map((name) => name.replace(/:\d+$/, '')),
      states: states.map(({ name, state }) => ({ name: name.replace(/:\d+$/, ''), state })),
      twice: twice.length,
      open: (await sql<{ n: number }>(isOpen))[0]?.n ?? -1,
      behind,
    };
  } finally {
    await Promise.all(clients.map((client) => client.close()));
    await Promise.all(hosts.map(stopHost));
    for (const server of offered) server.close();
    await simulator.close();
    await redis.stop();
    await postgres.stop();
    rmSync(dataDir, { recursive: true, force: true });
  }
}

const report = await run();
process.stdout.write(`${JSON.stringify(report)}\n`, () => process.exit(0));
