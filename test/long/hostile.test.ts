import { writeFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { measureCampaign } from '../hostile/measured-campaign.js';
import { closeConnections } from '../hostile/send.js';
import { prepareStage, type Stage } from '../hostile/stage.js';

/** A seed of its own each time; `HOSTILE_SEED` repeats a run. A single request is repeated by test/hostile. */
const SEED = Number(process.env['HOSTILE_SEED'] ?? Math.floor(Math.random() * 1e9));
const REPORT = process.env['HOSTILE_REPORT'];
const REQUESTS = Number(process.env['HOSTILE_REQUESTS'] ?? 100_000);
/** All bounded caches are full by then, so that what still grows behind it is a leak. */
const WARM_UP = REQUESTS / 5;
/** A leak of half a kilobyte a request is beyond it; fragmentation and young objects are not. */
const GROWTH_BYTES = 32 * 2 ** 20;
/** What a person would notice. */
const LONGEST_WAIT_MS = 500;

describe('100,000 hostile requests', () => {
  let stage: Stage;
  beforeAll(async () => {
    stage = await prepareStage();
  }, 180_000);
  afterAll(async () => {
    closeConnections();
    await stage.stop();
  }, 60_000);

  test('end no process, cause no internal error, leave no memory behind, and keep nobody else waiting', async () => {
    const { sent, faults, failures, grown, waits, summary, spent } = await measureCampaign(stage, {
      seed: SEED,
      warmUp: WARM_UP,
      requests: REQUESTS,
      concurrency: 8,
      onPart: (count) => process.stdout.write(`${count} of ${REQUESTS} sent\n`),
    });
    process.stdout.write(summary);
    if (REPORT) {
      const longest = Object.fromEntries([...spent].sort(([, x], [, y]) => y - x));
      writeFileSync(REPORT, JSON.stringify({ faults, failures, spent: longest }, null, 1));
    }
    expect({ seed: SEED, faults }).toEqual({ seed: SEED, faults: [] });
    expect(failures).toEqual([]);
    expect(sent).toBe(REQUESTS);
    expect(grown.heap).toBeLessThan(GROWTH_BYTES);
    expect(grown.buffers).toBeLessThan(GROWTH_BYTES);
    expect(waits.most).toBeLessThan(LONGEST_WAIT_MS);
  }, 7_200_000);
});
