import { ref } from '@mikro-orm/core';
import { now } from '../kernel/clock.js';
import { AppError, badInput, notFound, staleVersion } from '../kernel/errors.js';
import { assertText } from '../kernel/document-values.js';
import { assertAll, checkAll, mapAll } from '../kernel/faults.js';
import { normaliseText } from '../kernel/normalise.js';
import { isId, newId } from '../kernel/ids.js';
import { Decimal } from '../kernel/money.js';
import { assertOwned, type Phase } from '../kernel/ownership.js';
import { assertNeverNull } from '../kernel/patch.js';
import { defineCommand } from '../platform/command.js';
import { takeLock } from '../platform/db/locks.js';
import type { Tx } from '../platform/db/transact.js';
import { writeMetadata, type MetadataInput } from '../platform/metadata.js';
import { Category } from './category.entity.js';
import { followBasePrice } from './percentage-price.service.js';
import { Product, productOwners } from './product.entity.js';
import { productChanged, type ProductChange } from './product.events.js';
import { lockProduct } from './product-lock.queries.js';
import { msg } from '../kernel/message.js';

export interface Upserted {
  id: string;
  changed: boolean;
}

/** What may be written by hand: every field that has an owner, but for the category, which is a record of its own. */
export type Editable = Pick<Product, Exclude<keyof typeof productOwners, 'category'>>;
export type ProductPatch = Partial<Editable>;

const DECIMALS = new Set<keyof Editable>(['basePriceUsd', 'costUsd', 'reorderLevel']);

function isSame(field: keyof Editable, before: unknown, after: unknown): boolean {
  if (before == null || after == null) return (before ?? null) === (after ?? null);
  if (Array.isArray(before) && Array.isArray(after)) return before.join('\n') === after.join('\n');
  return DECIMALS.has(field) ? new Decimal(before as string).equals(after as string) : before === after;
}

/** The fields of `patch` that differ from the product; "1.50" equals "1.500000". */
export function changedFields(product: Editable, patch: ProductPatch): (keyof Editable)[] {
  return (Object.keys(patch) as (keyof Editable)[]).filter(
    (field) => patch[field] !== undefined && !isSame(field, product[field], patch[field]),
  );
}

export function searchTextOf(product: Pick<Product, 'name' | 'nameAr' | 'sku' | 'barcode' | 'brand'>): string {
  const parts = [product.name, product.nameAr, product.sku, product.barcode, product.brand];
  return normaliseText([...new Set(parts.filter(Boolean))].join(' '));
}

export const isVisible = (product: Product): boolean => product.active && !product.archivedAt;

export function assignProduct(product: Product, patch: ProductPatch, fields: readonly (keyof Editable)[]): void {
  Object.assign(product, Object.fromEntries(fields.map((field) => [field, patch[field]])));
  product.searchText = searchTextOf(product);
  product.updatedAt = now();
}

export function emitChange(
  tx: Tx,
  product: Product,
  change: ProductChange['change'],
  fields: string[],
  before: boolean,
): void {
  tx.emit(productChanged(product.id, { change, fields, visible: before || isVisible(product) }));
}

const publicName = (field: string): string =>
  field === 'basePriceUsd' ? 'basePrice' : field === 'costUsd' ? 'cost' : field;

const MAX_NAME = 200;
const MAX_TAG = 50;
const MAX_TAGS = 20;
const TEXTS = ['nameAr', 'sku', 'description', 'brand', 'unit', 'barcode'] as const;

function assertTags(tags: ProductPatch['tags'] | null): void {
  if (tags === undefined) return;
  if (tags === null) throw badInput('tags', msg`Give a list; an empty list removes all tags.`);
  if (tags.length > MAX_TAGS) throw badInput('tags', msg`A product has at most ${MAX_TAGS} tags.`);
  mapAll(tags, (tag, index) => {
    if (tag.trim() === '' || tag.length > MAX_TAG) {
      throw badInput(`tags.${index}`, msg`A tag has 1 to ${MAX_TAG} characters.`);
    }
  });
}

/** Everything about a product that can be judged without the database. Throws BAD_INPUT. */
export function assertProductShape(patch: ProductPatch): void {
  const { name } = patch;
  assertAll(
    () => assertNeverNull(patch, ['name', 'active', 'featured']),
    () => {
      if (name != null && (name.trim() === '' || name.length > MAX_NAME)) {
        throw badInput('name', msg`A name has 1 to ${MAX_NAME} characters.`);
      }
    },
    ...TEXTS.map((field) => () => assertText(patch[field], field)),
    () => assertTags(patch.tags),
    ...Object.entries(patch).map(([field, value]) => () => {
      const isNumber = typeof value === 'number' || (value != null && DECIMALS.has(field as keyof Editable));
      if (isNumber && new Decimal(value as string).isNegative()) {
        throw badInput(publicName(field), msg`It cannot be negative.`);
      }
    }),
  );
}

/**
 * Whoever gives a product a SKU or a barcode looks for another one that has it, and two at once would both find none.
 * No index can forbid it, because Zoho allows equal ones. Taken before the row of a product, everywhere.
 */
export async function lockProductCodes(tx: Tx, { sku, barcode }: Pick<ProductPatch, 'sku' | 'barcode'>): Promise<void> {
  if (sku || barcode) await takeLock(tx.sql, 'productCodes');
}

/** Archived products count: documents still name them. Equal ones that came from Zoho stay. Throws ALREADY_EXISTS. */
async function assertFreeCodes(tx: Tx, product: Product | null, patch: ProductPatch): Promise<void> {
  const ownerOfCode = (field: 'sku' | 'barcode'): Promise<Product | null> => {
    const value = patch[field];
    if (!value || value === product?.[field]) return Promise.resolve(null);
    return tx.em.findOne(Product, { [field]: value, ...(product ? { id: { $ne: product.id } } : {}) });
  };
  await checkAll(
    async () => {
      const other = await ownerOfCode('sku');
      if (!other) return;
      throw new AppError('ALREADY_EXISTS', msg`The SKU ${patch.sku ?? ''} belongs to ${other} already.`, {
        field: 'sku',
      });
    },
    async () => {
      const other = await ownerOfCode('barcode');
      if (!other) return;
      throw new AppError('ALREADY_EXISTS', msg`The barcode ${patch.barcode ?? ''} belongs to ${other} already.`, {
        field: 'barcode',
      });
    },
  );
}

/**
 * Changes a product by hand. Checks in a fixed order: existence, input, version, ownership; nothing is written when one
 * refuses. Equal values are no change.
 */
export const updateProduct = defineCommand(
  ['NOT_FOUND', 'BAD_INPUT', 'ALREADY_EXISTS', 'STALE_VERSION', 'FIELD_OWNED_ELSEWHERE'],
  async (tx: Tx, input: { id: string; version: number; patch: ProductPatch }, phase: Phase): Promise<Upserted> => {
    const { id, version, patch } = input;
    await lockProductCodes(tx, patch);
    const found = await getLockedProduct(tx, id);
    await checkAll(
      () => assertProductShape(patch),
      () => assertFreeCodes(tx, found, patch),
    );
    if (found.version !== version) throw staleVersion(found.version);
    const fields = changedFields(found, patch);
    // A product without an external ref has no other owner.
    if (found.externalRef) assertOwned(productOwners, fields, phase, publicName);
    if (fields.length === 0) return { id, changed: false };
    const before = isVisible(found);
    assignProduct(found, patch, fields);
    emitChange(tx, found, 'updated', [...fields, ...(await pricesThatFollow(tx, found, fields))], before);
    return { id, changed: true };
  },
);

async function pricesThatFollow(tx: Tx, product: Product, fields: readonly string[]): Promise<string[]> {
  if (!fields.includes('basePriceUsd')) return [];
  await tx.em.flush();
  return (await followBasePrice(tx, product)) ? ['prices'] : [];
}

async function getLockedProduct(tx: Tx, id: string): Promise<Product> {
  const product = isId(id) ? await lockProduct(tx, { id }) : null;
  if (!product) throw notFound('Product', id);
  return product;
}

async function findCategory(tx: Tx, id: string | null): Promise<Category | null> {
  if (id === null) return null;
  const category = isId(id) ? await tx.em.findOne(Category, id) : null;
  if (!category) throw notFound('Category', id, 'categoryId');
  return category;
}

/** Makes a product of our own. */
export const createProduct = defineCommand(
  ['BAD_INPUT', 'NOT_FOUND', 'ALREADY_EXISTS'],
  async (tx: Tx, patch: ProductPatch & { name: string }, categoryId: string | null): Promise<Upserted> => {
    await lockProductCodes(tx, patch);
    const [category] = await checkAll(
      () => findCategory(tx, categoryId),
      () => assertProductShape(patch),
      () => assertFreeCodes(tx, null, patch),
    );
    const at = now();
    const product = tx.em.create(Product, {
      id: newId(),
      name: patch.name,
      active: true,
      featured: false,
      popularity: 0,
      trackable: true,
      category: category ? ref(category) : null,
      searchText: '',
      tags: [],
      version: 1,
      createdAt: at,
      updatedAt: at,
    });
    assignProduct(product, patch, changedFields(product, patch));
    const fields = Object.keys(patch);
    emitChange(tx, product, 'created', [...fields, ...(await pricesThatFollow(tx, product, fields))], false);
    return { id: product.id, changed: true };
  },
);

/** Takes a product out of the catalogue by hand, unless its state is still the source's; again is a no-op. */
export const archiveOwnProduct = defineCommand(
  ['NOT_FOUND', 'STALE_VERSION', 'FIELD_OWNED_ELSEWHERE'],
  async (tx: Tx, input: { id: string; version: number }, phase: Phase): Promise<Upserted> => {
    const product = await getLockedProduct(tx, input.id);
    if (product.archivedAt) return { id: product.id, changed: false };
    if (product.version !== input.version) throw staleVersion(product.version);
    if (product.externalRef) assertOwned(productOwners, ['active'], phase);
    const before = isVisible(product);
    product.archivedAt = now();
    product.updatedAt = now();
    emitChange(tx, product, 'archived', ['archivedAt'], before);
    return { id: product.id, changed: true };
  },
);

/** Sets what partners keep beside a product; no change of the product itself. */
export const setProductMetadata = defineCommand(
  ['NOT_FOUND', 'BAD_INPUT'],
  async (tx: Tx, id: string, entries: readonly MetadataInput[]): Promise<void> => {
    await getLockedProduct(tx, id);
    await writeMetadata(tx, { entityType: 'product', auditType: 'Product', id }, entries);
  },
);
