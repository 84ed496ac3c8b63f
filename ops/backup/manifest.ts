import { createHash } from 'node:crypto';
import { createReadStream, existsSync } from 'node:fs';
import { mkdir, open, readdir, readFile, rename, stat } from 'node:fs/promises';
import path from 'node:path';
import { pipeline } from 'node:stream/promises';
import { newId } from '../../src/kernel/ids.js';
import { BackupError } from './backup-error.js';
import type { Fingerprint } from './fingerprint.js';

export const BACKUP_KINDS = ['scheduled', 'manual', 'pre-deploy'] as const;
export type BackupKind = (typeof BACKUP_KINDS)[number];
export const PARTS = ['postgres', 'redis', 'uploads'] as const;
export type Part = (typeof PARTS)[number];

export interface BackupFile {
  /** Under which the server's record knows it. */
  recordId: string;
  part: Part;
  name: string;
  bytes: number;
  sha256: string;
}

/** What stands in `manifest.json` beside the files of a backup. */
export interface Manifest {
  format: 1;
  /** YYYYMMDD_HHMMSS in UTC, which is also the folder's name. */
  id: string;
  environment: string;
  kind: BackupKind;
  /** pre-deploy: the version that was about to be deployed. */
  release: string | null;
  /** The deployment before which it was taken. Missing in the manifests of older backups. */
  deploymentId?: string | null;
  /** good: restored into a scratch database, and every table was the same. failed: it was not. */
  state: 'unverified' | 'good' | 'failed';
  fault: string | null;
  createdAt: string;
  verifiedAt: string | null;
  files: BackupFile[];
  database: {
    name: string;
    format: 'custom' | 'plain';
    serverVersion: string;
    toolVersion: string;
    encoding: string;
    collate: string;
    ctype: string;
    fingerprint: Fingerprint;
  } | null;
  redis: { keys: number; note: string } | { skipped: string } | null;
  uploads: { files: number } | { skipped: string } | null;
  s3: { bucket: string; prefix: string; copiedAt: string } | null;
  /** Why the copy to S3 is missing. */
  s3Fault: string | null;
  /** When the server took it into its own record; null: not yet, and the next backup tries again. */
  recordedAt: string | null;
  durationsMs: Record<string, number>;
}

const ID = /^\d{8}_\d{6}$/;
const FILE = 'manifest.json';
const PARTIAL = /^\.partial-/;

export function stampOf(at: Date): string {
  return at.toISOString().slice(0, 19).replaceAll('-', '').replaceAll(':', '').replace('T', '_');
}

export function assertBackupId(id: string): string {
  if (!ID.test(id)) throw new BackupError('SETTINGS', `"${id}" is no time stamp of a backup. Use YYYYMMDD_HHMMSS.`);
  return id;
}

export const folderOf = (dir: string, id: string): string => path.join(dir, assertBackupId(id));

/** The folder in which a backup grows; it gets its own name only when it is complete. */
export async function makePartial(dir: string, at: Date): Promise<{ id: string; folder: string }> {
  await mkdir(dir, { recursive: true, mode: 0o700 });
  for (let ms = at.getTime(); ; ms += 1000) {
    const id = stampOf(new Date(ms));
    if (existsSync(path.join(dir, id))) continue;
    const folder = path.join(dir, `.partial-${id}`);
    await mkdir(folder, { mode: 0o700 });
    return { id, folder };
  }
}

export async function listPartial(dir: string): Promise<string[]> {
  const names = await readdir(dir).catch(() => []);
  return names.filter((name) => PARTIAL.test(name)).map((name) => path.join(dir, name));
}

/** Written beside and renamed, and on the disk before it counts. */
export async function writeManifest(folder: string, manifest: Manifest): Promise<void> {
  const file = path.join(folder, FILE);
  const handle = await open(`${file}.new`, 'w', 0o600);
  try {
    await handle.writeFile(`${JSON.stringify(manifest, null, 2)}\n`);
    await handle.sync();
  } finally {
    await handle.close();
  }
  await rename(`${file}.new`, file);
}

export async function readManifest(dir: string, id: string): Promise<Manifest> {
  const file = path.join(folderOf(dir, id), FILE);
  const text = await readFile(file, 'utf8').catch(() => null);
  if (text === null) throw new BackupError('NOT_FOUND', `There is no backup ${id} in ${dir}.`);
  try {
    const manifest = JSON.parse(text) as Manifest;
    if (manifest.format === 1 && manifest.id === id && Array.isArray(manifest.files)) return manifest;
  } catch {
    // Said below, together with a manifest that is JSON but not ours.
  }
  throw new BackupError('CHECKSUM', `The manifest of backup ${id} is damaged.`);
}

/** Newest first. A folder whose manifest cannot be read is no backup: it is left out, and told by `onDamaged`. */
export async function listBackups(dir: string, onDamaged?: (id: string) => void): Promise<Manifest[]> {
  const ids = (await readdir(dir).catch(() => [])).filter((name) => ID.test(name)).sort();
  const manifests: Manifest[] = [];
  for (const id of ids.reverse()) {
    const manifest = await readManifest(dir, id).catch(() => null);
    if (manifest) manifests.push(manifest);
    else onDamaged?.(id);
  }
  return manifests;
}

export async function describeFile(folder: string, part: Part, name: string): Promise<BackupFile> {
  const file = path.join(folder, name);
  const handle = await open(file, 'r+');
  await handle.sync().finally(() => handle.close());
  return { recordId: newId(), part, name, bytes: (await stat(file)).size, sha256: await sha256Of(file) };
}

export async function sha256Of(file: string): Promise<string> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(file), hash);
  return hash.digest('hex');
}

/** Throws CHECKSUM when a file was cut, flipped or lost since it was written. */
export async function assertChecksums(folder: string, manifest: Manifest): Promise<void> {
  for (const { name, bytes, sha256 } of manifest.files) {
    const file = path.join(folder, name);
    const size = await stat(file).then(
      (info) => info.size,
      () => null,
    );
    if (size === null) throw new BackupError('CHECKSUM', `${name} of backup ${manifest.id} is missing.`);
    if (size !== bytes) {
      throw new BackupError('CHECKSUM', `${name} of backup ${manifest.id} has ${size} bytes instead of ${bytes}.`);
    }
    if ((await sha256Of(file)) !== sha256) {
      throw new BackupError('CHECKSUM', `${name} of backup ${manifest.id} was changed: its SHA-256 is another one.`);
    }
  }
}

export const fileOf = (manifest: Manifest, part: Part): BackupFile | null =>
  manifest.files.find((file) => file.part === part) ?? null;
