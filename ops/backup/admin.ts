import pg from 'pg';
import { BackupError } from './backup-error.js';
import { databaseOf, type BackupSettings } from './settings.js';

/** The connection that creates, renames and drops databases, and holds the lock of this database's backups. */
export interface Admin {
  client: pg.Client;
  database: string;
}

export async function connect(url: string, what: string): Promise<pg.Client> {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 10_000, application_name: 'tsh-ops' });
  client.on('error', () => undefined);
  try {
    await client.connect();
  } catch (error) {
    const { message, code } = error as { message?: string; code?: string };
    const { hostname, port } = new URL(url);
    throw new BackupError(
      'SETTINGS',
      `${what} (${databaseOf(url)} at ${hostname}:${port || '5432'}) cannot be reached: ${message || code}.`,
    );
  }
  await client.query('set statement_timeout = 0');
  return client;
}

/**
 * Runs work alone: of backups, verifications, drills and restores of one database only one goes on at a time, on whatever
 * machine it was started. A lock of the session ends with the process, however that ends.
 */
export async function withLock<T>(settings: BackupSettings, work: (admin: Admin) => Promise<T>): Promise<T> {
  const client = await connect(settings.adminUrl, 'The database server');
  const database = databaseOf(settings.databaseUrl);
  try {
    const { rows } = await client.query<{ ours: boolean }>(
      'select pg_try_advisory_lock(hashtext($1), hashtext($2)) as ours',
      ['tsh-erp backup', database],
    );
    if (!rows[0]?.ours) {
      throw new BackupError('ALREADY_RUNNING', `A backup or restore of ${database} is under way. Wait for its end.`);
    }
    return await work({ client, database });
  } finally {
    await client.end().catch(() => undefined);
  }
}

export const quoted = (name: string): string => `"${name.replaceAll('"', '""')}"`;
export const literal = (text: string): string => `'${text.replaceAll("'", "''")}'`;
