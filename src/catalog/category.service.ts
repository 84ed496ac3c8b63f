import { ref } from '@mikro-orm/core';
import { now } from '../kernel/clock.js';
import { AppError, badInput, notFound, staleVersion } from '../kernel/errors.js';
import { normaliseText } from '../kernel/normalise.js';
import { isId, newId } from '../kernel/ids.js';
import { takeLock } from '../platform/db/locks.js';
import type { Tx } from '../platform/db/transact.js';
import { Category } from './category.entity.js';
import { findCategoryId, insertCategory } from './category.queries.js';
import { Product } from './product.entity.js';
import { isBelow } from './product.queries.js';

/**
 * The category of this name, made if there is none; names with the same normalised text are the same category. Runs in
 * its own short Tx before the product's: a product's Tx never touches a shared parent, so two products cannot deadlock
 * on it.
 */
export async function ensureCategory(tx: Tx, name: string): Promise<string> {
  const normalisedName = normaliseText(name);
  const known = await findCategoryId(tx.sql, normalisedName);
  if (known !== null) return known;
  const made = { id: newId(), name: name.trim(), normalisedName, at: now() };
  if (await insertCategory(tx.sql, made)) {
    tx.audit({ entityType: 'Category', entityId: made.id, action: 'create', changes: { name: [null, made.name] } });
    return made.id;
  }
  const raced = await findCategoryId(tx.sql, normalisedName);
  if (raced === null) throw new Error('The category vanished between two statements.');
  return raced;
}

const MAX_NAME = 100;

async function assertName(tx: Tx, name: string, except: string | null): Promise<string> {
  const trimmed = name.trim();
  if (trimmed === '' || trimmed.length > MAX_NAME) throw badInput('name', `A name has 1 to ${MAX_NAME} characters.`);
  const taken = await tx.em.findOne(Category, { normalisedName: normaliseText(trimmed) });
  if (taken && taken.id !== except) {
    throw new AppError('ALREADY_EXISTS', `There is a category ${taken.name} already.`, { field: 'name' });
  }
  return trimmed;
}

async function findCategory(tx: Tx, id: string, field: string): Promise<Category> {
  const found = isId(id) ? await tx.em.findOne(Category, id) : null;
  if (!found) throw notFound('Category', id, field);
  return found;
}

/** Throws BAD_INPUT, NOT_FOUND (parent), ALREADY_EXISTS (a name with the same normalised text). */
export async function createCategory(
  tx: Tx,
  input: { name: string; nameAr?: string | null | undefined; parentId?: string | null | undefined },
): Promise<string> {
  const name = await assertName(tx, input.name, null);
  const parent = input.parentId == null ? null : await findCategory(tx, input.parentId, 'parentId');
  const category = tx.em.create(Category, {
    id: newId(),
    name,
    nameAr: input.nameAr ?? null,
    normalisedName: normaliseText(name),
    parent: parent ? ref(parent) : null,
    version: 1,
    createdAt: now(),
  });
  return category.id;
}

/** Throws NOT_FOUND, BAD_INPUT (below itself), ALREADY_EXISTS, STALE_VERSION. */
export async function updateCategory(
  tx: Tx,
  input: {
    id: string;
    version: number;
    name?: string | undefined;
    nameAr?: string | null | undefined;
    parentId?: string | null | undefined;
  },
): Promise<void> {
  // Two concurrent moves could create a cycle that neither of them sees. The tree is small and moves are rare.
  await takeLock(tx.sql, 'categoryTree');
  const category = await findCategory(tx, input.id, 'id');
  const name = input.name === undefined ? category.name : await assertName(tx, input.name, category.id);
  let parent = category.parent ?? null;
  if (input.parentId !== undefined) {
    const wanted = input.parentId === null ? null : await findCategory(tx, input.parentId, 'parentId');
    if (wanted && (await isBelow(tx.sql, wanted.id, category.id))) {
      throw badInput('parentId', 'A category cannot be placed below itself.');
    }
    parent = wanted ? ref(wanted) : null;
  }
  if (category.version !== input.version) throw staleVersion(category.version);
  Object.assign(category, {
    name,
    normalisedName: normaliseText(name),
    nameAr: input.nameAr === undefined ? category.nameAr : input.nameAr,
    parent,
  });
}

/** Throws NOT_FOUND, STALE_VERSION, BAD_INPUT while something lies in it. */
export async function archiveCategory(tx: Tx, input: { id: string; version: number }): Promise<void> {
  await takeLock(tx.sql, 'categoryTree');
  const category = await findCategory(tx, input.id, 'id');
  if (category.archivedAt) return;
  if (category.version !== input.version) throw staleVersion(category.version);
  const products = await tx.em.count(Product, { category: category.id, archivedAt: null });
  const children = await tx.em.count(Category, { parent: category.id, archivedAt: null });
  if (products + children > 0) {
    throw badInput('id', `The category still holds ${products} products and ${children} categories.`);
  }
  category.archivedAt = now();
}
