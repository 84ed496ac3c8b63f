import 'reflect-metadata';
import { createClient, type Client } from 'graphql-ws';
import { WebSocket } from 'ws';
import { pino } from 'pino';
import { startApp, type App, type AppOptions } from '../../src/app.js';
import { readConfig, type Config } from '../../src/config.js';
import type { Role } from '../../src/kernel/viewer.js';
import { createUser } from '../../src/identity/user.service.js';
import { hashPassword } from '../../src/identity/passwords.js';
import {
  startSimulator,
  SIMULATED_ACCOUNT,
  type Simulator,
  type SimulatorOptions,
} from '../../src/simulator/simulator.js';
import { createTestDatabase, type TestDatabase } from './database.js';

export const TEST_SECRETS = {
  jwtSecret: 'test-jwt-secret-test-jwt-secret-0000',
  encryptionKey: 'test-encryption-key-test-encryption-0',
  webhookSecret: 'Abc123Def456Ghi7',
  adminPassword: '',
};

export interface Answer<Data = Record<string, any>> {
  status: number;
  data: Data;
  errors?: { message: string; extensions: Record<string, any>; path?: unknown[] }[];
  extensions?: Record<string, any>;
  headers: Headers;
}

export interface TestClient {
  token: string | null;
  query<Data = Record<string, any>>(
    query: string,
    variables?: Record<string, unknown>,
    headers?: Record<string, string>,
  ): Promise<Answer<Data>>;
  subscribe<Data = Record<string, any>>(query: string, variables?: Record<string, unknown>): Subscription<Data>;
  close(): Promise<void>;
}

export interface Subscription<Data> {
  received: Data[];
  errors: any[];
  closed: boolean;
  /** Resolves when `count` frames have come, or the subscription ended. */
  until(count: number): Promise<Data[]>;
  untilTrue(condition: (received: Data[]) => boolean): Promise<Data[]>;
  ended: Promise<void>;
  stop(): void;
}

export interface TestApp {
  app: App;
  config: Config;
  db: TestDatabase;
  simulator: Simulator | null;
  url: string;
  anonymous: TestClient;
  /** A client of a fresh user of this role. */
  as(role: Role): Promise<TestClient>;
  withToken(token: string): TestClient;
  /** Runs all due jobs, and again until nothing is due. */
  drain(): Promise<void>;
  stop(): Promise<void>;
}

export interface TestAppOptions extends AppOptions {
  settings?: Record<string, string>;
  simulator?: SimulatorOptions | false;
  db?: TestDatabase;
  /** The generated company stands in the database: products, prices, stock, customers. */
  company?: boolean;
  /** The generated company and three tenths of its orders, invoices and payments. */
  trade?: boolean;
  redis?: boolean;
  change?(config: Config): Config;
}

const clients = new Set<TestClient>();

export async function startTestApp(options: TestAppOptions = {}): Promise<TestApp> {
  const db = options.db ?? (await createTestDatabase({ company: options.company, trade: options.trade }));
  const simulator =
    options.simulator === undefined || options.simulator === false
      ? null
      : await startSimulator({
          ...options.simulator,
          switches: {
            perMinute: 1_000_000,
            perDay: 1_000_000,
            concurrent: 1000,
            tokensPerTenMinutes: 1000,
            ...options.simulator.switches,
          },
        });
  const environment: Record<string, string> = {
    APP_ENV: 'test',
    PORT: '0',
    LOG_LEVEL: 'silent',
    DATABASE_URL: db.url,
    DB_POOL_SIZE: '12',
    DB_MAX_OVERFLOW: '0',
    DATA_DIR: '/tmp',
    SYNC_PHASE: 'parallel',
    // A test sends in seconds what a client sends in an hour.
    RATE_LIMIT_PERCENT: '2000',
    ...(options.redis ? { REDIS_URL: process.env['TEST_REDIS'] as string } : {}),
    ...options.settings,
  };
  let config = readConfig(environment, TEST_SECRETS);
  if (simulator) {
    config = {
      ...config,
      zoho: {
        ...SIMULATED_ACCOUNT,
        apiUrl: simulator.url,
        accountsUrl: simulator.url,
        apiUrlFixed: true,
        requestsPerMinute: 1_000_000,
        concurrency: 50,
      },
    };
  }
  if (options.change) config = options.change(config);
  const app = await startApp(config, {
    schedules: false,
    claim: false,
    log: pino({ level: process.env['TEST_LOG'] ?? 'silent' }),
    ...options,
  });
  const url = app.url ?? '';
  const opened: TestClient[] = [];
  const open = (token: string | null): TestClient => {
    const client = createTestClient(url, token);
    opened.push(client);
    clients.add(client);
    return client;
  };
  return {
    app,
    config,
    db,
    simulator,
    url,
    anonymous: open(null),
    withToken: open,
    async as(role) {
      const email = `${role.toLowerCase()}-${Math.random().toString(36).slice(2)}@test.example`;
      const password = 'correct horse battery';
      passwordHash ??= await hashPassword(password);
      const hash = passwordHash;
      await app.services.transact({ origin: 'system', actor: 'test' }, (tx) =>
        Promise.resolve(createUser(tx, { email, name: role, role, passwordHash: hash })),
      );
      await db.sql('delete from sign_in_throttles');
      const answer = await open(null).query(
        `mutation($email: String!, $password: String!) { signIn(email: $email, password: $password) { ... on Session { accessToken } } }`,
        { email, password },
      );
      const token = answer.data['signIn']?.accessToken as string | undefined;
      if (!token) throw new Error(`Sign-in failed: ${JSON.stringify(answer)}`);
      return open(token);
    },
    async drain() {
      await app.worker?.drain();
    },
    async stop() {
      await Promise.all(opened.map((client) => client.close()));
      await app.stop();
      await simulator?.close();
      if (!options.db) await db.drop();
    },
  };
}

let passwordHash: string | null = null;

export function createTestClient(url: string, token: string | null): TestClient {
  let socket: Client | null = null;
  const connect = (): Client =>
    (socket ??= createClient({
      url: `${url.replace('http', 'ws')}/graphql`,
      webSocketImpl: WebSocket,
      lazy: true,
      retryAttempts: 0,
      connectionParams: token ? { authorization: `Bearer ${token}` } : {},
    }));
  return {
    token,
    async query(query, variables = {}, headers = {}) {
      const response = await fetch(`${url}/graphql`, {
        method: 'POST',
        headers: {
          'content-type': 'application/json',
          ...(token ? { authorization: `Bearer ${token}` } : {}),
          ...headers,
        },
        body: JSON.stringify({ query, variables }),
      });
      const body = (await response.json()) as object;
      return { status: response.status, headers: response.headers, data: {}, ...body } as never;
    },
    subscribe(query, variables = {}) {
      const waiting = new Set<() => void>();
      const wake = (): void => {
        for (const one of [...waiting]) one();
      };
      let end: () => void = () => undefined;
      const subscription = {
        received: [] as never[],
        errors: [] as unknown[],
        closed: false,
        ended: new Promise<void>((resolve) => (end = resolve)),
        untilTrue(condition: (received: never[]) => boolean) {
          return new Promise<never[]>((resolve) => {
            const check = (): void => {
              if (!condition(subscription.received) && !subscription.closed) return;
              waiting.delete(check);
              resolve(subscription.received);
            };
            waiting.add(check);
            check();
          });
        },
        until: (count: number) => subscription.untilTrue((received) => received.length >= count),
        stop: () => undefined as void,
      };
      const finish = (): void => {
        subscription.closed = true;
        end();
        wake();
      };
      subscription.stop = connect().subscribe(
        { query, variables },
        {
          next(result) {
            if (result.errors) subscription.errors.push(...result.errors);
            if (result.data) subscription.received.push(result.data as never);
            wake();
          },
          error(error) {
            if (Array.isArray(error)) subscription.errors.push(...error);
            else subscription.errors.push(error);
            finish();
          },
          complete: finish,
        },
      );
      return subscription;
    },
    async close() {
      await socket?.dispose();
    },
  };
}
