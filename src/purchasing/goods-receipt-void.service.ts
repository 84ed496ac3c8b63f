import { LockMode } from '@mikro-orm/core';
import type { DocumentContext } from '../documents/document-context.service.js';
import { failuresOf } from '../documents/document.service.js';
import { type VoidInput, voidDocument } from '../documents/void.service.js';
import { assertKeeper } from '../documents/warehouse.service.js';
import { badInput, notFound } from '../kernel/errors.js';
import { mapAll } from '../kernel/faults.js';
import { isId } from '../kernel/ids.js';
import { msg } from '../kernel/message.js';
import { Decimal, decimalText } from '../kernel/money.js';
import { ACCOUNTS, type EntryLine } from '../ledger/journal.service.js';
import { defineCommand } from '../platform/command.js';
import type { Tx } from '../platform/db/transact.js';
import { emitStockChanges, lockGoods, type Movement, postMovements } from '../stock/stock.service.js';
import { lockVendor } from '../vendors/vendor.service.js';
import { sumOf } from './bill-costs.js';
import { BillLine } from './bill.entity.js';
import { GoodsReceipt, GoodsReceiptLine } from './goods-receipt.entity.js';
import { emitPurchaseOrderChanged } from './purchase-order.service.js';
import { PurchaseOrder, PurchaseOrderLine } from './purchase-order.entity.js';

const LOCK = { lockMode: LockMode.PESSIMISTIC_WRITE, refresh: true } as const;
const IN_ORDER = { orderBy: { position: 'asc' }, refresh: true } as const;

/** A receipt of a warehouse that the viewer keeps, locked after its vendor and its order. Throws NOT_FOUND. */
async function lockReceipt(
  tx: Tx,
  documentContext: DocumentContext,
  id: string,
): Promise<{ document: GoodsReceipt; party: PurchaseOrder | null }> {
  const known = isId(id) ? await tx.em.findOne(GoodsReceipt, id) : null;
  if (!known) throw notFound('Goods receipt', id);
  assertKeeper(documentContext, known.warehouse.id, { noun: 'Goods receipt', id, field: 'id' });
  await lockVendor(tx, known.vendor.id, 'id');
  const party = known.orderId == null ? null : await tx.em.findOneOrFail(PurchaseOrder, known.orderId, LOCK);
  return { document: await tx.em.findOneOrFail(GoodsReceipt, id, LOCK), party };
}

/** Throws BAD_INPUT, with figures, for goods that a bill names: they go back to the vendor, or the bill is voided first. */
async function assertNotBilled(tx: Tx, receipt: GoodsReceipt): Promise<void> {
  const lines = await tx.em.find(GoodsReceiptLine, { receipt: receipt.id }, IN_ORDER);
  mapAll(lines, ({ billed, quantity, description }) => {
    if (new Decimal(billed).isZero()) return;
    const [on, all] = [decimalText(billed), decimalText(quantity)];
    throw badInput('id', msg`${on} of ${all} ${description} are billed. Return them to the vendor instead.`);
  });
  const landed = await tx.em.find(BillLine, { landedReceiptId: receipt.id }, { populate: ['bill'], refresh: true });
  const dearer = landed.find(({ bill }) => !bill.unwrap().voidedAt);
  if (dearer)
    throw badInput('id', msg`${dearer.bill.unwrap().number} has made these goods dearer. Correct that bill first.`);
}

/** What an order has received is to come again. */
async function reopenOrder(tx: Tx, order: PurchaseOrder, received: readonly GoodsReceiptLine[]): Promise<void> {
  const lines = await tx.em.find(PurchaseOrderLine, { order: order.id }, IN_ORDER);
  for (const line of lines) {
    const quantity = sumOf(
      received.filter(({ orderLineId }) => orderLineId === line.id).map(({ quantity }) => quantity),
    );
    line.received = new Decimal(line.received).minus(quantity).toFixed(3);
  }
  // One that was closed has given up what did not come, and stays so.
  if (order.status === 'CLOSED') return;
  order.status = lines.some((line) => new Decimal(line.received).greaterThan(0)) ? 'PARTLY_RECEIVED' : 'SENT';
}

/**
 * The goods leave at the average, as all goods do; what the receipt said that they cost is taken off what is received and
 * not billed, and the difference is a correction of cost.
 */
async function sendBack(tx: Tx, receipt: GoodsReceipt, lines: readonly GoodsReceiptLine[], day: string): Promise<void> {
  const { currency, branchId } = receipt;
  const movements = lines.map(({ productId, quantity }): Movement => ({
    ...{ type: 'VENDOR_RETURN', productId, warehouseId: receipt.warehouse.id },
    ...{ quantity: new Decimal(quantity).negated().toFixed(), reason: receipt.number },
    ...{ referenceType: 'goodsReceipt', referenceId: receipt.id },
  }));
  const goods = await lockGoods(tx, movements);
  const [amount, base] = [sumOf(lines.map((line) => line.amount)), sumOf(lines.map((line) => line.value))];
  const posted: EntryLine[] = [
    { account: ACCOUNTS.receivedNotBilled, currency, amount, base, branchId },
    {
      account: ACCOUNTS.costCorrections,
      currency: goods.costs[0]?.base ?? currency,
      amount: base.negated(),
      base: base.negated(),
      branchId,
    },
  ];
  await postMovements(tx, goods, movements, {
    day,
    document: { type: 'goodsReceipt', id: receipt.id, event: 'RECEIPT_VOID' },
    lines: posted.filter((line) => !new Decimal(line.amount).isZero()),
  });
  await emitStockChanges(
    tx,
    movements.map(({ productId }) => productId),
  );
}

/** Voids a receipt whose goods are still here and on no bill: they leave today, and are to come again. */
export const voidGoodsReceipt = defineCommand(
  [...failuresOf.voiding, 'INSUFFICIENT_STOCK'],
  (tx: Tx, documentContext: DocumentContext, input: VoidInput) =>
    voidDocument<GoodsReceipt, PurchaseOrder | null>(tx, documentContext, input, {
      operation: 'voidGoodsReceipt',
      kind: 'goodsReceipt',
      noun: 'goods receipt',
      lock: (id) => lockReceipt(tx, documentContext, id),
      assertVoidable: (receipt) => assertNotBilled(tx, receipt),
      async undo(receipt, order, day) {
        const lines = await tx.em.find(GoodsReceiptLine, { receipt: receipt.id }, IN_ORDER);
        if (order) await reopenOrder(tx, order, lines);
        await tx.em.flush();
        await sendBack(tx, receipt, lines, day);
      },
      clear() {
        // Nothing of a receipt is open.
      },
      post(_receipt, order) {
        if (order) emitPurchaseOrderChanged(tx, order, 'receiptVoided');
      },
    }),
);
