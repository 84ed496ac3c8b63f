import { LockMode } from '@mikro-orm/core';
import { isBusinessDate, now } from '../kernel/clock.js';
import { assertCurrency } from '../kernel/document-values.js';
import { AppError, badInput, notFound, staleVersion } from '../kernel/errors.js';
import { isId, newId } from '../kernel/ids.js';
import { type Currency, CURRENCY_DECIMALS, Decimal, QUANTITY_DECIMALS } from '../kernel/money.js';
import { assertOwned, ownerOf, type FieldOwners, type Phase } from '../kernel/ownership.js';
import { takeLock } from '../platform/db/locks.js';
import type { AuditRecord, Tx } from '../platform/db/transact.js';
import { withIdempotencyKey, type Keyed } from '../platform/idempotency.js';
import { PriceList } from './price-list.entity.js';
import { codeOfName, tierFor, unitPrice, type Tier } from './price-resolution.js';
import {
  deletePrices,
  writePriceHistory,
  writePrices,
  type PriceHistoryRow,
  type StoredPrice,
} from './price.queries.js';
import { Product } from './product.entity.js';
import { productChanged } from './product.events.js';
import { msg } from '../kernel/message.js';

/** Lists that are bound to a price book at Zoho are written there until the last phase. */
export const priceListOwners: FieldOwners = {
  name: { parallel: 'ZOHO', gradual: 'ZOHO', full: 'ERP' },
  active: { parallel: 'ZOHO', gradual: 'ZOHO', full: 'ERP' },
  prices: { parallel: 'ZOHO', gradual: 'ERP', full: 'ERP' },
  nameAr: { parallel: 'ERP', gradual: 'ERP', full: 'ERP' },
  effectiveFrom: { parallel: 'ERP', gradual: 'ERP', full: 'ERP' },
  effectiveTo: { parallel: 'ERP', gradual: 'ERP', full: 'ERP' },
};

const CODE = /^[a-z0-9][a-z0-9_]{0,39}$/;
const MAX_NAME = 100;

function assertName(field: string, value: string): void {
  if (value.trim() === '' || value.length > MAX_NAME)
    throw badInput(field, msg`A name has 1 to ${MAX_NAME} characters.`);
}

function assertPeriod(from: string | null | undefined, to: string | null | undefined): void {
  for (const [field, day] of Object.entries({ effectiveFrom: from, effectiveTo: to })) {
    if (day != null && !isBusinessDate(day)) throw badInput(field, msg`Not a valid date.`);
  }
  if (from && to && from > to) throw badInput('effectiveTo', msg`The last day is before the first one.`);
}

export interface NewPriceList {
  code: string;
  name: string;
  nameAr?: string | null | undefined;
  currency: string;
  effectiveFrom?: string | null | undefined;
  effectiveTo?: string | null | undefined;
}

/** Makes a list of our own. Throws BAD_INPUT, ALREADY_EXISTS (code). */
export async function createPriceList(tx: Tx, input: NewPriceList): Promise<PriceList> {
  if (!CODE.test(input.code)) throw badInput('code', msg`A code has 1 to 40 small letters, digits or underscores.`);
  assertName('name', input.name);
  assertCurrency(input.currency);
  assertPeriod(input.effectiveFrom, input.effectiveTo);
  if ((await tx.em.count(PriceList, { code: input.code })) > 0) {
    throw new AppError('ALREADY_EXISTS', msg`There is a price list ${input.code} already.`, { field: 'code' });
  }
  return tx.em.create(PriceList, {
    id: newId(),
    code: input.code,
    name: input.name.trim(),
    nameAr: input.nameAr ?? null,
    currency: input.currency,
    active: true,
    effectiveFrom: input.effectiveFrom ?? null,
    effectiveTo: input.effectiveTo ?? null,
    version: 1,
    createdAt: now(),
  });
}

/** What an outside source reports about a list. */
export interface PriceListSnapshot {
  externalRef: string;
  name: string;
  currency: string;
  active: boolean;
}

/**
 * Brings a list to what the source reports; idempotent. It is bound by its id once, by the code that its name stands
 * for (domain.md 1), and keeps that code when it is renamed; a code that is taken, or a name that stands for none,
 * makes a custom list. A list that priced something keeps its currency: another reported currency throws BAD_INPUT.
 */
export async function upsertPriceList(
  tx: Tx,
  snapshot: PriceListSnapshot,
  phase: Phase,
): Promise<{ id: string; changed: boolean }> {
  assertCurrency(snapshot.currency);
  // Two new lists with one name would bind to one code at once.
  await takeLock(tx.sql, 'priceListCodes');
  const code = codeOfName(snapshot.name);
  const bound = await tx.em.findOne(PriceList, { externalRef: snapshot.externalRef });
  const free = bound || code === null ? null : await tx.em.findOne(PriceList, { code, externalRef: null });
  const name = snapshot.name.trim().slice(0, MAX_NAME) || snapshot.externalRef;
  const list = bound ?? free;
  if (!list || (!bound && list.currency !== snapshot.currency)) {
    const made = tx.em.create(PriceList, {
      id: newId(),
      code: `custom_${snapshot.externalRef.toLowerCase()}`,
      name,
      currency: snapshot.currency,
      externalRef: snapshot.externalRef,
      active: snapshot.active,
      version: 1,
      createdAt: now(),
    });
    return { id: made.id, changed: true };
  }
  if (list.currency !== snapshot.currency) {
    throw badInput(
      'currency',
      msg`The list ${list.code} is in ${list.currency}; its prices cannot change to another currency.`,
    );
  }
  const reported = { name, active: snapshot.active };
  const fields = (['name', 'active'] as const).filter(
    (field) => list[field] !== reported[field] && (!bound || ownerOf(priceListOwners, field, phase) === 'ZOHO'),
  );
  if (bound && fields.length === 0) return { id: list.id, changed: false };
  list.externalRef = snapshot.externalRef;
  Object.assign(list, Object.fromEntries(fields.map((field) => [field, reported[field]])));
  return { id: list.id, changed: true };
}

export interface PriceListPatch {
  name?: string | undefined;
  nameAr?: string | null | undefined;
  active?: boolean | undefined;
  effectiveFrom?: string | null | undefined;
  effectiveTo?: string | null | undefined;
}

/** Throws NOT_FOUND, BAD_INPUT, STALE_VERSION, FIELD_OWNED_ELSEWHERE. The code never changes. */
export async function updatePriceList(
  tx: Tx,
  input: { id: string; version: number; patch: PriceListPatch },
  phase: Phase,
): Promise<void> {
  const found = await lockPriceList(tx, input.id, 'id');
  const { patch } = input;
  if (patch.name !== undefined) assertName('name', patch.name);
  assertPeriod(
    patch.effectiveFrom === undefined ? found.effectiveFrom : patch.effectiveFrom,
    patch.effectiveTo === undefined ? found.effectiveTo : patch.effectiveTo,
  );
  if (found.version !== input.version) throw staleVersion(found.version);
  const fields = (Object.keys(patch) as (keyof PriceListPatch)[]).filter(
    (field) => patch[field] !== undefined && (patch[field] ?? null) !== (found[field] ?? null),
  );
  if (found.externalRef) assertOwned(priceListOwners, fields, phase);
  Object.assign(found, Object.fromEntries(fields.map((field) => [field, patch[field]])));
}

/** Archived, never deleted: documents were priced by it. Again is a no-op. Throws NOT_FOUND, STALE_VERSION. */
export async function archivePriceList(tx: Tx, input: { id: string; version: number }): Promise<void> {
  const found = await lockPriceList(tx, input.id, 'id');
  if (found.archivedAt) return;
  if (found.version !== input.version) throw staleVersion(found.version);
  found.archivedAt = now();
}

async function lockPriceList(tx: Tx, id: string, field: string): Promise<PriceList> {
  const found = isId(id) ? await tx.em.findOne(PriceList, id, { lockMode: LockMode.PESSIMISTIC_WRITE }) : null;
  if (!found) throw notFound('Price list', id, field);
  return found;
}

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

function assertPrice(price: GivenPrice, list: PriceList, field: string): void {
  if (price.currency !== list.currency) {
    throw badInput(`${field}.currency`, msg`The list ${list.code} is in ${list.currency}.`);
  }
  const decimals = CURRENCY_DECIMALS[list.currency as Currency];
  if (price.amount !== null) {
    const amount = new Decimal(price.amount);
    if (amount.isNegative()) throw badInput(`${field}.amount`, msg`A price is not negative.`);
    if (amount.decimalPlaces() > decimals) {
      throw badInput(`${field}.amount`, msg`${list.currency} has ${decimals} decimals.`);
    }
  }
  const minimum = new Decimal(price.minQuantity ?? '1');
  if (!minimum.isPositive() || minimum.isZero() || minimum.decimalPlaces() > QUANTITY_DECIMALS) {
    throw badInput(`${field}.minQuantity`, msg`The quantity must be above 0, with at most 3 decimals.`);
  }
  const discount = new Decimal(price.discountPercent ?? '0');
  if (discount.isNegative() || discount.greaterThan(100) || discount.decimalPlaces() > 3) {
    throw badInput(`${field}.discountPercent`, msg`A discount is 0 to 100 percent.`);
  }
  assertPeriod(price.effectiveFrom, price.effectiveTo);
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

/**
 * Sets prices of one list, all or none, with their history. Equal prices are no change. Throws NOT_FOUND (list, product),
 * BAD_INPUT (other currency, too many decimals, twice the same tier), FIELD_OWNED_ELSEWHERE, IDEMPOTENCY_MISMATCH.
 */
export function setPrices(
  tx: Tx,
  input: { priceListId: string; prices: GivenPrice[]; idempotencyKey: string },
  phase: Phase,
): Promise<Keyed<PricesSet>> {
  const { idempotencyKey: key, ...rest } = input;
  return withIdempotencyKey(tx, { operation: 'setPrices', key, input: rest }, async () => {
    const { prices } = input;
    if (prices.length === 0 || prices.length > MAX_PRICES)
      throw badInput('prices', msg`Give 1 to ${MAX_PRICES} prices.`);
    const list = await lockPriceList(tx, input.priceListId, 'priceListId');
    prices.forEach((price, index) => assertPrice(price, list, `prices.${index}`));
    const tierOf = (price: GivenPrice): string =>
      `${price.productId} ${new Decimal(price.minQuantity ?? 1).toFixed()} ${price.effectiveFrom ?? FIRST_DAY}`;
    if (new Set(prices.map(tierOf)).size < prices.length)
      throw badInput('prices', msg`The same price tier appears twice.`);
    if (list.externalRef) assertOwned(priceListOwners, ['prices'], phase);
    const ids = [...new Set(prices.map((price) => price.productId))];
    const products = ids.every(isId) ? await tx.em.find(Product, { id: { $in: ids } }) : [];
    const known = new Map(products.map((product) => [product.id, product]));
    const missing = prices.findIndex((price) => !known.has(price.productId));
    if (missing >= 0) throw notFound('Product', prices[missing]?.productId ?? '', `prices.${missing}.productId`);

    const history = [...(await putPrices(tx, list, prices)), ...(await takePrices(tx, list, prices))];
    if (history.length > 0) await writePriceHistory(tx.sql, list, history, tx);
    for (const id of new Set(history.map((row) => row.productId))) {
      const product = known.get(id) as Product;
      const visible = product.active && !product.archivedAt;
      tx.emit(productChanged(id, { change: 'updated', fields: ['prices'], visible }));
    }
    return { changed: history.length };
  });
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
