import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { startTestApp, type TestApp } from './support/app.js';

/** What one client sends must neither end the process nor delay others. */
describe('no request ends the process', () => {
  let t: TestApp;
  const rejections: unknown[] = [];
  const onRejection = (error: unknown): void => void rejections.push(error);
  beforeAll(async () => {
    process.on('unhandledRejection', onRejection);
    t = await startTestApp();
  });
  afterAll(async () => {
    process.off('unhandledRejection', onRejection);
    await t.stop();
  });
  /** Rejections without a handler are reported after the microtasks of the turn that made them. */
  const settled = async (): Promise<unknown[]> => {
    await t.db.sql('select 1');
    await new Promise((resolve) => setImmediate(resolve));
    return rejections;
  };

  test('a bad cursor beside a count that fails leaves no rejection without a handler', async () => {
    const consumer = await t.as('CONSUMER');
    const answer = await consumer.query(
      String.raw`{ products(after: "x", filter: { sku: { eq: "\u0000" } }) { totalCount nodes { id } } }`,
    );
    expect(answer.errors?.[0]?.extensions['code']).not.toBe('INTERNAL_SERVER_ERROR');
    expect(await settled()).toEqual([]);
  });
});
