import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, rmSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { readConfig } from '../../src/config.js';
import { isNear } from '../../src/settings-reader.js';
import { TEST_SECRETS } from '../support/app.js';
import { createTestDatabase } from '../support/database.js';
import { temporaryFolder } from '../support/folder.js';
import { freePort } from '../support/services.js';

const FOREVER = 100_000;

/** The program as a terminal starts it; `closeOutput` is what `| head` does. */
function boot(environment: Record<string, string>, ...args: string[]) {
  const child = spawn(process.execPath, ['dist/src/main.js', ...args], {
    env: { PATH: process.env['PATH'], ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const state = { output: '' };
  child.stdout.on('data', (data: Buffer) => (state.output += data.toString()));
  child.stderr.on('data', (data: Buffer) => (state.output += data.toString()));
  const exited = new Promise<number | null>((resolve) => child.once('close', resolve));
  const printed = (text: RegExp) =>
    new Promise<void>((resolve, reject) => {
      const check = (): void => {
        if (text.test(state.output)) resolve();
      };
      child.stdout.on('data', check);
      child.stderr.on('data', check);
      child.once('exit', (code) => reject(new Error(`ended with ${code}: ${state.output}`)));
      check();
    });
  const closeOutput = (): void => {
    child.stdout.destroy();
    child.stderr.destroy();
  };
  return { child, state, exited, printed, closeOutput };
}

const isServed = async (url: string): Promise<boolean> =>
  fetch(url).then(
    ({ status }) => status === 200,
    () => false,
  );

describe('a start', () => {
  test(
    'goes on when nobody reads what it prints, and stops with its Postgres; owner works beside it and without it',
    async () => {
      const dataDir = temporaryFolder('head');
      const port = await freePort();
      const environment = {
        DATA_DIR: dataDir,
        PORT: String(port),
        DATABSE_URL: 'postgresql://elsewhere/x',
        // Every event is a line to write.
        LOG_LEVEL: 'debug',
      };
      const server = boot(environment);
      await server.printed(/Sign in {4}owner@tsh\.example {2}\S+/);
      expect(server.state.output).toMatch(/^Warning: DATABSE_URL is no setting .* DATABASE_URL\?$/m);
      expect(server.state.output.match(/DATABSE_URL/g)).toHaveLength(1);
      server.closeOutput();
      for (let round = 0; round < 50; round += 1) expect(await isServed(`http://127.0.0.1:${port}/livez`)).toBe(true);

      const beside = boot(environment, 'owner', '--email', 'me@test.example');
      expect(await beside.exited).toBe(0);
      expect(beside.state.output).toMatch(/Made the owner me@test\.example\.[\s\S]*tshl_/);
      server.child.kill('SIGTERM');
      expect(await server.exited).toBe(0);
      expect(spawnSync('pgrep', ['-f', dataDir]).stdout.toString()).toBe('');

      const alone = boot(environment, 'owner', '--email', 'me@test.example');
      expect(await alone.exited).toBe(0);
      expect(alone.state.output).toMatch(/me@test\.example is an owner and active\./);
      expect(spawnSync('pgrep', ['-f', dataDir]).stdout.toString()).toBe('');
      rmSync(dataDir, { recursive: true, force: true });
    },
    FOREVER,
  );

  test(
    'prints no password that does not work: older data, another data folder',
    async () => {
      const { url, drop } = await createTestDatabase();
      const folders = [temporaryFolder('one'), temporaryFolder('two')] as const;
      const start = async (DATA_DIR: string): Promise<string> => {
        const server = boot({ DATA_DIR, DATABASE_URL: url, PORT: '0', SIMULATOR_EVENTS_PER_MINUTE: '0' });
        await server.printed(/Webhooks/);
        server.child.kill('SIGTERM');
        await server.exited;
        return server.state.output;
      };
      expect(await start(folders[0])).toMatch(/Sign in {4}owner@tsh\.example {2}\S+/);
      const output = await start(folders[1]);
      expect(output).not.toMatch(/Sign in\s+owner@tsh\.example/);
      expect(output).toMatch(/npm run owner -- --email/);
      expect(await start(folders[0])).toMatch(/Sign in {4}owner@tsh\.example {2}\S+/);
      await drop();
      for (const folder of folders) rmSync(folder, { recursive: true, force: true });
    },
    FOREVER,
  );

  test('says a lost Redis in one well-formed sentence', async () => {
    const { url, drop } = await createTestDatabase();
    const server = boot({
      DATA_DIR: temporaryFolder('redis'),
      DATABASE_URL: url,
      PORT: '0',
      REDIS_URL: `redis://127.0.0.1:${await freePort()}`,
    });
    expect(await server.exited).toBe(1);
    expect(server.state.output).toMatch(/Redis at \S+ cannot be reached: [^.]+\. Check REDIS_URL\.\n$/);
    await drop();
  });

  test('says that it compiles, the first time', () => {
    const { scripts } = JSON.parse(readFileSync('package.json', 'utf8')) as { scripts: Record<string, string> };
    const [first = ''] = (scripts['start'] as string).split(';');
    const folder = temporaryFolder('compile');
    const say = (): string => execFileSync('sh', ['-c', first], { cwd: folder }).toString();
    expect(say()).toMatch(/^Compiling, .*\n$/);
    mkdirSync(path.join(folder, 'dist'));
    expect(say()).toBe('');
    rmSync(folder, { recursive: true });
  });
});

describe('a setting whose name is nearly right', () => {
  test.each([
    ['DATABSE_URL', 'DATABASE_URL'],
    ['DATABASE_URI', 'DATABASE_URL'],
    ['DATABASE_URLS', 'DATABASE_URL'],
    ['REDIS_ULR', 'REDIS_URL'],
    ['JWT_SECERT_KEY', 'JWT_SECRET_KEY'],
    ['TRUSTPROXY', 'TRUST_PROXY'],
    ['ZOHO_CLIENT_IDS', 'ZOHO_CLIENT_ID'],
    ['ENVIROMENT', 'ENVIRONMENT'],
    ['ADMIN_PASWORD_FILE', 'ADMIN_PASSWORD_FILE'],
  ])('%s is told, with %s', (given, meant) => {
    expect(readConfig({ [given]: 'secret value' }, TEST_SECRETS).warnings).toEqual([
      `${given} is no setting and is ignored. Did you mean ${meant}?`,
    ]);
  });

  test('settings that are right, and what other programs keep in the environment, are not told', () => {
    const environment = {
      PATH: '/bin',
      HOME: '/root',
      HOSTNAME: 'x',
      LOGNAME: 'x',
      NODE_ENV: 'production',
      npm_config_port: '1',
      DB_PORT: '5432',
      DB_HOST: 'db',
      ZOHO_CONCURRENCY: '3',
      ENVIRONMENT: 'test',
      APP_ENV: 'test',
      DATABASE_URL_FILE: '',
      POSTGRES_USER: 'x',
      DATABASE_HOST: 'x',
    };
    expect(readConfig(environment, TEST_SECRETS).warnings).toEqual([]);
    expect(isNear('PORTS', 'PORT')).toBe(false);
  });
});
