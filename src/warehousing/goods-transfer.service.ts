import { LockMode, ref } from '@mikro-orm/core';
import { assertCountableLines } from '../catalog/unit.service.js';
import { type DocumentContext, recordDocument } from '../documents/document-context.service.js';
import { failuresOf } from '../documents/document.service.js';
import { nextDocumentNumber } from '../documents/numbering.service.js';
import { type LineQuantity, resolveQuantities } from '../documents/quantities.service.js';
import { assertKeeper } from '../documents/warehouse.service.js';
import { now } from '../kernel/clock.js';
import { assertReason } from '../kernel/document-values.js';
import { badInput, notFound, staleVersion } from '../kernel/errors.js';
import { checkAll } from '../kernel/faults.js';
import { isId, newId } from '../kernel/ids.js';
import { msg } from '../kernel/message.js';
import { Decimal } from '../kernel/money.js';
import { assertDay } from '../ledger/books.service.js';
import { Warehouse } from '../organisation/warehouse.entity.js';
import { defineCommand } from '../platform/command.js';
import type { Tx } from '../platform/db/transact.js';
import { assertDifferentProducts, getStocked } from '../stock/count-and-transfer.service.js';
import { lockLevels } from '../stock/stock.queries.js';
import { emitStockChanges, lockGoods, type Movement, postMovements } from '../stock/stock.service.js';
import { GoodsTransfer, GoodsTransferLine } from './goods-transfer.entity.js';
import { goodsTransferChanged } from './warehousing.events.js';

const MAX_LINES = 100;

export interface NewGoodsTransfer {
  fromWarehouseId: string;
  toWarehouseId: string;
  lines: readonly { productId: string; quantity: string }[];
  reason: string;
}

function emitTransferChanged(tx: Tx, transfer: GoodsTransfer, change: string): void {
  tx.emit(goodsTransferChanged(transfer.id, { change, number: transfer.number }));
}

async function getWarehouse(tx: Tx, id: string, field: string): Promise<Warehouse> {
  const found = isId(id) ? await tx.em.findOne(Warehouse, id) : null;
  if (!found) throw notFound('Warehouse', id, field);
  return found;
}

/** Sends goods on their way: they leave a warehouse, which may be closed, and are in none until they are received. */
export const sendGoods = defineCommand(
  [...failuresOf.making, 'INSUFFICIENT_STOCK'],
  (tx: Tx, documentContext: DocumentContext, input: NewGoodsTransfer & { idempotencyKey: string }) =>
    recordDocument(tx, documentContext, { operation: 'sendGoods', kind: 'goodsTransfer', input }, async (given) => {
      const { fromWarehouseId: from, toWarehouseId: to, lines } = given;
      const [, fromWarehouse, toWarehouse, sentOn, , , products] = await checkAll(
        () => assertReason(given.reason),
        async () => {
          const found = await getWarehouse(tx, from, 'fromWarehouseId');
          assertKeeper(documentContext, found.id, { noun: 'Warehouse', id: from, field: 'fromWarehouseId' });
          return found;
        },
        async () => {
          if (from === to) throw badInput('toWarehouseId', msg`From and to are the same warehouse.`);
          const found = await getWarehouse(tx, to, 'toWarehouseId');
          if (!found.active) throw badInput('toWarehouseId', msg`The warehouse ${found} is closed.`);
          return found;
        },
        () => assertDay(tx, documentContext, null, 'lines'),
        () => {
          if (lines.length === 0 || lines.length > MAX_LINES)
            throw badInput('lines', msg`Give 1 to ${MAX_LINES} lines.`);
          assertDifferentProducts(lines);
        },
        () => assertCountableLines(tx, lines),
        () =>
          getStocked(
            tx,
            lines.map(({ productId }) => productId),
            (index) => `lines.${index}.productId`,
          ),
      );
      const keys = lines.map(({ productId }) => ({ productId, warehouseId: from }));
      const levels = await lockLevels(tx.sql, keys);
      const transfer = tx.em.create(GoodsTransfer, {
        id: newId(),
        number: await nextDocumentNumber(tx, 'TR', fromWarehouse.branch.id),
        status: 'SENT',
        reason: given.reason,
        fromWarehouse: ref(fromWarehouse),
        toWarehouse: ref(toWarehouse),
        sentOn,
        createdBy: tx.actor,
        version: 1,
        createdAt: now(),
      });
      lines.forEach(({ productId, quantity }, position) => {
        const description = products[position]?.name ?? '';
        const amounts = { quantity, received: '0', lost: '0' };
        tx.em.create(GoodsTransferLine, {
          id: newId(),
          transfer: ref(transfer),
          position,
          productId,
          description,
          ...amounts,
        });
      });
      const movements = lines.map(({ productId, quantity }, line): Movement => ({
        ...{ type: 'TRANSFER', productId, warehouseId: from, line },
        ...{ quantity: new Decimal(quantity).negated().toFixed(), reason: given.reason },
        ...{ referenceType: 'goodsTransfer', referenceId: transfer.id },
      }));
      // The company holds what it held, so nothing is posted.
      await postMovements(tx, { levels, costs: [] }, movements, { day: sentOn });
      await emitStockChanges(
        tx,
        lines.map(({ productId }) => productId),
      );
      emitTransferChanged(tx, transfer, 'sent');
      return transfer;
    }),
);

interface TransferStep {
  id: string;
  version: number;
  lines?: readonly LineQuantity[] | null | undefined;
  idempotencyKey: string;
}

/** A transfer into a warehouse that the viewer keeps, locked, with what is still on the way. */
async function lockOnTheWay(
  tx: Tx,
  documentContext: DocumentContext,
  { id, version, lines: given }: Omit<TransferStep, 'idempotencyKey'>,
): Promise<{ transfer: GoodsTransfer; lines: GoodsTransferLine[]; quantities: Map<GoodsTransferLine, Decimal> }> {
  const lock = { lockMode: LockMode.PESSIMISTIC_WRITE, refresh: true } as const;
  const transfer = isId(id) ? await tx.em.findOne(GoodsTransfer, id, lock) : null;
  if (!transfer) throw notFound('Transfer', id);
  assertKeeper(documentContext, transfer.toWarehouse.id, { noun: 'Transfer', id, field: 'id' });
  if (transfer.version !== version) throw staleVersion(transfer.version);
  const ordered = { orderBy: { position: 'asc' }, refresh: true } as const;
  const lines = await tx.em.find(GoodsTransferLine, { transfer: transfer.id }, ordered);
  const left = (line: GoodsTransferLine): Decimal => new Decimal(line.quantity).minus(line.received).minus(line.lost);
  const quantities = await resolveQuantities(tx, { lines, given, left });
  if (quantities.size === 0) throw badInput('lines', msg`Nothing of this transfer is on the way.`);
  return { transfer, lines, quantities };
}

function finish(tx: Tx, transfer: GoodsTransfer, lines: readonly GoodsTransferLine[], day: string): void {
  const done = lines.every((line) => new Decimal(line.received).plus(line.lost).equals(line.quantity));
  // The version moves with every step, so that two people do not receive the same goods.
  transfer.completedOn = day;
  if (done) transfer.status = 'RECEIVED';
}

const movementOf = (transfer: GoodsTransfer, line: GoodsTransferLine, quantity: Decimal): Movement => ({
  ...{
    type: 'TRANSFER',
    productId: line.productId,
    warehouseId: transfer.toWarehouse.id,
    quantity: quantity.toFixed(),
  },
  ...{ referenceType: 'goodsTransfer', referenceId: transfer.id, reason: transfer.reason },
});

/** Takes goods that were on their way into the warehouse: the given quantities, or all that is left. */
export const receiveGoods = defineCommand(
  [...failuresOf.changing, 'PERIOD_CLOSED'],
  (tx: Tx, documentContext: DocumentContext, input: TransferStep) =>
    recordDocument(tx, documentContext, { operation: 'receiveGoods', kind: 'goodsTransfer', input }, async (given) => {
      const { transfer, lines, quantities } = await lockOnTheWay(tx, documentContext, given);
      const day = await assertDay(tx, documentContext, null, 'id');
      const movements = [...quantities].map(([line, quantity]) => {
        line.received = quantity.plus(line.received).toFixed(3);
        return movementOf(transfer, line, quantity);
      });
      await postMovements(tx, { levels: await lockLevels(tx.sql, movements), costs: [] }, movements, { day });
      await emitStockChanges(
        tx,
        movements.map(({ productId }) => productId),
      );
      finish(tx, transfer, lines, day);
      emitTransferChanged(tx, transfer, 'received');
      return transfer;
    }),
);

/** Gives up what never came: it is a difference of the stock, at the average cost. */
export const loseGoods = defineCommand(
  [...failuresOf.changing, 'PERIOD_CLOSED'],
  (tx: Tx, documentContext: DocumentContext, input: TransferStep & { reason: string }) =>
    recordDocument(tx, documentContext, { operation: 'loseGoods', kind: 'goodsTransfer', input }, async (given) => {
      const [, { transfer, lines, quantities }] = await checkAll(
        () => assertReason(given.reason),
        () => lockOnTheWay(tx, documentContext, given),
      );
      const day = await assertDay(tx, documentContext, null, 'id');
      // What is on the way has no level: it arrives and is lost in one step.
      const movements = [...quantities].flatMap(([line, quantity]): Movement[] => {
        line.lost = quantity.plus(line.lost).toFixed(3);
        const arrived = { ...movementOf(transfer, line, quantity), reason: given.reason };
        return [arrived, { ...arrived, type: 'ADJUSTMENT', quantity: quantity.negated().toFixed() }];
      });
      await postMovements(tx, await lockGoods(tx, movements), movements, { day, reason: given.reason });
      finish(tx, transfer, lines, day);
      emitTransferChanged(tx, transfer, 'lost');
      return transfer;
    }),
);
