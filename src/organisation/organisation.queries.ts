import { businessDate } from '../kernel/clock.js';
import { takeLock } from '../platform/db/locks.js';
import { type ListSpec, type NestedColumn, selectList } from '../platform/graphql/connections.js';
import { Params } from '../platform/graphql/filters.js';
import { defineLoader } from '../platform/graphql/loader.js';
import type { Branch } from './branch.entity.js';
import type { Tax } from './currency.entity.js';
import type { Warehouse } from './warehouse.entity.js';

type Run = <Row>(text: string, params?: readonly unknown[]) => Promise<Row[]>;

export const BRANCH: NestedColumn = {
  nested: 'branches b where b.id = w.branch_id',
  columns: {
    id: 'b.id',
    code: 'b.code',
    name: 'b.name',
    nameAr: 'b.name_ar',
    city: 'b.city',
    active: 'b.active',
    version: 'b.version',
  },
};

/** The warehouse of a row that has a warehouse_id, to be read in its statement. */
export const warehouseColumn = (warehouseId: string): NestedColumn => ({
  nested: `warehouses w where w.id = ${warehouseId}`,
  always: { id: 'w.id' },
  columns: {
    code: 'w.code',
    name: 'w.name',
    nameAr: 'w.name_ar',
    branch: BRANCH,
    externalRef: 'w.external_ref',
    isPrimary: 'w.is_primary',
    active: 'w.active',
    version: 'w.version',
  },
});

export const branchList: ListSpec = {
  from: 'branches b',
  idSql: 'b.id',
  always: {
    id: 'b.id',
    code: 'b.code',
    name: 'b.name',
    nameAr: 'b.name_ar',
    city: 'b.city',
    active: 'b.active',
    version: 'b.version',
  },
  columns: {},
  orders: { CODE_ASC: { sql: 'b.code collate "C"', type: 'text', direction: 'asc' } },
};

export const warehouseList: ListSpec = {
  from: 'warehouses w',
  idSql: 'w.id',
  always: {
    id: 'w.id',
    code: 'w.code',
    name: 'w.name',
    nameAr: 'w.name_ar',
    externalRef: 'w.external_ref',
    isPrimary: 'w.is_primary',
    active: 'w.active',
    version: 'w.version',
  },
  columns: { branch: BRANCH },
  orders: { CODE_ASC: { sql: 'w.code collate "C"', type: 'text', direction: 'asc' } },
};

export const taxList: ListSpec = {
  from: 'taxes t',
  idSql: 't.id',
  always: {
    id: 't.id',
    code: 't.code',
    name: 't.name',
    nameAr: 't.name_ar',
    ratePercent: 't.rate_percent',
    active: 't.active',
    version: 't.version',
  },
  columns: {},
  orders: { CODE_ASC: { sql: 't.code collate "C"', type: 'text', direction: 'asc' } },
};

export const exchangeRateList: ListSpec = {
  from: 'exchange_rates r',
  idSql: 'r.id',
  always: {
    id: 'r.id',
    currency: 'r.currency',
    rate: 'r.rate',
    effectiveOn: 'r.effective_on',
    createdAt: 'r.created_at',
  },
  columns: {},
  orders: { DATE_DESC: { sql: 'r.effective_on', type: 'date', direction: 'desc' } },
};

/** IQD for one unit of the currency on a day: the newest rate that is not later. Null when there was none yet. IQD is 1. */
export async function findExchangeRate(run: Run, currency: string, day: string): Promise<string | null> {
  if (currency === 'IQD') return '1';
  const [row] = await run<{ rate: string }>(
    `select rate from exchange_rates where currency = $1 and effective_on <= $2::date order by effective_on desc limit 1`,
    [currency, day],
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

export const warehouseById = defineLoader<string, Warehouse>('warehouseById', async ({ db, config }, ids, viewer) => {
  const ask = { viewer, params: new Params(), today: businessDate(config.timeZone) };
  const rows = await db.read<Warehouse>(
    `select ${selectList(warehouseList, 'all', ask)} from warehouses w where w.id = any (${ask.params.add(ids)}::uuid[])`,
    ask.params.values,
  );
  return new Map(rows.map((row) => [row.id, row]));
});

export const branchById = defineLoader<string, Branch>('branchById', async ({ db, config }, ids, viewer) => {
  const ask = { viewer, params: new Params(), today: businessDate(config.timeZone) };
  const rows = await db.read<Branch>(
    `select ${selectList(branchList, 'all', ask)} from branches b where b.id = any (${ask.params.add(ids)}::uuid[])`,
    ask.params.values,
  );
  return new Map(rows.map((row) => [row.id, row]));
});

export const taxById = defineLoader<string, Tax>('taxById', async ({ db, config }, ids, viewer) => {
  const ask = { viewer, params: new Params(), today: businessDate(config.timeZone) };
  const rows = await db.read<Tax>(
    `select ${selectList(taxList, 'all', ask)} from taxes t where t.id = any (${ask.params.add(ids)}::uuid[])`,
    ask.params.values,
  );
  return new Map(rows.map((row) => [row.id, row]));
});

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
