import { type Ref, ref } from '@mikro-orm/core';
import { now } from '../kernel/clock.js';
import { AppError, badInput, notFound, staleVersion } from '../kernel/errors.js';
import { normaliseText } from '../kernel/normalise.js';
import { isId, newId } from '../kernel/ids.js';
import { checkAll } from '../kernel/faults.js';
import { defineCommand } from '../platform/command.js';
import { takeLock } from '../platform/db/locks.js';
import type { Tx } from '../platform/db/transact.js';
import { Category } from './category.entity.js';
import { findCategoryId, insertCategory } from './category.queries.js';
import { Product } from './product.entity.js';
import { isBelow } from './product.queries.js';
import { msg } from '../kernel/message.js';

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

/** The name as it is kept; throws BAD_INPUT, ALREADY_EXISTS (a name with the same normalised text). */
async function freeName(tx: Tx, name: string, except: string | null): Promise<string> {
  const trimmed = name.trim();
  if (trimmed === '' || trimmed.length > MAX_NAME) throw badInput('name', msg`A name has 1 to ${MAX_NAME} characters.`);
  const taken = await tx.em.findOne(Category, { normalisedName: normaliseText(trimmed) });
  if (taken && taken.id !== except) {
    throw new AppError('ALREADY_EXISTS', msg`There is a category ${taken.name} already.`, { field: 'name' });
  }
  return trimmed;
}

async function findCategory(tx: Tx, id: string, field: string): Promise<Category> {
  const found = isId(id) ? await tx.em.findOne(Category, id) : null;
  if (!found) throw notFound('Category', id, field);
  return found;
}

interface CategoryInput {
  name: string;
  nameAr?: string | null | undefined;
  /** Null or left out: at the top. */
  parentId?: string | null | undefined;
}

async function newParent(tx: Tx, category: Category, parentId: string | null): Promise<Ref<Category> | null> {
  if (parentId === null) return null;
  const parent = await findCategory(tx, parentId, 'parentId');
  if (await isBelow(tx.sql, parent.id, category.id)) {
    throw badInput('parentId', msg`A category cannot be placed below itself.`);
  }
  return ref(parent);
}

/** Makes a category. A name with the same normalised text is taken. */
export const createCategory = defineCommand(
  ['BAD_INPUT', 'NOT_FOUND', 'ALREADY_EXISTS'],
  async (tx: Tx, input: CategoryInput): Promise<string> => {
    const [name, parent] = await checkAll(
      () => freeName(tx, input.name, null),
      () => (input.parentId == null ? null : findCategory(tx, input.parentId, 'parentId')),
    );
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
  },
);

/** Changes what is given; a category never comes to lie below itself. */
export const updateCategory = defineCommand(
  ['BAD_INPUT', 'NOT_FOUND', 'ALREADY_EXISTS', 'STALE_VERSION'],
  async (tx: Tx, input: Partial<CategoryInput> & { id: string; version: number }): Promise<void> => {
    // Two concurrent moves could create a cycle that neither of them sees. The tree is small and moves are rare.
    await takeLock(tx.sql, 'categoryTree');
    const category = await findCategory(tx, input.id, 'id');
    const { name: wanted = category.name, nameAr = category.nameAr, parentId } = input;
    const [name, parent] = await checkAll(
      () => freeName(tx, wanted, category.id),
      () => (parentId === undefined ? category.parent : newParent(tx, category, parentId)),
    );
    if (category.version !== input.version) throw staleVersion(category.version);
    Object.assign(category, { name, normalisedName: normaliseText(name), nameAr, parent });
  },
);

/** Refused while something lies in it; again is a no-op. */
export const archiveCategory = defineCommand(
  ['BAD_INPUT', 'NOT_FOUND', 'STALE_VERSION'],
  async (tx: Tx, input: { id: string; version: number }): Promise<void> => {
    await takeLock(tx.sql, 'categoryTree');
    const category = await findCategory(tx, input.id, 'id');
    if (category.archivedAt) return;
    if (category.version !== input.version) throw staleVersion(category.version);
    const products = await tx.em.count(Product, { category: category.id, archivedAt: null });
    const children = await tx.em.count(Category, { parent: category.id, archivedAt: null });
    if (products + children > 0) {
      throw badInput('id', msg`The category still holds ${products} products and ${children} categories.`);
    }
    category.archivedAt = now();
  },
);
