import { Product } from '../catalog/product.entity.js';
import { Warehouse } from '../organisation/warehouse.entity.js';
import type { Tx } from '../platform/db/transact.js';
import { computed, many, one, read, type RowOf } from '../platform/read/definition.js';
import { sql } from '../platform/read/sql.js';
import { ownWarehouses } from '../stock/stock.queries.js';
import { GoodsTransfer, GoodsTransferLine } from './goods-transfer.entity.js';
import { StockAdjustment, StockAdjustmentLine } from './stock-adjustment.entity.js';
import { StockCount, StockCountLine } from './stock-count.entity.js';

type Run = Tx['sql'];

export const stockCountLineRead = read(StockCountLine, {
  fields: {
    difference: computed((line) => sql`(${line.counted} - ${line.expected})::text`),
    product: one(Product, (line, product) => sql`${product.id} = ${line.productId}`),
  },
});

export const stockCountRead = read(StockCount, {
  scope: (count, who) => ownWarehouses(count.warehouse, who),
  fields: {
    warehouse: one(Warehouse, (count, warehouse) => sql`${warehouse.id} = ${count.warehouse}`),
    lines: many(StockCountLine, (count, line) => sql`${line.count} = ${count.id}`, {
      orderBy: (line) => line.productId,
    }),
  },
});

export type StockCountRow = RowOf<typeof stockCountRead>;

export const goodsTransferLineRead = read(GoodsTransferLine, {
  fields: { product: one(Product, (line, product) => sql`${product.id} = ${line.productId}`) },
});

export const goodsTransferRead = read(GoodsTransfer, {
  scope: (transfer, who) => {
    const [from, to] = [ownWarehouses(transfer.fromWarehouse, who), ownWarehouses(transfer.toWarehouse, who)];
    return typeof from === 'boolean' || typeof to === 'boolean' ? true : sql`(${from} or ${to})`;
  },
  fields: {
    fromWarehouse: one(Warehouse, (transfer, warehouse) => sql`${warehouse.id} = ${transfer.fromWarehouse}`),
    toWarehouse: one(Warehouse, (transfer, warehouse) => sql`${warehouse.id} = ${transfer.toWarehouse}`),
    lines: many(GoodsTransferLine, (transfer, line) => sql`${line.transfer} = ${transfer.id}`, {
      orderBy: (line) => line.position,
    }),
  },
});

export type GoodsTransferRow = RowOf<typeof goodsTransferRead>;

export const stockAdjustmentLineRead = read(StockAdjustmentLine, {
  fields: { product: one(Product, (line, product) => sql`${product.id} = ${line.productId}`) },
});

export const stockAdjustmentRead = read(StockAdjustment, {
  scope: (adjustment, who) => ownWarehouses(adjustment.warehouse, who),
  fields: {
    warehouse: one(Warehouse, (adjustment, warehouse) => sql`${warehouse.id} = ${adjustment.warehouse}`),
    lines: many(StockAdjustmentLine, (adjustment, line) => sql`${line.adjustment} = ${adjustment.id}`, {
      orderBy: (line) => line.position,
    }),
  },
});

export type StockAdjustmentRow = RowOf<typeof stockAdjustmentRead>;

/** The adjustments of the source that it still had when we last looked. */
export async function listAdjustmentRefs(run: Run): Promise<string[]> {
  const rows = await run<{ ref: string }>('select external_ref as ref from stock_adjustments where gone_at is null');
  return rows.map((row) => row.ref);
}

/** What a warehouse holds now, of these products or of all that it has or promised. */
export function listOnHand(
  run: Run,
  warehouseId: string,
  productIds: readonly string[] | null,
): Promise<{ productId: string; onHand: string }[]> {
  return run(
    `select p.id as "productId", coalesce(s.on_hand, 0)::text as "onHand"
     from products p left join stock_levels s on s.product_id = p.id and s.warehouse_id = $1
     where p.trackable and case when $2::uuid[] is null then s.on_hand <> 0 or s.reserved <> 0 else p.id = any ($2::uuid[]) end
     order by p.id`,
    [warehouseId, productIds],
  );
}
