import { ref } from '@mikro-orm/core';
import { now } from '../kernel/clock.js';
import { newId } from '../kernel/ids.js';
import { ownerOf, type Phase } from '../kernel/ownership.js';
import type { Tx } from '../platform/db/transact.js';
import { Category } from './category.entity.js';
import { followBasePrice } from './percentage-price.service.js';
import { Product, productOwners } from './product.entity.js';
import { lockProduct } from './product-lock.queries.js';
import { writeSourceImage } from './product.queries.js';
import {
  assignProduct,
  changedFields,
  type Editable,
  emitChange,
  isVisible,
  type ProductPatch,
  type Upserted,
} from './product.service.js';

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
  /** Null: the source has none. */
  image?: { sourceRef: string; fileName: string | null } | null;
  stock?: ReportedStock;
}

/** Stock as a source reports it: by warehouse, or as one total; null means not reported. */
export interface ReportedStock {
  onHand: string | null;
  committed: string | null;
  warehouses: { externalRef: string; name: string; primary: boolean; onHand: string | null }[];
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
  if (fields.length > 0 || !found) assignProduct(product, patch, fields as (keyof Editable)[]);
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
  if (image !== undefined && (await writeSourceImage(tx.sql, product.id, image && { ...image, id: newId() }))) {
    fields.push('images');
    tx.audit({
      entityType: 'ProductImage',
      entityId: product.id,
      action: 'update',
      changes: { sourceRef: [null, image?.sourceRef ?? null] },
    });
  }
  if ((!found || fields.includes('basePriceUsd')) && (await followBasePrice(tx, product))) fields.push('prices');
  const stockChanged = await moveStock(product.id);

  const change = !found ? 'created' : fields.length > 0 ? 'updated' : stockChanged ? 'stock' : null;
  if (change) emitChange(tx, product, change, stockChanged ? [...fields, 'stock'] : fields, before);
  return { id: product.id, changed: change !== null };
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
