import type { Tx } from '../platform/db/transact.js';
import { Product } from './product.entity.js';

/**
 * A product, locked until the Tx ends; null when there is none. NO KEY UPDATE, which the ORM does not know: lines and
 * movements hold a key-share lock on the product that they refer to, and would deadlock with FOR UPDATE, because
 * whoever brings a product up to date locks its stock after it, and whoever sells locks the stock first.
 */
export async function lockProduct(tx: Tx, by: { id: string } | { externalRef: string }): Promise<Product | null> {
  const [column, value] = 'id' in by ? ['id', by.id] : ['external_ref', by.externalRef];
  const [row] = await tx.sql<{ id: string }>(`select id from products where ${column} = $1 for no key update`, [value]);
  return row ? tx.em.findOne(Product, row.id, { refresh: true }) : null;
}
