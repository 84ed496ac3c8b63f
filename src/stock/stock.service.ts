import { Product } from '../catalog/product.entity.js';
import { productChanged } from '../catalog/product.events.js';
import type { Upserted } from '../catalog/product.service.js';
import { upsertProduct, type ProductSnapshot } from '../catalog/reported-product.service.js';
import { AppError, badInput } from '../kernel/errors.js';
import { checkAll } from '../kernel/faults.js';
import { newId } from '../kernel/ids.js';
import { Decimal, decimalText, QUANTITY_DECIMALS } from '../kernel/money.js';
import { type FieldOwners, ownerOf, type Phase } from '../kernel/ownership.js';
import { can, rowScopeOf, type Viewer } from '../kernel/viewer.js';
import { auditOfNew, type Tx } from '../platform/db/transact.js';
import { currentDay } from '../platform/settings.js';
import type { MovementType } from './stock.entity.js';
import { ACCOUNTS, type EntryLine, postLines } from '../ledger/journal.service.js';
import { lockBooks } from '../organisation/organisation.queries.js';
import { CostOfMovements, type LockedGoods, type Movement } from './cost-of-movements.js';
import {
  type CostRow,
  type LevelKey,
  listSoldCosts,
  listUnopened,
  lockCosts,
  type LockedLevel,
  lockLevels,
  type MovementRow,
  saveReportedLevels,
  writeMovements,
} from './stock.queries.js';
import { stockFreed } from './stock.events.js';
import { msg } from '../kernel/message.js';

export type { LockedGoods, Movement };

/** From the second phase on both sides move stock: Zoho by the difference between two of its reports. */
export const stockOwners: FieldOwners = { stock: { parallel: 'ZOHO', gradual: 'ERP', full: 'ERP' } };

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

/** What takes only what is there. */
const TAKING: ReadonlySet<MovementType> = new Set(['SALE', 'TRANSFER', 'RESERVATION', 'VENDOR_RETURN']);

/** What a movement makes of its level, which is brought up to date. Throws INSUFFICIENT_STOCK, BAD_INPUT. */
async function movementRow(tx: Tx, levels: ReadonlyMap<string, LockedLevel>, movement: Movement): Promise<MovementRow> {
  const level = levels.get(keyOf(movement));
  if (!level) throw new Error('A movement was booked on a level that is not locked.');
  const quantity = new Decimal(movement.quantity);
  const reserved = new Decimal(movement.reserved ?? 0);
  const [onHandBefore, reservedBefore] = [new Decimal(level.onHand), new Decimal(level.reserved)];
  const onHand = onHandBefore.plus(quantity);
  const promised = reservedBefore.plus(reserved);
  const takes = TAKING.has(movement.type);
  // What leaves against its own reservation needs to be there; it takes nothing that is promised to others.
  const others = new Decimal(movement.promisedToOthers ?? 0);
  const lacks = reserved.isNegative() ? onHand.isNegative() : onHand.minus(promised).minus(others).isNegative();
  if (takes && lacks && (quantity.isNegative() || reserved.isPositive())) {
    const available = reserved.isNegative() ? onHandBefore : onHandBefore.minus(reservedBefore).minus(others);
    throw await insufficientStock(tx, movement, available, quantity.isNegative() ? quantity.abs() : reserved);
  }
  if (promised.isNegative()) throw badInput('quantity', msg`You cannot release more than is reserved.`);
  level.onHand = onHand.toFixed(QUANTITY_DECIMALS);
  level.reserved = promised.toFixed(QUANTITY_DECIMALS);
  return {
    id: newId(),
    productId: movement.productId,
    warehouseId: movement.warehouseId,
    type: movement.type,
    quantity: quantity.toFixed(QUANTITY_DECIMALS),
    reserved: reserved.toFixed(QUANTITY_DECIMALS),
    onHandAfter: level.onHand,
    reservedAfter: level.reserved,
    unitCostUsd: null,
    reason: movement.reason ?? null,
    referenceType: movement.referenceType ?? null,
    referenceId: movement.referenceId ?? null,
    value: null,
  };
}

/** Locks what movements of goods change: first what products are worth, then the levels. Every path takes this order. */
export async function lockGoods(tx: Tx, keys: readonly LevelKey[]): Promise<LockedGoods> {
  if (keys.length === 0) return { levels: [], costs: [] };
  const costs = await lockCosts(
    tx.sql,
    keys.map(({ productId }) => productId),
  );
  return { costs, levels: await lockLevels(tx.sql, keys) };
}

/** What is posted with movements. */
export interface GoodsPosting {
  /** The business day. */
  day: string;
  /** The entry belongs to this event of a document; left out: to the movements themselves. */
  document?: { type: string; id: string; event: string };
  /** Stands against movements whose account is null, in the same entry. */
  lines?: readonly EntryLine[];
  rates?: Readonly<Record<string, Decimal.Value>>;
  salespersonOf?: string;
  reason?: string;
}

/**
 * Books movements, all or none: levels, what the products are worth, and the entry of the journal, in one commit. The
 * goods must be locked (`lockGoods`) by this Tx. Taking away by SALE, TRANSFER or VENDOR_RETURN and promising by RESERVATION need what is
 * available: INSUFFICIENT_STOCK otherwise, with every line that lacks something.
 */
export async function postMovements(
  tx: Tx,
  goods: LockedGoods,
  movements: readonly Movement[],
  posting: GoodsPosting,
): Promise<string[]> {
  const byKey = new Map(goods.levels.map((level) => [keyOf(level), { ...level }]));
  // One after the other on the same levels; whoever lacks something takes nothing from those after it.
  const rows = await checkAll(...movements.map((movement) => () => movementRow(tx, byKey, movement)));
  const [first] = goods.costs;
  if (!first) {
    if (rows.some(({ type, quantity }) => type !== 'TRANSFER' && !new Decimal(quantity).isZero()))
      throw new Error('Goods were moved whose cost is not locked.');
    return write(tx, rows, [], { day: posting.day, entryId: null });
  }
  const sold = await soldCostsOf(tx, movements);
  const cost = new CostOfMovements(goods, first.base);
  cost.open(rows, movements);
  movements.forEach((movement, index) => cost.move(rows[index] as MovementRow, movement, sold));
  // A late cost of nothing is nothing to write down.
  const moved = rows.filter(({ type, value }) => type !== 'COST' || !new Decimal(value ?? 0).isZero());
  return write(tx, [...cost.openings, ...moved], cost.rows(), {
    day: posting.day,
    entryId: await postCost(tx, cost, movements, posting),
  });
}

/**
 * Values stock that was only a report while another system owned it, at the cost that was reported with it, against the
 * opening balances; answers of how many products. Every movement does so with its product: this is for those that lie still.
 */
export async function openReportedStock(tx: Tx, { day, limit }: { day: string; limit: number }): Promise<number> {
  await lockBooks(tx.sql, 'posting');
  const keys = await listUnopened(tx.sql, limit);
  const still = keys.map((key): Movement => ({ ...key, type: 'COST', quantity: '0', value: '0', pieces: '1' }));
  if (still.length > 0) {
    const document = { type: 'stock', id: newId(), event: 'STOCK_OPENING' };
    await postMovements(tx, await lockGoods(tx, still), still, { day, document });
  }
  return still.length;
}

/** Books what another system reports: quantities without cost. The levels must be locked by this Tx. */
export async function postReports(
  tx: Tx,
  levels: readonly LockedLevel[],
  movements: readonly Movement[],
  day: string,
): Promise<string[]> {
  const byKey = new Map(levels.map((level) => [keyOf(level), { ...level }]));
  const rows = await checkAll(...movements.map((movement) => () => movementRow(tx, byKey, movement)));
  return write(tx, rows, [], { day, entryId: null });
}

async function write(
  tx: Tx,
  rows: readonly MovementRow[],
  costs: readonly CostRow[],
  { day, entryId }: { day: string; entryId: string | null },
): Promise<string[]> {
  await writeMovements(tx.sql, rows, costs, { actor: tx.actor, origin: tx.origin, day, entryId });
  for (const row of rows) tx.audit(auditOfNew('StockMovement', row.id, { ...row, day }));
  const freed = rows.filter(({ quantity, reserved }) => new Decimal(quantity).greaterThan(reserved));
  for (const { productId, warehouseId } of new Map(freed.map((row) => [keyOf(row), row])).values())
    tx.emit(stockFreed(productId, { warehouseId }));
  return rows.map((row) => row.id);
}

/** What one piece cost when it was sold, by document and product. */
async function soldCostsOf(tx: Tx, movements: readonly Movement[]): Promise<ReadonlyMap<string, Decimal>> {
  const sold = movements.flatMap(({ soldBy }) => soldBy ?? []);
  if (sold.length === 0) return new Map();
  const costs = await listSoldCosts(tx.sql, sold);
  return new Map(
    costs.map(({ referenceId, productId, quantity, value }) => [
      `${referenceId} ${productId}`,
      new Decimal(value).dividedBy(quantity),
    ]),
  );
}

const EVENTS: Partial<Record<MovementType, string>> = {
  RECEIPT: 'RECEIPT',
  SALE: 'SHIPMENT',
  RETURN: 'GOODS_RETURN',
  VENDOR_RETURN: 'VENDOR_RETURN',
  COST: 'COST_CORRECTION',
};

/** The entry of movements, if they move value; its id. */
async function postCost(
  tx: Tx,
  cost: CostOfMovements,
  movements: readonly Movement[],
  posting: GoodsPosting,
): Promise<string | null> {
  const lines = [...cost.lines(), ...(posting.lines ?? [])];
  if (lines.length === 0) return null;
  const { day, rates, salespersonOf, reason } = posting;
  const event = EVENTS[movements[0]?.type ?? 'ADJUSTMENT'] ?? 'STOCK_ADJUSTMENT';
  const { document = { type: 'stock', id: newId(), event } } = posting;
  return postLines(tx, {
    day,
    event: document.event,
    documentType: document.type,
    documentId: document.id,
    lines,
    ...(rates && { rates }),
    ...(salespersonOf !== undefined && { salespersonOf }),
    ...(reason !== undefined && { reason }),
  });
}

/**
 * Whether a person may move goods of a warehouse: an inventory manager only those of the own ones. Who sees no stock by
 * warehouse at all (a salesperson, a cashier) keeps none and is bound to none.
 */
export const keepsWarehouse = (viewer: Viewer, id: string): boolean =>
  can(viewer, 'stock:all') || !can(viewer, 'stock:read') || rowScopeOf(viewer).warehouseIds.includes(id);

export function emitStockChanged(tx: Tx, product: Product): void {
  const visible = product.active && !product.archivedAt;
  tx.emit(productChanged(product.id, { change: 'stock', fields: ['stock'], visible }));
}

/** Emits productChanged for the products whose stock a document moved. */
export async function emitStockChanges(tx: Tx, productIds: readonly string[]): Promise<void> {
  const ids = [...new Set(productIds)].sort();
  for (const product of await tx.em.find(Product, { id: { $in: ids } })) emitStockChanged(tx, product);
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
  const keys = reported.map(({ warehouseId }) => ({ productId, warehouseId }));
  const owned = ownerOf(stockOwners, 'stock', phase) === 'ZOHO';
  if (!owned) await lockBooks(tx.sql, 'posting');
  const goods = owned ? { costs: [], levels: await lockLevels(tx.sql, keys) } : await lockGoods(tx, keys);
  const { levels } = goods;
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
      // The documents behind it are at Zoho: nothing of it is a profit or loss of these books.
      account: ACCOUNTS.opening,
    });
  }
  // What another system owns is a report; what changed there while the ERP owns stock is a difference with a cost.
  if (movements.length > 0) {
    const day = await currentDay(tx.sql);
    await (owned ? postReports(tx, levels, movements, day) : postMovements(tx, goods, movements, { day }));
  }
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
