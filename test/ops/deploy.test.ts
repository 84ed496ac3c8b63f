import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { startDeployHost, until, type DeployHost } from '../support/deploy-host.js';
import { startLoad } from '../support/load.js';
import type { Behaviour } from '../support/small-release.js';

describe('a deployment', () => {
  let host: DeployHost;
  beforeAll(async () => {
    host = await startDeployHost();
    const { code, lines } = await host.cli(['deploy', '--version', 'v1', '--release', host.smallRelease('v1')]);
    if (code !== 0) throw new Error(lines.join('\n'));
  }, 60_000);
  afterAll(() => host.stop(), 60_000);
  // A test that goes back leaves a hold, and one that fails may leave a release that waits.
  beforeEach(async () => {
    const { hold, run } = host.state();
    if (hold !== null || run?.awaitingPromotion) await host.cli(['promote']);
  });

  const deploy = (version: string, behaviour: Behaviour = {}, more: readonly string[] = [], env = {}) =>
    host.cli(['deploy', '--version', version, '--release', host.smallRelease(version, behaviour), ...more], env);
  const last = () => host.state().history[0];

  test('brings a first release out and names what serves', async () => {
    expect(await host.serving()).toBe('v1');
    expect(last()).toMatchObject({ outcome: 'SUCCESS', kind: 'RELEASE', slot: 'blue', from: null });
    const { lines } = await host.cli(['status']);
    expect(lines.join('\n')).toMatch(/blue {2}serves running v1/);
  });

  test('switches forth and back under load without a failed request, and keeps the former release warm', async () => {
    const load = startLoad({ url: host.publicUrl, path: '/work', body: '{"n":1}', connections: 16 });
    for (const version of ['v2', 'v3']) {
      const { code, lines } = await deploy(version);
      expect({ code, lines: code === 0 ? [] : lines }).toEqual({ code: 0, lines: [] });
    }
    expect((await host.cli(['rollback'])).code).toBe(0);
    expect(await host.serving()).toBe('v2');
    const report = await load.stop();
    expect({ failed: report.failed, socketErrors: report.socketErrors }).toEqual({ failed: [], socketErrors: [] });
    expect([...report.releases.keys()].sort()).toEqual(['v1', 'v2', 'v3']);
    expect(report.answered).toBeGreaterThan(200);
    expect(last()).toMatchObject({
      kind: 'ROLLBACK',
      outcome: 'SUCCESS',
      steps: expect.arrayContaining([expect.objectContaining({ name: 'start', result: 'skipped' })]),
    });
  });

  test('after a roll-back on demand the next release is proven and waits for promote', async () => {
    await deploy('v3-again');
    await host.cli(['rollback']);
    const before = await host.serving();
    const held = await deploy('v4');
    expect(held.code).toBe(0);
    expect(held.lines.join('\n')).toMatch(/Held since .*rolled back to /);
    expect(await host.serving()).toBe(before);
    expect(host.state().run).toMatchObject({ awaitingPromotion: true, outcome: null });
    expect((await host.cli(['status'])).lines.join('\n')).toMatch(/v4 on .* waits for "deploy promote"/);
    expect((await host.cli(['promote'])).code).toBe(0);
    expect(await host.serving()).toBe('v4');
    expect(host.state().hold).toBeNull();
    // It was proven once and not started again.
    expect(last()?.steps.filter(({ name }) => name === 'start')).toHaveLength(1);
  });

  test('a rollback to a release that is no longer warm starts it again from where it is kept', async () => {
    expect((await host.cli(['rollback', '--to', 'v1'])).code).toBe(0);
    expect(await host.serving()).toBe('v1');
    expect((await host.cli(['rollback', '--to', 'v99'])).lines.join()).toMatch(
      /No release v99 has served here. Known: .*v1/,
    );
    expect((await host.cli(['promote'])).lines.join()).toMatch(/hold has ended/);
    expect((await host.cli(['promote'])).code).toBe(1);
  });

  test.each<[string, Behaviour, string, RegExp, boolean]>([
    ['crashes at its start', { crashAtStart: true }, 'FAILURE', /has ended/, false],
    ['is unhealthy', { unhealthy: true }, 'FAILURE', /did not become healthy/, false],
    ['answers with another version', { wrongVersion: true }, 'FAILURE', /Version another answers on/, false],
    ['fails the preview smoke', { previewFails: true }, 'FAILURE', /preview smoke: probe answered 500/, false],
    ['fails the public smoke', { publicFails: true }, 'ROLLED_BACK', /public smoke: probe answered 500/, true],
    ['lets dead letters rise', { deadLettersGrow: true }, 'ROLLED_BACK', /Dead letters rose/, true],
    ['answers with server errors', { serverErrors: true }, 'ROLLED_BACK', /answers were server errors/, true],
    ['cannot migrate', { migrationFails: true }, 'FAILURE', /migration 7 failed half way/, false],
  ])(
    'a release that %s ends in its state, and the old version answers',
    async (name, behaviour, outcome, message, hadTraffic) => {
      const before = await host.serving();
      const load = startLoad({ url: host.publicUrl, path: '/work', body: '{}', connections: 4 });
      const version = `broken-${name.replaceAll(' ', '-')}`;
      // Only the release that never becomes healthy uses up its time; the watch of a bad one ends at the breach.
      const limits = { HEALTH_ATTEMPTS: behaviour.unhealthy ? '1' : '30', HEALTH_ATTEMPT_SECONDS: '3' };
      const { code } = await deploy(version, behaviour, [], { ...limits, WATCH_MINUTES: '5' });
      const report = await load.stop();
      expect(code).toBe(1);
      expect(last()).toMatchObject({ outcome, message: expect.stringMatching(message), release: { version } });
      expect(await host.serving()).toBe(before);
      // How much of the load arrives before the way back is a matter of time; that traffic moved is not.
      expect(last()?.steps.some(({ name: step, result }) => step === 'observe' && result === 'done')).toBe(hadTraffic);
      if (!hadTraffic) expect([...report.releases.keys()]).toEqual([before]);
      expect([...report.failed, ...report.socketErrors]).toEqual([]);
      const { slots, live, worker } = host.state();
      expect(slots[live === 'blue' ? 'green' : 'blue']).toBeNull();
      expect(worker?.release.version).toBe(before);
    },
  );

  test('a process that dies fails the deployment at once, with its last words', async () => {
    const { code } = await deploy('dies', { crashAtStart: true }, [], {
      HEALTH_ATTEMPTS: '1000',
      HEALTH_ATTEMPT_SECONDS: '10',
    });
    expect(code).toBe(1);
    expect(last()).toMatchObject({ outcome: 'FAILURE', message: expect.stringMatching(/has ended/) });
  });

  test('error lines of the new release in its log breach the watch; those of another release do not', async () => {
    const line = (version: string) => JSON.stringify({ level: 50, version, msg: 'request failed' });
    expect((await deploy('quiet', { logs: [line('older')] })).code).toBe(0);
    expect((await deploy('loud', { logs: [line('loud')] }, [], { WATCH_MINUTES: '5' })).code).toBe(1);
    expect(last()).toMatchObject({
      outcome: 'ROLLED_BACK',
      message: expect.stringMatching(/1 of the last 100 log lines/),
    });
    expect(await host.serving()).toBe('quiet');
  });

  test('a migration that takes something away is refused before anything is touched, unless it is allowed', async () => {
    const pending = [{ name: '20270101-drop', statements: ['alter table products drop column name'] }];
    const notes = host.notes().length;
    expect((await deploy('contracting', { pending })).code).toBe(1);
    expect(last()).toMatchObject({
      outcome: 'FAILURE',
      message: expect.stringMatching(/20270101-drop drops a column/),
    });
    expect(host.notes().slice(notes)).toEqual([]);
    expect((await deploy('contracting', { pending }, ['--allow-contract'])).code).toBe(0);
    expect(await host.serving()).toBe('contracting');
  });

  test('of two deployments at once the second is refused, and the first goes on', async () => {
    const slow = host.smallRelease('slow', { startsAfterMs: 1500 });
    const first = host.spawnCli(['deploy', '--version', 'slow', '--release', slow]);
    const ended = new Promise<number | null>((resolve) => first.once('exit', resolve));
    await until(
      'the health gate',
      () => host.state().run?.release.version === 'slow' && host.state().run?.current === 'health',
    );
    const second = await deploy('second');
    expect(second.code).toBe(1);
    expect(second.lines.join()).toMatch(new RegExp(`Another deployment is under way: process ${first.pid}`));
    expect(await ended).toBe(0);
    expect(await host.serving()).toBe('slow');
    expect(host.notes().some((line) => line.includes(' second '))).toBe(false);
  });

  test('a rollback that is asked for while a deployment watches makes that deployment go back', async () => {
    const before = await host.serving();
    const watching = host.cli(['deploy', '--version', 'watched', '--release', host.smallRelease('watched')], {
      WATCH_MINUTES: '5',
    });
    await until('the watch', () => host.state().run?.current === 'watch');
    const asked = await host.cli(['rollback']);
    expect([asked.code, asked.lines.join()]).toEqual([1, expect.stringMatching(/has been asked to go back/)]);
    expect((await watching).code).toBe(1);
    expect(last()).toMatchObject({ outcome: 'ROLLED_BACK', message: 'An operator asked to go back.' });
    expect(await host.serving()).toBe(before);
  });

  test('a deployer that is killed leaves a state that status explains and the same command continues', async () => {
    const release = host.smallRelease('killed', { startsAfterMs: 1000 });
    const deployer = host.spawnCli(['deploy', '--version', 'killed', '--release', release]);
    await until(
      'the health gate',
      () => host.state().run?.release.version === 'killed' && host.state().run?.current === 'health',
    );
    const gone = new Promise((resolve) => deployer.once('exit', resolve));
    deployer.kill('SIGKILL');
    await gone;
    expect((await host.cli(['status'])).lines.join('\n')).toMatch(/killed on .* was interrupted at health/);
    expect((await host.cli(['deploy', '--version', 'killed', '--release', release])).code).toBe(0);
    expect(await host.serving()).toBe('killed');
    expect(last()).toMatchObject({ outcome: 'SUCCESS', attempt: 2 });
  });

  test('a deployer that is told to stop leaves between two steps, and resume goes on', async () => {
    const release = host.smallRelease('stopped', { startsAfterMs: 1000 });
    const deployer = host.spawnCli(['deploy', '--version', 'stopped', '--release', release]);
    let printed = '';
    deployer.stdout?.on('data', (part: Buffer) => (printed += part.toString()));
    await until(
      'the health gate',
      () => host.state().run?.release.version === 'stopped' && host.state().run?.current === 'health',
    );
    const code = new Promise((resolve) => deployer.once('close', resolve));
    // One Ctrl-C arrives twice, by the terminal and by npm.
    deployer.kill('SIGINT');
    deployer.kill('SIGINT');
    expect(await code).toBe(1);
    expect(printed).toMatch(/Run "deploy resume" to continue/);
    expect((await host.cli(['resume'])).code).toBe(0);
    expect(await host.serving()).toBe('stopped');
    expect((await host.cli(['resume'])).lines.join()).toMatch(/nothing to resume/);
  });

  test('production does not change without a good backup, and backs up before anything else', async () => {
    const notes = host.notes().length;
    const { code } = await deploy('unsaved', {}, [], { DEPLOY_BACKUP: 'true' });
    expect(code).toBe(1);
    expect(last()).toMatchObject({
      outcome: 'FAILURE',
      steps: [{ name: 'check-migrations' }, { name: 'backup', result: 'failed' }],
    });
    expect(host.notes().slice(notes)).toEqual([]);
  });

  test('a server that answers only to its own name is asked by that name, also straight at its slot', async () => {
    const behaviour = { onlyHost: 'erp.tsh.example' };
    const PUBLIC_URL = host.publicUrl.replace('127.0.0.1', 'erp.tsh.example');
    expect((await deploy('named', behaviour, [], { PUBLIC_URL, PUBLIC_CONNECT: '127.0.0.1' })).code).toBe(0);
    expect((await deploy('unnamed', {})).code).toBe(0);
  });

  test('a hot fix is recorded as one and a restart brings the same release out again', async () => {
    expect((await deploy('fix', {}, ['--hotfix', '--reason', 'prices were wrong'])).code).toBe(0);
    expect(last()).toMatchObject({ kind: 'HOTFIX', reason: 'prices were wrong' });
    const { live } = host.state();
    expect((await host.cli(['deploy', '--restart', '--trigger', 'SCHEDULE'])).code).toBe(0);
    expect(last()).toMatchObject({ kind: 'RESTART', trigger: 'SCHEDULE', release: { version: 'fix' } });
    expect(host.state().live).not.toBe(live);
  });

  test('the former release stops when its warm time is over, and not before', async () => {
    expect((await host.cli(['retire'])).lines).toEqual(['Nothing to stop.']);
    expect((await deploy('after-warm', {}, [], { WARM_MINUTES: '0.0001' })).code).toBe(0);
    const { live } = host.state();
    const idle = live === 'blue' ? 'green' : 'blue';
    await until('the end of the warm time', async () =>
      (await host.cli(['retire'])).lines.join().includes('has stopped'),
    );
    await expect(fetch(`http://127.0.0.1:${host.ports[idle]}/livez`)).rejects.toThrow();
    expect(await host.serving()).toBe('after-warm');
    expect((await host.cli(['switch'])).lines.join()).toMatch(/does not run/);
    expect((await host.cli(['rollback'])).code).toBe(0);
  });

  test('there was one worker at a time, and each ended before the next began', () => {
    const running = new Set<string>();
    let most = 0;
    for (const line of host.notes()) {
      const [what, role, , pid = ''] = line.split(' ');
      if (role !== 'worker') continue;
      if (what === 'start') running.add(pid);
      if (what === 'stop') running.delete(pid);
      most = Math.max(most, running.size);
    }
    expect(most).toBe(1);
  });

  test('wrong usage and wrong settings are told in one line each', async () => {
    for (const args of [['deploy', '--nonsense'], ['deploy', '--version', 'a b'], ['maintenance'], ['nothing']]) {
      expect((await host.cli(args)).code).toBe(2);
    }
    const { code, lines } = await host.cli(['status'], { BLUE_PORT: 'x', DEPLOY_DRIVER: 'rocket' });
    expect([code, lines.join()]).toEqual([
      2,
      expect.stringMatching(/DEPLOY_DRIVER is "rocket"[\s\S]*BLUE_PORT is "x"/),
    ]);
  });
});
