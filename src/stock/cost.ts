import { type Currency, Decimal, roundMoney } from '../kernel/money.js';

/**
 * Cost by moving average, company-wide and forward only: what left or came keeps the value that it was posted with. All
 * values are in the base currency. The rules are those of docs/decisions/42-goods-with-cost.md.
 */

/** What the company holds of a product, whatever the warehouse. */
export interface Held {
  readonly quantity: Decimal;
  readonly value: Decimal;
  /** What one piece cost last; goods that are sold beyond the stock leave at it. */
  readonly lastCost: Decimal | null;
}

export interface Moved {
  held: Held;
  /** By how much the value of the stock moves. */
  change: Decimal;
  /** What cannot be part of the stock any more: a cost of today. */
  correction: Decimal;
}

const ZERO = new Decimal(0);
const UNIT_DECIMALS = 6;

const rounded = (amount: Decimal, currency: Currency): Decimal => new Decimal(roundMoney(amount, currency));

const perPiece = (value: Decimal, quantity: Decimal): Decimal =>
  value.dividedBy(quantity).toDecimalPlaces(UNIT_DECIMALS, Decimal.ROUND_HALF_UP);

/** What one piece costs now: the average, or the last one that is known. */
export function unitCost({ quantity, value, lastCost }: Held): Decimal | null {
  return quantity.greaterThan(0) ? perPiece(value, quantity) : lastCost;
}

/** The value of a quantity at the average, or at the last cost that is known; 0 while none is. */
export function valueAtAverage(held: Held, quantity: Decimal, currency: Currency): Decimal {
  const { quantity: on, value, lastCost } = held;
  if (on.greaterThan(0)) return rounded(value.times(quantity).dividedBy(on), currency);
  return rounded(quantity.times(lastCost ?? ZERO), currency);
}

/**
 * Goods come in at their value. What had left before it came, left at the last cost: the stock that remains is valued at
 * the new cost, or at the old one while it is still negative, and the difference is corrected at once.
 */
export function moveIn(held: Held, quantity: Decimal, value: Decimal, currency: Currency): Moved {
  const after = held.quantity.plus(quantity);
  const worth = (): Decimal => {
    if (!held.quantity.lessThan(0)) return held.value.plus(value);
    if (after.greaterThan(0)) return rounded(after.times(value).dividedBy(quantity), currency);
    return rounded(after.times(held.lastCost ?? ZERO), currency);
  };
  const valueAfter = worth();
  const change = valueAfter.minus(held.value);
  const lastCost = after.greaterThan(0) ? perPiece(valueAfter, after) : held.lastCost;
  return { held: { quantity: after, value: valueAfter, lastCost }, change, correction: value.minus(change) };
}

/** Goods leave at the average; the last piece takes all, and what goes beyond it leaves at the last cost. */
export function moveOut(held: Held, quantity: Decimal, currency: Currency): Moved {
  const lastCost = unitCost(held);
  const here = Decimal.max(held.quantity, 0);
  const beyond = Decimal.max(quantity.minus(here), 0);
  const ofStock = quantity.lessThan(here)
    ? valueAtAverage(held, quantity, currency)
    : here.isZero()
      ? ZERO
      : held.value;
  const taken = ofStock.plus(rounded(beyond.times(lastCost ?? ZERO), currency));
  const after = { quantity: held.quantity.minus(quantity), value: held.value.minus(taken), lastCost };
  return { held: after, change: taken.negated(), correction: ZERO };
}

/**
 * A cost that becomes known late, for so many pieces: the part of those that are still here goes to the stock, which it
 * never makes negative; the rest is a cost of today.
 */
export function costLate(held: Held, cost: Decimal, pieces: Decimal, currency: Currency): Moved {
  const here = Decimal.min(Decimal.max(held.quantity, 0), pieces);
  const share = rounded(cost.times(here).dividedBy(pieces), currency);
  const change = here.isZero() ? ZERO : Decimal.max(share, held.value.negated());
  const value = held.value.plus(change);
  const lastCost = here.isZero() ? held.lastCost : perPiece(value, held.quantity);
  return { held: { ...held, value, lastCost }, change, correction: cost.minus(change) };
}
