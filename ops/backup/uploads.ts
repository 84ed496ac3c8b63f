import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, rename, rm } from 'node:fs/promises';
import path from 'node:path';
import { asBackupError, BackupError } from './backup-error.js';
import { runChild } from './child.js';
import { sha256Of } from './manifest.js';

export const UPLOADS_FILE = 'uploads.tar.gz';

/** tar's answer when a file was written to while it was read; the server only adds files, so what it has is whole. */
const CHANGED_WHILE_READ = 1;

export async function dumpUploads(
  uploadsDir: string,
  folder: string,
  signal?: AbortSignal,
): Promise<{ files: number } | { skipped: string }> {
  if (!existsSync(uploadsDir)) return { skipped: `There is no folder ${uploadsDir}.` };
  const result = await runChild('tar', ['-czf', path.join(folder, UPLOADS_FILE), '-C', uploadsDir, '.'], { signal });
  if (result.code !== 0 && result.code !== CHANGED_WHILE_READ) {
    throw asBackupError(new Error(result.stderr.trim()), 'DUMP_FAILED', 'The uploads cannot be packed');
  }
  return { files: await countFiles(uploadsDir) };
}

async function countFiles(dir: string): Promise<number> {
  return (await readdir(dir, { recursive: true, withFileTypes: true })).filter((entry) => entry.isFile()).length;
}

/** Unpacks into a folder of its own and reads every file; answers how many there are. */
export async function verifyUploads(folder: string, scratchDir: string): Promise<number> {
  const target = await mkdtemp(path.join(scratchDir, '.partial-verify-'));
  try {
    await unpack(folder, target);
    for (const entry of await readdir(target, { recursive: true, withFileTypes: true })) {
      if (entry.isFile()) await sha256Of(path.join(entry.parentPath, entry.name));
    }
    return await countFiles(target);
  } finally {
    await rm(target, { recursive: true, force: true });
  }
}

async function unpack(folder: string, target: string): Promise<void> {
  const result = await runChild('tar', ['-xzf', path.join(folder, UPLOADS_FILE), '-C', target, '--no-same-owner']);
  if (result.code !== 0) {
    throw asBackupError(new Error(result.stderr.trim()), 'RESTORE_FAILED', 'The uploads cannot be unpacked');
  }
}

/** Unpacks beside the present folder and renames; the former one is kept under a dated name, which is answered. */
export async function restoreUploads(folder: string, uploadsDir: string, stamp: string): Promise<string | null> {
  if (!existsSync(path.join(folder, UPLOADS_FILE))) throw new BackupError('NOT_FOUND', 'The backup holds no uploads.');
  const fresh = `${uploadsDir}_restored_${stamp}`;
  const former = `${uploadsDir}_before_${stamp}`;
  await mkdir(fresh, { recursive: true });
  try {
    await unpack(folder, fresh);
  } catch (error) {
    await rm(fresh, { recursive: true, force: true });
    throw error;
  }
  const hadFormer = existsSync(uploadsDir);
  if (hadFormer) await rename(uploadsDir, former);
  await rename(fresh, uploadsDir);
  return hadFormer ? former : null;
}
