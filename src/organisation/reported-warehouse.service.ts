import type { Tx } from '../platform/db/transact.js';
import { warehouseChanged } from './organisation.events.js';
import { ensureWarehouse } from './organisation.service.js';
import { Warehouse } from './warehouse.entity.js';

/** What an outside source says about a place that holds stock. */
export interface WarehouseSnapshot {
  externalRef: string;
  /** Undefined: the source said nothing that can be used. */
  name: string | undefined;
  active: boolean;
  primary: boolean;
}

interface Reported {
  id: string;
  changed: boolean;
}

/** The primary warehouse takes what names no warehouse, so it stays open whatever the source says. */
function setActive(tx: Tx, warehouse: Warehouse, active: boolean): boolean {
  if (warehouse.active === active || (!active && warehouse.isPrimary)) return false;
  warehouse.active = active;
  tx.emit(warehouseChanged(warehouse.id, { change: 'updated' }));
  return true;
}

/**
 * The source names a warehouse when it is new; afterwards the names, which stand on our paper in two languages, are
 * ours. Whether it is open follows the source.
 */
export async function upsertReportedWarehouse(tx: Tx, snapshot: WarehouseSnapshot): Promise<Reported> {
  const { externalRef, name, active, primary } = snapshot;
  const known = await tx.em.findOne(Warehouse, { externalRef });
  if (known) return { id: known.id, changed: setActive(tx, known, active) };
  const id = await ensureWarehouse(tx, { externalRef, name: name ?? externalRef, primary });
  const made = await tx.em.findOneOrFail(Warehouse, { id });
  setActive(tx, made, active);
  return { id, changed: true };
}

/** The source no longer has the location: no new document names the warehouse. Its stock and its documents stay. */
export async function closeGoneWarehouse(tx: Tx, externalRef: string): Promise<Reported | null> {
  const known = await tx.em.findOne(Warehouse, { externalRef });
  return known && { id: known.id, changed: setActive(tx, known, false) };
}
