import { connect, literal, quoted, withLock, type Admin } from './admin.js';
import { asBackupError, BackupError } from './backup-error.js';
import { bringBackup } from './copies.js';
import { dropAbandoned, dropDatabase, restoreInto, type Copy } from './database-copy.js';
import { assertChecksums, folderOf, stampOf, type Manifest, type Part } from './manifest.js';
import { restoreRedis } from './redis.js';
import type { BackupSettings } from './settings.js';
import { restoreUploads } from './uploads.js';

export interface RestoreOptions {
  settings: BackupSettings;
  id: string;
  /** A new database of this name, and nothing else is touched; null: the present one is replaced. */
  into: string | null;
  parts: readonly Part[];
  now?: () => Date;
  out?: (line: string) => void;
  signal?: AbortSignal;
}

export interface RestoreReport {
  id: string;
  database: string | null;
  /** The name under which the database that was replaced is kept. */
  former: string | null;
  formerUploads: string | null;
  redisKeys: number;
  durationsMs: { database: number; total: number };
}

const NAME = /^[a-z_][a-z0-9_]{0,62}$/;
const MAX_NAME = 63;

/**
 * Restores a backup by its time stamp: into a new database, which is compared with what was dumped and then renamed into
 * place; the former one is kept under a dated name. Until the rename nothing of the present state is touched.
 */
export function restoreBackup(options: RestoreOptions): Promise<RestoreReport> {
  return withLock(options.settings, (admin) => restoreLocked(admin, options));
}

async function restoreLocked(admin: Admin, options: RestoreOptions): Promise<RestoreReport> {
  const { settings, out = () => undefined, now = () => new Date(), parts, into } = options;
  const begun = performance.now();
  if (into !== null && (!NAME.test(into) || into === admin.database)) {
    throw new BackupError('SETTINGS', `"${into}" is no name for a new database: use a-z, 0-9 and _.`);
  }
  await dropAbandoned(admin, now(), out);
  const manifest = await bringBackup(settings, options.id, out);
  if (manifest.state === 'failed') {
    throw new BackupError('VERIFY_FAILED', `Backup ${manifest.id} is not good: ${manifest.fault}`);
  }
  const folder = folderOf(settings.dir, manifest.id);
  await assertChecksums(folder, manifest);
  const report: RestoreReport = {
    id: manifest.id,
    database: null,
    former: null,
    formerUploads: null,
    redisKeys: 0,
    durationsMs: { database: 0, total: 0 },
  };
  if (parts.includes('postgres')) {
    const copy = await restoreDatabase(admin, manifest, { ...options, folder, at: now() });
    out(`Restored and compared ${manifest.database?.fingerprint.tables.length} tables in ${copy.name}.`);
    report.database = copy.name;
    if (into === null) {
      report.former = await replaceDatabase(admin, copy, now());
      report.database = admin.database;
      out(`${admin.database} is the restored database; the former one is kept as ${report.former}.`);
    }
    report.durationsMs.database = Math.round(performance.now() - begun);
  }
  if (parts.includes('uploads') && into === null && manifest.uploads !== null && 'files' in manifest.uploads) {
    report.formerUploads = await restoreUploads(folder, settings.uploadsDir, stampOf(now()));
    out(`${settings.uploadsDir} is restored; the former folder is kept as ${report.formerUploads ?? 'none'}.`);
  }
  if (parts.includes('redis') && into === null && settings.redisUrl !== null) {
    report.redisKeys = await restoreRedis(settings.redisUrl, folder);
    out(`Put ${report.redisKeys} keys back into Redis.`);
  }
  report.durationsMs.total = Math.round(performance.now() - begun);
  return report;
}

async function restoreDatabase(
  admin: Admin,
  manifest: Manifest,
  options: RestoreOptions & { folder: string; at: Date },
): Promise<Copy> {
  const name = options.into ?? datedName(admin.database, 'restored', options.at);
  const present = await aboutDatabase(admin, admin.database);
  const owner = present?.owner ?? null;
  if (await aboutDatabase(admin, name)) {
    throw new BackupError('RESTORE_FAILED', `A database ${name} is there already. Drop it, or give another name.`);
  }
  const { settings, folder, signal } = options;
  const copy = await restoreInto(settings, admin, manifest, { name, folder, owner, signal });
  try {
    for (const setting of present?.settings ?? []) {
      const at = setting.indexOf('=');
      await admin.client.query(
        `alter database ${quoted(name)} set ${quoted(setting.slice(0, at))} = ${literal(setting.slice(at + 1))}`,
      );
    }
    await beginNewEpoch(copy);
    return copy;
  } catch (error) {
    await dropDatabase(admin, name).catch(() => undefined);
    throw asBackupError(error, 'RESTORE_FAILED', `The restored database ${name} cannot be made ready`);
  }
}

/**
 * The log of the restored database goes on from an earlier number than the one that clients have seen: under its old epoch
 * a cursor from before the restore would silently pass over other events, under a new one it is answered RESYNC_REQUIRED.
 */
async function beginNewEpoch(copy: Copy): Promise<void> {
  const client = await connect(copy.url, 'The restored database');
  try {
    const { rows } = await client.query<{ there: boolean }>(
      `select to_regclass('public.event_head') is not null as there`,
    );
    if (rows[0]?.there) await client.query('update public.event_head set epoch = gen_random_uuid()');
    // Without statistics the first queries would read whole tables.
    await client.query('analyze');
  } finally {
    await client.end();
  }
}

async function aboutDatabase(admin: Admin, name: string): Promise<{ owner: string; settings: string[] } | null> {
  const { rows } = await admin.client.query<{ owner: string; settings: string[] | null }>(
    `select pg_get_userbyid(d.datdba) as owner, (select s.setconfig from pg_db_role_setting s
       where s.setdatabase = d.oid and s.setrole = 0) as settings from pg_database d where d.datname = $1`,
    [name],
  );
  const [row] = rows;
  return row ? { owner: row.owner, settings: row.settings ?? [] } : null;
}

const datedName = (database: string, what: string, at: Date): string => {
  const end = `_${what}_${stampOf(at)}`;
  return `${database.slice(0, MAX_NAME - end.length)}${end}`;
};

/**
 * Both renames are one commit, so there is never a moment without a database that a crash could make last. Who is
 * connected is sent away and comes back to the restored one.
 */
async function replaceDatabase(admin: Admin, copy: Copy, at: Date): Promise<string | null> {
  const { client, database } = admin;
  if (!(await aboutDatabase(admin, database))) {
    await client.query(`alter database ${quoted(copy.name)} rename to ${quoted(database)}`);
    return null;
  }
  const former = datedName(database, 'before', at);
  try {
    await client.query(`alter database ${quoted(database)} with allow_connections false`);
    await client.query(
      'select pg_terminate_backend(pid, 5000) from pg_stat_activity where datname = any ($1::name[]) and pid <> pg_backend_pid()',
      [[database, copy.name]],
    );
    await client.query('begin');
    await client.query(`alter database ${quoted(database)} rename to ${quoted(former)}`);
    await client.query(`alter database ${quoted(copy.name)} rename to ${quoted(database)}`);
    await client.query('commit');
    await client.query(`alter database ${quoted(former)} with allow_connections true`);
    return former;
  } catch (error) {
    await client.query('rollback').catch(() => undefined);
    await client.query(`alter database ${quoted(database)} with allow_connections true`).catch(() => undefined);
    throw asBackupError(
      error,
      'RESTORE_FAILED',
      `The restored database cannot take the place of ${database}, which stays as it was; ${copy.name} is kept`,
    );
  }
}
