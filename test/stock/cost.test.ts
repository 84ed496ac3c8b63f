import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { Decimal } from '../../src/kernel/money.js';
import { costLate, type Held, type Moved, moveIn, moveOut, unitCost, valueAtAverage } from '../../src/stock/cost.js';

const held = (quantity: number, value: number, lastCost: number | null = null): Held => ({
  quantity: new Decimal(quantity),
  value: new Decimal(value),
  lastCost: lastCost === null ? null : new Decimal(lastCost),
});
const figures = ({ held: after, change, correction }: Moved): string[] =>
  [after.quantity, after.value, change, correction].map((one) => one.toFixed());
const into = (quantity: number, value: number) => (from: Held) =>
  moveIn(from, new Decimal(quantity), new Decimal(value), 'USD');
const out = (quantity: number) => (from: Held) => moveOut(from, new Decimal(quantity), 'USD');
const late = (cost: number, pieces: number) => (from: Held) =>
  costLate(from, new Decimal(cost), new Decimal(pieces), 'USD');

describe('cost by moving average', () => {
  test('the worked example of the design, every figure', () => {
    let now = held(0, 0);
    const step = (move: (from: Held) => Moved): { value: string; change: string; correction: string } => {
      const moved = move(now);
      now = moved.held;
      return {
        value: moved.held.value.toFixed(),
        change: moved.change.toFixed(),
        correction: moved.correction.toFixed(),
      };
    };
    expect(step(into(10, 200))).toEqual({ value: '200', change: '200', correction: '0' });
    expect(step(late(15, 10))).toEqual({ value: '215', change: '15', correction: '0' });
    expect(step(out(4))).toEqual({ value: '129', change: '-86', correction: '0' });
    expect(step(into(30, 720))).toEqual({ value: '849', change: '720', correction: '0' });
    expect(step(into(1, 21.5))).toEqual({ value: '870.5', change: '21.5', correction: '0' });
    expect(step(late(30, 30))).toEqual({ value: '900.5', change: '30', correction: '0' });
    expect(step(out(37))).toEqual({ value: '0', change: '-900.5', correction: '0' });
    expect(step(out(3))).toEqual({ value: '-73.01', change: '-73.01', correction: '0' });
    expect(step(into(5, 130))).toEqual({ value: '52', change: '125.01', correction: '4.99' });
    expect(step(into(10, 220))).toEqual({ value: '272', change: '220', correction: '0' });
    expect(step(out(2))).toEqual({ value: '226.67', change: '-45.33', correction: '0' });
    expect(step(late(30, 30))).toEqual({ value: '236.67', change: '10', correction: '20' });
    expect(step(out(1))).toEqual({ value: '213', change: '-23.67', correction: '0' });
  });

  test.each<[string, Held, (from: Held) => Moved, string[]]>([
    ['the last piece takes all', held(3, 10), out(3), ['0', '0', '-10', '0']],
    ['a third is rounded, and the rest stays', held(3, 10), out(1), ['2', '6.67', '-3.33', '0']],
    ['out beyond the stock leaves at the average before it', held(2, 10), out(5), ['-3', '-15', '-25', '0']],
    ['out of nothing leaves at the last cost', held(0, 0, 4), out(2), ['-2', '-8', '-8', '0']],
    ['out of nothing that never had a cost leaves at none', held(0, 0), out(2), ['-2', '0', '0', '0']],
    ['in while it stays negative is valued at the old cost', held(-3, -12, 4), into(2, 10), ['-1', '-4', '8', '2']],
    ['in that fills a hole exactly leaves no value', held(-3, -12, 4), into(3, 15), ['0', '0', '12', '3']],
    ['in above a hole is valued at the new cost', held(-2, 0), into(5, 50), ['3', '30', '30', '20']],
    ['a late cost of what is gone is a cost of today', held(0, 0, 4), late(30, 10), ['0', '0', '0', '30']],
    ['a late cost never makes the stock negative', held(10, 5), late(-30, 10), ['10', '0', '-5', '-25']],
    ['a late cost while the stock is negative is a cost of today', held(-2, -8, 4), late(9, 3), ['-2', '-8', '0', '9']],
  ])('%s', (_name, from, move, expected) => {
    expect(figures(move(from))).toEqual(expected);
  });

  test('the cost of a piece is the average, or the last one', () => {
    expect(unitCost(held(4, 10))?.toFixed()).toBe('2.5');
    expect(unitCost(held(-1, -3, 3))?.toFixed()).toBe('3');
    expect(unitCost(held(0, 0))).toBeNull();
    expect(valueAtAverage(held(3, 10), new Decimal(2), 'USD').toFixed()).toBe('6.67');
    expect(valueAtAverage(held(3, 1000), new Decimal(1), 'IQD').toFixed()).toBe('333');
  });

  test('whatever happens, nothing is lost: what moved and what was corrected is what came and left', () => {
    const move = fc.oneof(
      fc.record({ kind: fc.constant('in' as const), n: fc.integer({ min: 1, max: 500 }), cents: fc.nat(1_000_000) }),
      fc.record({ kind: fc.constant('out' as const), n: fc.integer({ min: 1, max: 500 }), cents: fc.constant(0) }),
      fc.record({
        kind: fc.constant('late' as const),
        n: fc.integer({ min: 1, max: 500 }),
        cents: fc.integer({ min: -100_000, max: 100_000 }),
      }),
    );
    fc.assert(
      fc.property(fc.array(move, { maxLength: 60 }), (moves) => {
        let now = held(0, 0);
        for (const { kind, n, cents } of moves) {
          const amount = cents / 100;
          const before = now;
          const moved = kind === 'in' ? into(n, amount)(now) : kind === 'out' ? out(n)(now) : late(amount, n)(now);
          now = moved.held;
          expect(now.value.minus(before.value).equals(moved.change)).toBe(true);
          if (kind !== 'out') expect(moved.change.plus(moved.correction).equals(amount)).toBe(true);
          expect(now.value.decimalPlaces()).toBeLessThanOrEqual(2);
          if (now.quantity.isZero()) expect(now.value.isZero()).toBe(true);
          if (now.quantity.greaterThan(0)) expect(now.value.isNegative() && !now.value.isZero()).toBe(false);
          if (now.quantity.lessThan(0)) expect(now.value.greaterThan(0)).toBe(false);
        }
      }),
      { numRuns: 500 },
    );
  });
});
