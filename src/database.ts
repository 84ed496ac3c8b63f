import { migrations } from '../migrations/list.js';
import type { Config } from './config.js';
import { messageOf } from './kernel/errors.js';
import { StartFault } from './kernel/start-fault.js';
import { modules } from './modules.js';
import { connectionFault } from './platform/db/connection-budget.js';
import { MIGRATION_LOCK } from './platform/db/locks.js';
import { openDatabase, type Database } from './platform/db/orm.js';
import { createTransact, type Listener, type Transact } from './platform/db/transact.js';
import type { Connections } from './platform/gates.js';
import type { Logger } from './platform/logger.js';

/** Opens the pools and asks once, so that a database that is not there is told in one line. Throws StartFault. */
export async function connect(
  config: Config,
  connections: Connections,
  onStatement?: (text: string) => void,
): Promise<Database> {
  const url = config.database.url;
  if (url === null) throw new StartFault('No DATABASE_URL.');
  const db = await openDatabase({
    url,
    poolMax: connections.own,
    ...(connections.clients > 0
      ? { clientReads: { max: connections.clients, statementTimeoutMs: config.readTimeoutMs } }
      : {}),
    applicationName: `tsh-erp-${config.role}`,
    entities: modules.flatMap((module) => module.entities),
    migrations,
    ...(onStatement ? { onStatement } : {}),
  });
  try {
    await db.read('select 1');
  } catch (error) {
    await db.close();
    const { hostname: host, port, pathname } = new URL(url);
    throw new StartFault(
      `The database ${pathname.slice(1)} at ${host}:${port || '5432'} cannot be reached: ${messageOf(error) || (error as { code?: string }).code}. Check DATABASE_URL.`,
    );
  }
  return db;
}

/** Runs missing migrations, one process at a time. Answers the names of those it ran. */
export async function migrate(db: Database): Promise<string[]> {
  const client = await (
    db.orm.em.getDriver().getConnection().getNativeClient() as Promise<unknown> as Promise<{
      connect(): Promise<{ query(text: string): Promise<unknown>; release(): void }>;
    }>
  ).then((pool) => pool.connect());
  try {
    await client.query(`set statement_timeout = 0`);
    await client.query(`set lock_timeout = 0`);
    await client.query(MIGRATION_LOCK.take);
    const ran = await db.orm.migrator.up();
    return ran.map((one) => one.name);
  } finally {
    await client.query(MIGRATION_LOCK.release).catch(() => undefined);
    await client.query('reset all').catch(() => undefined);
    client.release();
  }
}

/** Refuses a database that would lose data or run out of connections; in development it warns. Throws StartFault. */
export async function checkDatabase(config: Config, db: Database, log: Logger): Promise<void> {
  const strict = config.appEnv === 'staging' || config.appEnv === 'production';
  const done = await db.read<{ name: string }>('select name from migrations').catch(() => [] as { name: string }[]);
  const names = new Set(done.map((row) => row.name));
  const missing = migrations.filter(({ name }) => !names.has(name));
  if (missing.length > 0 && strict) {
    throw new StartFault(`${missing.length} migrations are missing. Run: npm run migrate`);
  }
  const [settings] = await db.read<{ fsync: string; commit: string; connections: string }>(
    `select current_setting('fsync') as fsync, current_setting('synchronous_commit') as commit,
       current_setting('max_connections') as connections`,
  );
  if (settings && strict) {
    const fault = connectionFault(config, Number(settings.connections));
    if (fault !== null) throw new StartFault(fault);
  }
  if (settings && (settings.fsync !== 'on' || settings.commit === 'off')) {
    const text = `The database is not durable (fsync ${settings.fsync}, synchronous_commit ${settings.commit}): an acknowledged webhook could be lost.`;
    if (strict) throw new StartFault(text);
    if (config.appEnv !== 'test') log.warn(text);
  }
}

function collectListeners(): Map<string, Listener[]> {
  const listeners = new Map<string, Listener[]>();
  for (const module of modules) {
    for (const [event, listener] of Object.entries(module.listeners ?? {})) {
      listeners.set(event, [...(listeners.get(event) ?? []), listener]);
    }
  }
  return listeners;
}

const unauditedEntities = (): Set<string> =>
  new Set(modules.flatMap((module) => (module.unaudited ?? []).map((entity) => entity.name)));

/**
 * Units of work with the listeners of all modules. A command beside the server needs no
 * `onCommit`: the server finds what it wrote by itself.
 */
export const createTransactOf = (
  db: Database,
  onCommit: (wrote: { events: boolean; jobs: boolean }) => void = () => undefined,
): Transact => createTransact({ db, listeners: collectListeners(), unaudited: unauditedEntities(), onCommit });
