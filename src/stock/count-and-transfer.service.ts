import { Product } from '../catalog/product.entity.js';
import { listCounted } from '../catalog/unit.queries.js';
import { assertCountable, assertCountableLines } from '../catalog/unit.service.js';
import { assertAmount, MAX_QUANTITY } from '../kernel/document-values.js';
import { AppError, badInput, forbidden, notFound } from '../kernel/errors.js';
import { checkAll, mapAll } from '../kernel/faults.js';
import { isId, newId } from '../kernel/ids.js';
import { msg } from '../kernel/message.js';
import { Decimal, decimalText, QUANTITY_DECIMALS, roundMoney } from '../kernel/money.js';
import { assertOwned, ownerOf, type Phase } from '../kernel/ownership.js';
import { can, rowScopeOf, type Viewer } from '../kernel/viewer.js';
import { ACCOUNTS } from '../ledger/journal.service.js';
import { lockBooks } from '../organisation/organisation.queries.js';
import { Warehouse } from '../organisation/warehouse.entity.js';
import { defineCommand } from '../platform/command.js';
import type { Tx } from '../platform/db/transact.js';
import { type Keyed, withIdempotencyKey } from '../platform/idempotency.js';
import { type LockedLevel, lockLevels } from './stock.queries.js';
import {
  emitStockChanged,
  lockGoods,
  type LockedGoods,
  postMovements,
  postReports,
  stockOwners,
} from './stock.service.js';

const MAX_REASON = 500;

function assertDecimals(value: string, field: string): void {
  if (new Decimal(value).decimalPlaces() > QUANTITY_DECIMALS) {
    throw badInput(field, msg`A quantity has at most ${QUANTITY_DECIMALS} decimals.`);
  }
}

/** What somebody counted: it may be nothing, unlike the quantity of a line. */
export function assertCounted(value: string, field: string): void {
  assertDecimals(value, field);
  const quantity = new Decimal(value);
  if (quantity.isNegative()) throw badInput(field, msg`A counted quantity cannot be negative.`);
  if (quantity.greaterThan(MAX_QUANTITY)) {
    throw badInput(field, msg`The quantity is above ${MAX_QUANTITY}. Was a barcode scanned into it?`);
  }
}

export function assertReason(reason: string): void {
  if (reason.trim() === '' || reason.length > MAX_REASON) {
    throw badInput('reason', msg`Give a reason, in 1 to ${MAX_REASON} characters.`);
  }
}

/** A warehouse outside the viewer's row scope is answered as not found. */
async function getKeptWarehouse(tx: Tx, viewer: Viewer, id: string, field: string): Promise<Warehouse> {
  const seen = can(viewer, 'stock:all') || rowScopeOf(viewer).warehouseIds.includes(id);
  const found = seen && isId(id) ? await tx.em.findOne(Warehouse, id) : null;
  if (!found) throw notFound('Warehouse', id, field);
  return found;
}

export async function assertKeptWarehouse(tx: Tx, viewer: Viewer, id: string, field: string): Promise<void> {
  const found = await getKeptWarehouse(tx, viewer, id, field);
  if (!found.active) throw badInput(field, msg`The warehouse ${found} is closed.`);
}

/** The products of these ids, each of which holds stock of its own. `fieldOf` leads to one in the input. */
export async function getStocked(
  tx: Tx,
  ids: readonly string[],
  fieldOf: (index: number) => string,
): Promise<Product[]> {
  const found = await tx.em.find(Product, { id: { $in: [...new Set(ids)].filter(isId) } });
  const products = new Map(found.map((product) => [product.id, product]));
  return mapAll(ids, (id, index) => {
    const product = products.get(id);
    if (!product) throw notFound('Product', id, fieldOf(index));
    if (!product.trackable) throw badInput(fieldOf(index), msg`${product} holds no stock of its own.`);
    return product;
  });
}

/** Who moves stock, in which phase of the migration, on which business day. */
export interface StockContext {
  viewer: Viewer;
  phase: Phase;
  today: string;
}

export const valueOf = (quantity: Decimal, unitCost: string, { costs }: LockedGoods): string =>
  roundMoney(quantity.times(unitCost), (costs[0] as LockedGoods['costs'][number]).base);

export interface AdjustStockInput {
  productId: string;
  warehouseId: string;
  /** What was counted; the difference is booked. */
  quantity: string;
  /** What was believed to be on hand; another figure refuses. */
  expectedQuantity: string;
  reason: string;
  /** What one piece of those that are added cost, in the base currency; left out: the average. */
  unitCost?: string | null | undefined;
  /** The stock that the company began with: it stands against the opening balances, not against the stock differences. */
  opening?: boolean | null | undefined;
  idempotencyKey: string;
}

export interface PostedMovements {
  movementIds: string[];
}

/**
 * Sets what a warehouse has on hand, by compare and set: STALE_QUANTITY when it is no longer `expectedQuantity`.
 * Nothing is booked when the figure is right already.
 */
export const adjustStock = defineCommand(
  ['NOT_FOUND', 'BAD_INPUT', 'STALE_QUANTITY', 'FIELD_OWNED_ELSEWHERE', 'IDEMPOTENCY_MISMATCH'],
  (tx: Tx, { viewer, phase, today }: StockContext, input: AdjustStockInput): Promise<Keyed<PostedMovements>> => {
    const { idempotencyKey: key, ...rest } = input;
    return withIdempotencyKey(tx, { operation: 'adjustStock', key, input: rest }, async () => {
      const { quantity, expectedQuantity, productId, warehouseId, unitCost = null, opening = null, reason } = input;
      await lockBooks(tx.sql, 'posting');
      const [, , , products] = await checkAll(
        async () => {
          assertCounted(quantity, 'quantity');
          const counted = (await listCounted(tx.sql, [productId].filter(isId))).get(productId);
          if (counted) assertCountable(quantity, counted, 'quantity');
        },
        () => assertDecimals(expectedQuantity, 'expectedQuantity'),
        () => assertReason(input.reason),
        () => getStocked(tx, [productId], () => 'productId'),
        () => assertKeptWarehouse(tx, viewer, warehouseId, 'warehouseId'),
        () => {
          if (unitCost === null && opening !== true) return;
          if (!can(viewer, 'catalog:cost')) throw forbidden(msg`You need the permission catalog:cost.`);
          if (unitCost !== null) assertAmount(unitCost, null, 'unitCost');
        },
      );
      const product = products[0] as Product;
      if (product.externalRef) assertOwned(stockOwners, ['stock'], phase);
      const goods = await lockGoods(tx, [input]);
      const current = new Decimal((goods.levels[0] as LockedLevel).onHand);
      if (!current.equals(expectedQuantity)) {
        throw new AppError('STALE_QUANTITY', msg`There are ${decimalText(current)} now. Count again.`, {
          field: 'expectedQuantity',
          details: { currentQuantity: decimalText(current) },
        });
      }
      const difference = new Decimal(quantity).minus(current);
      if (difference.isZero()) return { movementIds: [] };
      const movement = {
        ...({ type: 'ADJUSTMENT', productId, warehouseId, reason, referenceType: 'count' } as const),
        quantity: difference.toFixed(),
        ...(unitCost !== null && difference.greaterThan(0) && { value: valueOf(difference, unitCost, goods) }),
        ...(opening === true && { account: ACCOUNTS.opening }),
      };
      const owned = ownerOf(stockOwners, 'stock', phase) === 'ERP';
      const movementIds = owned
        ? await postMovements(tx, goods, [movement], { day: today, reason })
        : await postReports(tx, goods.levels, [movement], today);
      emitStockChanged(tx, product);
      return { movementIds };
    });
  },
);

export interface TransferStockInput {
  fromWarehouseId: string;
  toWarehouseId: string;
  lines: { productId: string; quantity: string }[];
  reason: string;
  idempotencyKey: string;
}

const MAX_LINES = 100;

export function assertDifferentProducts(lines: readonly { productId: string }[]): void {
  const firstOf = new Map<string, number>();
  mapAll(lines, ({ productId }, index) => {
    const first = firstOf.get(productId);
    if (first === undefined) firstOf.set(productId, index);
    else throw badInput(`lines.${index}.productId`, msg`Line ${index + 1} has the same product as line ${first + 1}.`);
  });
}

/** Moves stock between two warehouses, all lines or none. */
export const transferStock = defineCommand(
  ['NOT_FOUND', 'BAD_INPUT', 'INSUFFICIENT_STOCK', 'FIELD_OWNED_ELSEWHERE', 'IDEMPOTENCY_MISMATCH'],
  (tx: Tx, { viewer, phase, today }: StockContext, input: TransferStockInput): Promise<Keyed<PostedMovements>> => {
    const { idempotencyKey: key, ...rest } = input;
    const { fromWarehouseId: from, toWarehouseId: to, lines, reason } = input;
    return withIdempotencyKey(tx, { operation: 'transferStock', key, input: rest }, async () => {
      await lockBooks(tx.sql, 'posting');
      const productIds = lines.map(({ productId }) => productId);
      if (lines.length > MAX_LINES) throw badInput('lines', msg`Give 1 to ${MAX_LINES} lines.`);
      const [products] = await checkAll(
        () => getStocked(tx, productIds, (index) => `lines.${index}.productId`),
        () => {
          if (lines.length === 0) throw badInput('lines', msg`Give 1 to ${MAX_LINES} lines.`);
        },
        () => assertDifferentProducts(lines),
        () => assertCountableLines(tx, lines),
        () => assertReason(reason),
        // What a closed warehouse still holds can be brought out, and nothing into it.
        () => getKeptWarehouse(tx, viewer, from, 'fromWarehouseId'),
        () => {
          if (from === to) throw badInput('toWarehouseId', msg`From and to are the same warehouse.`);
          return assertKeptWarehouse(tx, viewer, to, 'toWarehouseId');
        },
      );
      if (products.some(({ externalRef }) => externalRef)) assertOwned(stockOwners, ['stock'], phase);
      const levels = await lockLevels(
        tx.sql,
        lines.flatMap(({ productId }) => [from, to].map((warehouseId) => ({ productId, warehouseId }))),
      );
      const shared = { type: 'TRANSFER', reason, referenceType: 'transfer', referenceId: newId() } as const;
      // What the company holds and what it is worth do not change, so no cost is locked.
      const movementIds = await postMovements(
        tx,
        { levels, costs: [] },
        lines.flatMap(({ productId, quantity }, line) => [
          { ...shared, line, productId, warehouseId: from, quantity: new Decimal(quantity).negated().toFixed() },
          { ...shared, productId, warehouseId: to, quantity },
        ]),
        { day: today },
      );
      for (const product of products) emitStockChanged(tx, product);
      return { movementIds };
    });
  },
);
