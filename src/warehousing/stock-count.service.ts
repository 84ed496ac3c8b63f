import { LockMode, ref } from '@mikro-orm/core';
import type { Product } from '../catalog/product.entity.js';
import { listCounted } from '../catalog/unit.queries.js';
import { assertCountable } from '../catalog/unit.service.js';
import { type DocumentContext, recordDocument } from '../documents/document-context.service.js';
import { failuresOf } from '../documents/document.service.js';
import { nextDocumentNumber } from '../documents/numbering.service.js';
import { assertKeeper, findWarehouse } from '../documents/warehouse.service.js';
import { now } from '../kernel/clock.js';
import { assertReason } from '../kernel/document-values.js';
import { AppError, badInput, notFound, staleVersion } from '../kernel/errors.js';
import { assertAll, checkAll, mapAll } from '../kernel/faults.js';
import { isId, newId } from '../kernel/ids.js';
import { msg } from '../kernel/message.js';
import { Decimal } from '../kernel/money.js';
import { defineTransitions } from '../kernel/transitions.js';
import { assertDay } from '../ledger/books.service.js';
import { defineCommand } from '../platform/command.js';
import type { Tx } from '../platform/db/transact.js';
import { assertCounted, getStocked } from '../stock/count-and-transfer.service.js';
import { emitStockChanges, lockGoods, type Movement, postMovements } from '../stock/stock.service.js';
import { StockCount, StockCountLine } from './stock-count.entity.js';
import { stockCountChanged } from './warehousing.events.js';
import { listOnHand } from './warehousing.queries.js';

const MAX_LINES = 1000;

const transitions = defineTransitions<StockCount['status']>({
  OPEN: ['POSTED', 'CANCELLED'],
  POSTED: [],
  CANCELLED: [],
});

export interface NewStockCount {
  warehouseId?: string | null | undefined;
  /** Left out: all that the warehouse holds. */
  productIds?: readonly string[] | null | undefined;
  reason: string;
}

function emitCountChanged(tx: Tx, count: StockCount, change: string): void {
  tx.emit(stockCountChanged(count.id, { change, number: count.number, warehouseId: count.warehouse.id }));
}

/** Begins a count: what should be there is frozen. A warehouse is counted by one count at a time. */
export const startStockCount = defineCommand(
  [...failuresOf.making, 'ALREADY_RUNNING'],
  (tx: Tx, documentContext: DocumentContext, input: NewStockCount & { idempotencyKey: string }) =>
    recordDocument(tx, documentContext, { operation: 'startStockCount', kind: 'stockCount', input }, async (given) => {
      const { productIds = null } = given;
      const [, warehouse] = await checkAll(
        () => assertReason(given.reason),
        async () => {
          const found = await findWarehouse(tx, given.warehouseId);
          assertKeeper(documentContext, found.id, { noun: 'Warehouse', id: found.id, field: 'warehouseId' });
          return found;
        },
        () => {
          if (productIds && (productIds.length === 0 || productIds.length > MAX_LINES))
            throw badInput('productIds', msg`Give 1 to ${MAX_LINES} products.`);
        },
        (): Promise<Product[]> | [] => (productIds ? getStocked(tx, productIds, (index) => `productIds.${index}`) : []),
      );
      // Two who begin at once: the second sees the first.
      const lock = { lockMode: LockMode.PESSIMISTIC_WRITE } as const;
      await tx.em.refresh(warehouse, lock);
      const open = await tx.em.findOne(StockCount, { warehouse: warehouse.id, status: 'OPEN' });
      if (open) {
        throw new AppError('ALREADY_RUNNING', msg`${open.number} is open already for this warehouse.`, {
          details: { runningId: open.id },
        });
      }
      const held = await listOnHand(tx.sql, warehouse.id, productIds && [...productIds]);
      if (held.length === 0 || held.length > MAX_LINES)
        throw badInput('productIds', msg`A count has 1 to ${MAX_LINES} products. Name those to count.`);
      const count = tx.em.create(StockCount, {
        id: newId(),
        number: await nextDocumentNumber(tx, 'CT', warehouse.branch.id),
        status: 'OPEN',
        warehouse: ref(warehouse),
        reason: given.reason,
        createdBy: tx.actor,
        version: 1,
        createdAt: now(),
      });
      for (const { productId, onHand: expected } of held)
        tx.em.create(StockCountLine, { id: newId(), count: ref(count), productId, expected, counted: null });
      emitCountChanged(tx, count, 'started');
      return count;
    }),
);

interface CountStep {
  id: string;
  version: number;
  idempotencyKey: string;
}

/** A count of a warehouse that the viewer keeps, locked. Throws NOT_FOUND, STALE_VERSION. */
async function lockCount(
  tx: Tx,
  documentContext: DocumentContext,
  { id, version }: { id: string; version: number | null },
): Promise<StockCount> {
  const lock = { lockMode: LockMode.PESSIMISTIC_WRITE, refresh: true } as const;
  const count = isId(id) ? await tx.em.findOne(StockCount, id, lock) : null;
  if (!count) throw notFound('Stock count', id);
  assertKeeper(documentContext, count.warehouse.id, { noun: 'Stock count', id, field: 'id' });
  if (version !== null && count.version !== version) throw staleVersion(count.version);
  return count;
}

/** Enters what was counted, product by product, as often as people count; several people may enter at once. */
export const enterStockCount = defineCommand(
  failuresOf.stepping,
  (
    tx: Tx,
    documentContext: DocumentContext,
    input: { id: string; lines: readonly { productId: string; quantity: string }[]; idempotencyKey: string },
  ) =>
    recordDocument(tx, documentContext, { operation: 'enterStockCount', kind: 'stockCount', input }, async (given) => {
      const count = await lockCount(tx, documentContext, { id: given.id, version: null });
      transitions.assert(count.status, 'POSTED');
      if (given.lines.length === 0 || given.lines.length > MAX_LINES)
        throw badInput('lines', msg`Give 1 to ${MAX_LINES} lines.`);
      const lines = new Map(
        (await tx.em.find(StockCountLine, { count: count.id }, { refresh: true })).map((line) => [
          line.productId,
          line,
        ]),
      );
      const counted = await listCounted(tx.sql, given.lines.map(({ productId }) => productId).filter(isId));
      mapAll(given.lines, ({ productId, quantity }, index) =>
        assertAll(
          () => {
            const field = `lines.${index}.quantity`;
            assertCounted(quantity, field);
            const product = counted.get(productId);
            if (product) assertCountable(quantity, product, field);
          },
          () => {
            const line = lines.get(productId);
            if (!line) throw notFound('Product', productId, `lines.${index}.productId`);
            line.counted = quantity;
          },
        ),
      );
      emitCountChanged(tx, count, 'counted');
      return count;
    }),
);

/**
 * Posts a count: by how much what was counted differs from what was frozen. What moved meanwhile stays, and what was not
 * counted is left alone.
 */
export const postStockCount = defineCommand(
  [...failuresOf.stepping, 'PERIOD_CLOSED'],
  (tx: Tx, documentContext: DocumentContext, input: CountStep) =>
    recordDocument(tx, documentContext, { operation: 'postStockCount', kind: 'stockCount', input }, async (given) => {
      const count = await lockCount(tx, documentContext, given);
      transitions.assert(count.status, 'POSTED');
      const day = await assertDay(tx, documentContext, null, 'id');
      const lines = await tx.em.find(StockCountLine, { count: count.id }, { refresh: true });
      if (lines.every(({ counted }) => counted == null)) throw badInput('id', msg`Nothing has been counted yet.`);
      const movements = lines.flatMap(({ productId, counted, expected }): Movement[] => {
        const difference = new Decimal(counted ?? expected).minus(expected);
        if (difference.isZero()) return [];
        const reference = { referenceType: 'stockCount', referenceId: count.id, reason: count.reason };
        const levelKey = { productId, warehouseId: count.warehouse.id };
        return [{ type: 'ADJUSTMENT', quantity: difference.toFixed(), ...levelKey, ...reference }];
      });
      if (movements.length > 0) {
        await postMovements(tx, await lockGoods(tx, movements), movements, {
          day,
          document: { type: 'stockCount', id: count.id, event: 'STOCK_COUNT' },
          reason: count.reason,
        });
        await emitStockChanges(
          tx,
          movements.map(({ productId }) => productId),
        );
      }
      Object.assign(count, { status: 'POSTED', postedOn: day });
      emitCountChanged(tx, count, 'posted');
      return count;
    }),
);

/** Gives a count up; nothing is posted. */
export const cancelStockCount = defineCommand(
  failuresOf.stepping,
  (tx: Tx, documentContext: DocumentContext, input: CountStep) =>
    recordDocument(tx, documentContext, { operation: 'cancelStockCount', kind: 'stockCount', input }, async (given) => {
      const count = await lockCount(tx, documentContext, given);
      transitions.assert(count.status, 'CANCELLED');
      count.status = 'CANCELLED';
      emitCountChanged(tx, count, 'cancelled');
      return count;
    }),
);
