import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import path from 'node:path';
import { createGunzip } from 'node:zlib';
import { connect, literal, quoted, type Admin } from './admin.js';
import { asBackupError, BackupError } from './backup-error.js';
import { runChild } from './child.js';
import { differences, takeFingerprint } from './fingerprint.js';
import { fileOf, stampOf, type Manifest } from './manifest.js';
import { complaintOf, connectionEnvironment, findPostgresTools } from './postgres-tools.js';
import { withDatabase, type BackupSettings } from './settings.js';

/** Databases made out of a dump: scratch ones for a proof, and those that a restore leaves. */
const SCRATCH = 'tsh_scratch_';
const ABANDONED_MS = 6 * 3_600_000;

const markOf = (database: string): string => createHash('sha256').update(database).digest('hex').slice(0, 8);

/** The name tells whose it is and since when, so that what a killed process left can be found. */
export const scratchPrefix = (database: string): string => `${SCRATCH}${markOf(database)}_`;

const scratchName = (database: string, at: Date): string =>
  `${scratchPrefix(database)}${stampOf(at)}_${Math.floor(Math.random() * 1e6)}`;

/**
 * Drops scratch databases that nobody will: our own, because we hold the lock, and those of others after six hours. One
 * that cannot be dropped, as it belongs to another role, is told and is no reason to make no backup.
 */
export async function dropAbandoned(admin: Admin, at: Date, out: (line: string) => void): Promise<void> {
  const { rows } = await admin.client.query<{ name: string }>(
    'select datname as name from pg_database where starts_with(datname, $1)',
    [SCRATCH],
  );
  const limit = stampOf(new Date(at.getTime() - ABANDONED_MS));
  for (const { name } of rows) {
    const since = /^tsh_scratch_[0-9a-f]{8}_(\d{8}_\d{6})_\d+$/.exec(name)?.[1];
    if (since === undefined) continue;
    if (!name.startsWith(scratchPrefix(admin.database)) && since > limit) continue;
    try {
      await dropDatabase(admin, name);
      out(`Dropped ${name}, which a stopped run had left.`);
    } catch (error) {
      out(`${name}, which a stopped run had left, stays: ${error instanceof Error ? error.message : String(error)}`);
    }
  }
}

export async function dropDatabase(admin: Admin, name: string): Promise<void> {
  await admin.client.query(`drop database if exists ${quoted(name)} with (force)`);
}

export interface Copy {
  name: string;
  url: string;
}

/**
 * Restores a dump into a new database and compares every table. The database has the encoding and locale of the dumped
 * one: under another character type the index of Arabic words finds nothing. Drops it again when anything goes wrong.
 */
export async function restoreInto(
  settings: BackupSettings,
  admin: Admin,
  manifest: Manifest,
  options: { name: string; folder: string; owner: string | null; signal: AbortSignal | undefined },
): Promise<Copy> {
  const { database } = manifest;
  if (!database) throw new BackupError('NOT_FOUND', `Backup ${manifest.id} holds no database.`);
  const { name, owner } = options;
  const url = withDatabase(settings.adminUrl, name);
  try {
    await admin.client.query(
      `create database ${quoted(name)} template template0 encoding ${literal(database.encoding)}
         lc_collate ${literal(database.collate)} lc_ctype ${literal(database.ctype)}
         ${owner === null ? '' : `owner ${quoted(owner)}`}`,
    );
  } catch (error) {
    const fault = asBackupError(error, 'RESTORE_FAILED', `The database ${name} cannot be created`);
    const { code } = error as { code?: string };
    // insufficient_privilege
    if (code !== '42501') throw fault;
    throw new BackupError('SETTINGS', `${fault.message}. Set BACKUP_ADMIN_URL to a role that may create databases.`);
  }
  try {
    await load(settings, manifest, url, options);
    await compare(manifest, url);
    return { name, url };
  } catch (error) {
    await dropDatabase(admin, name).catch(() => undefined);
    throw error;
  }
}

async function load(
  settings: BackupSettings,
  manifest: Manifest,
  url: string,
  options: { folder: string; owner: string | null; signal: AbortSignal | undefined },
): Promise<void> {
  const file = fileOf(manifest, 'postgres');
  if (!file) throw new BackupError('NOT_FOUND', `Backup ${manifest.id} holds no dump.`);
  const source = path.join(options.folder, file.name);
  const major = Number(manifest.database?.serverVersion.split('.')[0]);
  const tools = await findPostgresTools(settings.pgBin, major);
  const env = connectionEnvironment(url);
  const { signal, owner } = options;
  const result =
    manifest.database?.format === 'plain'
      ? await runChild(tools.psql, ['--no-psqlrc', '--quiet', '--set=ON_ERROR_STOP=1', '--no-password'], {
          env: { ...env, ...(owner === null ? {} : { PGOPTIONS: `-c role=${owner}` }) },
          signal,
          input: createReadStream(source).pipe(createGunzip()),
        }).catch((error: unknown) => {
          throw asBackupError(error, 'RESTORE_FAILED', `${file.name} cannot be read`);
        })
      : await runChild(
          tools.pgRestore,
          [
            '--exit-on-error',
            '--no-owner',
            // A scratch database is seen by nobody; a restored one needs its grants.
            ...(owner === null ? ['--no-privileges'] : [`--role=${owner}`]),
            '--jobs=2',
            '--no-password',
            `--dbname=${env['PGDATABASE']}`,
            source,
          ],
          { env, signal },
        );
  if (result.code !== 0) {
    throw asBackupError(new Error(complaintOf(result.stderr)), 'RESTORE_FAILED', `${file.name} cannot be restored`);
  }
}

async function compare(manifest: Manifest, url: string): Promise<void> {
  const client = await connect(url, 'The restored database');
  try {
    const restored = await takeFingerprint(client);
    const faults = manifest.database ? differences(manifest.database.fingerprint, restored) : [];
    if (faults.length > 0) {
      throw new BackupError('VERIFY_FAILED', `The restored database is not the dumped one: ${faults.join('; ')}.`);
    }
  } finally {
    await client.end();
  }
}

/** Restores into a scratch database, hands it to `work`, and drops it whatever happens. */
export async function withScratch<T>(
  settings: BackupSettings,
  admin: Admin,
  manifest: Manifest,
  options: { folder: string; at: Date; signal: AbortSignal | undefined },
  work: (copy: Copy) => Promise<T>,
): Promise<T> {
  const name = scratchName(admin.database, options.at);
  const copy = await restoreInto(settings, admin, manifest, { ...options, name, owner: null });
  try {
    return await work(copy);
  } finally {
    await dropDatabase(admin, copy.name);
  }
}
