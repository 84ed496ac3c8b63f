import type { Database } from '../db/orm.js';

/** Which rows of a table may go, stated by the module that owns the table. */
export interface Retention {
  table: string;
  /** SQL: a row that is no longer kept. */
  old: string;
  /** SQL: by this the oldest go first. */
  age: string;
}

/**
 * Deletes at most `batch` rows of each table, oldest first; answers whether a table may hold more. Rows that somebody
 * holds locked are left for the next time.
 */
export async function deleteOldRows(db: Database, retention: readonly Retention[], batch: number): Promise<boolean> {
  let more = false;
  for (const { table, old, age } of retention) {
    const gone = await db.read(
      `delete from ${table} where ctid = any (array(
         select ctid from ${table} where ${old} order by ${age} limit $1 for update skip locked)) returning 1`,
      [batch],
    );
    more ||= gone.length >= batch;
  }
  return more;
}

/**
 * SQL: the smallest UUIDv7 of the instant that lies `age` back. Ids are made in the order of time, so old rows are found
 * by the primary key.
 */
export const idBefore = (age: string): string =>
  `(lpad(to_hex((extract(epoch from now() - interval '${age}') * 1000)::bigint), 12, '0') || '70008000000000000000')::uuid`;
