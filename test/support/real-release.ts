import { createClient, type Client } from 'graphql-ws';
import { WebSocket } from 'ws';
import { appendFileSync, cpSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { readSmokeChecks, type SmokeCheck } from '../../ops/deploy/smoke.js';
import { startSimulator, SIMULATED_ACCOUNT, type Simulator } from '../../src/simulator/simulator.js';
import { createTestClient } from './app.js';
import { CLUSTER_SECRETS } from './cluster.js';
import { createTestDatabase } from './database.js';
import { startDeployHost, until, type DeployHost } from './deploy-host.js';
import { startLoad, type Load } from './load.js';

/** The built product of this checkout as the release of a deploy host, with a database, Redis and a Zoho of its own. */
export interface RealHost extends DeployHost {
  deploy(version: string, more?: Record<string, string>): Promise<{ code: number; lines: string[] }>;
  /** A release that passes everything but one check through the proxy, so it goes back by itself. */
  deployUnfit(version: string): Promise<{ code: number; lines: string[] }>;
  /** This checkout's build in a folder of its own, whose item handler throws at every item. */
  releaseWithBrokenItems(name: string): string;
  simulator: Simulator;
  sql<Row = Record<string, unknown>>(text: string): Promise<Row[]>;
  signIn(): Promise<string>;
  load(token: string, connections: number): Load;
  /**
   * Subscriptions that open their connection again, with their last cursor, whenever it ends. A person has at most so
   * many sockets, so they belong to keys of which each has ten.
   */
  watchProducts(token: string, count: number): Promise<ProductWatchers>;
  /** Changes a product's name through the public address, again and again; answers the ids of what was written. */
  writeProducts(token: string): { stop(): Promise<string[]> };
  /** Waits until the slot that serves holds so many subscriptions. */
  untilSubscribed(count: number): Promise<void>;
}

export interface ProductWatchers {
  untilListening(): Promise<void>;
  untilSeen(written: readonly string[]): Promise<{ missed: string[]; doubled: string[]; closeCodes: number[] }>;
}

const UNFIT: SmokeCheck = { name: 'never good', where: 'public', path: '/livez', expect: { status: 418 } };
const DEPLOY_TOKEN = 'deploy-token-deploy-token-1';
const CREATE = `mutation($input: CreateProductInput!) { createProduct(input: $input) {
  __typename ... on Product { id } ... on UserError { code message field } } }`;

export async function startRealHost(settings: Record<string, string> = {}): Promise<RealHost> {
  const db = await createTestDatabase();
  const simulator = await startSimulator({
    items: 5,
    switches: { perMinute: 1e6, perDay: 1e6, concurrent: 1000, tokensPerTenMinutes: 10_000 },
  });
  const host = await startDeployHost({
    DATABASE_URL: db.url,
    REDIS_URL: process.env['TEST_REDIS'] ?? '',
    DB_POOL_SIZE: '8',
    DB_MAX_OVERFLOW: '0',
    LOG_LEVEL: 'warn',
    TRUST_PROXY: 'true',
    DEPLOY_TOKEN,
    // The load is one person's, and far more than a person asks for in a minute.
    RATE_LIMIT_PERCENT: '1000000',
    SYNC_PHASE: 'full',
    ZOHO_CLIENT_ID: SIMULATED_ACCOUNT.clientId,
    ZOHO_CLIENT_SECRET: SIMULATED_ACCOUNT.clientSecret,
    ZOHO_REFRESH_TOKEN: SIMULATED_ACCOUNT.refreshToken,
    ZOHO_ORGANIZATION_ID: SIMULATED_ACCOUNT.organizationId,
    ZOHO_API_URL: simulator.url,
    ZOHO_ACCOUNTS_URL: simulator.url,
    HEALTH_POLL_SECONDS: '0.2',
    HEALTH_ATTEMPT_SECONDS: '10',
    WATCH_MINUTES: '0.01',
    WATCH_POLL_SECONDS: '0.2',
    SMOKE_FILE: path.resolve('ops/smoke.json'),
    ...CLUSTER_SECRETS,
    ...settings,
  });
  host.env['DATA_DIR'] = path.join(host.dir, 'data');

  const query = `query { products(first: 5) { nodes { id name } } }`;
  return {
    ...host,
    simulator,
    sql: (text) => db.sql(text),
    releaseWithBrokenItems: (name) => brokenRelease(path.join(host.dir, 'releases', name)),
    deploy: (version, more) => host.cli(['deploy', '--version', version, '--release', process.cwd()], more),
    async deployUnfit(version) {
      const checks = [...readSmokeChecks('ops/smoke.json'), UNFIT];
      const file = path.join(host.dir, 'unfit-smoke.json');
      writeFileSync(file, JSON.stringify(checks));
      return host.cli(['deploy', '--version', version, '--release', process.cwd()], { SMOKE_FILE: file });
    },
    async signIn() {
      const { ADMIN_EMAIL: email, ADMIN_PASSWORD: password } = CLUSTER_SECRETS;
      const client = createTestClient(host.publicUrl, null);
      const { data } = await client.query<any>(
        `mutation($email: String!, $password: String!) { signIn(email: $email, password: $password) { ... on Session { accessToken } } }`,
        { email, password },
      );
      return data.signIn.accessToken as string;
    },
    load: (token, connections) =>
      startLoad({
        url: host.publicUrl,
        path: '/graphql',
        body: JSON.stringify({ query }),
        headers: { authorization: `Bearer ${token}` },
        connections,
        faultOf: (body) => (body.includes('"nodes"') && !body.includes('"errors"') ? null : 'no data'),
      }),
    async watchProducts(token, count) {
      const keys: string[] = [];
      for (let index = 0; index < count / SOCKETS_OF_A_KEY; index += 1) keys.push(await createKey(host, token, index));
      return watchProducts(host, keys, count);
    },
    writeProducts: (token) => writeProducts(host, token),
    async untilSubscribed(count) {
      await until(`${count} subscriptions on the slot that serves`, async () => {
        const { live } = host.state();
        if (live === null) return false;
        const text = await fetch(`http://127.0.0.1:${host.ports[live]}/metrics`).then((answer) => answer.text());
        return Number(/^tsh_live_subscriptions (\d+)$/m.exec(text)?.[1]) >= count;
      });
    },
    async stop() {
      await host.stop();
      await simulator.close();
      await db.drop();
    },
  };
}

const BROKEN = `
itemMapper.parse = () => {
  throw new TypeError("Cannot read properties of undefined (reading 'rate')");
};
`;

function brokenRelease(dir: string): string {
  mkdirSync(dir, { recursive: true });
  cpSync('dist/src', path.join(dir, 'dist/src'), { recursive: true });
  for (const name of ['ops', 'migrations']) cpSync(`dist/${name}`, path.join(dir, 'dist', name), { recursive: true });
  cpSync('package.json', path.join(dir, 'package.json'));
  symlinkSync(path.resolve('node_modules'), path.join(dir, 'node_modules'));
  appendFileSync(path.join(dir, 'dist/src/sync/entities/item.mapper.js'), BROKEN);
  return dir;
}

function writeProducts(host: DeployHost, token: string): { stop(): Promise<string[]> } {
  const client = createTestClient(host.publicUrl, token);
  const written: string[] = [];
  const faults: string[] = [];
  let running = true;
  const work = (async () => {
    for (let n = 1; running; n += 1) {
      const input = { name: `Switched ${n}` };
      const answer = await client.query<any>(CREATE, { input });
      const id = answer.data.createProduct?.id as string | undefined;
      if (id) written.push(id);
      else faults.push(JSON.stringify(answer));
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  })();
  return {
    async stop() {
      running = false;
      await work;
      if (faults.length > 0) throw new Error(`A write failed: ${faults[0]}`);
      return written;
    },
  };
}

interface Frame {
  entityChanged: { cursor: string; entityId: string };
}

const PRODUCTS = `subscription($after: String) { entityChanged(types: ["product"], after: $after) { cursor entityId } }`;

const SOCKETS_OF_A_KEY = 10;

async function createKey(host: DeployHost, token: string, index: number): Promise<string> {
  const { data } = await createTestClient(host.publicUrl, token).query<any>(
    `mutation { createApiKey(name: "watcher ${index}", scopes: ["catalog:read", "catalog:active", "catalog:all"]) {
      ... on ApiKeyCreated { secret } } }`,
  );
  return data.createApiKey.secret as string;
}

function watchProducts(host: DeployHost, keys: readonly string[], count: number): ProductWatchers {
  const closeCodes: number[] = [];
  const all: { ids: string[]; client: Client; stop(): void }[] = [];
  let begun = 0;
  for (let index = 0; index < count; index += 1) {
    const ids: string[] = [];
    let after: string | null = null;
    let stopped = false;
    const client = createClient({
      url: `${host.publicUrl.replace('http', 'ws')}/graphql`,
      webSocketImpl: WebSocket,
      connectionParams: { authorization: `Bearer ${keys[Math.floor(index / SOCKETS_OF_A_KEY)]}` },
      lazy: true,
      retryAttempts: 0,
      on: {
        connected: () => void (begun += 1),
        closed: (event) => {
          if (!stopped) closeCodes.push((event as { code: number }).code);
        },
      },
    });
    const follow = async (): Promise<void> => {
      while (!stopped) {
        try {
          for await (const { data } of client.iterate<Frame>({ query: PRODUCTS, variables: { after } })) {
            if (!data) continue;
            after = data.entityChanged.cursor;
            ids.push(data.entityChanged.entityId);
          }
        } catch {
          // Closed with its slot; the next one goes where the proxy leads, after a moment of its own.
        }
        await new Promise((resolve) => setTimeout(resolve, 50 + Math.random() * 200));
      }
    };
    void follow();
    all.push({
      ids,
      client,
      stop: () => {
        stopped = true;
        void client.dispose();
      },
    });
  }
  return {
    untilListening: () => until('all subscriptions', () => begun >= count),
    async untilSeen(written) {
      const wanted = new Set(written);
      const isComplete = ({ ids }: { ids: string[] }): boolean => [...wanted].every((id) => ids.includes(id));
      await until('all events at all subscribers', () => all.every(isComplete)).catch(() => undefined);
      for (const { stop } of all) stop();
      const missed = all.flatMap(({ ids }, index) =>
        written.filter((id) => !ids.includes(id)).map((id) => `${index}: ${id}`),
      );
      const doubled = all.flatMap(({ ids }, index) => {
        const ours = ids.filter((id) => wanted.has(id));
        return ours.length === new Set(ours).size ? [] : [`${index}: ${ours.length} of ${wanted.size}`];
      });
      return { missed, doubled, closeCodes };
    },
  };
}
