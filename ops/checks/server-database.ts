import { openDatabase, type Database } from '../../src/platform/db/orm.js';

/** The server's database for the reads that the server itself has: no entity, two connections. */
export async function withServerDatabase<T>(url: string, work: (db: Database) => Promise<T>): Promise<T> {
  const db = await openDatabase({ url, poolMax: 2, applicationName: 'tsh-ops', entities: [], migrations: [] });
  try {
    return await work(db);
  } finally {
    await db.close();
  }
}
