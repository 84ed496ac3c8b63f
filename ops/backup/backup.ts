import { rename, rm, statfs } from 'node:fs/promises';
import path from 'node:path';
import { withLock, type Admin } from './admin.js';
import { asBackupError, BackupError } from './backup-error.js';
import { copyToS3, s3Of } from './copies.js';
import { dropAbandoned, withScratch } from './database-copy.js';
import { dumpDatabase } from './dump.js';
import {
  assertChecksums,
  describeFile,
  fileOf,
  folderOf,
  listBackups,
  listPartial,
  makePartial,
  PARTS,
  writeManifest,
  type BackupKind,
  type Manifest,
  type Part,
} from './manifest.js';
import { dumpRedis, REDIS_FILE } from './redis.js';
import type { BackupSettings } from './settings.js';
import { dumpUploads, UPLOADS_FILE, countPacked } from './uploads.js';

export interface BackupOptions {
  settings: BackupSettings;
  kind: BackupKind;
  /** pre-deploy: the version that is about to be deployed. */
  release?: string | null;
  deploymentId?: string | null;
  parts?: readonly Part[];
  /** A .sql.gz instead of pg_dump's own format. */
  plain?: boolean;
  now?: () => Date;
  out?: (line: string) => void;
  signal?: AbortSignal;
}

export interface BackupReport {
  id: string;
  folder: string;
  state: Manifest['state'];
  kind: BackupKind;
  database: string | null;
  bytes: number;
  tables: number;
  rows: number;
  sha256: string | null;
  /** Where the second copy lies; null: no bucket is set. */
  s3: string | null;
  durationsMs: Record<string, number>;
}

export function reportOf(settings: BackupSettings, manifest: Manifest): BackupReport {
  const tables = manifest.database?.fingerprint.tables ?? [];
  return {
    id: manifest.id,
    folder: folderOf(settings.dir, manifest.id),
    state: manifest.state,
    kind: manifest.kind,
    database: manifest.database?.name ?? null,
    bytes: manifest.files.reduce((sum, file) => sum + file.bytes, 0),
    tables: tables.length,
    rows: tables.reduce((sum, table) => sum + table.rows, 0),
    sha256: fileOf(manifest, 'postgres')?.sha256 ?? null,
    s3: manifest.s3 === null ? null : `s3://${manifest.s3.bucket}/${manifest.s3.prefix}`,
    durationsMs: manifest.durationsMs,
  };
}

/**
 * Dump, hash, proof by a real restore, copy to S3, in this order; resolves only when all of it is done, and rejects with
 * a BackupError otherwise. A backup is listed under its own name when its files are complete, and is good when the
 * restored copy was the same; what was cut off by a full disk or a signal is removed.
 */
export function createBackup(options: BackupOptions): Promise<BackupReport> {
  return withLock(options.settings, (admin) => createBackupLocked(admin, options));
}

export async function createBackupLocked(admin: Admin, options: BackupOptions): Promise<BackupReport> {
  const { settings, out = () => undefined, now = () => new Date() } = options;
  for (const left of await listPartial(settings.dir)) await rm(left, { recursive: true, force: true });
  await dropAbandoned(admin, now(), out);
  const manifest = await writeBackup(admin, { ...options, out, now });
  await proveBackup(admin, settings, manifest, { now, out, signal: options.signal });
  await copyBackup(settings, manifest, now(), out);
  return reportOf(settings, manifest);
}

type Given = BackupOptions & Required<Pick<BackupOptions, 'out' | 'now'>>;

async function writeBackup(admin: Admin, options: Given): Promise<Manifest> {
  const { settings, out, now, signal } = options;
  const parts = new Set(options.parts ?? PARTS);
  const { id, folder } = await makePartial(settings.dir, now()).catch((error: unknown) => {
    throw asBackupError(error, 'SETTINGS', `The folder ${settings.dir} cannot be used`);
  });
  try {
    await assertSpace(admin, settings);
    const manifest: Manifest = {
      format: 1,
      id,
      environment: settings.environment,
      kind: options.kind,
      release: options.release ?? null,
      deploymentId: options.deploymentId ?? null,
      state: 'unverified',
      fault: null,
      createdAt: now().toISOString(),
      verifiedAt: null,
      files: [],
      database: null,
      redis: null,
      uploads: null,
      s3: null,
      s3Fault: null,
      recordedAt: null,
      durationsMs: {},
    };
    if (parts.has('postgres')) {
      const { file, database } = await timed(manifest, 'dump', () =>
        dumpDatabase(settings, { folder, id, plain: options.plain ?? false, signal }),
      );
      manifest.files.push(file);
      manifest.database = database;
      out(`Dumped ${database.fingerprint.tables.length} tables, ${file.bytes} bytes.`);
    }
    // After the database: files are only added, so each one that a dumped row names is there.
    if (parts.has('uploads')) {
      manifest.uploads = await timed(manifest, 'uploads', () => dumpUploads(settings.uploadsDir, folder, signal));
      if ('files' in manifest.uploads) manifest.files.push(await describeFile(folder, 'uploads', UPLOADS_FILE));
    }
    if (parts.has('redis')) {
      manifest.redis = await timed(manifest, 'redis', () => dumpRedis(settings.redisUrl, folder));
      if ('keys' in manifest.redis) manifest.files.push(await describeFile(folder, 'redis', REDIS_FILE));
      else out(`Redis was left out: ${manifest.redis.skipped}`);
    }
    await writeManifest(folder, manifest);
    await rename(folder, folderOf(settings.dir, id));
    return manifest;
  } catch (error) {
    await rm(folder, { recursive: true, force: true });
    throw asBackupError(error, 'DUMP_FAILED', 'The backup failed');
  }
}

async function timed<T>(manifest: Manifest, name: string, work: () => Promise<T>): Promise<T> {
  const begun = performance.now();
  try {
    return await work();
  } finally {
    manifest.durationsMs[name] = Math.round(performance.now() - begun);
  }
}

/** Half as much again as the last good backup had, or as the whole database has while there is none. */
async function assertSpace(admin: Admin, settings: BackupSettings): Promise<void> {
  const last = (await listBackups(settings.dir)).find((one) => one.state === 'good' && one.database !== null);
  const { rows } = await admin.client.query<{ bytes: string }>('select pg_database_size($1) as bytes', [
    admin.database,
  ]);
  const expected = last ? 1.5 * last.files.reduce((sum, file) => sum + file.bytes, 0) : Number(rows[0]?.bytes ?? 0);
  const needed = Math.max(settings.minFreeBytes, expected);
  const { bavail, bsize } = await statfs(settings.dir);
  const free = bavail * bsize;
  if (free >= needed) return;
  const inMegabytes = (bytes: number): string => `${Math.ceil(bytes / 1024 / 1024)} MB`;
  throw new BackupError(
    'DISK_FULL',
    `${settings.dir} has ${inMegabytes(free)} free and a backup needs ${inMegabytes(needed)}. Free some space, or lower BACKUP_MIN_FREE_MB.`,
  );
}

/**
 * Reads every byte again, restores the dump into a scratch database and compares each table. Writes the outcome into the
 * manifest: a backup that is not what it should be stays as failed, so that nobody takes it for one.
 */
export async function proveBackup(
  admin: Admin,
  settings: BackupSettings,
  manifest: Manifest,
  options: { now: () => Date; out: (line: string) => void; signal: AbortSignal | undefined },
): Promise<void> {
  const folder = folderOf(settings.dir, manifest.id);
  try {
    await timed(manifest, 'verify', async () => {
      await assertChecksums(folder, manifest);
      if (manifest.database) {
        const at = options.now();
        await withScratch(settings, admin, manifest, { folder, at, signal: options.signal }, () => Promise.resolve());
      }
      if (manifest.uploads && 'files' in manifest.uploads) {
        const files = await countPacked(folder, options.signal);
        if (files !== manifest.uploads.files) {
          throw new BackupError('VERIFY_FAILED', `The archive has ${files} of ${manifest.uploads.files} uploads.`);
        }
      }
    });
  } catch (error) {
    const fault = asBackupError(error, 'VERIFY_FAILED', `Backup ${manifest.id} cannot be verified`);
    // A stopped proof or a full disk says nothing about the backup itself.
    const says = fault.code === 'CHECKSUM' || fault.code === 'VERIFY_FAILED' || fault.code === 'RESTORE_FAILED';
    if (says) {
      Object.assign(manifest, { state: 'failed', fault: fault.message });
      await writeManifest(folder, manifest);
    }
    throw fault;
  }
  Object.assign(manifest, { state: 'good', fault: null, verifiedAt: options.now().toISOString() });
  await writeManifest(folder, manifest);
  options.out(`Backup ${manifest.id} is good: restored and compared.`);
}

/** Rejects when S3 does, after the manifest says why: the backup here stays good. */
async function copyBackup(
  settings: BackupSettings,
  manifest: Manifest,
  at: Date,
  out: (line: string) => void,
): Promise<void> {
  const s3 = s3Of(settings);
  if (s3 === null || settings.s3 === null) return;
  const folder = path.join(settings.dir, manifest.id);
  try {
    manifest.s3 = {
      bucket: settings.s3.bucket,
      prefix: `${manifest.environment}/${manifest.id}/`,
      copiedAt: at.toISOString(),
    };
    await writeManifest(folder, manifest);
    await timed(manifest, 's3', () => copyToS3(s3, folder, manifest));
    await writeManifest(folder, manifest);
    out(`Copied to S3, bucket ${settings.s3.bucket}.`);
  } catch (error) {
    const fault = asBackupError(error, 'S3_FAILED', 'The copy to S3 failed');
    Object.assign(manifest, { s3: null, s3Fault: fault.message });
    await writeManifest(folder, manifest);
    throw new BackupError(fault.code, `${fault.message} Backup ${manifest.id} is good, but only on this disk.`);
  }
}
