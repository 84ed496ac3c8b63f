import { LockMode } from '@mikro-orm/core';
import { now } from '../kernel/clock.js';
import type { Currency } from '../kernel/money.js';
import { ownerOf, type Phase } from '../kernel/ownership.js';
import type { Tx } from '../platform/db/transact.js';
import { renewPercentagePrices, type BaseRounding } from './percentage-price.service.js';
import { Price, PriceList } from './price-list.entity.js';
import { priceListOwners, upsertPriceList } from './price-list.service.js';
import { replacePrices, type GivenPrice } from './price.service.js';
import { findProductIdsByRef } from './product.queries.js';

export interface ReportedTier {
  minQuantity: string;
  amount: string;
  discountPercent: string;
}

export interface ReportedPrice {
  itemRef: string;
  /** Null: what the source says cannot be used, and the old prices of the item stay. */
  tiers: ReportedTier[] | null;
}

/** What an outside source reports about a list and its prices. */
export interface PriceBookSnapshot {
  externalRef: string;
  name: string;
  /** Null: a currency in which the company does not trade. */
  currency: Currency | null;
  isForSales: boolean;
  active: boolean;
  /** Null: the list has prices of its own. Undefined: a percentage that cannot be used, and the old one stays. */
  percentage: { percent: string; rounding: BaseRounding } | null | undefined;
  /** Undefined: no report, and all prices stay. */
  prices: ReportedPrice[] | undefined;
}

interface Reported {
  id: string | null;
  changed: boolean;
  left?: { code: string; field: string; message: string }[];
}

/**
 * Brings a list and all of its prices to what the source reports; idempotent, in one Tx. A price that the source no
 * longer names goes. Prices of products that are not here are left out and named. A list for purchases, or in a currency
 * in which the company does not trade, is not taken in.
 */
export async function upsertPriceBook(tx: Tx, snapshot: PriceBookSnapshot, phase: Phase): Promise<Reported> {
  const { externalRef, name, currency, active, isForSales, percentage, prices } = snapshot;
  const isNew = (await tx.em.count(PriceList, { externalRef })) === 0;
  if (currency === null || !isForSales) return { id: null, changed: false };
  const { id, changed } = await upsertPriceList(tx, { externalRef, name, currency, active }, phase);
  await tx.em.flush();
  const list = await tx.em.findOneOrFail(PriceList, id, { lockMode: LockMode.PESSIMISTIC_WRITE });
  const isBack = list.archivedAt != null;
  // The source has it (again), so it is not gone.
  if (isBack) list.archivedAt = null;
  // A list that is new here takes every price, whoever owns them from then on; prices of ours are never wiped.
  const isEmpty = isNew && (await tx.em.count(Price, { priceList: id })) === 0;
  if (!isEmpty && ownerOf(priceListOwners, 'prices', phase) !== 'ZOHO') return { id, changed: changed || isBack };
  if (percentage !== undefined) {
    list.basePercent = percentage?.percent ?? null;
    list.baseRounding = percentage?.rounding ?? null;
    await tx.em.flush();
  }
  const { count, left } =
    list.basePercent == null ? await applyPrices(tx, list, prices) : await applyPercentage(tx, list);
  return { id, changed: changed || isBack || count > 0, left };
}

async function applyPercentage(tx: Tx, list: PriceList): Promise<{ count: number; left: never[] }> {
  return { count: await renewPercentagePrices(tx, list), left: [] };
}

const SHOWN = 5;

async function applyPrices(
  tx: Tx,
  list: PriceList,
  prices: readonly ReportedPrice[] | undefined,
): Promise<{ count: number; left: NonNullable<Reported['left']> }> {
  if (!prices) return { count: 0, left: [] };
  const ids = await findProductIdsByRef(
    tx.sql,
    prices.map(({ itemRef }) => itemRef),
  );
  const given: GivenPrice[] = [];
  const kept: string[] = [];
  const unknown: string[] = [];
  for (const { itemRef, tiers } of prices) {
    const productId = ids.get(itemRef);
    if (productId === undefined) unknown.push(itemRef);
    else if (tiers === null) kept.push(productId);
    else given.push(...tiers.map((tier) => ({ ...tier, productId, currency: list.currency })));
  }
  const count = await replacePrices(tx, list, given, { except: kept });
  if (unknown.length === 0) return { count, left: [] };
  const named = unknown.slice(0, SHOWN).join(', ') + (unknown.length > SHOWN ? ', ...' : '');
  const message = `${unknown.length} of ${prices.length} prices are of items that are not here: ${named}.`;
  return { count, left: [{ code: 'UNKNOWN_ITEMS', field: 'pricebook_items', message }] };
}

/** The source no longer has the list. Archived, never deleted: documents were priced by it. Again is a no-op. */
export async function archiveGonePriceList(tx: Tx, externalRef: string): Promise<Reported | null> {
  const list = await tx.em.findOne(PriceList, { externalRef }, { lockMode: LockMode.PESSIMISTIC_WRITE });
  if (!list) return null;
  const changed = list.archivedAt == null;
  list.archivedAt ??= now();
  return { id: list.id, changed };
}
