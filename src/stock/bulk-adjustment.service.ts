import type { Product } from '../catalog/product.entity.js';
import { type Counted, listCounted } from '../catalog/unit.queries.js';
import { assertCountable } from '../catalog/unit.service.js';
import { assertAmount, MAX_QUANTITY } from '../kernel/document-values.js';
import { AppError, badInput, forbidden } from '../kernel/errors.js';
import { assertAll, checkAll, mapAll } from '../kernel/faults.js';
import { isId, newId } from '../kernel/ids.js';
import { msg } from '../kernel/message.js';
import { Decimal, decimalText, QUANTITY_DECIMALS } from '../kernel/money.js';
import { assertOwned, ownerOf } from '../kernel/ownership.js';
import { can } from '../kernel/viewer.js';
import { ACCOUNTS } from '../ledger/journal.service.js';
import { lockBooks } from '../organisation/organisation.queries.js';
import { defineCommand } from '../platform/command.js';
import type { Tx } from '../platform/db/transact.js';
import { type Keyed, withIdempotencyKey } from '../platform/idempotency.js';
import {
  assertCounted,
  assertKeptWarehouse,
  assertReason,
  getStocked,
  type StockContext,
  valueOf,
} from './count-and-transfer.service.js';
import { type LevelKey, listAdjusted, type LockedLevel } from './stock.queries.js';
import {
  emitStockChanges,
  lockGoods,
  type LockedGoods,
  type Movement,
  postMovements,
  postReports,
  stockOwners,
} from './stock.service.js';

const MAX_LINES = 500;

export interface AdjustmentLine extends LevelKey {
  /** By how much the stock moves ... */
  change?: string | null | undefined;
  /** ... or what it is from now on. */
  quantity?: string | null | undefined;
  /** What one piece of those that are added cost, in the base currency; left out: the average. */
  unitCost?: string | null | undefined;
}

export interface BulkAdjustment {
  lines: readonly AdjustmentLine[];
  reason: string;
  /** The stock that the company began with, which stands against the opening balances. */
  opening?: boolean | null | undefined;
}

/** What a line did to its stock; the value is in the base currency, null where no cost is kept. */
export interface AdjustedLine extends LevelKey {
  before: string;
  change: string;
  after: string;
  value: string | null;
}

export interface BulkAdjusted {
  adjustmentId: string;
  currency: string | null;
  lines: AdjustedLine[];
}

const at = (index: number, name: string): string => `lines.${index}.${name}`;

/** Throws BAD_INPUT for what is wrong with the figures of a line, whatever its stock. */
function assertFigures(line: AdjustmentLine, index: number, counted: Counted | undefined): void {
  const { change, quantity, unitCost } = line;
  const assertChange = (given: string, field: string): void => {
    const moved = new Decimal(given);
    if (moved.isZero()) throw badInput(field, msg`A change is above or below 0.`);
    if (moved.decimalPlaces() > QUANTITY_DECIMALS)
      throw badInput(field, msg`A quantity has at most ${QUANTITY_DECIMALS} decimals.`);
    if (moved.abs().greaterThan(MAX_QUANTITY))
      throw badInput(field, msg`The quantity is above ${MAX_QUANTITY}. Was a barcode scanned into it?`);
  };
  assertAll(
    () => {
      if ((change == null) === (quantity == null))
        throw badInput(at(index, 'change'), msg`Give either a change or a quantity.`);
    },
    () => {
      if (change == null) return;
      assertChange(change, at(index, 'change'));
      if (counted) assertCountable(change, counted, at(index, 'change'));
    },
    () => {
      if (quantity == null) return;
      assertCounted(quantity, at(index, 'quantity'));
      if (counted) assertCountable(quantity, counted, at(index, 'quantity'));
    },
    () => {
      if (unitCost != null) assertAmount(unitCost, null, at(index, 'unitCost'));
    },
  );
}

/** Two lines of one product and warehouse would each be right and together wrong. Throws BAD_INPUT. */
function assertDifferentLevels(lines: readonly AdjustmentLine[]): void {
  const firstOf = new Map<string, number>();
  mapAll(lines, ({ productId, warehouseId }, index) => {
    const first = firstOf.get(`${productId} ${warehouseId}`);
    if (first === undefined) firstOf.set(`${productId} ${warehouseId}`, index);
    else throw badInput(at(index, 'productId'), msg`Line ${index + 1} has the same product as line ${first + 1}.`);
  });
}

/** Everything that can be said of an adjustment before its stock is locked; answers the products by line. */
async function checkAdjustment(
  tx: Tx,
  { viewer, phase }: StockContext,
  { lines, reason, opening }: BulkAdjustment,
): Promise<Product[]> {
  if (lines.length === 0 || lines.length > MAX_LINES) throw badInput('lines', msg`Give 1 to ${MAX_LINES} lines.`);
  const productIds = lines.map(({ productId }) => productId);
  const counted = await listCounted(tx.sql, productIds.filter(isId));
  const [products] = await checkAll(
    () => getStocked(tx, productIds, (index) => at(index, 'productId')),
    () => assertReason(reason),
    () => assertDifferentLevels(lines),
    () => mapAll(lines, (line, index) => assertFigures(line, index, counted.get(line.productId))),
    () => {
      const costs = opening === true || lines.some(({ unitCost }) => unitCost != null);
      if (costs && !can(viewer, 'catalog:cost')) throw forbidden(msg`You need the permission catalog:cost.`);
    },
    () =>
      checkAll(
        ...lines.map(
          ({ warehouseId }, index) =>
            () =>
              assertKeptWarehouse(tx, viewer, warehouseId, at(index, 'warehouseId')),
        ),
      ),
  );
  if (products.some(({ externalRef }) => externalRef)) assertOwned(stockOwners, ['stock'], phase);
  return products;
}

interface Planned {
  line: AdjustmentLine;
  before: Decimal;
  change: Decimal;
}

/** What each line comes to with the stock that is locked. Throws INSUFFICIENT_STOCK, BAD_INPUT with every line at fault. */
function planLines(lines: readonly AdjustmentLine[], products: readonly Product[], { levels }: LockedGoods): Planned[] {
  return mapAll(lines, (line, index) => {
    const { productId, warehouseId, quantity } = line;
    const level = levels.find((one) => one.productId === productId && one.warehouseId === warehouseId) as LockedLevel;
    const before = new Decimal(level.onHand);
    const change = quantity == null ? new Decimal(line.change as string) : new Decimal(quantity).minus(before);
    const product = products[index] as Product;
    if (quantity == null && before.plus(change).isNegative()) {
      const [available, requested] = [decimalText(before), decimalText(change.abs())];
      const left = msg`Only ${available} of ${product} are left, and ${requested} are needed.`;
      const details = { available, requested, productId, productName: product.name, line: index + 1 };
      throw new AppError('INSUFFICIENT_STOCK', msg`Line ${index + 1}: ${left}`, {
        field: at(index, 'change'),
        details,
      });
    }
    if (line.unitCost != null && change.isNegative())
      throw badInput(at(index, 'unitCost'), msg`Only what is added has a cost of its own.`);
    return { line, before, change };
  });
}

/** Books an adjustment inside a Tx: all lines or none. Lines that are right already move nothing. */
export async function bookAdjustment(tx: Tx, context: StockContext, input: BulkAdjustment): Promise<BulkAdjusted> {
  await lockBooks(tx.sql, 'posting');
  const products = await checkAdjustment(tx, context, input);
  const { today: day, phase } = context;
  const { lines, reason, opening } = input;
  const goods = await lockGoods(tx, lines);
  const planned = planLines(lines, products, goods);
  const adjustmentId = newId();
  const movements = planned.flatMap(({ line, change }): Movement[] => {
    if (change.isZero()) return [];
    const { productId, warehouseId, unitCost } = line;
    return [
      {
        ...({ type: 'ADJUSTMENT', productId, warehouseId, reason } as const),
        ...{ quantity: change.toFixed(), referenceType: 'adjustment', referenceId: adjustmentId },
        ...(unitCost != null && { value: valueOf(change, unitCost, goods) }),
        ...(opening === true && { account: ACCOUNTS.opening }),
      },
    ];
  });
  const owned = ownerOf(stockOwners, 'stock', phase) === 'ERP';
  const document = { type: 'stock', id: adjustmentId, event: 'STOCK_ADJUSTMENT' };
  if (movements.length > 0) {
    await (owned
      ? postMovements(tx, goods, movements, { day, document, reason })
      : postReports(tx, goods.levels, movements, day));
    await emitStockChanges(
      tx,
      movements.map(({ productId }) => productId),
    );
  }
  const values = await listAdjusted(tx.sql, adjustmentId);
  return {
    adjustmentId,
    currency: owned ? (goods.costs[0]?.base ?? null) : null,
    lines: planned.map(({ line: { productId, warehouseId }, before, change }) => ({
      productId,
      warehouseId,
      before: decimalText(before),
      change: decimalText(change),
      after: decimalText(before.plus(change)),
      value: change.isZero() ? '0' : (values.get(`${productId} ${warehouseId}`) ?? null),
    })),
  };
}

/** Books the stock of many products and warehouses at once, with what it is worth; all lines or none. */
export const recordStockAdjustment = defineCommand(
  ['NOT_FOUND', 'BAD_INPUT', 'INSUFFICIENT_STOCK', 'FIELD_OWNED_ELSEWHERE', 'IDEMPOTENCY_MISMATCH'],
  (
    tx: Tx,
    context: StockContext,
    { idempotencyKey: key, ...input }: BulkAdjustment & { idempotencyKey: string },
  ): Promise<Keyed<BulkAdjusted>> =>
    withIdempotencyKey(tx, { operation: 'recordStockAdjustment', key, input }, () =>
      bookAdjustment(tx, context, input),
    ),
);

/** Ends the Tx of a preview, which writes nothing, with what it would have written. */
export class Previewed extends Error {
  constructor(readonly adjusted: BulkAdjusted) {
    super('A preview writes nothing.');
  }
}
