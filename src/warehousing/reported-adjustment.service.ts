import { LockMode, ref } from '@mikro-orm/core';
import { now } from '../kernel/clock.js';
import { newId } from '../kernel/ids.js';
import type { Tx } from '../platform/db/transact.js';
import { Warehouse } from '../organisation/warehouse.entity.js';
import { StockAdjustment, StockAdjustmentLine, type StockAdjustmentKind } from './stock-adjustment.entity.js';
import { stockAdjustmentChanged } from './warehousing.events.js';

/** One item of a reported adjustment; null is what the source does not say. */
export interface ReportedAdjustmentLine {
  itemRef: string | null;
  locationRef: string | null;
  name: string;
  unit: string | null;
  quantity: string | null;
  value: string | null;
}

/** What an outside source reports about an adjustment of stock. */
export interface AdjustmentSnapshot {
  externalRef: string;
  kind: keyof typeof StockAdjustmentKind;
  status: string;
  adjustedOn: string;
  reason: string | null;
  description: string | null;
  reference: string | null;
  locationRef: string | null;
  value: string | null;
  lines: ReportedAdjustmentLine[];
}

/** Our ids of what the source names. */
export interface AdjustmentReferences {
  products: ReadonlyMap<string, string>;
  warehouses: ReadonlyMap<string, string>;
}

interface Reported {
  id: string;
  changed: boolean;
}

/**
 * Keeps an adjustment as the source says it, whole; idempotent. Nothing is posted: the stock that it changed is reported
 * with the items. A line of an item that is not here stays, by its name.
 */
export async function upsertReportedAdjustment(
  tx: Tx,
  snapshot: AdjustmentSnapshot,
  { products, warehouses }: AdjustmentReferences,
): Promise<Reported> {
  const { externalRef, locationRef, lines, ...fields } = snapshot;
  const found = await tx.em.findOne(StockAdjustment, { externalRef }, { lockMode: LockMode.PESSIMISTIC_WRITE });
  const warehouseId = locationRef === null ? undefined : warehouses.get(locationRef);
  const warehouse = warehouseId === undefined ? null : ref(tx.em.getReference(Warehouse, warehouseId));
  const said = { ...fields, warehouse, goneAt: null };
  const adjustment =
    found ?? tx.em.create(StockAdjustment, { ...said, id: newId(), externalRef, version: 1, createdAt: now() });
  if (found) Object.assign(found, said);
  await tx.em.flush();
  await tx.em.nativeDelete(StockAdjustmentLine, { adjustment: adjustment.id });
  lines.forEach((line, position) => {
    const { itemRef, locationRef: place, ...rest } = line;
    tx.em.create(StockAdjustmentLine, {
      ...rest,
      id: newId(),
      adjustment: ref(adjustment),
      position,
      productId: itemRef === null ? null : (products.get(itemRef) ?? null),
      warehouseId: place === null ? null : (warehouses.get(place) ?? null),
    });
  });
  tx.emit(stockAdjustmentChanged(adjustment.id, {}));
  return { id: adjustment.id, changed: true };
}

/** The source no longer has it. Marked, never deleted. Again is a no-op. */
export async function markGoneAdjustment(tx: Tx, externalRef: string): Promise<Reported | null> {
  const found = await tx.em.findOne(StockAdjustment, { externalRef }, { lockMode: LockMode.PESSIMISTIC_WRITE });
  if (!found) return null;
  if (found.goneAt) return { id: found.id, changed: false };
  found.goneAt = now();
  tx.emit(stockAdjustmentChanged(found.id, {}));
  return { id: found.id, changed: true };
}
