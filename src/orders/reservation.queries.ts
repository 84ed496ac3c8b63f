import type { Tx } from '../platform/db/transact.js';
import type { LevelKey } from '../stock/stock.queries.js';

type Run = Tx['sql'];

/** How much orders wait for, by product and warehouse; what nobody waits for is left out. */
export async function sumWaiting(run: Run, keys: readonly LevelKey[]): Promise<ReadonlyMap<string, string>> {
  const rows = await run<LevelKey & { quantity: string }>(
    `select ol.product_id as "productId", o.warehouse_id as "warehouseId", sum(ol.backordered)::text as quantity
     from order_lines ol join orders o on o.id = ol.order_id
     where ol.backordered > 0 and ol.product_id = any ($1::uuid[]) and o.warehouse_id = any ($2::uuid[])
       and o.status = 'CONFIRMED'
     group by 1, 2`,
    [keys.map(({ productId }) => productId), keys.map(({ warehouseId }) => warehouseId)],
  );
  return new Map(rows.map(({ productId, warehouseId, quantity }) => [`${productId} ${warehouseId}`, quantity]));
}

const WAITING = `order_lines ol join orders o on o.id = ol.order_id and o.status = 'CONFIRMED'
       join stock_levels s on s.product_id = ol.product_id and s.warehouse_id = o.warehouse_id
     where ol.product_id = $1 and ol.backordered > 0 and s.on_hand > s.reserved`;

/** Whether goods of a product lie free in a warehouse where an order waits for them. */
export async function isAwaited(run: Run, productId: string): Promise<boolean> {
  const [row] = await run<{ awaited: boolean }>(`select exists (select 1 from ${WAITING}) as awaited`, [productId]);
  return row?.awaited === true;
}

export interface WaitingOrder {
  orderId: string;
}

/** The orders that wait for a product of which goods are free, in the order in which they get them: the first confirmed first. */
export function listWaiting(run: Run, productId: string): Promise<WaitingOrder[]> {
  return run<WaitingOrder>(`select o.id as "orderId" from ${WAITING} group by o.id order by o.confirmed_at, o.id`, [
    productId,
  ]);
}
