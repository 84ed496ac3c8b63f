import { lstat, readdir, rm } from 'node:fs/promises';
import path from 'node:path';
import { check, type Check } from './check.js';

export interface CleanUpOptions {
  dirs: readonly string[];
  olderThanDays: number;
  now: Date;
  dryRun: boolean;
}

const DAY_MS = 86_400_000;
/** Logs, rotated or not, and archives; nothing else is ever removed. */
const REMOVABLE = /\.(?:log|tar|tgz|zip)$|\.(?:log|tar|sql)(?:\.\d+)?(?:\.gz)?$|\.log[.-]\d[\w.-]*$|\.gz$/;

/** Old logs and archives below the given folders; links are not followed. */
export async function findOldFiles(
  options: Omit<CleanUpOptions, 'dryRun'>,
): Promise<{ file: string; bytes: number }[]> {
  const limit = options.now.getTime() - options.olderThanDays * DAY_MS;
  const old: { file: string; bytes: number }[] = [];
  for (const dir of options.dirs) {
    const entries = await readdir(dir, { recursive: true, withFileTypes: true }).catch(
      (error: NodeJS.ErrnoException) => {
        if (error.code === 'ENOENT') return [];
        throw error;
      },
    );
    for (const entry of entries) {
      if (!entry.isFile() || !REMOVABLE.test(entry.name)) continue;
      const file = path.join(entry.parentPath, entry.name);
      const { mtimeMs, size } = await lstat(file);
      if (mtimeMs < limit) old.push({ file, bytes: size });
    }
  }
  return old.sort((a, b) => (a.file < b.file ? -1 : 1));
}

export function cleanUp(options: CleanUpOptions): Promise<Check> {
  return check('Clean-up', async () => {
    const old = await findOldFiles(options);
    const megabytes = (old.reduce((sum, { bytes }) => sum + bytes, 0) / 1024 ** 2).toFixed(1);
    const what = `${old.length} logs and archives older than ${options.olderThanDays} days, ${megabytes} MB`;
    if (options.dryRun) return { state: 'ok', detail: `would remove ${what}.`, lines: old.map(({ file }) => file) };
    const kept: string[] = [];
    for (const { file } of old) {
      await rm(file).catch((error: NodeJS.ErrnoException) => kept.push(`${file}: ${error.code ?? error.message}`));
    }
    if (kept.length > 0)
      return { state: 'warning', detail: `${kept.length} of ${what} could not be removed.`, lines: kept };
    return { state: 'ok', detail: `removed ${what}.` };
  });
}
