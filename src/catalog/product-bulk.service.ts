import { badInput } from '../kernel/errors.js';
import { assertAll } from '../kernel/faults.js';
import type { UpsertedRow } from '../platform/bulk.js';
import type { Tx } from '../platform/db/transact.js';
import { currentPhase } from '../platform/settings.js';
import { Product } from './product.entity.js';
import {
  assertProductShape,
  createProduct,
  lockProductCodes,
  updateProduct,
  type ProductPatch,
} from './product.service.js';
import { msg } from '../kernel/message.js';

export interface UpsertProductRow extends ProductPatch {
  sku: string;
  name: string;
}

/**
 * Makes a product, or changes the one with this SKU. Throws what creating and changing one throw, and BAD_INPUT for a
 * SKU that several products have: Zoho allows it, and it is not clear which one is meant.
 */
export async function upsertProductBySku(tx: Tx, row: UpsertProductRow): Promise<UpsertedRow> {
  assertAll(
    () => {
      if (row.sku.trim() === '') throw badInput('sku', msg`Each row needs a SKU.`);
    },
    () => assertProductShape(row),
  );
  await lockProductCodes(tx, row);
  const [known, other] = await tx.em.find(Product, { sku: row.sku }, { limit: 2, orderBy: { id: 'asc' } });
  if (other) throw badInput('sku', msg`Several products have the SKU ${row.sku}.`);
  if (!known) {
    const { id } = await createProduct(tx, row, null);
    await tx.em.flush();
    return { outcome: 'CREATED', id };
  }
  const { id, version } = known;
  const { changed } = await updateProduct(tx, { id, version, patch: row }, await currentPhase(tx.sql));
  await tx.em.flush();
  return { outcome: changed ? 'UPDATED' : 'UNCHANGED', id };
}
