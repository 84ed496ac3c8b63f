import { Decimal, roundMoney, type Currency } from '../kernel/money.js';

/** One row of a list: what a product costs from a quantity and a day on. */
export interface Tier {
  minQuantity: string;
  effectiveFrom: string;
  effectiveTo: string | null;
  amount: string;
  discountPercent: string;
}

/**
 * The tier that holds for a quantity on a day: of those that have begun, have not ended and whose quantity is reached, the
 * one with the greatest quantity; of equal ones the youngest. Null when there is none: no other list and no base price
 * steps in. The same rule stands as SQL in price.queries (`TIER_ORDER`), for lists; a test compares the two.
 */
export function tierFor(tiers: readonly Tier[], quantity: string, day: string): Tier | null {
  let best: Tier | null = null;
  for (const tier of tiers) {
    if (tier.effectiveFrom > day || (tier.effectiveTo !== null && tier.effectiveTo < day)) continue;
    if (new Decimal(tier.minQuantity).greaterThan(quantity)) continue;
    const order = best ? new Decimal(tier.minQuantity).comparedTo(best.minQuantity) : 1;
    if (!best || order > 0 || (order === 0 && tier.effectiveFrom > best.effectiveFrom)) best = tier;
  }
  return best;
}

/** The price of one unit after the tier's discount, rounded to the currency. */
export function unitPrice(tier: Pick<Tier, 'amount' | 'discountPercent'>, currency: Currency): string {
  if (/^0(\.0+)?$/.test(tier.discountPercent)) return roundMoney(tier.amount, currency);
  const share = new Decimal(100).minus(tier.discountPercent).dividedBy(100);
  return roundMoney(new Decimal(tier.amount).times(share), currency);
}

const CODES: readonly [RegExp, string][] = [
  [/wholesale a/, 'wholesale_a'],
  [/wholesale b/, 'wholesale_b'],
  [/retail/, 'retailer'],
  [/technical.*(iqd|dinar)/, 'technical_iqd'],
  [/technical.*(usd|dollar)/, 'technical_usd'],
  [/consumer|standard/, 'consumer_iqd'],
];

/** The code that a list's name stands for; the first match wins (domain.md 1). Null: a custom one. */
export function codeOfName(name: string): string | null {
  const text = name.toLowerCase();
  return CODES.find(([pattern]) => pattern.test(text))?.[1] ?? null;
}
