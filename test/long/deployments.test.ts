import { spawn } from 'node:child_process';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { startDeployHost, type DeployHost } from '../support/deploy-host.js';
import { startLoad } from '../support/load.js';
import { startRealHost, type RealHost } from '../support/real-release.js';

const SWITCHES = 20;
const SUBSCRIPTIONS = 40;

describe('twenty switches of the real server', () => {
  let host: RealHost;
  beforeAll(async () => {
    host = await startRealHost({ WATCH_MINUTES: '0.02' });
    const { code, lines } = await host.deploy('r0');
    if (code !== 0) throw new Error(lines.join('\n'));
  }, 180_000);
  afterAll(() => host.stop(), 60_000);

  const round = (kind: 'release' | 'unfit' | 'rollback', n: number) => {
    if (kind === 'rollback') return host.cli(['rollback']);
    return kind === 'unfit' ? host.deployUnfit(`r${n}`) : host.deploy(`r${n}`);
  };

  test('with four roll-backs, under load, and 40 subscriptions: no failed request, no socket error, no missed event', async () => {
    const token = await host.signIn();
    const errorsBefore = host.nginxErrors().length;
    const load = host.load(token, 16);
    const watchers = await host.watchProducts(token, SUBSCRIPTIONS);
    await watchers.untilListening();
    const writer = host.writeProducts(token);
    const begun = performance.now();
    const outcomes: string[] = [];
    const backMs: number[] = [];

    for (let n = 1, switches = 0; switches < SWITCHES; n += 1) {
      // Every fourth round goes back: in turn on demand, and by itself, which moves traffic there and back again.
      const kind = n % 4 !== 0 ? 'release' : n % 8 === 0 ? 'unfit' : 'rollback';
      const { code, lines } = await round(kind, n);
      const run = host.state().history[0];
      const wanted = kind === 'unfit' ? 1 : 0;
      expect({ n, code, lines: code === wanted ? [] : lines }).toEqual({ n, code: wanted, lines: [] });
      outcomes.push(`${run?.kind} ${run?.outcome}`);
      switches += kind === 'unfit' ? 2 : 1;
      if (kind === 'rollback') await host.cli(['promote']);
      const from = performance.now();
      await host.untilSubscribed(SUBSCRIPTIONS);
      backMs.push(Math.round(performance.now() - from));
    }

    const written = await writer.stop();
    const seen = await watchers.untilSeen(written);
    const report = await load.stop();
    const seconds = (performance.now() - begun) / 1000;
    const byItself = outcomes.filter((one) => one === 'RELEASE ROLLED_BACK').length;
    const figures = {
      switches: outcomes.length + byItself,
      rollbacks: byItself + outcomes.filter((one) => one === 'ROLLBACK SUCCESS').length,
      seconds: Math.round(seconds),
      requests: report.answered,
      failed: report.failed.length,
      socketErrors: report.socketErrors.length,
      events: written.length,
      reconnections: seen.closeCodes.length,
      slowestReturnMs: Math.max(...backMs),
    };
    process.stdout.write(`deployments: ${JSON.stringify(figures)}\n`);
    expect(byItself).toBe(2);
    expect({ ...figures, requests: 0, events: 0, reconnections: 0, seconds: 0, slowestReturnMs: 0 }).toEqual({
      switches: SWITCHES,
      rollbacks: 4,
      failed: 0,
      socketErrors: 0,
      requests: 0,
      events: 0,
      reconnections: 0,
      seconds: 0,
      slowestReturnMs: 0,
    });
    expect([report.failed, report.socketErrors, seen.missed, seen.doubled]).toEqual([[], [], [], []]);
    expect(seen.closeCodes.every((code) => code === 1001)).toBe(true);
    // A release that goes back by itself never drained the former slot, so the subscriptions stayed where they were.
    const drained = outcomes.filter((one) => one.endsWith('SUCCESS')).length;
    expect(seen.closeCodes.length).toBeGreaterThanOrEqual(drained * SUBSCRIPTIONS);
    expect(report.answered).toBeGreaterThan(2000);
    expect(host.nginxErrors().slice(errorsBefore)).not.toMatch(/prematurely closed|refused|no live upstreams/);
  }, 900_000);
});

describe('a deployer that is killed', () => {
  let host: DeployHost;
  beforeAll(async () => {
    host = await startDeployHost({ DEPLOY_BACKUP: 'true' });
    await killAt('none', 'before', 'base', host.smallRelease('base'));
  }, 60_000);
  afterAll(() => host.stop(), 60_000);

  /** Answers whether the deployer was killed, or the code that it ended with. */
  const killAt = (step: string, phase: string, version: string, release: string): Promise<number | 'killed'> => {
    const args = ['dist/test/support/killed-deployer.js', step, phase, version, release];
    const child = spawn(process.execPath, args, { env: host.env, stdio: ['ignore', 'pipe', 'pipe'] });
    return new Promise((resolve) =>
      child.once('exit', (code, signal) => resolve(signal === 'SIGKILL' ? 'killed' : (code ?? -1))),
    );
  };
  const STEPS = [
    ...['check-migrations', 'backup', 'migrate', 'start', 'health', 'preview-smoke'],
    ...['switch', 'observe', 'public-smoke', 'worker', 'watch', 'drain'],
  ];
  const PHASES = ['before', 'after'];
  const cases = STEPS.flatMap((step) => PHASES.map((phase) => [phase, step] as const));
  const without = { DEPLOY_BACKUP: 'false' };

  test.each(cases)(
    '%s %s: the same command again brings the release out, and no request fails',
    async (phase, step) => {
      const load = startLoad({ url: host.publicUrl, path: '/work', body: '{}', connections: 4 });
      const version = `again-${phase}-${step}`;
      const release = host.smallRelease(version);
      expect(await killAt(step, phase, version, release)).toBe('killed');
      expect((await host.cli(['status'])).lines.join('\n')).toMatch(/was interrupted at /);
      const { code, lines } = await host.cli(['deploy', '--version', version, '--release', release], without);
      const report = await load.stop();
      expect({ code, lines: code === 0 ? [] : lines }).toEqual({ code: 0, lines: [] });
      expect(await host.serving()).toBe(version);
      expect([...report.failed, ...report.socketErrors]).toEqual([]);
      const { run, worker, slots, live } = host.state();
      expect(run).toMatchObject({ outcome: 'SUCCESS', attempt: 2 });
      expect(worker?.release.version).toBe(version);
      expect(live && slots[live]?.release.version).toBe(version);
    },
  );

  test.each(cases)('%s %s: another release instead ends it first, and no request fails', async (phase, step) => {
    const before = await host.serving();
    const load = startLoad({ url: host.publicUrl, path: '/work', body: '{}', connections: 4 });
    const left = `left-${phase}-${step}`;
    expect(await killAt(step, phase, left, host.smallRelease(left))).toBe('killed');
    const version = `instead-${phase}-${step}`;
    const { code } = await host.cli(['deploy', '--version', version, '--release', host.smallRelease(version)], without);
    const report = await load.stop();
    expect(code).toBe(0);
    expect(await host.serving()).toBe(version);
    expect([...report.failed, ...report.socketErrors]).toEqual([]);
    const [newest, former] = host.state().history;
    expect(newest).toMatchObject({ outcome: 'SUCCESS', release: { version } });
    // A release that had traffic went back before the next one came; one that had none was only stopped.
    expect([former?.release.version, former?.outcome]).toEqual([left, expect.stringMatching(/^(ERROR|ROLLED_BACK)$/)]);
    expect(newest?.from?.release.version).toBe(before);
  });

  const BACK = ['switch-back', 'worker-back', 'stop-broken'];
  const backCases = BACK.flatMap((step) => PHASES.map((phase) => [phase, step] as const));
  test.each(backCases)('%s %s, on the way back: resume ends it with the former release', async (phase, step) => {
    const before = await host.serving();
    const version = `back-${phase}-${step}`;
    const release = host.smallRelease(version, { deadLettersGrow: true });
    expect(await killAt(step, phase, version, release)).toBe('killed');
    expect((await host.cli(['status'])).lines.join('\n')).toMatch(/was interrupted at .* while it rolled back/);
    expect((await host.cli(['resume'])).code).toBe(1);
    expect(host.state().run).toMatchObject({ outcome: 'ROLLED_BACK', release: { version } });
    expect(await host.serving()).toBe(before);
    expect(host.state().worker?.release.version).toBe(before);
  });
});
