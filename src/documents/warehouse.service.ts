import type { Noun } from '../kernel/arabic/nouns.js';
import { badInput, notFound } from '../kernel/errors.js';
import { isId } from '../kernel/ids.js';
import { Warehouse } from '../organisation/warehouse.entity.js';
import type { Tx } from '../platform/db/transact.js';
import { keepsWarehouse } from '../stock/stock.service.js';
import type { DocumentContext } from './document-context.service.js';
import { msg } from '../kernel/message.js';

/** The warehouse of a document: the one named, or the primary one. Throws NOT_FOUND, and BAD_INPUT for a closed one. */
export async function findWarehouse(tx: Tx, warehouseId: string | null | undefined): Promise<Warehouse> {
  if (warehouseId == null) return tx.em.findOneOrFail(Warehouse, { isPrimary: true });
  const found = isId(warehouseId) ? await tx.em.findOne(Warehouse, warehouseId) : null;
  if (!found) throw notFound('Warehouse', warehouseId, 'warehouseId');
  if (!found.active) throw badInput('warehouseId', msg`This warehouse is closed.`);
  return found;
}

/** The warehouse of a sale. Throws NOT_FOUND, and BAD_INPUT for a closed one or one of damaged goods. */
export async function findSellingWarehouse(tx: Tx, warehouseId: string | null | undefined): Promise<Warehouse> {
  const found = await findWarehouse(tx, warehouseId);
  if (found.damaged) throw badInput('warehouseId', msg`${found} holds damaged goods. They are not sold.`);
  return found;
}

/** Where damaged goods of a branch go: a warehouse of it, or of another branch. Throws BAD_INPUT without any. */
export async function findDamagedWarehouse(tx: Tx, branchId: string, field: string): Promise<Warehouse> {
  const found = await tx.em.find(Warehouse, { damaged: true, active: true }, { orderBy: { code: 'asc' } });
  const warehouse = found.find(({ branch }) => branch.id === branchId) ?? found[0];
  if (!warehouse) throw badInput(field, msg`There is no warehouse for damaged goods. Make one first.`);
  return warehouse;
}

/** Money that no warehouse took in belongs to the branch of the primary one. */
export async function primaryBranchId(tx: Tx): Promise<string> {
  return (await findWarehouse(tx, null)).branch.id;
}

/**
 * Goods are moved by those who keep their warehouse. A document that lies in another one is answered as not found, like
 * every row outside the viewer's row scope. Throws NOT_FOUND.
 */
export function assertKeeper(
  { viewer }: DocumentContext,
  warehouseId: string,
  named: { noun: Noun; id: string; field: string },
): void {
  if (!keepsWarehouse(viewer, warehouseId)) throw notFound(named.noun, named.id, named.field);
}
