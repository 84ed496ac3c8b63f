import { Decimal } from '../kernel/money.js';
import type { Tx } from '../platform/db/transact.js';
import { emitStockChanges, lockGoods, type Movement, postMovements } from '../stock/stock.service.js';
import type { Invoice, InvoiceLine } from './invoice.entity.js';

/** Goods of an invoice without an order: out with it, back when it is void. */
export async function moveGoods(
  tx: Tx,
  invoice: Invoice,
  lines: readonly Pick<InvoiceLine, 'productId' | 'quantity' | 'movedStock'>[],
  { type, day }: { type: 'SALE' | 'RETURN'; day: string },
): Promise<void> {
  const movements = lines.flatMap((line, index): Movement[] => {
    if (!line.movedStock || !line.productId) return [];
    const quantity = type === 'SALE' ? new Decimal(line.quantity).negated().toFixed() : line.quantity;
    const reference = { referenceType: 'invoice', referenceId: invoice.id };
    const levelKey = { productId: line.productId, warehouseId: invoice.warehouseId };
    const said = { ...reference, soldBy: reference, reason: invoice.number };
    return [{ type, quantity, ...levelKey, ...said, line: index, list: 'freeLines' }];
  });
  if (movements.length === 0) return;
  const event = type === 'SALE' ? 'SHIPMENT' : 'GOODS_RETURN';
  await postMovements(tx, await lockGoods(tx, movements), movements, {
    day,
    document: { type: 'invoice', id: invoice.id, event },
    salespersonOf: invoice.customer.id,
  });
  await emitStockChanges(
    tx,
    movements.map(({ productId }) => productId),
  );
}
