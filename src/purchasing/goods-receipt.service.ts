import { type Ref, ref } from '@mikro-orm/core';
import { nextDocumentNumber } from '../documents/numbering.service.js';
import { now } from '../kernel/clock.js';
import { newId } from '../kernel/ids.js';
import type { Decimal } from '../kernel/money.js';
import { ACCOUNTS } from '../ledger/journal.service.js';
import type { Warehouse } from '../organisation/warehouse.entity.js';
import type { Tx } from '../platform/db/transact.js';
import { emitStockChanges, lockGoods, type Movement, postMovements } from '../stock/stock.service.js';
import type { Vendor } from '../vendors/vendor.entity.js';
import { type Cost, sumOf } from './bill-costs.js';
import { GoodsReceipt, GoodsReceiptLine } from './goods-receipt.entity.js';

/** The bill or order whose goods come in. */
export interface ReceivedOf {
  kind: 'bill' | 'purchaseOrder';
  id: string;
  number: string;
  vendor: Ref<Vendor>;
  warehouse: Ref<Warehouse>;
  branchId: string;
  currency: string;
  exchangeRate: string;
}

export interface ReceivedLine extends Cost {
  productId: string;
  description: string;
  position: number;
  quantity: Decimal;
  billLineId?: string;
  orderLineId?: string;
}

/**
 * Takes goods in with what they cost: a receipt with its own number, the movements, and one entry that says stock against
 * received and not billed. What a bill brings is billed already.
 */
export async function recordReceipt(
  tx: Tx,
  of: ReceivedOf,
  lines: readonly ReceivedLine[],
  { day, notes = null }: { day: string; notes?: string | null },
): Promise<GoodsReceipt | null> {
  if (lines.length === 0) return null;
  const { currency, branchId } = of;
  const movements = lines.map(({ productId, position, quantity, value }): Movement => ({
    ...{ type: 'RECEIPT', quantity: quantity.toFixed(3), value, account: null },
    ...{ productId, warehouseId: of.warehouse.id, line: position },
    ...{ referenceType: of.kind, referenceId: of.id, reason: of.number },
  }));
  const goods = await lockGoods(tx, movements);
  const receipt = tx.em.create(GoodsReceipt, {
    id: newId(),
    number: await nextDocumentNumber(tx, 'GR', branchId),
    vendor: of.vendor,
    warehouse: of.warehouse,
    branchId,
    billId: of.kind === 'bill' ? of.id : null,
    orderId: of.kind === 'purchaseOrder' ? of.id : null,
    receivedOn: day,
    currency,
    exchangeRate: of.exchangeRate,
    notes,
    createdBy: tx.actor,
    version: 1,
    createdAt: now(),
  });
  lines.forEach(({ quantity, amount, value, ...line }, position) => {
    tx.em.create(GoodsReceiptLine, {
      id: newId(),
      receipt: ref(receipt),
      ...line,
      position,
      quantity: quantity.toFixed(3),
      amount: amount.toFixed(),
      value: value.toFixed(),
      billed: of.kind === 'bill' ? quantity.toFixed(3) : '0',
    });
  });
  const [amount, base] = [sumOf(lines.map((line) => line.amount)), sumOf(lines.map((line) => line.value))];
  const account = ACCOUNTS.receivedNotBilled;
  await postMovements(tx, goods, movements, {
    day,
    document: { type: 'goodsReceipt', id: receipt.id, event: 'RECEIPT' },
    lines: [{ account, currency, amount: amount.negated(), base: base.negated(), branchId }],
  });
  await emitStockChanges(
    tx,
    lines.map(({ productId }) => productId),
  );
  return receipt;
}
