import { type Currency, Decimal, roundMoney, toNearest } from '../kernel/money.js';
import { findNewestRate } from '../organisation/organisation.queries.js';
import type { Tx } from '../platform/db/transact.js';
import { PriceList } from './price-list.entity.js';
import { replacePrices, type GivenPrice } from './price.service.js';
import { listBasePrices } from './price-list.queries.js';
import type { Product } from './product.entity.js';

/** How the source rounds a price by percentage; its own spelling. */
export const BASE_ROUNDINGS = [
  'no_rounding',
  'round_to_dollor',
  'round_to_dollar_minus_01',
  'round_to_half_dollar',
  'round_to_half_dollar_minus_01',
] as const;
export type BaseRounding = (typeof BASE_ROUNDINGS)[number];

const CENT = new Decimal('0.01');

/** A price by percentage, rounded as its list rounds. Pure. */
export function percentagePrice(base: Decimal, percent: string, rounding: string, currency: Currency): string {
  const exact = base.times(new Decimal(100).plus(percent)).dividedBy(100);
  const step = rounding.includes('half') ? 0.5 : 1;
  const stepped = rounding === 'no_rounding' ? exact : toNearest(exact, step);
  const less = rounding.endsWith('minus_01') && stepped.greaterThan(CENT) ? stepped.minus(CENT) : stepped;
  return roundMoney(less, currency);
}

/** What one dollar is in the currency of a list; null: no rate says it yet. */
async function dollarIn(tx: Tx, currency: string): Promise<Decimal | null> {
  if (currency === 'USD') return new Decimal(1);
  const dollar = await findNewestRate(tx.sql, 'USD');
  const unit = currency === 'IQD' ? '1' : await findNewestRate(tx.sql, currency);
  return dollar === null || unit === null ? null : new Decimal(dollar).dividedBy(unit);
}

interface BasePrice {
  productId: string;
  basePriceUsd: string;
}

async function pricesOf(tx: Tx, list: PriceList, products: readonly BasePrice[]): Promise<GivenPrice[]> {
  const { basePercent, baseRounding } = list;
  const dollar = await dollarIn(tx, list.currency);
  if (basePercent == null || dollar === null) return [];
  return products.map(({ productId, basePriceUsd }) => ({
    productId,
    currency: list.currency,
    amount: percentagePrice(
      new Decimal(basePriceUsd).times(dollar),
      basePercent,
      baseRounding ?? 'no_rounding',
      list.currency as Currency,
    ),
  }));
}

/** Sets every price of a list by percentage from the base prices; answers how many have changed. */
export async function renewPercentagePrices(tx: Tx, list: PriceList): Promise<number> {
  const prices = await pricesOf(tx, list, await listBasePrices(tx.sql));
  return replacePrices(tx, list, prices);
}

/**
 * The lists by percentage follow a base price in the Tx that changes it. The caller has flushed the product, and emits
 * its change. Answers whether a price has changed.
 */
export async function followBasePrice(tx: Tx, product: Pick<Product, 'id' | 'basePriceUsd'>): Promise<boolean> {
  const lists = await tx.em.find(
    PriceList,
    { basePercent: { $ne: null }, archivedAt: null },
    { orderBy: { id: 'asc' } },
  );
  let changed = 0;
  for (const list of lists) {
    const { id: productId, basePriceUsd } = product;
    const prices = basePriceUsd == null ? [] : await pricesOf(tx, list, [{ productId, basePriceUsd }]);
    changed += await replacePrices(tx, list, prices, { of: [productId], isAnnounced: true });
  }
  return changed > 0;
}
