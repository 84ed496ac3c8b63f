import { Product } from '../catalog/product.entity.js';
import { productRead } from '../catalog/product.queries.js';
import type { Currency } from '../kernel/money.js';
import { can, rowScopeOf, type Viewer } from '../kernel/viewer.js';
import { Warehouse } from '../organisation/warehouse.entity.js';
import type { Tx } from '../platform/db/transact.js';
import { computed, extend, many, money, object, one, read } from '../platform/read/definition.js';
import type { Columns } from '../platform/read/entity-columns.js';
import { type Ask, type Params, raw, slots, type Sql, sql } from '../platform/read/sql.js';
import { type Who, whoOf } from '../platform/read/who.js';
import { TIME_ZONE } from '../platform/settings.js';
import { type MovementType, ProductStock, StockLevel, StockMovement } from './stock.entity.js';

/** Whose stock a viewer sees, on every path: that of all warehouses, or of those that an inventory manager keeps. */
export const ownWarehouses = (warehouseId: Sql, who: Who): Sql | boolean =>
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

/** The code of the base currency. */
export const BASE = `(select value #>> '{}' from settings where key = 'base_currency')`;

const movedValue = (movement: Columns<StockMovement>): Sql =>
  sql`case when ${movement.baseValue} is not null then
    json_build_object('currency', ${raw(BASE)}, 'amount', ${movement.baseValue}::text) end`;

export const stockMovementRead = read(StockMovement, {
  always: ['productId'],
  scope: (movement, who) => ownWarehouses(movement.warehouse, who),
  kept: [{ count: 'stock_movements' }],
  fields: { unitCost: money('unitCostUsd', 'USD'), value: computed(movedValue) },
});

/**
 * What can be sold, so nothing damaged. Whoever cannot choose a warehouse is shown what their order is confirmed from: the
 * primary one.
 */
const shownLevels = (who: Who): Sql =>
  can(who, 'catalog:all')
    ? raw('not exists (select 1 from warehouses w where w.id = s.warehouse_id and w.damaged)')
    : sql`s.warehouse_id = (select w.id from warehouses w where w.is_primary)`;

/** The stock of a product, over the warehouses that are shown and by warehouse; null where none was ever reported. */
export const productStock = extend(productRead, {
  stock: object<Product>(ProductStock, (product, { who }) => ({
    from: sql`stock_levels s where s.product_id = ${product.id} and ${shownLevels(who)} having count(*) > 0`,
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
  branchId: string;
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
       s.source_on_hand as "sourceOnHand", s.source_reserved as "sourceReserved", w.branch_id as "branchId"
     from stock_levels s join warehouses w on w.id = s.warehouse_id
     where (s.product_id, s.warehouse_id) in (select * from unnest($1::uuid[], $2::uuid[]))
     order by s.product_id, s.warehouse_id for update of s`,
    params,
  );
}

/** What the company holds of a product, locked. */
export interface LockedCost {
  productId: string;
  quantity: string;
  value: string;
  lastCost: string | null;
  opened: boolean;
  /** While it is not opened: what its levels hold, and what one piece cost by the last report, in the base currency. */
  reported: string | null;
  reportedCost: string | null;
  /** The base currency. */
  base: Currency;
}

const listCosts = (run: Run, productIds: readonly string[]): Promise<LockedCost[]> =>
  run<LockedCost>(
    `select c.product_id as "productId", c.quantity, c.value, c.last_cost as "lastCost", c.opened, ${BASE} as base,
       case when not c.opened then
         (select coalesce(sum(s.on_hand), 0)::text from stock_levels s where s.product_id = c.product_id) end as reported,
       case when not c.opened then (p.cost_usd * case when ${BASE} = 'IQD'
         then (select r.rate from exchange_rates r where r.currency = 'USD' order by r.effective_on desc limit 1)
         else 1 end)::text end as "reportedCost"
     from product_costs c join products p on p.id = c.product_id
     where c.product_id = any ($1::uuid[]) order by c.product_id for update of c`,
    [productIds],
  );

/** Locks what the company holds of products, in their order; rows that are missing are made. */
export async function lockCosts(run: Run, ids: readonly string[]): Promise<LockedCost[]> {
  const productIds = [...new Set(ids)];
  const locked = await listCosts(run, productIds);
  if (locked.length === productIds.length) return locked;
  await run(
    `insert into product_costs (product_id) select t.id from unnest($1::uuid[]) as t(id) order by 1 on conflict do nothing`,
    [productIds],
  );
  return listCosts(run, productIds);
}

/** Products whose stock is only a report still, each with a warehouse that holds it. */
export function listUnopened(run: Run, limit: number): Promise<LevelKey[]> {
  return run<LevelKey>(
    `select s.product_id as "productId", min(s.warehouse_id::text) filter (where s.on_hand <> 0) as "warehouseId"
     from stock_levels s left join product_costs c on c.product_id = s.product_id
     where coalesce(c.opened, false) = false
     group by s.product_id having sum(s.on_hand) <> 0 order by s.product_id limit $1`,
    [limit],
  );
}

/** What goods of a document cost when they were sold, by product: those that it, or its order, let go. */
export async function listSoldCosts(
  run: Run,
  sold: readonly { referenceType: string; referenceId: string }[],
): Promise<{ referenceId: string; productId: string; quantity: string; value: string }[]> {
  return run(
    `select m.reference_id as "referenceId", m.product_id as "productId", (-sum(m.quantity))::text as quantity, (-sum(m.value))::text as value
     from (select distinct * from unnest($1::text[], $2::text[]) as t(type, id)) t
       join stock_movements m on m.reference_type = t.type and m.reference_id = t.id
     where m.type = 'SALE' and m.value is not null group by 1, 2`,
    [sold.map(({ referenceType }) => referenceType), sold.map(({ referenceId }) => referenceId)],
  );
}

/** What the lines of an adjustment are worth, by product and warehouse; null where no cost is kept. */
export async function listAdjusted(run: Run, adjustmentId: string): Promise<ReadonlyMap<string, string | null>> {
  const rows = await run<LevelKey & { value: string | null }>(
    `select m.product_id as "productId", m.warehouse_id as "warehouseId", m.value::text as value
     from stock_movements m where m.reference_type = 'adjustment' and m.reference_id = $1`,
    [adjustmentId],
  );
  return new Map(rows.map(({ productId, warehouseId, value }) => [`${productId} ${warehouseId}`, value]));
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
  value: string | null;
}

export interface CostRow {
  productId: string;
  quantity: string;
  value: string;
  lastCost: string | null;
}

/** Writes ledger lines, adds them to their levels and sets what products are worth, in one statement. The caller holds the locks. */
export async function writeMovements(
  run: Run,
  rows: readonly MovementRow[],
  costs: readonly CostRow[],
  by: { actor: string; origin: string; day: string; entryId: string | null },
): Promise<void> {
  await run(
    `with lines as (
       select * from unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::text[], $5::numeric[], $6::numeric[], $7::numeric[],
         $8::numeric[], $9::numeric[], $10::text[], $11::text[], $12::text[], $15::numeric[])
         as t(id, product_id, warehouse_id, type, quantity, reserved, on_hand_after, reserved_after, unit_cost_usd, reason,
           reference_type, reference_id, value)
     ), written as (
       insert into stock_movements (id, product_id, warehouse_id, type, quantity, reserved, on_hand_after, reserved_after,
         unit_cost_usd, reason, reference_type, reference_id, actor, origin, created_at, day, value, entry_id)
       select id, product_id, warehouse_id, type, quantity, reserved, on_hand_after, reserved_after, unit_cost_usd, reason,
         reference_type, reference_id, $13, $14, clock_timestamp(), $16::date, value,
         case when value is not null then $17::bigint end from lines
     ), worth as (
       update product_costs c set quantity = t.quantity, value = t.value, last_cost = t.last_cost, opened = true
       from unnest($18::uuid[], $19::numeric[], $20::numeric[], $21::numeric[]) as t(product_id, quantity, value, last_cost)
       where c.product_id = t.product_id
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
      rows.map((row) => row.value),
      by.day,
      by.entryId,
      costs.map((cost) => cost.productId),
      costs.map((cost) => cost.quantity),
      costs.map((cost) => cost.value),
      costs.map((cost) => cost.lastCost),
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
  /** Null: on the way between two warehouses. */
  warehouseId: string | null;
  products: number;
  quantity: string;
  value: string;
  currency: Currency;
  withoutCost: number;
}

/**
 * What stock is worth at the end of a day (null: now), as statements of a `with` that ends with `shares` (product_id,
 * warehouse_id, quantity, value): the value of each product, which is the same everywhere, shared by what the warehouses
 * hold; the shares sum to it. Of stock that is only a report of another system: the quantity now at the reported cost.
 */
export const sharesOfStock = (at: string): string => `later as materialized (
       select m.product_id, m.warehouse_id, sum(m.quantity) as quantity, coalesce(sum(m.value), 0) as value,
         coalesce(sum(m.quantity) filter (where m.type <> 'TRANSFER'), 0) as moved
       from stock_movements m where ${at} is not null
         and (m.day > ${at} or (m.day is null and m.created_at >= (${at} + 1)::timestamp at time zone ${TIME_ZONE}))
       group by 1, 2
     ), held as (
       select c.product_id, c.quantity - coalesce(sum(l.moved), 0) as quantity, c.value - coalesce(sum(l.value), 0) as value
       from product_costs c left join later l on l.product_id = c.product_id where c.opened group by c.product_id
     ), places as (
       select s.product_id, s.warehouse_id, s.on_hand - coalesce(l.quantity, 0) as quantity
       from stock_levels s left join later l on l.product_id = s.product_id and l.warehouse_id = s.warehouse_id
       union all
       select h.product_id, null, h.quantity - coalesce((select sum(s.on_hand - coalesce(l.quantity, 0)) from stock_levels s
         left join later l on l.product_id = s.product_id and l.warehouse_id = s.warehouse_id where s.product_id = h.product_id), 0)
       from held h
     ), shares as (
       select p.product_id, p.warehouse_id, p.quantity, h.product_id is not null as opened, h.value as whole,
         case when h.product_id is null then p.quantity * i.cost_usd
           when h.quantity = 0 then case when row_number() over same = 1 then h.value else 0 end
           else round(h.value * sum(p.quantity) over so_far / h.quantity, 2)
             - round(h.value * (sum(p.quantity) over so_far - p.quantity) / h.quantity, 2) end as value
       from places p join products i on i.id = p.product_id left join held h on h.product_id = p.product_id
       where p.quantity <> 0 or h.value <> 0
       window same as (partition by p.product_id order by p.warehouse_id),
         so_far as (partition by p.product_id order by p.warehouse_id rows unbounded preceding)
     )`;

/** What stock is worth at the end of a day, by warehouse. What has no cost is counted, never valued. */
export function valueStock(
  run: Run,
  { scope, day, params }: { scope: string; day: string | null; params: readonly unknown[] },
): Promise<Valuation[]> {
  const at = `$${params.length + 1}::date`;
  return run<Valuation>(
    `with ${sharesOfStock(at)}
     select s.warehouse_id as "warehouseId", count(*) filter (where s.quantity <> 0) as products,
       sum(s.quantity)::text as quantity, coalesce(sum(s.value), 0)::text as value, ${BASE} as currency,
       count(*) filter (where s.quantity <> 0 and (s.value is null or (s.opened and s.whole = 0))) as "withoutCost"
     from shares s where ${scope}
     group by s.warehouse_id having count(*) filter (where s.quantity <> 0) > 0 or sum(s.value) <> 0
     order by s.warehouse_id`,
    [...params, day],
  );
}
