import { businessDate } from '../kernel/clock.js';
import { takeLock } from '../platform/db/locks.js';
import { defineLoader } from '../platform/graphql/loader.js';
import { read, type RowOf } from '../platform/read/definition.js';
import { readByIds } from '../platform/read/page.js';
import { Branch } from './branch.entity.js';
import { ExchangeRate, Tax } from './currency.entity.js';
import { Warehouse } from './warehouse.entity.js';

type Run = <Row>(text: string, params?: readonly unknown[]) => Promise<Row[]>;

export const branchRead = read(Branch);

export const warehouseRead = read(Warehouse);

export const taxRead = read(Tax);

export const exchangeRateRead = read(ExchangeRate);

/** IQD for one unit of the currency on a day: the newest rate that is not later. Null when there was none yet. IQD is 1. */
export async function findExchangeRate(run: Run, currency: string, day: string): Promise<string | null> {
  if (currency === 'IQD') return '1';
  const [row] = await run<{ rate: string }>(
    `select rate from exchange_rates where currency = $1 and effective_on <= $2::date order by effective_on desc limit 1`,
    [currency, day],
  );
  return row?.rate ?? null;
}

/** IQD for one unit of the currency, by the newest rate that has begun. Null when there is none yet. */
export async function findNewestRate(run: Run, currency: string): Promise<string | null> {
  const [row] = await run<{ rate: string }>(
    'select rate from exchange_rates where currency = $1 and effective_on <= now()::date order by effective_on desc limit 1',
    [currency],
  );
  return row?.rate ?? null;
}

export interface WarehouseRef {
  id: string;
  externalRef: string | null;
  isPrimary: boolean;
}

export function listWarehouseRefs(run: Run): Promise<WarehouseRef[]> {
  return run<WarehouseRef>('select id, external_ref as "externalRef", is_primary as "isPrimary" from warehouses');
}

/** The taxes of the source that are offered here. */
export async function listTaxRefs(run: Run): Promise<string[]> {
  const rows = await run<{ ref: string }>(
    'select external_ref as ref from taxes where external_ref is not null and active',
  );
  return rows.map((row) => row.ref);
}

export const warehouseById = defineLoader<string, RowOf<typeof warehouseRead>>(
  'warehouseById',
  ({ db, config }, ids, viewer) =>
    readByIds({ viewer, today: businessDate(config.timeZone), read: db.read }, warehouseRead, ids),
);

export const branchById = defineLoader<string, RowOf<typeof branchRead>>('branchById', ({ db, config }, ids, viewer) =>
  readByIds({ viewer, today: businessDate(config.timeZone), read: db.read }, branchRead, ids),
);

export const taxById = defineLoader<string, RowOf<typeof taxRead>>('taxById', ({ db, config }, ids, viewer) =>
  readByIds({ viewer, today: businessDate(config.timeZone), read: db.read }, taxRead, ids),
);

/**
 * The next number of a type of document in a branch. The row stays locked until the Tx ends and goes back with it, so
 * numbers have no gaps; documents of one type and branch therefore commit one after the other.
 */
export async function takeDocumentNumber(run: Run, type: string, branchId: string): Promise<number> {
  const [row] = await run<{ last: unknown }>(
    `insert into document_sequences as d (type, branch_id, last) values ($1, $2, 1)
     on conflict (type, branch_id) do update set last = d.last + 1 returning last`,
    [type, branchId],
  );
  return Number(row?.last);
}

/** Replaces the warehouses that an inventory manager keeps; answers those before. */
export async function replaceUserWarehouses(
  run: Run,
  userId: string,
  warehouseIds: readonly string[],
): Promise<string[]> {
  const before = await run<{ id: string }>(
    'delete from user_warehouses where user_id = $1 returning warehouse_id as id',
    [userId],
  );
  await run('insert into user_warehouses (user_id, warehouse_id) select $1, id from unnest($2::uuid[]) as t(id)', [
    userId,
    warehouseIds,
  ]);
  return before.map((row) => row.id);
}

/** The last day of the closed books; null: no day is closed. */
export async function closedUntil(run: Run): Promise<string | null> {
  const [row] = await run<{ day: string }>(
    `select value #>> '{}' as day from settings where key = 'books_closed_until'`,
  );
  return row?.day ?? null;
}

/**
 * Posting takes a shared lock, closing an exclusive one, so neither overlaps with the other. Held until the Tx ends.
 */
export async function lockBooks(run: Run, as: 'posting' | 'closing'): Promise<void> {
  await takeLock(run, 'books', as === 'posting' ? 'shared' : 'alone');
}
