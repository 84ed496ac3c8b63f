import { afterEach, describe, expect, test } from '@jest/globals';
import { setClock } from '../../src/kernel/clock.js';
import { NO_ROW_SCOPE, type Viewer } from '../../src/kernel/viewer.js';
import { createRateLimiter, type RateLimiter, type SharedCounters } from '../../src/platform/rate-limit.js';

const person = (userId: string): Viewer => ({
  kind: 'user',
  userId,
  sessionId: 's',
  role: 'CONSUMER',
  email: `${userId}@test.example`,
  permissions: new Set(),
  rowScope: NO_ROW_SCOPE,
  expiresAtMs: Number.MAX_SAFE_INTEGER,
});
const stranger: Viewer = { kind: 'anonymous' };
const START = Date.UTC(2026, 10, 21, 12, 0, 0);

describe('what a client may use in a minute', () => {
  let restore: (() => void) | null = null;
  afterEach(() => restore?.());
  const at = (ms: number): void => {
    restore?.();
    restore = setClock(() => START + ms);
  };
  const limiter = (shared: SharedCounters | null = null): RateLimiter =>
    createRateLimiter({ factor: 1, shared, isStaff: (viewer) => viewer.kind === 'user' && viewer.userId === 'staff' });
  const isRefused = (one: RateLimiter, viewer: Viewer, address = '10.0.0.1'): boolean => {
    try {
      one.assertWithin(viewer, address);
      return false;
    } catch (error) {
      expect(error).toMatchObject({ code: 'THROTTLED', details: { retryAfterSeconds: expect.any(Number) } });
      return true;
    }
  };

  test('cost and database time are two budgets, and either one ends', () => {
    at(0);
    const one = limiter();
    one.charge(person('a'), '10.0.0.1', { cost: 299_999, databaseMs: 1 });
    expect(isRefused(one, person('a'))).toBe(false);
    one.charge(person('a'), '10.0.0.1', { cost: 1, databaseMs: 0 });
    expect(isRefused(one, person('a'))).toBe(true);
    one.charge(person('b'), '10.0.0.1', { cost: 1, databaseMs: 15_000 });
    expect(isRefused(one, person('b'))).toBe(true);
    expect(isRefused(one, person('c'))).toBe(false);
  });

  test('the window slides: what was used a minute ago is forgotten little by little', () => {
    at(59_000);
    const one = limiter();
    one.charge(person('a'), 'x', { cost: 450_000, databaseMs: 0 });
    at(61_000);
    expect(isRefused(one, person('a'))).toBe(true);
    at(60_000 + 25_000);
    expect(isRefused(one, person('a'))).toBe(false);
    at(3 * 60_000);
    expect(one.charge(person('a'), 'x', { cost: 0, databaseMs: 0 })).toEqual({
      limit: 300_000,
      remaining: 300_000,
      resetSeconds: 60,
    });
  });

  test('staff have more, strangers less, and strangers of one address share theirs', () => {
    at(0);
    const one = limiter();
    one.charge(person('staff'), 'x', { cost: 1_000_000, databaseMs: 0 });
    expect(isRefused(one, person('staff'))).toBe(false);
    one.charge(stranger, '10.0.0.9', { cost: 60_000, databaseMs: 0 });
    expect([isRefused(one, stranger, '10.0.0.9'), isRefused(one, stranger, '10.0.0.8')]).toEqual([true, false]);
    expect(isRefused(one, person('a'), '10.0.0.9')).toBe(false);
  });

  test('many users of one address end at the budget of the address', () => {
    at(0);
    const one = limiter();
    for (let user = 0; user < 30; user += 1) one.charge(person(`u${user}`), 'y', { cost: 200_000, databaseMs: 0 });
    expect([isRefused(one, person('u31'), 'y'), isRefused(one, person('u31'), 'z')]).toEqual([true, false]);
  });

  test('two processes with shared counters refuse together, and each alone when the counters are away', async () => {
    at(0);
    const totals = new Map<string, number>();
    let away = false;
    const shared: SharedCounters = (deltas) =>
      Promise.resolve(
        away
          ? null
          : deltas.map(({ key, by }) => {
              totals.set(key, (totals.get(key) ?? 0) + by);
              return totals.get(key) as number;
            }),
      );
    const [one, two] = [limiter(shared), limiter(shared)];
    one.charge(person('a'), 'x', { cost: 200_000, databaseMs: 0 });
    two.charge(person('a'), 'x', { cost: 150_000, databaseMs: 0 });
    expect([isRefused(one, person('a')), isRefused(two, person('a'))]).toEqual([false, false]);
    await one.synchronise();
    await two.synchronise();
    expect([isRefused(one, person('a')), isRefused(two, person('a'))]).toEqual([false, true]);
    one.charge(person('a'), 'x', { cost: 1, databaseMs: 0 });
    await one.synchronise();
    expect(isRefused(one, person('a'))).toBe(true);
    away = true;
    one.charge(person('b'), 'x', { cost: 300_000, databaseMs: 0 });
    await one.synchronise();
    expect([isRefused(one, person('b')), isRefused(two, person('b'))]).toEqual([true, false]);
    away = false;
    one.charge(person('b'), 'x', { cost: 1, databaseMs: 0 });
    await one.synchronise();
    expect(isRefused(one, person('b'))).toBe(true);
  });

  test('20,000 and more addresses do not fill the memory, and the busy one stays counted', () => {
    at(0);
    const one = limiter();
    for (let n = 0; n < 45_000; n += 1) one.charge(stranger, `10.${n}`, { cost: 1, databaseMs: 0 });
    one.charge(stranger, 'busy', { cost: 60_000, databaseMs: 0 });
    expect(isRefused(one, stranger, 'busy')).toBe(true);
  });
});
