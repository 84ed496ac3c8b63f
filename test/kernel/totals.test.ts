import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { Decimal } from '../../src/kernel/money.js';
import { computeTotals, discountGiven, partOf, shareOut, type LineAmounts } from '../../src/kernel/totals.js';

const currency = fc.constantFrom('IQD' as const, 'USD' as const);
const decimals = { IQD: 0, USD: 2, RMB: 2 };
const quantity = fc.integer({ min: 1, max: 500_000 }).map((n) => new Decimal(n).dividedBy(1000).toFixed());
const percent = fc.integer({ min: 0, max: 100_000 }).map((n) => new Decimal(n).dividedBy(1000).toFixed());
const price = fc.integer({ min: 0, max: 9_999_999 }).map((n) => new Decimal(n).dividedBy(100).toFixed());
const line = fc.record({ quantity, unitPrice: price, discountPercent: percent, taxPercent: percent });
const document = fc.record({
  currency,
  lines: fc.array(line, { minLength: 1, maxLength: 8 }),
  discountPercent: percent,
  shipping: fc.integer({ min: 0, max: 100 }).map(String),
  adjustment: fc.constant('0'),
});
const sum = (amounts: string[]): string => amounts.reduce((total, one) => total.plus(one), new Decimal(0)).toFixed();
const places = (amount: string): number => new Decimal(amount).decimalPlaces();

describe('totals', () => {
  test.each([
    [
      'two lines, a discount, a tax',
      {
        currency: 'USD' as const,
        lines: [
          { quantity: '3', unitPrice: '9.99', discountPercent: '10', taxPercent: '0' },
          { quantity: '1', unitPrice: '0.25', discountPercent: '0', taxPercent: '15' },
        ],
        discountPercent: '5',
        shipping: '2.50',
        adjustment: '0',
      },
      {
        subtotal: '27.22',
        discountTotal: '1.36',
        taxTotal: '0.04',
        shipping: '2.50',
        adjustment: '0.00',
        total: '28.40',
      },
    ],
    [
      'dinars have no decimals',
      {
        currency: 'IQD' as const,
        lines: [{ quantity: '1.5', unitPrice: '1501', discountPercent: '0', taxPercent: '0' }],
        discountPercent: '0',
        shipping: '0',
        adjustment: '0',
      },
      { subtotal: '2252', discountTotal: '0', taxTotal: '0', shipping: '0', adjustment: '0', total: '2252' },
    ],
  ])('%s', (_name, input, expected) => expect(computeTotals(input).document).toEqual(expected));

  test('the parts are rounded and sum to the total, whatever the document', () => {
    fc.assert(
      fc.property(document, (input) => {
        const { lines, document: totals } = computeTotals(input);
        expect(sum(lines.map((one) => one.lineTotal))).toBe(new Decimal(totals.subtotal).toFixed());
        expect(sum(lines.map((one) => one.discountShare))).toBe(new Decimal(totals.discountTotal).toFixed());
        expect(sum(lines.map((one) => one.taxAmount))).toBe(new Decimal(totals.taxTotal).toFixed());
        const total = new Decimal(totals.subtotal)
          .minus(totals.discountTotal)
          .plus(totals.taxTotal)
          .plus(totals.shipping)
          .plus(totals.adjustment);
        expect(new Decimal(totals.total).equals(total)).toBe(true);
        expect(new Decimal(totals.total).isNegative()).toBe(false);
        for (const amount of [...lines.flatMap((one) => Object.values(one)), ...Object.values(totals)]) {
          expect(places(amount)).toBeLessThanOrEqual(decimals[input.currency]);
        }
        for (const one of lines) {
          expect(new Decimal(one.discountShare).isNegative()).toBe(false);
          expect(new Decimal(one.discountShare).lessThanOrEqualTo(new Decimal(one.lineTotal).plus(1))).toBe(true);
        }
        const given = discountGiven(input);
        expect(given.greaterThanOrEqualTo(0) && given.lessThanOrEqualTo(100)).toBe(true);
      }),
      { numRuns: 2000 },
    );
  });

  test('an amount is shared out to the last unit, none negative', () => {
    fc.assert(
      fc.property(
        currency,
        fc.integer({ min: 0, max: 1_000_000 }),
        fc.array(price, { minLength: 1, maxLength: 20 }),
        (of, cents, weights) => {
          const amount = of === 'IQD' ? String(cents) : new Decimal(cents).dividedBy(100).toFixed();
          const shares = shareOut(amount, weights, of);
          if (weights.every((one) => Number(one) === 0)) return;
          expect(sum(shares)).toBe(new Decimal(amount).toFixed());
          expect(shares.every((share) => !new Decimal(share).isNegative())).toBe(true);
        },
      ),
      { numRuns: 2000 },
    );
  });

  test('a line that is billed in any parts sums to the line', () => {
    fc.assert(
      fc.property(
        document,
        fc.array(fc.integer({ min: 1, max: 400 }), { minLength: 1, maxLength: 12 }),
        (input, steps) => {
          const { lines } = computeTotals(input);
          const whole = { ...(lines[0] as LineAmounts), quantity: input.lines[0]?.quantity as string };
          let taken = { lineTotal: '0', discountShare: '0', taxAmount: '0', quantity: '0' };
          const take = (by: string): void => {
            const part = partOf(whole, taken, by, input.currency);
            const add = (a: string, b: string): string => new Decimal(a).plus(b).toFixed();
            taken = {
              lineTotal: add(taken.lineTotal, part.lineTotal),
              discountShare: add(taken.discountShare, part.discountShare),
              taxAmount: add(taken.taxAmount, part.taxAmount),
              quantity: add(taken.quantity, by),
            };
          };
          for (const step of steps) {
            const left = new Decimal(whole.quantity).minus(taken.quantity);
            const by = Decimal.min(left, new Decimal(whole.quantity).times(step).dividedBy(1000).toDecimalPlaces(3));
            if (by.greaterThan(0)) take(by.toFixed());
          }
          const rest = new Decimal(whole.quantity).minus(taken.quantity);
          if (rest.greaterThan(0)) take(rest.toFixed());
          for (const part of ['lineTotal', 'discountShare', 'taxAmount'] as const) {
            expect(new Decimal(taken[part]).equals(whole[part])).toBe(true);
          }
        },
      ),
      { numRuns: 2000 },
    );
  });
});
