import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { startRealHost, type RealHost } from '../support/real-release.js';

/** The product itself behind nginx, with its own database and Redis: two slots at once, as in production. */
describe('switching the real server under load', () => {
  let host: RealHost;
  beforeAll(async () => {
    host = await startRealHost();
  }, 120_000);
  afterAll(() => host.stop(), 60_000);

  test('two switches, a roll-back on demand and one by itself fail no request, and subscriptions come back and miss nothing', async () => {
    expect((await host.deploy('r1')).code).toBe(0);
    // Before the first release the recorder has found nobody there.
    const errorsBefore = host.nginxErrors().length;
    const token = await host.signIn();
    const load = host.load(token, 8);
    const watchers = await host.watchProducts(token, 6);
    await watchers.untilListening();
    const writer = host.writeProducts(token);

    for (const version of ['r2', 'r3']) {
      const { code, lines } = await host.deploy(version);
      expect({ code, lines: code === 0 ? [] : lines }).toEqual({ code: 0, lines: [] });
      // Moved off the former slot at once, although its process stays warm.
      await host.untilSubscribed(6);
    }
    expect((await host.cli(['rollback'])).code).toBe(0);
    expect(await host.serving()).toBe('r2');
    await host.untilSubscribed(6);
    await host.cli(['promote']);
    expect((await host.deployUnfit('r4')).code).toBe(1);
    expect(host.state().run).toMatchObject({ outcome: 'ROLLED_BACK', message: expect.stringMatching(/never good/) });
    expect(await host.serving()).toBe('r2');
    await host.untilSubscribed(6);

    const written = await writer.stop();
    const seen = await watchers.untilSeen(written);
    const report = await load.stop();
    expect({ failed: report.failed, socketErrors: report.socketErrors }).toEqual({ failed: [], socketErrors: [] });
    expect([...report.releases.keys()].sort()).toEqual(['r1', 'r2', 'r3', 'r4']);
    expect(report.answered).toBeGreaterThan(100);
    expect(written.length).toBeGreaterThan(5);
    expect(seen.missed).toEqual([]);
    expect(seen.doubled).toEqual([]);
    expect(seen.closeCodes.every((code) => code === 1001)).toBe(true);
    expect(seen.closeCodes.length).toBeGreaterThanOrEqual(3 * 6);
    expect(host.nginxErrors().slice(errorsBefore)).not.toMatch(/prematurely closed|refused|no live upstreams/);
  }, 150_000);
});
