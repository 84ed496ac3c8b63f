import { describe, expect, test } from '@jest/globals';
import { ConfigFault } from '../../src/settings-reader.js';
import { keepSecrets } from '../../src/data-folder.js';
import { readSimulatorArguments, runSimulator } from '../../src/simulator-command.js';
import { startTestApp, TEST_SECRETS } from '../support/app.js';
import { temporaryFolder } from '../support/folder.js';

const NOWHERE = { DATA_DIR: '/nonexistent' };
const read = (args: string[], environment: Record<string, string> = {}) =>
  readSimulatorArguments(args, { ...NOWHERE, ...environment });

describe('npm run simulator', () => {
  test('takes options, settings and the port alone; the option wins', () => {
    expect(read(['9001', '--drop', '15'], { SIMULATOR_DROP_PERCENT: '5', SIMULATOR_DELAY_MS: '300' })).toMatchObject({
      port: 9001,
      webhooksTo: 'http://localhost:8000',
      eventsPerMinute: 60,
      faults: { dropPercent: 15, duplicatePercent: 0, reorderPercent: 0, delayMs: 300 },
    });
    expect(read(['--help'])).toBeNull();
  });

  test('refuses what is no option and what is no percentage, with the names of the settings', () => {
    expect(() => read(['--dorp', '5'])).toThrow(ConfigFault);
    try {
      read(['--drop', '150', '--webhooks-to', 'nowhere']);
      throw new Error('It was accepted.');
    } catch (error) {
      expect((error as ConfigFault).faults).toEqual([
        expect.stringContaining('SIMULATOR_DROP_PERCENT is "150"'),
        expect.stringContaining('SIMULATOR_WEBHOOKS_TO is no URL'),
      ]);
    }
  });

  test('alone sends webhooks that a server takes, signed with the secret that both know', async () => {
    const t = await startTestApp();
    const settings = read(
      ['--port', '0', '--items', '20', '--contacts', '5', '--documents', '9', '--events-per-minute', '3000'],
      {
        SIMULATOR_WEBHOOKS_TO: `${t.url}/`,
        ZOHO_WEBHOOK_SECRET: TEST_SECRETS.webhookSecret,
      },
    );
    const owner = await t.as('OWNER');
    const live = owner.subscribe('subscription { syncQueueEvents { type entityType } }');
    const lines: string[] = [];
    const simulator = await runSimulator(settings!, (line) => lines.push(line));
    try {
      const [first] = await live.until(1);
      expect(first).toEqual({
        syncQueueEvents: { type: 'ENQUEUED', entityType: expect.any(String) },
      });
      expect(lines.join('\n')).toContain(`ZOHO_WEBHOOK_SECRET=${TEST_SECRETS.webhookSecret}`);
      expect(lines.at(-1)).toBe(`3000 changes a minute go to ${t.url}.`);
      const state = await (await fetch(`${simulator.url}/_simulator/state`)).json();
      expect(state).toMatchObject({
        items: 20,
        contacts: 5,
        salesorders: expect.any(Number),
        switches: { dropPercent: 0 },
      });
    } finally {
      live.stop();
      await simulator.stop();
      await t.stop();
    }
  });

  test('signs with the secret of the data folder when none is set', () => {
    const folder = temporaryFolder('simulator');
    const { webhookSecret } = keepSecrets(folder);
    expect(read([], { DATA_DIR: folder })).toMatchObject({ webhookSecret });
    expect(read([])).toMatchObject({ webhookSecret: 'simulated-webhook-secret' });
  });
});
