import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import path from 'node:path';
import { afterAll, describe, expect, test } from '@jest/globals';
import { systemClock } from '../../ops/deploy/clock.js';
import { createLock, isRunning, LockLost, LockTaken, processBegan } from '../../ops/deploy/lock.js';
import { difference, parseMetrics, quantile, sum } from '../../ops/deploy/metrics-text.js';
import { readPending } from '../../ops/deploy/pending-migrations.js';
import { versionName } from '../../ops/deploy/release-source.js';
import { readSettings } from '../../ops/deploy/settings.js';
import { breachesOf, type Reading } from '../../ops/deploy/watch.js';
import { migrations } from '../../migrations/list.js';
import { createTestDatabase } from '../support/database.js';
import { temporaryFolder } from '../support/folder.js';

const folders: string[] = [];
const folder = (): string => {
  const made = temporaryFolder('parts');
  folders.push(made);
  return made;
};
afterAll(() => {
  for (const one of folders) rmSync(one, { recursive: true, force: true });
});

describe('the migrations of a release', () => {
  test('a release tells its pending migrations with their statements, and none for an empty database', async () => {
    const db = await createTestDatabase();
    const empty = await createTestDatabase({ empty: true });
    try {
      expect(await readPending(db.url)).toEqual([]);
      expect(await readPending(empty.url)).toEqual([]);
      const last = migrations.at(-1);
      await db.sql('delete from migrations where name = $1', [last?.name]);
      const [pending] = await readPending(db.url);
      expect(pending?.name).toBe(last?.name);
      expect(pending?.statements.length).toBeGreaterThan(0);
      expect(pending?.statements.join('\n')).toMatch(/create|alter|insert/i);
    } finally {
      await db.drop();
      await empty.drop();
    }
  });
});

describe('the deployment lock', () => {
  test('is held by one; a second is refused by name, and it is free afterwards', () => {
    const lock = createLock(folder(), systemClock);
    const held = lock.acquire('first');
    expect(() => lock.acquire('second')).toThrow(LockTaken);
    expect(() => lock.acquire('second')).toThrow(/process \d+ \(first\)/);
    held.assertHeld();
    held.release();
    expect(lock.inspect()).toBeNull();
    lock.acquire('third').release();
  });

  test('of many that come at once exactly one gets it, also when it has to be taken from a dead owner', async () => {
    for (const isAbandoned of [false, true]) {
      const dir = folder();
      if (isAbandoned) await abandon(dir);
      const script = `import { createLock } from './dist/ops/deploy/lock.js';
        import { systemClock } from './dist/ops/deploy/clock.js';
        try { createLock(process.argv[1], systemClock).acquire('race'); process.stdout.write('got'); process.stdin.on('end', () => process.exit(0)).resume(); }
        catch (error) { process.stdout.write(error.name); process.exit(0); }`;
      const children = Array.from({ length: 6 }, () =>
        spawn(process.execPath, ['--input-type=module', '-e', script, dir]),
      );
      const gone = children.map((child) => new Promise((resolve) => child.once('close', resolve)));
      // The one that got it holds it until all have answered.
      const outputs = await Promise.all(
        children.map(
          (child) => new Promise<string>((resolve) => child.stdout.once('data', (text) => resolve(`${text}`))),
        ),
      );
      for (const { stdin } of children) stdin.end();
      await Promise.all(gone);
      expect(outputs.sort()).toEqual([...Array.from({ length: 5 }, () => 'LockTaken'), 'got']);
      expect(readdirSync(dir).filter((name) => name.startsWith('deploy.lock.'))).toEqual([]);
    }
  }, 60_000);

  test('a dead owner is told apart from another process that got its number', async () => {
    const dir = folder();
    await abandon(dir);
    expect(createLock(dir, systemClock).inspect()).toMatchObject({ abandoned: true });
    // A living process with that number, which began at another time.
    const file = path.join(dir, 'deploy.lock/owner.json');
    const owner = JSON.parse(readFileSync(file, 'utf8'));
    writeFileSync(file, JSON.stringify({ ...owner, pid: process.pid, processBegan: '1' }));
    expect(createLock(dir, systemClock).inspect()).toMatchObject({ abandoned: true });
    writeFileSync(file, JSON.stringify({ ...owner, pid: process.pid, processBegan: processBegan(process.pid) }));
    expect(createLock(dir, systemClock).inspect()).toMatchObject({ abandoned: false });
    expect(isRunning(process.pid, processBegan(process.pid))).toBe(true);
  });

  test('an owner on another host is believed until its lease ends, and one that was only asleep stops', async () => {
    const dir = folder();
    const lock = createLock(dir, systemClock);
    const sleeper = lock.acquire('sleeper');
    const file = path.join(dir, 'deploy.lock/owner.json');
    const owner = JSON.parse(readFileSync(file, 'utf8'));
    writeFileSync(file, JSON.stringify({ ...owner, host: `not-${hostname()}`, pid: 1 }));
    expect(() => lock.acquire('other')).toThrow(LockTaken);
    const longAgo = Date.now() / 1000 - 600;
    utimesSync(file, longAgo, longAgo);
    const other = lock.acquire('other');
    expect(() => sleeper.assertHeld()).toThrow(LockLost);
    sleeper.release();
    other.assertHeld();
    other.release();
    expect(existsSync(path.join(dir, 'deploy.lock'))).toBe(false);
  });

  async function abandon(dir: string): Promise<void> {
    const place = path.join(dir, 'deploy.lock');
    mkdirSync(place);
    const child = spawn(process.execPath, ['-e', '']);
    await new Promise((resolve) => child.once('exit', resolve));
    const owner = { token: 'dead', pid: child.pid, host: hostname(), processBegan: '1', purpose: 'old', since: 'then' };
    writeFileSync(path.join(place, 'owner.json'), JSON.stringify(owner));
  }
});

describe('figures of the watch', () => {
  const text = `# HELP x
tsh_queue_rows{status="dead_letter"} 3
tsh_queue_rows{status="pending"} 7
tsh_http_request_seconds_bucket{le="0.1",route="/graphql",status="200"} 90
tsh_http_request_seconds_bucket{le="0.5",route="/graphql",status="200"} 98
tsh_http_request_seconds_bucket{le="+Inf",route="/graphql",status="200"} 100
tsh_http_request_seconds_count{route="/graphql",status="200"} 100
tsh_http_request_seconds_count{route="/graphql",status="503"} 5
`;

  test('are read as Prometheus writes them, summed by label, and absent when there is no such series', () => {
    const samples = parseMetrics(text);
    expect(sum(samples, 'tsh_queue_rows', { status: 'dead_letter' })).toBe(3);
    expect(sum(samples, 'tsh_http_request_seconds_count', { status: /^5/ })).toBe(5);
    expect(sum(samples, 'tsh_other', {})).toBeNull();
    expect(quantile(samples, 0.95)).toBe(0.5);
    expect(quantile(samples, 0.99)).toBe(0.5);
    expect(quantile([], 0.95)).toBeNull();
  });

  test('count what has happened since the release got the traffic, also over a restart of the process', () => {
    const before = parseMetrics('a_count{x="1"} 10\na_count{x="2"} 4');
    const grown = difference(before, parseMetrics('a_count{x="1"} 12\na_count{x="2"} 1\na_count{x="3"} 5'));
    expect(grown.map(({ value }) => value)).toEqual([2, 1, 5]);
  });
});

describe('names and settings', () => {
  test('a version is named after its environment, its day and its commit', () => {
    const at = new Date('2026-03-04T05:06:07Z');
    expect(versionName('production', 'abcdef1234567', at)).toBe('production-v2026.03.04-abcdef1234');
    expect(versionName('staging', 'abcdef1234', at)).toBe('staging-abcdef1234');
    expect(versionName('development', null, at)).toBe('local-050607-unknown');
  });

  test('production backs up first, watches for 15 minutes and keeps the former release warm for 30', () => {
    const settings = readSettings({ APP_ENV: 'production' });
    expect(settings).toMatchObject({
      driver: 'compose',
      backupFirst: true,
      warmMs: 30 * 60_000,
      watch: { ms: 15 * 60_000 },
      ports: { blue: 8001, green: 8011 },
      health: { attempts: 30, attemptMs: 10_000, pollMs: 1000 },
      deployPath: '/opt/tsh_erp',
      publicUrl: 'https://erp.tsh.sale',
      connectTo: '127.0.0.1',
    });
    expect(readSettings({ APP_ENV: 'staging' }).backupFirst).toBe(false);
  });
});

describe('what the watch of the deployer judges', () => {
  const limits = readSettings({ APP_ENV: 'test' }).watch.limits;
  const quiet: Reading = {
    atMs: 0,
    deadLetters: 2,
    oldestSeconds: 20,
    poolUsed: 3,
    poolLimit: 30,
    poolWaiting: 0,
    processes: 1,
    http: [],
    errorLines: [],
  };

  test('a job that came in the watch may wait 30 s; what waited before is not held against the release', () => {
    const at = (seconds: number, oldestSeconds: number) =>
      breachesOf(quiet, { ...quiet, atMs: seconds * 1000, oldestSeconds }, limits);
    expect(at(11, 31)).toEqual([]);
    expect(at(600, 620)).toEqual([]);
    expect(at(600, 29)).toEqual([]);
    expect(at(600, 31)).toEqual(['The oldest job waits 31 s, above 30 s.']);
  });

  test('the connections of several processes have the limit of each of them', () => {
    const using = (poolUsed: number, processes: number) => breachesOf(quiet, { ...quiet, poolUsed, processes }, limits);
    expect([using(29, 1), using(58, 2)]).toEqual([[], []]);
    expect([using(30, 1), using(59, 2)]).toEqual([
      ['30 database connections are in use, above 29.'],
      ['59 database connections are in use, above 58.'],
    ]);
  });
});
