import { randomBytes } from 'node:crypto';
import pg from 'pg';

export const TEMPLATE = 'tsh_template';

export async function sqlClient<T>(url: string, work: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client({ connectionString: url });
  client.on('error', () => undefined);
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}

export interface TestDatabase {
  url: string;
  /** Plain SQL beside the code under test. */
  sql<Row = Record<string, unknown>>(text: string, params?: unknown[]): Promise<Row[]>;
  drop(): Promise<void>;
}

/** A fresh database cloned from the migrated template; `empty` skips the migrations. */
export async function createTestDatabase(options: { empty?: boolean; server?: string } = {}): Promise<TestDatabase> {
  const server = options.server ?? process.env['TEST_POSTGRES'] ?? '';
  const name = `t_${randomBytes(6).toString('hex')}`;
  await sqlClient(server, async (client) => {
    // Two files that clone at once make one of them wait for the template.
    await client.query('select pg_advisory_lock(1)');
    await client.query(`create database ${name}${options.empty ? '' : ` template ${TEMPLATE}`}`);
  });
  const url = server.replace(/[^/]+$/, name);
  const pool = new pg.Pool({ connectionString: url, max: 5 });
  pool.on('error', () => undefined);
  return {
    url,
    async sql(text, params) {
      const result = await pool.query(text, params as unknown[]);
      return result.rows as never;
    },
    async drop() {
      await pool.end();
      await sqlClient(server, (client) => client.query(`drop database if exists ${name} with (force)`));
    },
  };
}
