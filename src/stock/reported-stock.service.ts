import type { ReportedStock } from '../catalog/reported-product.service.js';
import { Decimal, QUANTITY_DECIMALS } from '../kernel/money.js';
import { listWarehouseRefs, type WarehouseRef } from '../organisation/organisation.queries.js';
import { ensureWarehouse } from '../organisation/organisation.service.js';
import type { Database } from '../platform/db/orm.js';
import type { Transact, Who } from '../platform/db/transact.js';
import { sumOtherReported } from './stock.queries.js';
import type { ReportedLevel } from './stock.service.js';

/**
 * Turns what a source reports about stock into levels of our warehouses. New warehouses are created, each in its own
 * short Tx. A total without warehouses belongs to the primary warehouse, less what the others hold; so does the
 * committed quantity.
 */
export async function reportedLevelsOf(
  services: { db: Database; transact: Transact },
  who: Who,
  externalRef: string,
  stock: ReportedStock | undefined,
): Promise<ReportedLevel[]> {
  if (!stock) return [];
  let warehouses = await listWarehouseRefs(services.db.read);
  const known = new Set(warehouses.map((warehouse) => warehouse.externalRef));
  const fresh = stock.warehouses.filter((warehouse) => !known.has(warehouse.externalRef));
  for (const location of fresh) await services.transact(who, (tx) => ensureWarehouse(tx, location));
  if (fresh.length > 0) warehouses = await listWarehouseRefs(services.db.read);
  const byRef = new Map(warehouses.map((warehouse) => [warehouse.externalRef, warehouse.id]));
  const primary = warehouses.find((warehouse) => warehouse.isPrimary) as WarehouseRef;

  const levels = stock.warehouses
    .filter((warehouse) => warehouse.onHand !== null)
    .map((warehouse): ReportedLevel => ({
      warehouseId: byRef.get(warehouse.externalRef) as string,
      onHand: warehouse.onHand,
      reserved: null,
    }));
  if (stock.warehouses.length === 0 && stock.onHand !== null) {
    const others = await sumOtherReported(services.db.read, externalRef);
    const rest = new Decimal(stock.onHand).minus(others).toFixed(QUANTITY_DECIMALS);
    levels.push({ warehouseId: primary.id, onHand: rest, reserved: null });
  }
  if (stock.committed !== null && !stock.committed.startsWith('-')) {
    const level = levels.find((one) => one.warehouseId === primary.id);
    if (level) level.reserved = stock.committed;
    else levels.push({ warehouseId: primary.id, onHand: null, reserved: stock.committed });
  }
  return levels;
}
