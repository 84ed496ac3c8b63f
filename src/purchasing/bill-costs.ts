import { type Currency, Decimal, roundMoney } from '../kernel/money.js';

/** What a line says of its cost: its own amount, and its share of costs such as freight. */
export interface CostLine {
  quantity: string;
  lineTotal: string;
  landedCost: string;
}

export interface Cost {
  /** In the currency of the document. */
  amount: Decimal;
  /** In the base currency. */
  value: Decimal;
}

/** Turns an amount of a document into the base currency. */
export interface Valued {
  currency: Currency;
  base: Currency;
  valueOf: (amount: Decimal) => Decimal;
}

export const costOf = ({ lineTotal, landedCost }: CostLine): Decimal => new Decimal(lineTotal).plus(landedCost);

export const sumOf = (amounts: readonly Decimal.Value[]): Decimal =>
  amounts.reduce<Decimal>((sum, amount) => sum.plus(amount), new Decimal(0));

/** What of a line belongs to a part of it: whatever the steps, the parts sum to the line. */
export function partOfCost(
  line: CostLine,
  { before, quantity }: { before: Decimal.Value; quantity: Decimal.Value },
  { currency, valueOf }: Pick<Valued, 'currency' | 'valueOf'>,
): Cost {
  const upTo = (reached: Decimal): Decimal =>
    new Decimal(roundMoney(reached.times(costOf(line)).dividedBy(line.quantity), currency));
  const from = upTo(new Decimal(before));
  const to = upTo(new Decimal(before).plus(quantity));
  return { amount: to.minus(from), value: valueOf(to).minus(valueOf(from)) };
}

/** Spreads an amount over lines by what they are worth; what rounding leaves goes to the largest. */
export function spread(amount: Decimal, weights: readonly Decimal.Value[], currency: Currency): Decimal[] {
  const whole = sumOf(weights);
  const shares = weights.map((weight) =>
    whole.isZero() ? new Decimal(0) : new Decimal(roundMoney(amount.times(weight).dividedBy(whole), currency)),
  );
  let largest = 0;
  weights.forEach((weight, index) => {
    if (new Decimal(weight).greaterThan(weights[largest] as Decimal.Value)) largest = index;
  });
  const rest = amount.minus(sumOf(shares));
  return shares.map((share, index) => (index === largest ? share.plus(rest) : share));
}
