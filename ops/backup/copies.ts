import { mkdir, rename, rm } from 'node:fs/promises';
import path from 'node:path';
import { stat } from 'node:fs/promises';
import { BackupError } from './backup-error.js';
import { assertBackupId, readManifest, sha256Of, type Manifest } from './manifest.js';
import { createS3, type S3 } from './s3.js';
import type { BackupSettings } from './settings.js';

/** The second copy, on S3: <environment>/<id>/<file>. The manifest goes last, so that a copy with one is complete. */
const prefixOf = (environment: string, id: string): string => `${environment}/${id}/`;
const MANIFEST = 'manifest.json';

export function s3Of(settings: BackupSettings): S3 | null {
  return settings.s3 === null ? null : createS3(settings.s3);
}

export async function copyToS3(s3: S3, folder: string, manifest: Manifest): Promise<void> {
  const prefix = prefixOf(manifest.environment, manifest.id);
  for (const file of manifest.files) await s3.put(prefix + file.name, path.join(folder, file.name), file);
  const about = path.join(folder, MANIFEST);
  await s3.put(prefix + MANIFEST, about, { bytes: (await stat(about)).size, sha256: await sha256Of(about) });
}

export async function removeFromS3(s3: S3, manifest: Manifest): Promise<void> {
  const prefix = prefixOf(manifest.environment, manifest.id);
  // The manifest first: what is half removed is no longer listed.
  for (const name of [MANIFEST, ...manifest.files.map((file) => file.name)]) await s3.remove(prefix + name);
}

export async function listOnS3(s3: S3, environment: string): Promise<string[]> {
  const keys = await s3.list(`${environment}/`);
  const ids = keys.map((key) => /^[^/]+\/(\d{8}_\d{6})\/manifest\.json$/.exec(key)?.[1]);
  return ids
    .filter((id) => id !== undefined)
    .sort()
    .reverse();
}

/** The manifest of a backup that lies here, or is fetched from S3 with its files when it does not. */
export async function bringBackup(
  settings: BackupSettings,
  id: string,
  out: (line: string) => void,
): Promise<Manifest> {
  const folder = path.join(settings.dir, assertBackupId(id));
  try {
    return await readManifest(settings.dir, id);
  } catch (error) {
    const s3 = s3Of(settings);
    if (!(error instanceof BackupError) || error.code !== 'NOT_FOUND' || s3 === null) throw error;
    out(`${id} is not in ${settings.dir}: fetching it from S3.`);
    const partial = path.join(settings.dir, `.partial-${id}`);
    await rm(partial, { recursive: true, force: true });
    // A folder within, named like the backup, so that its manifest is read as any other.
    const inner = path.join(partial, id);
    await mkdir(inner, { recursive: true, mode: 0o700 });
    try {
      const prefix = prefixOf(settings.environment, id);
      await s3.get(prefix + MANIFEST, path.join(inner, MANIFEST));
      const manifest = await readManifest(partial, id);
      for (const { name } of manifest.files)
        await s3.get(prefix + path.basename(name), path.join(inner, path.basename(name)));
      await rename(inner, folder);
      return manifest;
    } finally {
      await rm(partial, { recursive: true, force: true });
    }
  }
}
