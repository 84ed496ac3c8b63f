import { can, rowScopeOf, type Viewer } from '../kernel/viewer.js';
import { warehouseColumn } from '../organisation/organisation.queries.js';
import type { Tx } from '../platform/db/transact.js';
import type { Ask, FieldColumns, ListSpec, NestedColumn } from '../platform/graphql/connections.js';
import type { Params } from '../platform/graphql/filters.js';
import type { MovementType } from './stock.entity.js';

/**
 * The row-level filter of stock, used by every path to it: all warehouses, or those that an inventory manager keeps.
 */
export function warehouseScope(viewer: Viewer, params: Params, warehouseId: string): string {
  if (can(viewer, 'stock:all')) return 'true';
  return `${warehouseId} = any (${params.add(rowScopeOf(viewer).warehouseIds)}::uuid[])`;
}

/** Stock of a product row `p` over all warehouses. Null where no stock was ever reported. */
export const PRODUCT_STOCK: NestedColumn = {
  nested: 'stock_levels s where s.product_id = p.id having count(*) > 0',
  columns: {
    onHand: 'sum(s.on_hand)::text',
    reserved: 'sum(s.reserved)::text',
    available: 'sum(s.on_hand - s.reserved)::text',
    updatedAt: 'max(s.updated_at)',
  },
};

const LEVEL_COLUMNS: NestedColumn['columns'] = {
  productId: 's.product_id',
  onHand: 's.on_hand::text',
  reserved: 's.reserved::text',
  available: '(s.on_hand - s.reserved)::text',
  updatedAt: 's.updated_at',
  warehouse: warehouseColumn('s.warehouse_id'),
};

/** Stock of a product row `p` by warehouse, as far as the viewer may see warehouses. */
export const productLevels = ({ viewer, params }: Ask): FieldColumns => ({
  nested: `stock_levels s where s.product_id = p.id and ${warehouseScope(viewer, params, 's.warehouse_id')}`,
  orderBy: 's.warehouse_id',
  columns: LEVEL_COLUMNS,
});

/** Every product in every warehouse that has or had it. Keyed by both ids, which make one text. */
export const stockLevelList: ListSpec = {
  from: 'stock_levels s join products p on p.id = s.product_id',
  idSql: 's.warehouse_id',
  always: { id: 's.warehouse_id', productId: 's.product_id' },
  columns: {
    onHand: 's.on_hand',
    reserved: 's.reserved',
    available: 's.on_hand - s.reserved',
    updatedAt: 's.updated_at',
    warehouse: warehouseColumn('s.warehouse_id'),
    product: { productId: 's.product_id' },
  },
  orders: {
    PRODUCT_ASC: { sql: 's.product_id', type: 'uuid', direction: 'asc' },
    AVAILABLE_ASC: {
      sql: `to_char(s.on_hand - s.reserved + 1000000000000, 'FM0000000000000.000') || s.product_id::text`,
      type: 'text',
      direction: 'asc',
    },
  },
  kept: [{ when: [], count: 'stock_levels' }],
};

/** Of a level `s` and its product `p`. Nobody orders again what is no longer sold, so it is neither out nor low. */
export const STOCK_STATES = {
  OUT: 'p.active and s.on_hand - s.reserved <= 0',
  LOW: 'p.active and s.on_hand - s.reserved > 0 and p.reorder_level is not null and s.on_hand - s.reserved <= p.reorder_level',
  NEGATIVE: 's.on_hand < 0',
  IN_STOCK: 's.on_hand - s.reserved > 0',
} as const;

export const stockMovementList: ListSpec = {
  from: 'stock_movements m',
  idSql: 'm.id',
  always: { id: 'm.id', productId: 'm.product_id' },
  columns: {
    type: 'm.type',
    quantity: 'm.quantity',
    reserved: 'm.reserved',
    onHandAfter: 'm.on_hand_after',
    reservedAfter: 'm.reserved_after',
    reason: 'm.reason',
    referenceType: 'm.reference_type',
    referenceId: 'm.reference_id',
    actor: 'm.actor',
    origin: 'm.origin',
    createdAt: 'm.created_at',
    unitCost: { unitCostUsd: 'm.unit_cost_usd' },
    warehouse: warehouseColumn('m.warehouse_id'),
  },
  orders: { CREATED_DESC: { sql: 'm.created_at', type: 'timestamptz', direction: 'desc' } },
  kept: [{ when: [], count: 'stock_movements' }],
};

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
       sum(s.on_hand)::text as quantity, coalesce(sum(s.on_hand * p.cost_usd), 0)::text as "valueUsd",
       count(*) filter (where s.on_hand <> 0 and p.cost_usd is null) as "withoutCost"
     from stock_levels s join products p on p.id = s.product_id where ${scope}
     group by s.warehouse_id order by s.warehouse_id`,
    params,
  );
}
