import { mkdirSync, readFileSync, readlinkSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeEach, describe, expect, test } from '@jest/globals';
import { systemClock } from '../../ops/deploy/clock.js';
import { createComposeDriver } from '../../ops/drivers/compose.js';
import { createLocalDriver } from '../../ops/drivers/local.js';
import { createSystemdDriver } from '../../ops/drivers/systemd.js';
import type { SlotDriver } from '../../ops/deploy/slot-driver.js';
import { temporaryFolder } from '../support/folder.js';
import { recordPrograms } from '../support/recorded-program.js';
import { freePort } from '../support/services.js';
import { makeSmallRelease } from '../support/small-release.js';

const dir = temporaryFolder('drivers');
const release = { version: 'v7', commit: 'abc1234', location: path.join(dir, 'releases/v7') };
afterAll(() => rmSync(dir, { recursive: true, force: true }));

const { env, fake, called, forget } = recordPrograms(dir);

beforeEach(() => {
  forget();
  makeSmallRelease(release.location);
});

describe('the compose driver', () => {
  const prefix = [
    ...['compose', '--project-name', 'tsh_erp', '--file', 'docker-compose.yml', '--file', 'ops/compose/production.yml'],
    ...['--profile', 'blue', '--profile', 'green', '--profile', 'core'],
  ];
  const driver = (): SlotDriver =>
    createComposeDriver({
      dir,
      files: ['docker-compose.yml', 'ops/compose/production.yml'],
      project: 'tsh_erp',
      env,
      workers: ['tsh_worker', 'tsh_neurolink'],
    });

  test('names one service and its version in each command, so that the other slot is left alone', async () => {
    fake('docker');
    const one = driver();
    await one.start('green', release);
    await one.stop('blue', 40_000);
    await one.releaseConnections('green');
    await one.migrate(release);
    await one.startWorker(release, 40_000);
    const docker = (version: string, ...args: string[]) => ['docker', `VERSION=${version}`, ...prefix, ...args];
    expect(called()).toEqual([
      docker('v7', 'up', '--detach', '--no-deps', '--force-recreate', 'app_green'),
      docker('none', 'stop', '--timeout', '40', 'app_blue'),
      docker('none', 'kill', '--signal', 'SIGUSR2', 'app_green'),
      docker('v7', 'run', '--rm', '--no-deps', '--no-TTY', 'app_blue', 'node', 'dist/src/main.js', 'migrate'),
      docker('none', 'stop', '--timeout', '40', 'tsh_worker', 'tsh_neurolink'),
      docker('v7', 'up', '--detach', '--no-deps', '--force-recreate', 'tsh_worker', 'tsh_neurolink'),
    ]);
  });

  test('asks the engine who lives, and reads logs and pending migrations', async () => {
    fake('docker', {
      'ps --status running --quiet app_blue': { out: '0a1b2c\\n' },
      'ps --status running': { out: '' },
      logs: { out: 'line one\\nline two\\n' },
      'pending-migrations': { out: '[{"name":"m1","statements":["select 1"]}]' },
    });
    const one = driver();
    expect([await one.alive('blue'), await one.alive('green')]).toEqual([true, false]);
    expect(await one.logs('blue', 100)).toBe('line one\nline two');
    expect(await one.pending(release)).toEqual([{ name: 'm1', statements: ['select 1'] }]);
  });

  test('what the engine says is told when a command fails', async () => {
    fake('docker', { up: { out: 'no such image', code: 1 } });
    await expect(driver().start('blue', release)).rejects.toThrow(/up .* app_blue ended with 1: no such image/);
  });
});

describe('the systemd driver', () => {
  const driver = (): SlotDriver =>
    createSystemdDriver({
      deployPath: dir,
      envFile: path.join(dir, 'production.env'),
      node: process.execPath,
      privilege: ['sudo', '-n'],
      portOf: (place) => ({ blue: 8001, green: 8011, worker: 8021 })[place],
      env: { ...env, SMALL_LOG: path.join(dir, 'notes.log') },
    });
  const sudo = (...args: string[]) => ['sudo', 'VERSION=', '-n', ...args];

  test('decides by a link and a file what a unit runs, then restarts it', async () => {
    fake('sudo');
    const one = driver();
    await one.start('green', release);
    expect(readlinkSync(path.join(dir, 'slots/green'))).toBe(release.location);
    expect(readFileSync(path.join(dir, 'slots/green.env'), 'utf8')).toBe(
      'VERSION=v7\nPORT=8011\nROLE=api\nDEPLOYMENT_SLOT=green\n',
    );
    await one.start('green', { ...release, version: 'v8', location: dir });
    expect(readlinkSync(path.join(dir, 'slots/green'))).toBe(dir);
    await one.stop('blue', 40_000);
    await one.releaseConnections('blue');
    await one.startWorker(release, 40_000);
    expect(readFileSync(path.join(dir, 'slots/worker.env'), 'utf8')).toBe('VERSION=v7\nPORT=8021\nROLE=worker\n');
    expect(called()).toEqual([
      sudo('systemctl', 'restart', 'tsh-erp@green.service'),
      sudo('systemctl', 'restart', 'tsh-erp@green.service'),
      sudo('systemctl', 'stop', 'tsh-erp@blue.service'),
      sudo('systemctl', 'kill', '--signal=SIGUSR2', '--kill-who=main', 'tsh-erp@blue.service'),
      sudo('systemctl', 'stop', 'tsh-erp-worker.service'),
      sudo('systemctl', 'start', 'tsh-erp-worker.service'),
    ]);
  });

  test('calls by sudo only what the sudoers file of the units names, each argument included', async () => {
    fake('sudo', { 'systemctl show': { out: 'ActiveState=active\\nSubState=running\\n' } });
    const one = driver();
    for (const slot of ['blue', 'green'] as const) {
      await one.start(slot, release);
      expect(await one.alive(slot)).toBe(true);
      for (const lines of [5, 40, 100, 1000]) await one.logs(slot, lines);
      await one.releaseConnections(slot);
      await one.stop(slot, 40_000);
    }
    await one.startWorker(release, 40_000);
    await one.stopWorker(40_000);
    // In sudoers = and , are escaped, and [0-9] stands for a digit.
    const allowed = readFileSync('ops/systemd/tsh-erp.sudoers', 'utf8')
      .split('\n')
      .filter((line) => line.startsWith('  /usr/bin/'))
      .map((line) =>
        line
          .trim()
          .replace(/, \\$/, '')
          .replace(/\\([=,])/g, '$1'),
      );
    const calls = called().map(([, , , ...argv]) => `/usr/bin/${argv.join(' ')}`);
    const asPattern = (line: string): string => line.replace(/--lines \d+/, (text) => text.replace(/\d/g, '[0-9]'));
    expect(calls.map(asPattern).filter((line) => !allowed.includes(line))).toEqual([]);
    expect(calls.length).toBeGreaterThan(16);
  });

  test('a unit that is starting lives, one that failed or waits to be started again does not, and its journal is read', async () => {
    const cases = [
      ['active', 'running', true],
      ['activating', 'start', true],
      ['activating', 'auto-restart', false],
      ['failed', 'failed', false],
      ['inactive', 'dead', false],
    ] as const;
    for (const [active, sub, isAlive] of cases) {
      fake('sudo', { 'systemctl show': { out: `ActiveState=${active}\\nSubState=${sub}\\n` } });
      expect([active, sub, await driver().alive('blue')]).toEqual([active, sub, isAlive]);
    }
    fake('sudo', {
      'journalctl --unit tsh-erp@blue.service --lines 100 --output cat --no-pager': { out: 'a line\\n' },
    });
    expect(await driver().logs('blue', 100)).toBe('a line');
  });

  test("migrations run with the environment's own file", async () => {
    writeFileSync(path.join(dir, 'production.env'), 'SMALL_NOTE=from-file\n');
    await driver().migrate(release);
    expect(readFileSync(path.join(dir, 'notes.log'), 'utf8')).toMatch(/^migrate command v7 \d+$/m);
    makeSmallRelease(release.location, { migrationFails: true });
    await expect(driver().migrate(release)).rejects.toThrow(/migration 7 failed half way/);
  });
});

describe('the local driver', () => {
  const notes = path.join(dir, 'local-notes.log');
  const create = async (): Promise<{ driver: SlotDriver; port: number }> => {
    const port = await freePort();
    const options = {
      dir: path.join(dir, 'slots-local'),
      node: process.execPath,
      env: { ...env, SMALL_LOG: notes },
      portOf: () => port,
      clock: systemClock,
    };
    return { driver: createLocalDriver(options), port };
  };

  test('starts a process that outlives it, is known by another driver, and ends on SIGTERM', async () => {
    const { driver, port } = await create();
    await driver.start('blue', release);
    const answers = async (): Promise<string | null> =>
      fetch(`http://127.0.0.1:${port}/livez`).then(
        ({ headers }) => headers.get('x-release'),
        () => null,
      );
    while ((await answers()) === null) await systemClock.sleep(20);
    expect([await driver.alive('blue'), await driver.alive('green')]).toEqual([true, false]);
    expect(await answers()).toBe('v7');
    await driver.stop('blue', 10_000);
    expect([await driver.alive('blue'), await answers()]).toEqual([false, null]);
    expect(readFileSync(notes, 'utf8')).toMatch(/start api v7 \d+\nstop api v7 \d+/);
  });

  test('a number that belongs to a stranger by now is not taken for the slot, and the stranger is left alone', async () => {
    const { driver } = await create();
    mkdirSync(path.join(dir, 'slots-local/green'), { recursive: true });
    writeFileSync(path.join(dir, 'slots-local/green/process.pid'), `${process.ppid}\n`);
    expect(await driver.alive('green')).toBe(false);
    await driver.stop('green', 100);
    expect(() => process.kill(process.ppid, 0)).not.toThrow();
  });

  test('a process that ignores SIGTERM is killed after the grace time', async () => {
    const { driver } = await create();
    const stubborn = path.join(dir, 'releases/stubborn');
    makeSmallRelease(stubborn);
    writeFileSync(
      path.join(stubborn, 'dist/src/main.js'),
      `process.on('SIGTERM', () => {}); console.log('up'); setInterval(() => {}, 1000);`,
    );
    await driver.start('blue', { ...release, location: stubborn });
    while ((await driver.logs('blue', 5)) !== 'up') await systemClock.sleep(20);
    await driver.stop('blue', 200);
    expect(await driver.alive('blue')).toBe(false);
  });

  test('a release that is not there, and one that tells no migrations, are named', async () => {
    const { driver } = await create();
    await expect(driver.start('blue', { ...release, location: path.join(dir, 'nowhere') })).rejects.toThrow(
      /cannot be started/,
    );
    const mute = makeSmallRelease(path.join(dir, 'releases/mute'));
    writeFileSync(path.join(mute, 'dist/ops/cli.js'), `console.log('hello')`);
    await expect(driver.pending({ ...release, location: mute })).rejects.toThrow(
      /does not report its pending migrations: hello/,
    );
  });
});
