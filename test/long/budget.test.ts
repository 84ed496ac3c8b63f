import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { simulateBackfill } from '../support/backfill.js';
import { startTestApp, type TestApp } from '../support/app.js';

let t: TestApp;
beforeAll(async () => {
  t = await startTestApp();
});
afterAll(() => t.stop());

test('a backfill of 2,218 items at 1,000 calls a day never delays a webhook by more than 30 s', async () => {
  const load = { items: 2218, perDay: 1000, webhookMinutes: 10, burst: 20, incrementalMinutes: 15 };
  const result = await simulateBackfill(t.app.services.db, 'simulated', load);
  expect(result.itemsDone).toBe(2218);
  expect(result.longestWaitMs).toBeLessThanOrEqual(30_000);
  expect(result.mostCallsADay).toBeLessThanOrEqual(1000);
  expect(result.days).toBeLessThan(5);
});
