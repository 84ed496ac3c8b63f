import { businessDate } from '../kernel/clock.js';
import type { Tx } from '../platform/db/transact.js';
import { defineLoader } from '../platform/graphql/loader.js';
import { read, type RowOf } from '../platform/read/definition.js';
import type { Columns } from '../platform/read/entity-columns.js';
import { readByIds } from '../platform/read/page.js';
import { sortOf } from '../platform/read/sort.js';
import { type Sql, sql } from '../platform/read/sql.js';
import type { Product } from './product.entity.js';
import { Unit } from './unit.entity.js';

export const unitRead = read(Unit);

export type UnitRow = RowOf<typeof unitRead>;

export const UnitSort = sortOf(Unit, ['code']);

export const unitById = defineLoader<string, UnitRow>('unitById', ({ db, config }, ids, viewer) =>
  readByIds({ viewer, today: businessDate(config.timeZone), read: db.read }, unitRead, ids),
);

const DECIMALS = (unit: string): string =>
  `coalesce((select u.decimals from units u where u.code = lower(btrim(${unit}))), 0)`;

/** How many decimals a quantity of a product may have, where the alias of its table is `p`. */
export const DECIMALS_OF_P = DECIMALS('p.unit');

export const decimalsOf = (product: Columns<Product>): Sql =>
  sql`coalesce((select u.decimals from units u where u.code = lower(btrim(${product.unit}))), 0)`;

/** What is counted, and in how many decimals. */
export interface Counted {
  name: string;
  nameAr: string | null;
  decimals: number;
}

/** How products are counted, by id; one that does not exist is left out. */
export async function listCounted(run: Tx['sql'], ids: readonly string[]): Promise<ReadonlyMap<string, Counted>> {
  if (ids.length === 0) return new Map();
  const rows = await run<Counted & { id: string }>(
    `select p.id, p.name, p.name_ar as "nameAr", ${DECIMALS_OF_P} as decimals from products p where p.id = any ($1::uuid[])`,
    [[...new Set(ids)]],
  );
  return new Map(rows.map(({ id, ...counted }) => [id, counted]));
}
