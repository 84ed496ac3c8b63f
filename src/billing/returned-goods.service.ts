import { findDamagedWarehouse } from '../documents/warehouse.service.js';
import { badInput } from '../kernel/errors.js';
import { mapAll } from '../kernel/faults.js';
import { msg } from '../kernel/message.js';
import { Decimal, decimalText } from '../kernel/money.js';
import type { Tx } from '../platform/db/transact.js';
import { emitStockChanges, lockGoods, postMovements } from '../stock/stock.service.js';
import { listReturnable } from './credit-note.queries.js';
import type { CreditNote } from './credit-note.entity.js';
import type { Invoice, InvoiceLine } from './invoice.entity.js';

export interface Returned {
  line: InvoiceLine;
  quantity: string;
  productId: string;
  warehouseId: string;
}

/** Goods that come back, in the order of their lines. Throws BAD_INPUT for such that never left or came back already. */
export async function goodsOf(
  tx: Tx,
  invoice: Invoice,
  credited: readonly { line: InvoiceLine | null; quantity: string; damaged: boolean }[],
  warehouseId = invoice.warehouseId,
): Promise<Returned[]> {
  const field = `lines.${credited.findIndex(({ damaged }) => damaged)}.damaged`;
  const broken = credited.some(({ damaged }) => damaged)
    ? (await findDamagedWarehouse(tx, invoice.branchId, field)).id
    : warehouseId;
  const goods = credited.flatMap(({ line, quantity, damaged }) =>
    line?.productId ? [{ line, quantity, productId: line.productId, warehouseId: damaged ? broken : warehouseId }] : [],
  );
  if (goods.length === 0) throw badInput('restock', msg`These lines contain no goods to return.`);
  const returnable = await listReturnable(tx.sql, invoice.id);
  mapAll(goods, ({ line, quantity }) => {
    const left = new Decimal(returnable.get(line.id) ?? 0);
    if (left.lessThan(quantity))
      throw badInput('restock', msg`Only ${decimalText(left)} of ${line.description} can be returned.`);
  });
  // Before the number of the note: whoever holds a number's lock never waits for another lock.
  await lockGoods(tx, goods);
  return goods;
}

/** Returns goods to a warehouse. */
export async function restock(tx: Tx, note: CreditNote, invoice: Invoice, goods: readonly Returned[]): Promise<void> {
  const reference = { referenceType: 'creditNote', referenceId: note.id, reason: note.number };
  const { orderId } = invoice;
  const soldBy = orderId
    ? { referenceType: 'order', referenceId: orderId }
    : { referenceType: 'invoice', referenceId: invoice.id };
  const movements = goods.map(({ line: _line, ...good }) => ({
    type: 'RETURN' as const,
    ...good,
    ...reference,
    soldBy,
  }));
  await postMovements(tx, await lockGoods(tx, movements), movements, {
    day: note.issuedOn,
    document: { type: 'creditNote', id: note.id, event: 'GOODS_RETURN' },
    salespersonOf: note.customer.id,
  });
  await emitStockChanges(
    tx,
    movements.map(({ productId }) => productId),
  );
}
