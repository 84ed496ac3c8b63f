import { ref } from '@mikro-orm/core';
import { now } from '../kernel/clock.js';
import { badInput, notFound, staleVersion } from '../kernel/errors.js';
import { normaliseText } from '../kernel/normalise.js';
import { isId, newId } from '../kernel/ids.js';
import { Decimal } from '../kernel/money.js';
import { assertOwned, ownerOf, type Phase } from '../kernel/ownership.js';
import type { Tx } from '../platform/db/transact.js';
import { writeMetadata, type MetadataInput } from '../platform/metadata.js';
import { Category } from './category.entity.js';
import { Product } from './product.entity.js';
import { productChanged, type ProductChange } from './product.events.js';
import { lockProduct } from './product-lock.queries.js';
import { productOwners } from './product-ownership.js';
import { writeImage } from './product.queries.js';
import { msg } from '../kernel/message.js';

/**
 * What an outside source reports about a product. `undefined` means not reported: the stored value stays. Amounts are
 * decimal text; the price is in USD.
 */
export interface ProductSnapshot {
  externalRef: string;
  name?: string;
  nameAr?: string | null;
  sku?: string | null;
  description?: string | null;
  brand?: string | null;
  unit?: string | null;
  barcode?: string | null;
  basePriceUsd?: string | null;
  costUsd?: string | null;
  reorderLevel?: string | null;
  active?: boolean;
  trackable?: boolean;
  categoryName?: string | null;
  image?: { sourceRef: string; fileName: string | null } | null;
  stock?: ReportedStock;
}

/** Stock as a source reports it: by warehouse, or as one total; null means not reported. */
export interface ReportedStock {
  onHand: string | null;
  committed: string | null;
  warehouses: { externalRef: string; name: string; primary: boolean; onHand: string | null }[];
}

export interface Upserted {
  id: string;
  changed: boolean;
}

type Editable = Pick<
  Product,
  | 'name'
  | 'nameAr'
  | 'sku'
  | 'description'
  | 'brand'
  | 'unit'
  | 'barcode'
  | 'basePriceUsd'
  | 'costUsd'
  | 'reorderLevel'
  | 'active'
  | 'featured'
  | 'trackable'
  | 'tags'
>;
export type ProductPatch = Partial<Editable>;

const DECIMALS = new Set<keyof Editable>(['basePriceUsd', 'costUsd', 'reorderLevel']);

function isSame(field: keyof Editable, before: unknown, after: unknown): boolean {
  if (before == null || after == null) return (before ?? null) === (after ?? null);
  if (Array.isArray(before) && Array.isArray(after)) return before.join('\n') === after.join('\n');
  return DECIMALS.has(field) ? new Decimal(before as string).equals(after as string) : before === after;
}

/** The fields of `patch` that differ from the product; "1.50" equals "1.500000". */
function changedFields(product: Editable, patch: ProductPatch): (keyof Editable)[] {
  return (Object.keys(patch) as (keyof Editable)[]).filter(
    (field) => patch[field] !== undefined && !isSame(field, product[field], patch[field]),
  );
}

export function searchTextOf(product: Pick<Product, 'name' | 'nameAr' | 'sku' | 'barcode' | 'brand'>): string {
  const parts = [product.name, product.nameAr, product.sku, product.barcode, product.brand];
  return normaliseText([...new Set(parts.filter(Boolean))].join(' '));
}

const isVisible = (product: Product): boolean => product.active && !product.archivedAt;

function assign(product: Product, patch: ProductPatch, fields: readonly (keyof Editable)[]): void {
  Object.assign(product, Object.fromEntries(fields.map((field) => [field, patch[field]])));
  product.searchText = searchTextOf(product);
  product.updatedAt = now();
}

/** What the source may write in this phase: its own fields, and MERGE fields that are still empty here. */
function writableFields(product: Editable, patch: ProductPatch, phase: Phase): ProductPatch {
  return Object.fromEntries(
    Object.entries(patch).filter(([field, value]) => {
      if (value === undefined) return false;
      const owner = ownerOf(productOwners, field, phase);
      return owner === 'ZOHO' || (owner === 'MERGE' && product[field as keyof Editable] == null && value !== null);
    }),
  );
}

/**
 * Brings a product to what the source reports; idempotent. Locks the row; the caller holds the link's lock before it.
 * The category must exist already (ensureCategory, in its own Tx). `moveStock` books what the source reports about
 * stock and answers whether anything moved.
 */
export async function upsertProduct(
  tx: Tx,
  snapshot: ProductSnapshot,
  {
    categoryId,
    moveStock,
  }: { categoryId: string | null | undefined; moveStock: (productId: string) => Promise<boolean> },
  phase: Phase,
): Promise<Upserted> {
  const { externalRef, categoryName: _name, image, stock: _stock, ...reported } = snapshot;
  const found = await lockProduct(tx, { externalRef });
  const at = now();
  const product =
    found ??
    tx.em.create(Product, {
      id: newId(),
      externalRef,
      name: reported.name ?? externalRef,
      active: true,
      featured: false,
      popularity: 0,
      trackable: true,
      searchText: '',
      tags: [],
      version: 1,
      createdAt: at,
      updatedAt: at,
    });
  const before = found !== null && isVisible(product);
  // A new record takes every reported value, whoever owns the field from now on.
  const patch = found ? writableFields(product, reported, phase) : reported;
  const fields: string[] = changedFields(product, patch);
  if (fields.length > 0 || !found) assign(product, patch, fields as (keyof Editable)[]);
  if (categoryId !== undefined && ownerOf(productOwners, 'category', phase) === 'ZOHO') {
    if ((product.category?.id ?? null) !== categoryId) {
      product.category = categoryId === null ? null : ref(tx.em.getReference(Category, categoryId));
      product.updatedAt = at;
      fields.push('category');
    }
  }
  if (product.archivedAt) {
    // The source has it (again), so it is not gone.
    product.archivedAt = null;
    product.updatedAt = at;
    fields.push('archivedAt');
  }
  await tx.em.flush();
  const imageChanged = image
    ? await writeImage(tx.sql, {
        id: newId(),
        productId: product.id,
        sourceRef: image.sourceRef,
        fileName: image.fileName,
      })
    : false;
  if (image && imageChanged) {
    fields.push('images');
    tx.audit({
      entityType: 'ProductImage',
      entityId: product.id,
      action: 'update',
      changes: { [image.sourceRef]: [null, image.fileName] },
    });
  }
  const stockChanged = await moveStock(product.id);

  const change = !found ? 'created' : fields.length > 0 ? 'updated' : stockChanged ? 'stock' : null;
  if (change) emitChange(tx, product, change, stockChanged ? [...fields, 'stock'] : fields, before);
  return { id: product.id, changed: change !== null };
}

function emitChange(
  tx: Tx,
  product: Product,
  change: ProductChange['change'],
  fields: string[],
  before: boolean,
): void {
  tx.emit(productChanged(product.id, { change, fields, visible: before || isVisible(product) }));
}

/** The source no longer has the record. Archived, never deleted: documents point at it. Again is a no-op. */
export async function archiveProduct(tx: Tx, externalRef: string): Promise<Upserted | null> {
  const product = await lockProduct(tx, { externalRef });
  if (!product) return null;
  if (product.archivedAt) return { id: product.id, changed: false };
  const before = isVisible(product);
  product.archivedAt = now();
  product.updatedAt = now();
  emitChange(tx, product, 'archived', ['archivedAt'], before);
  return { id: product.id, changed: true };
}

const publicName = (field: string): string =>
  field === 'basePriceUsd' ? 'basePrice' : field === 'costUsd' ? 'cost' : field;

const MAX_TEXT = 2000;
const MAX_NAME = 200;

function assertShape(patch: ProductPatch): void {
  if (patch.name !== undefined && (patch.name.trim() === '' || patch.name.length > MAX_NAME)) {
    throw badInput('name', msg`A name has 1 to ${MAX_NAME} characters.`);
  }
  for (const [field, value] of Object.entries(patch)) {
    if (typeof value !== 'string' || DECIMALS.has(field as keyof Editable)) continue;
    if (value.length > MAX_TEXT) throw badInput(field, msg`At most ${MAX_TEXT} characters.`);
  }
  if (patch.tags === null) throw badInput('tags', msg`Give a list; an empty list removes all tags.`);
  if (patch.tags && (patch.tags.length > 20 || patch.tags.some((tag) => tag.trim() === '' || tag.length > 50))) {
    throw badInput('tags', msg`At most 20 tags, of 1 to 50 characters.`);
  }
  for (const field of DECIMALS) {
    const value = patch[field] as string | null | undefined;
    if (value != null && new Decimal(value).isNegative())
      throw badInput(publicName(field), msg`It cannot be negative.`);
  }
}

/**
 * Changes a product by hand. Checks in a fixed order: existence, shape, version, ownership; nothing is written when one
 * refuses. Throws NOT_FOUND, BAD_INPUT, STALE_VERSION, FIELD_OWNED_ELSEWHERE. Equal values are no change.
 */
export async function updateProduct(
  tx: Tx,
  input: { id: string; version: number; patch: ProductPatch },
  phase: Phase,
): Promise<Upserted> {
  const found = isId(input.id) ? await lockProduct(tx, { id: input.id }) : null;
  if (!found) throw notFound('Product', input.id);
  assertShape(input.patch);
  if (found.version !== input.version) throw staleVersion(found.version);
  const fields = changedFields(found, input.patch);
  // A product without an external ref has no other owner.
  if (found.externalRef) assertOwned(productOwners, fields, phase, publicName);
  if (fields.length === 0) return { id: found.id, changed: false };
  const before = isVisible(found);
  assign(found, input.patch, fields);
  emitChange(tx, found, 'updated', fields, before);
  return { id: found.id, changed: true };
}

/** Makes a product of our own. Throws BAD_INPUT, NOT_FOUND (category). */
export async function createProduct(
  tx: Tx,
  patch: ProductPatch & { name: string },
  categoryId: string | null,
): Promise<Upserted> {
  assertShape(patch);
  const category =
    categoryId === null ? null : isId(categoryId) ? await tx.em.findOne(Category, categoryId) : undefined;
  if (category === undefined || (categoryId !== null && !category)) {
    throw notFound('Category', categoryId ?? '', 'categoryId');
  }
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
  assign(product, patch, changedFields(product, patch));
  emitChange(tx, product, 'created', Object.keys(patch), false);
  return { id: product.id, changed: true };
}

/**
 * Takes a product out of the catalogue by hand; again is a no-op. Throws NOT_FOUND, STALE_VERSION, FIELD_OWNED_ELSEWHERE
 * (as long as its state is the source's).
 */
export async function archiveOwnProduct(
  tx: Tx,
  input: { id: string; version: number },
  phase: Phase,
): Promise<Upserted> {
  const product = isId(input.id) ? await lockProduct(tx, { id: input.id }) : null;
  if (!product) throw notFound('Product', input.id);
  if (product.archivedAt) return { id: product.id, changed: false };
  if (product.version !== input.version) throw staleVersion(product.version);
  if (product.externalRef) assertOwned(productOwners, ['active'], phase);
  const before = isVisible(product);
  product.archivedAt = now();
  product.updatedAt = now();
  emitChange(tx, product, 'archived', ['archivedAt'], before);
  return { id: product.id, changed: true };
}

/** Sets what partners keep beside a product; no change of the product itself. Throws NOT_FOUND, BAD_INPUT. */
export async function setProductMetadata(tx: Tx, id: string, entries: readonly MetadataInput[]): Promise<void> {
  const product = isId(id) ? await lockProduct(tx, { id }) : null;
  if (!product) throw notFound('Product', id);
  await writeMetadata(tx, { entityType: 'product', auditType: 'Product', id }, entries);
}
