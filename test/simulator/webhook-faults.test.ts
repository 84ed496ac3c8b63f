import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import type { SimulatedItem } from '../../src/simulator/company.js';
import { startTestApp, TEST_SECRETS, type TestApp } from '../support/app.js';

describe('faults of webhooks, by switch', () => {
  let t: TestApp;
  let item: SimulatedItem;
  let next = 0;
  /** What chance says, one after the other; nothing is left to it in a test. */
  let dice: number[] = [];
  const NONE = { dropPercent: 0, duplicatePercent: 0, reorderPercent: 0, delayMs: 0 };
  beforeAll(async () => {
    t = await startTestApp({ simulator: { items: 10, random: () => dice.shift() ?? 0.99 } });
  });
  afterAll(() => t.stop());
  beforeEach(() => {
    item = t.simulator!.items()[(next += 1)] as SimulatedItem;
    Object.assign(t.simulator!.switches, NONE);
    dice = [];
  });

  const send = (one: SimulatedItem) => t.simulator!.send({ url: t.url, secret: TEST_SECRETS.webhookSecret }, one);
  const later = (rate: number, seconds: number) => ({ ...item, rate, modifiedMs: item.modifiedMs + seconds * 1000 });
  const inbox = () =>
    t.db.sql<any>(
      'select outcome, duplicate_count from tds_inbox_events where entity_id = $1 order by received_at, id',
      [item.itemId],
    );
  const price = async () =>
    Number(
      (await t.db.sql<any>('select base_price_usd from products where external_ref = $1', [item.itemId]))[0]
        ?.base_price_usd,
    );

  test('a dropped one never arrives, and the next one brings the record up to date', async () => {
    t.simulator!.switches.dropPercent = 50;
    dice = [0.1, 0.9];
    expect(await send(later(11, 1))).toBe(0);
    expect(await inbox()).toEqual([]);
    expect(await send(later(12, 2))).toBe(202);
    await t.drain();
    expect(await price()).toBe(12);
  });

  test('a doubled one is one row and one effect', async () => {
    t.simulator!.switches.duplicatePercent = 100;
    dice = [0];
    expect(await send(later(13, 1))).toBe(202);
    await t.drain();
    expect(await inbox()).toEqual([{ outcome: 'applied', duplicate_count: 1 }]);
    expect(await price()).toBe(13);
  });

  test('one that is overtaken arrives after the next one, which stays', async () => {
    t.simulator!.switches.reorderPercent = 50;
    dice = [0.1, 0.9];
    const held = send(later(14, 1));
    expect(await send(later(15, 2))).toBe(202);
    await t.drain();
    expect(await held).toBe(202);
    await t.drain();
    const arrived = await t.db.sql<any>(
      'select source_modified_at as at from tds_inbox_events where entity_id = $1 order by received_at, id',
      [item.itemId],
    );
    const [first, second] = arrived.map(({ at }) => at.getTime());
    expect(first - second).toBe(1000);
    expect(await price()).toBe(15);
  });

  test('a delayed one arrives all the same', async () => {
    t.simulator!.switches.delayMs = 20;
    dice = [0.5];
    expect(await send(later(16, 1))).toBe(202);
    await t.drain();
    expect(await price()).toBe(16);
  });

  test('are switched on and off while it runs, and an unknown switch is refused', async () => {
    const post = async (body: object) => {
      const response = await fetch(`${t.simulator!.url}/_simulator/switches`, {
        method: 'POST',
        body: JSON.stringify(body),
      });
      return [response.status, await response.json()] as [number, any];
    };
    const [status, { switches }] = await post({ dropPercent: 20, delayMs: 100 });
    expect([status, switches.dropPercent, t.simulator!.switches.delayMs]).toEqual([200, 20, 100]);
    expect((await post({ dropPercnt: 20 }))[0]).toBe(400);
  });
});
