import { Product } from '../catalog/product.entity.js';
import { productChanged } from '../catalog/product.events.js';
import { upsertProduct, type ProductSnapshot, type Upserted } from '../catalog/product.service.js';
import { AppError, badInput, notFound } from '../kernel/errors.js';
import { mapAll } from '../kernel/faults.js';
import { isId, newId } from '../kernel/ids.js';
import { Decimal, decimalText, QUANTITY_DECIMALS } from '../kernel/money.js';
import { assertOwned, type FieldOwners, ownerOf, type Phase } from '../kernel/ownership.js';
import { can, rowScopeOf, type Viewer } from '../kernel/viewer.js';
import { Warehouse } from '../organisation/warehouse.entity.js';
import { auditOfNew, type Tx } from '../platform/db/transact.js';
import { type Keyed, withIdempotencyKey } from '../platform/idempotency.js';
import type { MovementType } from './stock.entity.js';
import {
  type LevelKey,
  type LockedLevel,
  lockLevels,
  type MovementRow,
  saveReportedLevels,
  writeMovements,
} from './stock.queries.js';
import { msg } from '../kernel/message.js';

/** From the second phase on both sides move stock: Zoho by the difference between two of its reports. */
export const stockOwners: FieldOwners = { stock: { parallel: 'ZOHO', gradual: 'ERP', full: 'ERP' } };

/** One movement to book. Quantities are signed decimal text of at most 3 decimals. */
export interface Movement extends LevelKey {
  type: MovementType;
  quantity: string;
  reserved?: string;
  unitCostUsd?: string | null;
  reason?: string | null;
  referenceType?: string | null;
  referenceId?: string | null;
  /** Which line of the command it belongs to, from 0; named when there is not enough. */
  line?: number;
  /** What the input calls its lines. */
  list?: string;
}

const keyOf = ({ productId, warehouseId }: LevelKey): string => `${productId} ${warehouseId}`;

/** Whoever reads it has to know which line to change, and to what. */
async function insufficientStock(
  tx: Tx,
  movement: Movement,
  available: Decimal,
  requested: Decimal,
): Promise<AppError> {
  const product = await tx.em.findOneOrFail(Product, movement.productId);
  const { line } = movement;
  const details = {
    available: decimalText(Decimal.max(available, 0)),
    requested: decimalText(requested),
    productId: product.id,
    productName: product.name,
    line: line === undefined ? null : line + 1,
  };
  const left = msg`Only ${details.available} of ${product} are left, and ${details.requested} are needed.`;
  return new AppError('INSUFFICIENT_STOCK', line === undefined ? left : msg`Line ${line + 1}: ${left}`, {
    field: line === undefined ? 'quantity' : `${movement.list ?? 'lines'}.${line}.quantity`,
    details,
  });
}

/**
 * Books movements, all or none. The levels must be locked (`lockLevels`) by this Tx; `levels` are brought up to date.
 * Taking away by SALE or TRANSFER and promising by RESERVATION need what is available: INSUFFICIENT_STOCK otherwise.
 * Locks are taken in the order product, warehouse everywhere.
 */
export async function postMovements(
  tx: Tx,
  levels: readonly LockedLevel[],
  movements: readonly Movement[],
): Promise<string[]> {
  const byKey = new Map(levels.map((level) => [keyOf(level), { ...level }]));
  const rows: MovementRow[] = [];
  const lacking: AppError[] = [];
  for (const movement of movements) {
    const level = byKey.get(keyOf(movement));
    if (!level) throw new Error('A movement was booked on a level that is not locked.');
    const quantity = new Decimal(movement.quantity);
    const reserved = new Decimal(movement.reserved ?? 0);
    const [onHandBefore, reservedBefore] = [new Decimal(level.onHand), new Decimal(level.reserved)];
    const onHand = onHandBefore.plus(quantity);
    const promised = reservedBefore.plus(reserved);
    const takes = movement.type === 'SALE' || movement.type === 'TRANSFER' || movement.type === 'RESERVATION';
    // What leaves against its own reservation needs to be there; it takes nothing that is promised to others.
    const lacks = reserved.isNegative() ? onHand.isNegative() : onHand.minus(promised).isNegative();
    if (takes && lacks && (quantity.isNegative() || reserved.isPositive())) {
      const available = reserved.isNegative() ? onHandBefore : onHandBefore.minus(reservedBefore);
      lacking.push(await insufficientStock(tx, movement, available, quantity.isNegative() ? quantity.abs() : reserved));
      continue;
    }
    if (promised.isNegative()) throw badInput('quantity', msg`You cannot release more than is reserved.`);
    level.onHand = onHand.toFixed(QUANTITY_DECIMALS);
    level.reserved = promised.toFixed(QUANTITY_DECIMALS);
    rows.push({
      id: newId(),
      productId: movement.productId,
      warehouseId: movement.warehouseId,
      type: movement.type,
      quantity: quantity.toFixed(QUANTITY_DECIMALS),
      reserved: reserved.toFixed(QUANTITY_DECIMALS),
      onHandAfter: level.onHand,
      reservedAfter: level.reserved,
      unitCostUsd: movement.unitCostUsd ?? null,
      reason: movement.reason ?? null,
      referenceType: movement.referenceType ?? null,
      referenceId: movement.referenceId ?? null,
    });
  }
  mapAll(lacking, (error) => {
    throw error;
  });
  await writeMovements(tx.sql, rows, tx);
  for (const row of rows) tx.audit(auditOfNew('StockMovement', row.id, row));
  return rows.map((row) => row.id);
}

const QUANTITY = /^-?\d{1,12}(\.\d{1,3})?$/;

const MAX_REASON = 500;

function assertQuantity(value: string, field: string): Decimal {
  if (!QUANTITY.test(value)) throw badInput(field, msg`A quantity has at most 3 decimals.`);
  return new Decimal(value);
}

function assertReason(reason: string): void {
  if (reason.trim() === '' || reason.length > MAX_REASON) {
    throw badInput('reason', msg`Give a reason, in 1 to ${MAX_REASON} characters.`);
  }
}

/**
 * Whether a person may move goods of a warehouse: an inventory manager only those of the own ones. Who sees no stock by
 * warehouse at all (a salesperson, a cashier) keeps none and is bound to none.
 */
export const keepsWarehouse = (viewer: Viewer, id: string): boolean =>
  can(viewer, 'stock:all') || !can(viewer, 'stock:read') || rowScopeOf(viewer).warehouseIds.includes(id);

/** A warehouse outside the viewer's row scope is answered as not found. */
async function assertKeptWarehouses(tx: Tx, viewer: Viewer, warehouses: Record<string, string>): Promise<void> {
  for (const [field, id] of Object.entries(warehouses)) {
    const seen = can(viewer, 'stock:all') || rowScopeOf(viewer).warehouseIds.includes(id);
    const found = seen && isId(id) ? await tx.em.findOne(Warehouse, id) : null;
    if (!found) throw notFound('Warehouse', id, field);
    if (!found.active) throw badInput(field, msg`This warehouse is closed.`);
  }
}

async function findStocked(tx: Tx, id: string): Promise<Product> {
  const product = isId(id) ? await tx.em.findOne(Product, id) : null;
  if (!product) throw notFound('Product', id, 'productId');
  if (!product.trackable) throw badInput('productId', msg`This product holds no stock of its own.`);
  return product;
}

function emitStockChanged(tx: Tx, product: Product): void {
  const visible = product.active && !product.archivedAt;
  tx.emit(productChanged(product.id, { change: 'stock', fields: ['stock'], visible }));
}

/** Emits productChanged for the products whose stock a document moved. */
export async function emitStockChanges(tx: Tx, productIds: readonly string[]): Promise<void> {
  const ids = [...new Set(productIds)].sort();
  for (const product of await tx.em.find(Product, { id: { $in: ids } })) emitStockChanged(tx, product);
}

export interface AdjustStockInput {
  productId: string;
  warehouseId: string;
  /** What was counted; the difference is booked. */
  quantity: string;
  /** What was believed to be on hand; another figure refuses. */
  expectedQuantity: string;
  reason: string;
  idempotencyKey: string;
}

export interface PostedMovements {
  movementIds: string[];
}

/**
 * Sets what a warehouse has on hand, by compare and set: STALE_QUANTITY when it is no longer `expectedQuantity`.
 * Nothing is booked when the figure is right already. Throws NOT_FOUND, BAD_INPUT, FIELD_OWNED_ELSEWHERE,
 * IDEMPOTENCY_MISMATCH.
 */
export function adjustStock(
  tx: Tx,
  viewer: Viewer,
  input: AdjustStockInput,
  phase: Phase,
): Promise<Keyed<PostedMovements>> {
  const { idempotencyKey: key, ...rest } = input;
  return withIdempotencyKey(tx, { operation: 'adjustStock', key, input: rest }, async () => {
    const quantity = assertQuantity(input.quantity, 'quantity');
    const expected = assertQuantity(input.expectedQuantity, 'expectedQuantity');
    if (quantity.isNegative()) throw badInput('quantity', msg`A counted quantity cannot be negative.`);
    assertReason(input.reason);
    const product = await findStocked(tx, input.productId);
    await assertKeptWarehouses(tx, viewer, { warehouseId: input.warehouseId });
    if (product.externalRef) assertOwned(stockOwners, ['stock'], phase);
    const levels = await lockLevels(tx.sql, [input]);
    const current = new Decimal((levels[0] as LockedLevel).onHand);
    if (!current.equals(expected)) {
      throw new AppError('STALE_QUANTITY', msg`There are ${decimalText(current)} now. Count again.`, {
        field: 'expectedQuantity',
        details: { currentQuantity: decimalText(current) },
      });
    }
    const difference = quantity.minus(current);
    if (difference.isZero()) return { movementIds: [] };
    const movement = { ...rest, type: 'ADJUSTMENT', quantity: difference.toFixed(), referenceType: 'count' } as const;
    const movementIds = await postMovements(tx, levels, [movement]);
    emitStockChanged(tx, product);
    return { movementIds };
  });
}

export interface TransferStockInput {
  fromWarehouseId: string;
  toWarehouseId: string;
  lines: { productId: string; quantity: string }[];
  reason: string;
  idempotencyKey: string;
}

const MAX_LINES = 100;

/**
 * Moves stock between two warehouses, all lines or none. Throws NOT_FOUND, BAD_INPUT, INSUFFICIENT_STOCK,
 * FIELD_OWNED_ELSEWHERE, IDEMPOTENCY_MISMATCH.
 */
export function transferStock(
  tx: Tx,
  viewer: Viewer,
  input: TransferStockInput,
  phase: Phase,
): Promise<Keyed<PostedMovements>> {
  const { idempotencyKey: key, ...rest } = input;
  const { fromWarehouseId: from, toWarehouseId: to, lines, reason } = input;
  return withIdempotencyKey(tx, { operation: 'transferStock', key, input: rest }, async () => {
    assertReason(reason);
    if (from === to) throw badInput('toWarehouseId', msg`From and to are the same warehouse.`);
    if (lines.length === 0 || lines.length > MAX_LINES) throw badInput('lines', msg`Give 1 to ${MAX_LINES} lines.`);
    if (new Set(lines.map((line) => line.productId)).size < lines.length) {
      throw badInput('lines', msg`Each product may appear in one line only.`);
    }
    await assertKeptWarehouses(tx, viewer, { fromWarehouseId: from, toWarehouseId: to });
    const products: Product[] = [];
    for (const { productId, quantity } of lines) {
      const amount = assertQuantity(quantity, 'quantity');
      if (!amount.isPositive() || amount.isZero()) throw badInput('quantity', msg`The quantity must be above 0.`);
      const product = await findStocked(tx, productId);
      if (product.externalRef) assertOwned(stockOwners, ['stock'], phase);
      products.push(product);
    }
    const levels = await lockLevels(
      tx.sql,
      lines.flatMap(({ productId }) => [from, to].map((warehouseId) => ({ productId, warehouseId }))),
    );
    const shared = { type: 'TRANSFER', reason, referenceType: 'transfer', referenceId: newId() } as const;
    const movementIds = await postMovements(
      tx,
      levels,
      lines.flatMap(({ productId, quantity }, line) => [
        { ...shared, line, productId, warehouseId: from, quantity: new Decimal(quantity).negated().toFixed() },
        { ...shared, productId, warehouseId: to, quantity },
      ]),
    );
    for (const product of products) emitStockChanged(tx, product);
    return { movementIds };
  });
}

/** What a source reports about one warehouse. Null means not reported: the figure stays. */
export interface ReportedLevel {
  warehouseId: string;
  onHand: string | null;
  reserved: string | null;
}

/**
 * Books what changed at the source since its last report: the difference between the two, so that movements made here
 * meanwhile stay. While the source owns stock, the reported figure is taken as it is. Answers whether anything moved.
 * In the last phase reports are ignored.
 */
export async function applyReportedLevels(
  tx: Tx,
  productId: string,
  reported: readonly ReportedLevel[],
  phase: Phase,
): Promise<boolean> {
  if (reported.length === 0 || phase === 'full') return false;
  const levels = await lockLevels(
    tx.sql,
    reported.map(({ warehouseId }) => ({ productId, warehouseId })),
  );
  const owned = ownerOf(stockOwners, 'stock', phase) === 'ZOHO';
  const difference = (reported: string | null, figure: string, before: string | null): Decimal =>
    reported === null ? new Decimal(0) : new Decimal(reported).minus(owned ? figure : (before ?? figure));
  const movements: Movement[] = [];
  for (const { warehouseId, onHand, reserved } of reported) {
    const level = levels.find((one) => one.warehouseId === warehouseId) as LockedLevel;
    const quantity = difference(onHand, level.onHand, level.sourceOnHand);
    const promised = Decimal.max(
      difference(reserved, level.reserved, level.sourceReserved),
      // What was released here meanwhile cannot be released again.
      new Decimal(level.reserved).negated(),
    );
    if (quantity.isZero() && promised.isZero()) continue;
    movements.push({
      productId,
      warehouseId,
      type: 'ADJUSTMENT',
      quantity: quantity.toFixed(QUANTITY_DECIMALS),
      reserved: promised.toFixed(QUANTITY_DECIMALS),
      referenceType: 'zoho',
    });
  }
  if (movements.length > 0) await postMovements(tx, levels, movements);
  await saveReportedLevels(
    tx.sql,
    reported.map((reported) => ({ productId, ...reported })),
  );
  return movements.length > 0;
}

/** Brings a product and its stock to what the source reports, in one Tx and with one event; idempotent. */
export function upsertStockedProduct(
  tx: Tx,
  snapshot: ProductSnapshot,
  { categoryId, stock }: { categoryId: string | null | undefined; stock: readonly ReportedLevel[] },
  phase: Phase,
): Promise<Upserted> {
  const moveStock = (productId: string): Promise<boolean> => applyReportedLevels(tx, productId, stock, phase);
  return upsertProduct(tx, snapshot, { categoryId, moveStock }, phase);
}
