import { existsSync } from 'node:fs';
import { mkdir, readdir, rename, rm } from 'node:fs/promises';
import path from 'node:path';
import { Writable } from 'node:stream';
import { asBackupError, BackupError } from './backup-error.js';
import { runChild } from './child.js';

export const UPLOADS_FILE = 'uploads.tar.gz';

/** tar's answer when a file was written to while it was read; the server only adds files, so what it has is whole. */
const CHANGED_WHILE_READ = 1;

export async function dumpUploads(
  uploadsDir: string,
  folder: string,
  signal?: AbortSignal,
): Promise<{ files: number } | { skipped: string }> {
  if (!existsSync(uploadsDir)) return { skipped: `There is no folder ${uploadsDir}.` };
  const before = await countFiles(uploadsDir);
  const result = await runChild('tar', ['-czf', path.join(folder, UPLOADS_FILE), '-C', uploadsDir, '.'], { signal });
  if (result.code !== 0 && result.code !== CHANGED_WHILE_READ) {
    throw asBackupError(new Error(result.stderr.trim()), 'DUMP_FAILED', 'The uploads cannot be packed');
  }
  const files = await countPacked(folder, signal);
  // The server may add and sweep files meanwhile; fewer than there were at both ends is a loss.
  const expected = Math.min(before, await countFiles(uploadsDir));
  if (files < expected) throw new BackupError('DUMP_FAILED', `The archive has ${files} of ${expected} uploads.`);
  return { files };
}

async function countFiles(dir: string): Promise<number> {
  return (await readdir(dir, { recursive: true, withFileTypes: true })).filter((entry) => entry.isFile()).length;
}

/** Unpacks every byte, whose sums tell a damaged archive, and counts the files; nothing is written. */
export async function countPacked(folder: string, signal?: AbortSignal): Promise<number> {
  let files = 0;
  let last = 0;
  const SLASH = 0x2f;
  const LINE_END = 0x0a;
  const output = new Writable({
    write(chunk: Buffer, _encoding, done) {
      for (const byte of chunk) {
        if (byte === LINE_END && last !== SLASH) files += 1;
        last = byte;
      }
      done();
    },
  });
  const result = await runChild('tar', ['-tzf', path.join(folder, UPLOADS_FILE)], { signal, output });
  if (result.code !== 0) {
    throw asBackupError(new Error(result.stderr.trim()), 'VERIFY_FAILED', 'The uploads cannot be unpacked');
  }
  return files;
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
