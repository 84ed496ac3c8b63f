import { writeFileSync, mkdirSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import path from 'node:path';
import { spawn } from 'node:child_process';
import { describe, expect, test } from '@jest/globals';
import { readConfig } from '../src/config.js';
import { ConfigFault } from '../src/settings-reader.js';
import { connectionFault, type ConnectionSettings } from '../src/platform/db/connection-budget.js';
import { TEST_SECRETS } from './support/app.js';
import { createTestDatabase } from './support/database.js';
import { temporaryFolder } from './support/folder.js';
import { freePort } from './support/services.js';

const faultsOf = (environment: Record<string, string>): readonly string[] => {
  try {
    readConfig(environment, TEST_SECRETS);
    return [];
  } catch (error) {
    if (error instanceof ConfigFault) return error.faults;
    throw error;
  }
};

const PRODUCTION = {
  APP_ENV: 'production',
  DATABASE_URL: 'postgresql://u:p@db/x',
  REDIS_URL: 'redis://r',
  JWT_SECRET_KEY: 'b6f1a1c9d2e84f7090a1b2c3d4e5f607',
  ENCRYPTION_KEY: 'c7f1a1c9d2e84f7090a1b2c3d4e5f608',
  ZOHO_WEBHOOK_SECRET: 'Kjh23kjh4Kjh5',
  ZOHO_CLIENT_ID: 'a',
  ZOHO_CLIENT_SECRET: 'b',
  ZOHO_REFRESH_TOKEN: 'c',
  ZOHO_ORGANIZATION_ID: 'd',
};

describe('settings', () => {
  test('all faults are told at once, each with its fix, and no secret with it', () => {
    const faults = faultsOf({
      APP_ENV: 'production',
      PORT: '70000',
      LOG_LEVEL: 'loud',
      DATABASE_URL: 'mysql://user:hunter2@db/x',
      JWT_SECRET_KEY: 'changeme',
      SYNC_PHASE: 'sideways',
      ORGANIZATION_TIME_ZONE: 'Mars/Base',
      DEPLOY_TOKEN: 'short',
      ZOHO_CLIENT_ID: 'only-one',
    });
    expect(faults.length).toBeGreaterThanOrEqual(11);
    for (const word of [
      'PORT',
      'LOG_LEVEL',
      'DATABASE_URL',
      'JWT_SECRET_KEY',
      'ENCRYPTION_KEY',
      'REDIS_URL',
      'SYNC_PHASE',
      'ORGANIZATION_TIME_ZONE',
      'DEPLOY_TOKEN',
      'ZOHO_',
    ]) {
      expect(faults.some((fault) => fault.includes(word))).toBe(true);
    }
    expect(faults.join('\n')).not.toMatch(/hunter2|changeme/);
  });

  test('a whole production configuration passes, frozen', () => {
    const config = readConfig(PRODUCTION);
    expect(Object.isFrozen(config)).toBe(true);
    expect(config).toMatchObject({ demo: false, syncPhase: 'parallel', docsOpen: false, host: '0.0.0.0' });
  });

  test.each<[string, Record<string, string>, RegExp]>([
    [
      'a role without a shared database',
      { ROLE: 'worker', REDIS_URL: 'redis://r' },
      /ROLE is worker without DATABASE_URL/,
    ],
    [
      'several processes without Redis',
      { ROLE: 'api', API_PROCESSES: '3' },
      /API_PROCESSES is above 1 without REDIS_URL/,
    ],
    ['several processes of everything', { API_PROCESSES: '3' }, /API_PROCESSES is above 1 for ROLE all/],
    ['half of the Zoho credentials', { ZOHO_CLIENT_ID: 'a' }, /give all four/],
    ['an owner without a password', { ADMIN_EMAIL: 'a@b.c' }, /both ADMIN_EMAIL and ADMIN_PASSWORD/],
    ['a file that is not there', { JWT_SECRET_KEY_FILE: '/nowhere/at/all' }, /cannot be read/],
    ['a number that is none', { WORKER_CONCURRENCY: 'many' }, /whole number/],
    ['a deployment that is no id', { DEPLOYMENT_ID: 'v1' }, /DEPLOYMENT_ID is no UUID/],
    ['a silence that is too short', { DEPLOYMENT_SILENCE_SECONDS: '5' }, /DEPLOYMENT_SILENCE_SECONDS.*from 10/],
    ['a watch that is no number', { DEPLOYMENT_WATCH_SECONDS: 'long' }, /DEPLOYMENT_WATCH_SECONDS.*whole number/],
    ['a flag that is none', { TRUST_PROXY: 'perhaps' }, /true or false/],
  ])('%s is a fault', (_name, environment, fault) => {
    expect(faultsOf(environment).join('\n')).toMatch(fault);
  });

  test('what is asked of an agent needs approval in production, or where it is said', () => {
    const id = '01a1ff82-629f-778e-a090-4e5ad6a2b343';
    expect(readConfig({}, TEST_SECRETS).deployment).toEqual({
      id: null,
      silenceSeconds: 300,
      watchSeconds: 900,
      watchLimits: expect.any(Object),
      approvalEnvironments: ['production'],
    });
    const settings = { DEPLOYMENT_ID: id, DEPLOYMENT_APPROVAL_ENVIRONMENTS: 'production, staging' };
    expect(readConfig(settings, TEST_SECRETS).deployment).toMatchObject({
      id,
      approvalEnvironments: ['production', 'staging'],
    });
  });

  test('the limits of a watch are those of the requirements, or as they are set', () => {
    const limits = (settings: Record<string, string>) => readConfig(settings, TEST_SECRETS).deployment.watchLimits;
    expect(limits({})).toMatchObject({ deadLetters: 0, delayP95Seconds: 30, serverErrorRate: 0.01, latencyP95Ms: 500 });
    expect(
      limits({ DEPLOYMENT_WATCH_SYNC_DELAY_SECONDS: '7.5', DEPLOYMENT_WATCH_SERVER_ERROR_PERCENT: '0.2' }),
    ).toMatchObject({ delayP95Seconds: 7.5, serverErrorRate: 0.002 });
    expect(faultsOf({ DEPLOYMENT_WATCH_POOL_PERCENT: '101' })).toEqual([
      expect.stringMatching(/^DEPLOYMENT_WATCH_POOL_PERCENT is "101"\. Give a number from 1 to 100\./),
    ]);
  });

  test('traces go nowhere unless a collector is named; its headers are read, and what is no header is a fault', () => {
    expect(readConfig({}, TEST_SECRETS).tracing).toBeNull();
    const settings = {
      OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:4318',
      OTEL_EXPORTER_OTLP_HEADERS: 'authorization=Bearer%20abc, x-tenant=tsh',
      OTEL_TRACES_SAMPLER_ARG: '0.25',
    };
    expect(readConfig(settings, TEST_SECRETS).tracing).toEqual({
      endpoint: 'http://127.0.0.1:4318',
      headers: { authorization: 'Bearer abc', 'x-tenant': 'tsh' },
      serviceName: 'tsh-erp',
      sampleRatio: 0.25,
    });
    expect(faultsOf({ ...settings, OTEL_EXPORTER_OTLP_HEADERS: 'secret-without-a-name' })).toEqual([
      'OTEL_EXPORTER_OTLP_HEADERS is not of the form name=value,name=value.',
    ]);
  });

  test('values come from files, older names and DB_*', () => {
    const dir = temporaryFolder('config');
    writeFileSync(path.join(dir, 'key'), 'b6f1a1c9d2e84f7090a1b2c3d4e5f607\n');
    const config = readConfig(
      {
        JWT_SECRET_KEY_FILE: path.join(dir, 'key'),
        ENVIRONMENT: 'development',
        DB_HOST: 'db',
        DB_PASSWORD: 'p@ss',
        DB_USER: 'u',
        DB_NAME: 'n',
      },
      TEST_SECRETS,
    );
    expect(config.jwtSecret).toBe('b6f1a1c9d2e84f7090a1b2c3d4e5f607');
    expect(config.database.url).toBe('postgresql://u:p%40ss@db:5432/n');
    rmSync(dir, { recursive: true });
  });

  test('APP_ENV_FILE names a file of lines; the environment wins over it, and an empty value hides nothing', () => {
    const dir = temporaryFolder('config');
    const file = path.join(dir, 'env');
    writeFileSync(file, '# staging\nPORT=8004\nVERSION="from the file"\nORGANIZATION_TIME_ZONE=Asia/Amman\n');
    const config = readConfig({ APP_ENV_FILE: file, PORT: '9000', VERSION: '' }, TEST_SECRETS);
    expect(config).toMatchObject({ port: 9000, version: 'from the file', timeZone: 'Asia/Amman' });
    expect(faultsOf({ APP_ENV_FILE: path.join(dir, 'none') }).join('\n')).toMatch(
      /APP_ENV_FILE names .* cannot be read/,
    );
    rmSync(dir, { recursive: true });
  });

  test('the slot comes by its present and its older name, and is blue or green', () => {
    expect(readConfig({}, TEST_SECRETS).slot).toBeNull();
    expect(readConfig({ DEPLOYMENT_SLOT: 'green' }, TEST_SECRETS).slot).toBe('green');
    expect(readConfig({ ACTIVE_DEPLOYMENT_SLOT: 'blue' }, TEST_SECRETS).slot).toBe('blue');
    expect(faultsOf({ DEPLOYMENT_SLOT: 'red' }).join('\n')).toMatch(/DEPLOYMENT_SLOT is "red"/);
  });

  test("one file with the guides' UVICORN_WORKERS serves every role: only the API has several processes", () => {
    const shared = { UVICORN_WORKERS: '4', REDIS_URL: 'redis://r', DATABASE_URL: 'postgresql://u:p@db/x' };
    const processes = (role: string) => readConfig({ ...shared, ROLE: role }, TEST_SECRETS).apiProcesses;
    expect(processes('api')).toBe(4);
    expect(processes('all')).toBe(1);
    expect(processes('worker')).toBe(4);
  });
});

describe('the connections that the processes may open', () => {
  const settings = (given: Partial<ConnectionSettings>): ConnectionSettings => ({
    role: 'api',
    apiProcesses: 4,
    workerProcesses: 1,
    database: { poolSize: 10, maxOverflow: 5 },
    ...given,
  });

  test('both colours, the workers, the notifier and a reserve count', () => {
    // 2 x 4 x 15 for the API, 15 for the worker and 1 to listen, 15 for the notifier, 8 kept free.
    expect(connectionFault(settings({}), 159)).toBeNull();
    expect(connectionFault(settings({}), 158)).toMatch(/may open 159 database connections .* max_connections is 158/);
    expect(connectionFault(settings({ workerProcesses: 3 }), 190)).toMatch(/3 workers/);
  });

  test('the defaults of two processes do not fit the default of Postgres, and one process of everything does', () => {
    const database = { poolSize: 20, maxOverflow: 10 };
    expect(connectionFault(settings({ apiProcesses: 2, database }), 100)).toMatch(/Lower DB_POOL_SIZE/);
    expect(connectionFault(settings({ role: 'all', apiProcesses: 1, database }), 100)).toBeNull();
  });

  test('every role of an environment comes to the same figure', () => {
    const faults = ['api', 'worker', 'notify'].map((role) => connectionFault(settings({ role }), 1));
    expect(new Set(faults).size).toBe(1);
  });
});

describe('a start that cannot succeed', () => {
  const start = async (
    environment: Record<string, string>,
    dataDir: string,
  ): Promise<{ code: number | null; output: string }> => {
    const child = spawn(process.execPath, ['dist/src/main.js'], {
      env: {
        PATH: process.env['PATH'],
        DATA_DIR: dataDir,
        PORT: String(await freePort()),
        LOG_LEVEL: 'silent',
        ...environment,
      },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let output = '';
    child.stdout.on('data', (data: Buffer) => (output += data.toString()));
    child.stderr.on('data', (data: Buffer) => (output += data.toString()));
    const limit = setTimeout(() => child.kill('SIGKILL'), 50_000);
    const code = await new Promise<number | null>((resolve) => child.once('exit', resolve));
    clearTimeout(limit);
    return { code, output };
  };
  const folder = () => temporaryFolder('start');
  const database = () => ({ DATABASE_URL: process.env['TEST_POSTGRES'] as string });

  test.each<[string, () => Promise<[Record<string, string>, string]>, RegExp]>([
    [
      'a taken port',
      async () => {
        const server = createServer();
        await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
        server.unref();
        return [{ PORT: String((server.address() as { port: number }).port) }, folder()];
      },
      /^Port \d+ is taken\. .*PORT/m,
    ],
    [
      'a data folder that is a file',
      () => {
        const dir = folder();
        writeFileSync(path.join(dir, 'file'), '');
        return Promise.resolve([{}, path.join(dir, 'file')]);
      },
      /cannot be used|cannot be written/,
    ],
    [
      'a data folder with something else in it',
      () => {
        const dir = folder();
        mkdirSync(path.join(dir, 'postgres'));
        writeFileSync(path.join(dir, 'postgres', 'holiday.jpg'), '');
        return Promise.resolve([{}, dir]);
      },
      /holds no Postgres data/,
    ],
    [
      'a data folder of another Postgres',
      () => {
        const dir = folder();
        mkdirSync(path.join(dir, 'postgres'));
        writeFileSync(path.join(dir, 'postgres', 'PG_VERSION'), '13\n');
        return Promise.resolve([{}, dir]);
      },
      /made by Postgres 13/,
    ],
    [
      'a database that is not there',
      async () => [{ DATABASE_URL: `postgresql://u:secretpw@127.0.0.1:${await freePort()}/x` }, folder()],
      /The database x at 127\.0\.0\.1:\d+ cannot be reached/,
    ],
    [
      'a wrong password',
      () =>
        Promise.resolve([
          { DATABASE_URL: (process.env['TEST_POSTGRES'] as string).replace(/:[^:@]+@/, ':wrong@') },
          folder(),
        ]),
      /cannot be reached: password authentication failed/,
    ],
    [
      'an unreachable Redis',
      async () => [{ ...database(), REDIS_URL: `redis://127.0.0.1:${await freePort()}` }, folder()],
      /Redis at 127\.0\.0\.1:\d+ cannot be reached/,
    ],
    [
      'a production of several processes without its migrations',
      async () => {
        const { url } = await createTestDatabase({ empty: true });
        return [
          {
            ...PRODUCTION,
            ROLE: 'api',
            API_PROCESSES: '2',
            DB_POOL_SIZE: '5',
            DB_MAX_OVERFLOW: '0',
            DATABASE_URL: url,
            REDIS_URL: process.env['TEST_REDIS'] as string,
          },
          folder(),
        ];
      },
      /migrations are missing. Run: npm run migrate/,
    ],
    [
      'a database with fewer connections than the processes may open',
      async () => [
        {
          ...PRODUCTION,
          DATABASE_URL: (await createTestDatabase()).url,
          ROLE: 'api',
          API_PROCESSES: '1',
          DB_POOL_SIZE: '500',
          REDIS_URL: process.env['TEST_REDIS'] as string,
        },
        folder(),
      ],
      /^The processes may open \d+ database connections \(two colours of 1 API process, 1 worker and one notifier/m,
    ],
    [
      'bad settings',
      () => Promise.resolve([{ PORT: 'x', LOG_LEVEL: 'y' }, folder()]),
      /The settings have faults:\n- .*\n- /,
    ],
  ])('%s is one clear line and exit code 1, never a stack trace', async (_name, prepare, line) => {
    const [environment, dataDir] = await prepare();
    const { code, output } = await start(environment, dataDir);
    expect(output).toMatch(line);
    expect(output).not.toMatch(/\n\s+at |secretpw|Error:/);
    expect(code).toBe(1);
  });
});

describe('the whole product by one command', () => {
  test('loads, answers within seconds, keeps its data over a restart and a kill -9, and leaves no orphan', async () => {
    const dataDir = temporaryFolder('demo');
    const port = await freePort();
    const boot = () => {
      const child = spawn(process.execPath, ['dist/src/main.js'], {
        env: {
          PATH: process.env['PATH'],
          DATA_DIR: dataDir,
          PORT: String(port),
          SIMULATOR_EVENTS_PER_MINUTE: '600',
          SIMULATOR_DOCUMENTS: '20',
        },
        stdio: ['ignore', 'pipe', 'pipe'],
      });
      const state = { output: '' };
      child.stdout.on('data', (data: Buffer) => (state.output += data.toString()));
      child.stderr.on('data', (data: Buffer) => (state.output += data.toString()));
      const printed = (text: RegExp) =>
        new Promise<void>((resolve, reject) => {
          const check = (): void => {
            if (text.test(state.output)) resolve();
          };
          child.stdout.on('data', check);
          child.once('exit', (code) => reject(new Error(`ended with ${code}: ${state.output}`)));
          check();
        });
      const exited = new Promise<number | null>((resolve) => child.once('exit', resolve));
      return { child, state, printed, exited };
    };
    const first = boot();
    await first.printed(/The company is loaded/);
    expect(first.state.output).toMatch(/demo mode/);
    const [, email, password] = /Sign in\s+(\S+)\s+(\S+)/.exec(first.state.output) as unknown as [
      string,
      string,
      string,
    ];
    const ask = async (query: string, token?: string) =>
      (
        await (
          await fetch(`http://127.0.0.1:${port}/graphql`, {
            method: 'POST',
            headers: { 'content-type': 'application/json', ...(token ? { authorization: `Bearer ${token}` } : {}) },
            body: JSON.stringify({ query }),
          })
        ).json()
      ).data;
    const signIn = async () =>
      (await ask(`mutation { signIn(email: "${email}", password: "${password}") { ... on Session { accessToken } } }`))
        .signIn.accessToken as string;
    const token = await signIn();
    expect((await ask('{ products { totalCount } }', token)).products.totalCount).toBe(2218);
    first.child.kill('SIGKILL');
    await first.exited;

    const second = boot();
    await second.printed(/The company is loaded/);
    expect(await signIn()).toBeTruthy();
    expect((await ask('{ products { totalCount } }', token)).products.totalCount).toBe(2218);
    second.child.kill('SIGINT');
    expect(await second.exited).toBe(0);
    expect(second.state.output).toMatch(/Stopped\./);
    const orphans = await new Promise<string>((resolve) => {
      const child = spawn('pgrep', ['-f', dataDir], { stdio: ['ignore', 'pipe', 'ignore'] });
      let found = '';
      child.stdout.on('data', (data: Buffer) => (found += data.toString()));
      child.once('exit', () => resolve(found));
    });
    expect(orphans).toBe('');
    rmSync(dataDir, { recursive: true, force: true });
  }, 180_000);
});
