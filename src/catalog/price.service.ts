import { badInput, notFound } from '../kernel/errors.js';
import { assertAll, mapAll } from '../kernel/faults.js';
import { isId, newId } from '../kernel/ids.js';
import { assertAmount, assertQuantity } from '../kernel/document-values.js';
import { msg } from '../kernel/message.js';
import { type Currency, Decimal } from '../kernel/money.js';
import { assertOwned, type Phase } from '../kernel/ownership.js';
import { defineCommand } from '../platform/command.js';
import type { AuditRecord, Tx } from '../platform/db/transact.js';
import { withIdempotencyKey, type Keyed } from '../platform/idempotency.js';
import type { PriceList } from './price-list.entity.js';
import { assertPeriod, lockPriceList, priceListOwners } from './price-list.service.js';
import { tierFor, unitPrice, type Tier } from './price-resolution.js';
import {
  deletePrices,
  listTiers,
  writePriceHistory,
  writePrices,
  type PriceHistoryRow,
  type StoredPrice,
} from './price-change.queries.js';
import { Product } from './product.entity.js';
import { productChanged } from './product.events.js';

export type { Tier };

export interface GivenPrice {
  productId: string;
  /** Null takes the price away: the period that begins on `effectiveFrom`, or without it all periods of the tier. */
  amount: string | null;
  currency: string;
  minQuantity?: string | null | undefined;
  discountPercent?: string | null | undefined;
  effectiveFrom?: string | null | undefined;
  effectiveTo?: string | null | undefined;
}

const MAX_PRICES = 500;
const FIRST_DAY = '2000-01-01';

function assertDiscount(percent: string, field: string): void {
  const discount = new Decimal(percent);
  if (discount.isNegative() || discount.greaterThan(100) || discount.decimalPlaces() > 3) {
    throw badInput(field, msg`A discount is 0 to 100 percent.`);
  }
}

function assertPrice(price: GivenPrice, list: PriceList, prefix: string): void {
  const { amount, currency, minQuantity, discountPercent, effectiveFrom, effectiveTo } = price;
  assertAll(
    () => {
      if (currency !== list.currency) {
        throw badInput(`${prefix}currency`, msg`The list ${list.code} is in ${list.currency}.`);
      }
    },
    // Of a price in another currency the decimals say nothing.
    () =>
      amount !== null && currency === list.currency && assertAmount(amount, currency as Currency, `${prefix}amount`),
    () => assertQuantity(minQuantity ?? '1', `${prefix}minQuantity`),
    () => assertDiscount(discountPercent ?? '0', `${prefix}discountPercent`),
    () => assertPeriod(effectiveFrom, effectiveTo, prefix),
  );
}

/** A tier of a product and the day on which it begins: what a list can hold one price for. */
const tierKey = ({ productId, minQuantity, effectiveFrom }: GivenPrice): string =>
  `${productId} ${new Decimal(minQuantity ?? 1).toFixed()} ${effectiveFrom ?? FIRST_DAY}`;

function assertDifferentTiers(prices: readonly GivenPrice[]): void {
  const firstOf = new Map<string, number>();
  mapAll(prices, (price, index) => {
    const first = firstOf.get(tierKey(price));
    if (first === undefined) firstOf.set(tierKey(price), index);
    else throw badInput(`prices.${index}`, msg`Price ${index + 1} is for the same tier as price ${first + 1}.`);
  });
}

/**
 * What one unit costs at a quantity on a day, by the tiers of one list; null when that list has no price for it. Less
 * than one unit (half a metre of cable) costs what one does.
 */
export function unitPriceAt(
  tiers: readonly Tier[],
  at: { quantity: string; day: string; currency: Currency },
): string | null {
  const less = new Decimal(at.quantity).lessThan(1);
  const tier = tierFor(tiers, at.quantity, at.day) ?? (less ? tierFor(tiers, '1', at.day) : null);
  return tier && unitPrice(tier, at.currency);
}

export interface PricesSet {
  changed: number;
}

/** Sets prices of one list, all or none, with their history. Equal prices are no change. */
export const setPrices = defineCommand(
  ['NOT_FOUND', 'BAD_INPUT', 'FIELD_OWNED_ELSEWHERE', 'IDEMPOTENCY_MISMATCH'],
  (
    tx: Tx,
    input: { priceListId: string; prices: GivenPrice[]; idempotencyKey: string },
    phase: Phase,
  ): Promise<Keyed<PricesSet>> => {
    const { idempotencyKey: key, ...rest } = input;
    return withIdempotencyKey(tx, { operation: 'setPrices', key, input: rest }, async () => {
      const { prices } = input;
      if (prices.length === 0 || prices.length > MAX_PRICES) {
        throw badInput('prices', msg`Give 1 to ${MAX_PRICES} prices.`);
      }
      const list = await lockPriceList(tx, input.priceListId, 'priceListId');
      const ids = [...new Set(prices.map((price) => price.productId))].filter(isId);
      const products = new Map(
        (await tx.em.find(Product, { id: { $in: ids } })).map((product) => [product.id, product]),
      );
      assertAll(
        () =>
          mapAll(prices, (price, index) => {
            assertAll(
              () => {
                const { productId } = price;
                if (!products.has(productId)) throw notFound('Product', productId, `prices.${index}.productId`);
              },
              () => assertPrice(price, list, `prices.${index}.`),
            );
          }),
        () => assertDifferentTiers(prices),
      );
      if (list.externalRef) assertOwned(priceListOwners, ['prices'], phase);

      const history = await changePrices(tx, list, prices);
      announce(tx, history, products);
      return { changed: history.length };
    });
  },
);

/** Puts and takes prices away, with their history; answers those that really changed. */
async function changePrices(tx: Tx, list: PriceList, prices: readonly GivenPrice[]): Promise<PriceHistoryRow[]> {
  const history = [...(await putPrices(tx, list, prices)), ...(await takePrices(tx, list, prices))];
  if (history.length > 0) await writePriceHistory(tx.sql, list, history, tx);
  return history;
}

function announce(tx: Tx, history: readonly PriceHistoryRow[], products: ReadonlyMap<string, Product>): void {
  for (const id of new Set(history.map((row) => row.productId))) {
    const product = products.get(id) as Product;
    const visible = product.active && !product.archivedAt;
    tx.emit(productChanged(id, { change: 'updated', fields: ['prices'], visible }));
  }
}

/** Which prices of a list are replaced: all, but for those of some products, or those of some products alone. */
export interface Replaced {
  except?: readonly string[];
  of?: readonly string[];
  /** True when the caller emits the change of the products itself. */
  isAnnounced?: boolean;
}

/**
 * Makes these the prices of a list: what is not among them goes. The caller holds the list's lock and has judged them.
 * Answers how many have changed.
 */
export async function replacePrices(
  tx: Tx,
  list: PriceList,
  prices: readonly GivenPrice[],
  { except = [], of, isAnnounced = false }: Replaced = {},
): Promise<number> {
  const named = new Set(prices.map(tierKey));
  const spared = new Set(except);
  const gone = (await listTiers(tx.sql, list.id, of ?? null))
    .filter((tier) => !spared.has(tier.productId) && !named.has(tierKey({ ...tier, amount: null, currency: '' })))
    .map((tier): GivenPrice => ({ ...tier, amount: null, currency: list.currency }));
  const history = await changePrices(tx, list, [...prices, ...gone]);
  if (history.length === 0 || isAnnounced) return history.length;
  const ids = [...new Set(history.map((row) => row.productId))];
  const products = await tx.em.find(Product, { id: { $in: ids } });
  announce(tx, history, new Map(products.map((product) => [product.id, product])));
  return history.length;
}

/** One record a tier, named by its list and product when it comes or goes. */
function auditPrice(
  tx: Tx,
  list: PriceList,
  row: StoredPrice,
  change: { amount: [string | null, string | null]; discountPercent: [string | null, string | null] },
): void {
  const [before, after] = change.amount;
  const action = before === null ? 'create' : after === null ? 'delete' : 'update';
  const changed = Object.entries(change).filter(([, [old, fresh]]) => old !== fresh);
  const tier = Object.entries({ priceList: list.id, product: row.productId, minQuantity: row.minQuantity }).map(
    ([field, value]) => [field, action === 'delete' ? [value, null] : [null, value]],
  );
  tx.audit({
    entityType: 'Price',
    entityId: row.id,
    action,
    changes: Object.fromEntries(action === 'update' ? changed : [...tier, ...changed]) as AuditRecord['changes'],
  });
}

async function putPrices(tx: Tx, list: PriceList, prices: readonly GivenPrice[]): Promise<PriceHistoryRow[]> {
  const put = prices.filter((price) => price.amount !== null);
  if (put.length === 0) return [];
  const written = await writePrices(
    tx.sql,
    list.id,
    put.map((price) => ({
      id: newId(),
      productId: price.productId,
      minQuantity: price.minQuantity ?? '1',
      effectiveFrom: price.effectiveFrom ?? FIRST_DAY,
      effectiveTo: price.effectiveTo ?? null,
      amount: price.amount as string,
      discountPercent: price.discountPercent ?? '0',
    })),
  );
  for (const row of written) {
    const { amountBefore, amount, discountBefore, discountPercent } = row;
    auditPrice(tx, list, row, {
      amount: [amountBefore, amount],
      discountPercent: [discountBefore, discountPercent],
    });
  }
  return written.map((row) => ({
    id: newId(),
    productId: row.productId,
    minQuantity: row.minQuantity,
    amountBefore: row.amountBefore,
    amountAfter: row.amount,
    discountBefore: row.discountBefore,
    discountAfter: row.discountPercent,
  }));
}

async function takePrices(tx: Tx, list: PriceList, prices: readonly GivenPrice[]): Promise<PriceHistoryRow[]> {
  const keys = prices
    .filter((price) => price.amount === null)
    .map((price) => ({
      productId: price.productId,
      minQuantity: price.minQuantity ?? '1',
      effectiveFrom: price.effectiveFrom ?? null,
    }));
  if (keys.length === 0) return [];
  const taken = await deletePrices(tx.sql, list.id, keys);
  for (const row of taken) {
    const { amount, discountPercent } = row;
    auditPrice(tx, list, row, { amount: [amount, null], discountPercent: [discountPercent, null] });
  }
  return taken.map((row) => ({
    id: newId(),
    productId: row.productId,
    minQuantity: row.minQuantity,
    amountBefore: row.amount,
    amountAfter: null,
    discountBefore: row.discountPercent,
    discountAfter: null,
  }));
}
