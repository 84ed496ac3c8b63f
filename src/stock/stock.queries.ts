import { Product } from '../catalog/product.entity.js';
import { productRead } from '../catalog/product.queries.js';
import { can, rowScopeOf, type Viewer } from '../kernel/viewer.js';
import { Warehouse } from '../organisation/warehouse.entity.js';
import type { Tx } from '../platform/db/transact.js';
import { computed, extend, many, money, object, one, read } from '../platform/read/definition.js';
import type { Columns } from '../platform/read/entity-columns.js';
import { type Ask, type Params, raw, slots, type Sql, sql } from '../platform/read/sql.js';
import { type Who, whoOf } from '../platform/read/who.js';
import { type MovementType, ProductStock, StockLevel, StockMovement } from './stock.entity.js';

/** Whose stock a viewer sees, on every path: that of all warehouses, or of those that an inventory manager keeps. */
const ownWarehouses = (warehouseId: Sql, who: Who): Sql | boolean =>
  can(who, 'stock:all') ? true : sql`${warehouseId} = any (${slots.warehouseIds})`;

/** `ownWarehouses` for statements that are written as text. */
export function warehouseScope(viewer: Viewer, params: Params, warehouseId: string): string {
  if (can(viewer, 'stock:all')) return 'true';
  return `${warehouseId} = any (${params.add(rowScopeOf(viewer).warehouseIds)}::uuid[])`;
}

export const available = (level: Columns<StockLevel>): Sql => sql`(${level.onHand} - ${level.reserved})`;

/** A text that sorts like the number, made unique by the product. */
export const byAvailable = (level: Columns<StockLevel>): Sql =>
  sql`to_char(${available(level)} + 1000000000000, 'FM0000000000000.000') || ${level.productId}::text`;

/** Every product at every warehouse that has or had it. Keyed by both ids. */
export const stockLevelRead = read(StockLevel, {
  id: (level) => level.warehouseId,
  always: ['productId'],
  scope: (level, who) => ownWarehouses(level.warehouseId, who),
  kept: [{ count: 'stock_levels' }],
  fields: {
    available: computed((level) => sql`${available(level)}::text`),
    warehouse: one(Warehouse, (level, warehouse) => sql`${warehouse.id} = ${level.warehouseId}`),
    product: one(Product, (level, product) => sql`${product.id} = ${level.productId}`),
  },
});

/** The product of a level, as far as the states of the level depend on it. */
interface StockedProduct {
  active: Sql;
  reorderLevel: Sql;
}

/** Nobody orders again what is no longer sold, so it is neither out nor low. */
export const STOCK_STATES = {
  OUT: (level: Columns<StockLevel>, product: StockedProduct) => sql`${product.active} and ${available(level)} <= 0`,
  LOW: (level: Columns<StockLevel>, product: StockedProduct) =>
    sql`${product.active} and ${available(level)} > 0 and ${available(level)} <= ${product.reorderLevel}`,
  NEGATIVE: (level: Columns<StockLevel>) => sql`${level.onHand} < 0`,
  IN_STOCK: (level: Columns<StockLevel>) => sql`${available(level)} > 0`,
} as const;

/** The levels that are in a state. */
export const inState =
  (state: keyof typeof STOCK_STATES) =>
  (level: Columns<StockLevel>): Sql => {
    const ofProduct = (column: string): Sql =>
      sql`(select p.${raw(column)} from products p where p.id = ${level.productId})`;
    return STOCK_STATES[state](level, { active: ofProduct('active'), reorderLevel: ofProduct('reorder_level') });
  };

/** Who does not see a product does not see its stock. Nothing stands for no condition, so that kept counts are found. */
export const ofVisibleProducts = (ask: Ask): ((level: Columns<StockLevel>) => Sql) | null => {
  const scope = productRead.scopeOf(productRead.columns('p'), whoOf(ask.viewer));
  if (scope === true) return null;
  return (level) =>
    sql`exists (select 1 from products p where p.id = ${level.productId} and ${scope === false ? raw('false') : scope})`;
};

export const stockMovementRead = read(StockMovement, {
  always: ['productId'],
  scope: (movement, who) => ownWarehouses(movement.warehouse, who),
  kept: [{ count: 'stock_movements' }],
  fields: { unitCost: money('unitCostUsd', 'USD') },
});

/** The stock of a product, over all warehouses and by warehouse; null where no stock was ever reported. */
export const productStock = extend(productRead, {
  stock: object<Product>(ProductStock, (product) => ({
    from: sql`stock_levels s where s.product_id = ${product.id} having count(*) > 0`,
    fields: {
      onHand: raw('sum(s.on_hand)::text'),
      reserved: raw('sum(s.reserved)::text'),
      available: raw('sum(s.on_hand - s.reserved)::text'),
      updatedAt: raw('max(s.updated_at)'),
    },
  })),
  stockLevels: many<Product, StockLevel>(StockLevel, (product, level) => sql`${level.productId} = ${product.id}`, {
    orderBy: (level) => level.warehouseId,
  }),
});

type Run = Tx['sql'];

export interface LevelKey {
  productId: string;
  warehouseId: string;
}

export interface LockedLevel extends LevelKey {
  onHand: string;
  reserved: string;
  sourceOnHand: string | null;
  sourceReserved: string | null;
}

/** Makes missing levels and locks all of them, always in the same order, so that two Txs cannot deadlock. */
export async function lockLevels(run: Run, keys: readonly LevelKey[]): Promise<LockedLevel[]> {
  if (keys.length === 0) return [];
  const params = [keys.map((key) => key.productId), keys.map((key) => key.warehouseId)];
  await run(
    `insert into stock_levels (product_id, warehouse_id, updated_at)
     select distinct t.product_id, t.warehouse_id, now() from unnest($1::uuid[], $2::uuid[]) as t(product_id, warehouse_id)
     order by 1, 2 on conflict do nothing`,
    params,
  );
  return run<LockedLevel>(
    `select s.product_id as "productId", s.warehouse_id as "warehouseId", s.on_hand as "onHand", s.reserved,
       s.source_on_hand as "sourceOnHand", s.source_reserved as "sourceReserved"
     from stock_levels s
     where (s.product_id, s.warehouse_id) in (select * from unnest($1::uuid[], $2::uuid[]))
     order by s.product_id, s.warehouse_id for update of s`,
    params,
  );
}

export interface MovementRow extends LevelKey {
  id: string;
  type: MovementType;
  quantity: string;
  reserved: string;
  onHandAfter: string;
  reservedAfter: string;
  unitCostUsd: string | null;
  reason: string | null;
  referenceType: string | null;
  referenceId: string | null;
}

/** Writes ledger lines and adds them to their levels, in one statement. The caller holds the levels' locks. */
export async function writeMovements(
  run: Run,
  rows: readonly MovementRow[],
  by: { actor: string; origin: string },
): Promise<void> {
  await run(
    `with lines as (
       select * from unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::text[], $5::numeric[], $6::numeric[], $7::numeric[],
         $8::numeric[], $9::numeric[], $10::text[], $11::text[], $12::text[])
         as t(id, product_id, warehouse_id, type, quantity, reserved, on_hand_after, reserved_after, unit_cost_usd, reason,
           reference_type, reference_id)
     ), written as (
       insert into stock_movements (id, product_id, warehouse_id, type, quantity, reserved, on_hand_after, reserved_after,
         unit_cost_usd, reason, reference_type, reference_id, actor, origin, created_at)
       select id, product_id, warehouse_id, type, quantity, reserved, on_hand_after, reserved_after, unit_cost_usd, reason,
         reference_type, reference_id, $13, $14, clock_timestamp() from lines
     )
     update stock_levels s set on_hand = s.on_hand + d.quantity, reserved = s.reserved + d.reserved, updated_at = now()
     from (select product_id, warehouse_id, sum(quantity) as quantity, sum(reserved) as reserved from lines group by 1, 2) d
     where s.product_id = d.product_id and s.warehouse_id = d.warehouse_id`,
    [
      rows.map((row) => row.id),
      rows.map((row) => row.productId),
      rows.map((row) => row.warehouseId),
      rows.map((row) => row.type),
      rows.map((row) => row.quantity),
      rows.map((row) => row.reserved),
      rows.map((row) => row.onHandAfter),
      rows.map((row) => row.reservedAfter),
      rows.map((row) => row.unitCostUsd),
      rows.map((row) => row.reason),
      rows.map((row) => row.referenceType),
      rows.map((row) => row.referenceId),
      by.actor,
      by.origin,
    ],
  );
}

/** Keeps what the source reported; the next report is compared with it. Null means not reported. */
export async function saveReportedLevels(
  run: Run,
  reported: readonly (LevelKey & { onHand: string | null; reserved: string | null })[],
): Promise<void> {
  await run(
    `update stock_levels s set source_on_hand = coalesce(t.on_hand, s.source_on_hand),
       source_reserved = coalesce(t.reserved, s.source_reserved)
     from unnest($1::uuid[], $2::uuid[], $3::numeric[], $4::numeric[]) as t(product_id, warehouse_id, on_hand, reserved)
     where s.product_id = t.product_id and s.warehouse_id = t.warehouse_id
       and (s.source_on_hand, s.source_reserved) is distinct from
         (coalesce(t.on_hand, s.source_on_hand), coalesce(t.reserved, s.source_reserved))`,
    [
      reported.map((one) => one.productId),
      reported.map((one) => one.warehouseId),
      reported.map((one) => one.onHand),
      reported.map((one) => one.reserved),
    ],
  );
}

/** What the source told last about a product at all places but the primary one: the rest of a total belongs there. */
export async function sumOtherReported(run: Run, externalRef: string): Promise<string> {
  const [row] = await run<{ sum: string }>(
    `select coalesce(sum(coalesce(s.source_on_hand, s.on_hand)), 0)::text as sum
     from stock_levels s join warehouses w on w.id = s.warehouse_id join products p on p.id = s.product_id
     where p.external_ref = $1 and not w.is_primary`,
    [externalRef],
  );
  return row?.sum ?? '0';
}

export interface Valuation {
  warehouseId: string;
  products: number;
  quantity: string;
  valueUsd: string;
  withoutCost: number;
}

/** Stock at cost by warehouse; what has no cost is counted, never valued at 0. Negative stock counts as it is. */
export function valueStock(run: Run, scope: string, params: readonly unknown[]): Promise<Valuation[]> {
  return run<Valuation>(
    `select s.warehouse_id as "warehouseId", count(*) filter (where s.on_hand <> 0) as products,
       sum(s.on_hand)::text as quantity, coalesce(sum(round(s.on_hand * p.cost_usd, 2)), 0)::text as "valueUsd",
       count(*) filter (where s.on_hand <> 0 and p.cost_usd is null) as "withoutCost"
     from stock_levels s join products p on p.id = s.product_id where ${scope}
     group by s.warehouse_id order by s.warehouse_id`,
    params,
  );
}
