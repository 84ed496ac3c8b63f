import pg from 'pg';
import { migrations } from '../../migrations/list.js';
import type { PendingMigration } from './slot-driver.js';

/**
 * What this release would run on a database: its own list without what the table names. A table that is missing means a
 * new database, where nobody loses anything.
 */
export async function readPending(databaseUrl: string): Promise<PendingMigration[]> {
  const client = new pg.Client({ connectionString: databaseUrl, connectionTimeoutMillis: 10_000 });
  await client.connect();
  try {
    const { rows: tables } = await client.query("select to_regclass('migrations') as name");
    const isNew = (tables[0] as { name: string | null } | undefined)?.name == null;
    if (isNew) return [];
    const { rows } = await client.query<{ name: string }>('select name from migrations');
    const done = new Set(rows.map(({ name }) => name));
    return migrations
      .filter(({ name }) => !done.has(name))
      .map(({ name, migration }) => ({ name, statements: statementsOf(migration) }));
  } finally {
    await client.end();
  }
}

type MigrationClass = (typeof migrations)[number]['migration'];

// The base class only keeps its arguments; `up` fills the list of statements and runs none.
function statementsOf(migration: MigrationClass): string[] {
  const one = new migration({} as never, {} as never);
  void one.up();
  return one.getQueries().map((query) => (typeof query === 'string' ? query : JSON.stringify(query)));
}
