import type { Dirent } from 'node:fs';
import { mkdir, readdir, rename, rm, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { nowMs } from '../../kernel/clock.js';
import { newId } from '../../kernel/ids.js';

/** Where a file of an area lies that is named by the hash of what was uploaded: two levels, so that no folder holds more than some thousands. */
export const uploadPath = (uploadsDir: string, area: string, hash: string, ending: string): string =>
  path.join(uploadsDir, area, hash.slice(0, 2), `${hash}${ending}`);

/** Written aside and renamed: whoever reads sees the whole file or none. The same bytes are the same file. */
export async function keepFile(file: string, bytes: Buffer): Promise<void> {
  const folder = path.dirname(file);
  await mkdir(folder, { recursive: true });
  const aside = path.join(folder, `.${newId()}`);
  await writeFile(aside, bytes, { mode: 0o640 });
  await rename(aside, file);
}

/** An upload writes its files first and its row a moment later; a day is far more than any upload takes. */
const KEPT_MS = 86_400_000;

const listFolder = async (folder: string): Promise<Dirent[]> =>
  readdir(folder, { withFileTypes: true }).catch(() => []);

const hashOf = (name: string): string => /^[0-9a-f]*/.exec(name)?.[0] ?? '';

/** Deletes files of an area whose hash nothing names any more, and what an upload that was cut off left, after a day. */
export async function sweepUploads(
  uploadsDir: string,
  area: string,
  listNamed: (hashes: readonly string[]) => Promise<ReadonlySet<string>>,
): Promise<void> {
  const root = path.join(uploadsDir, area);
  for (const folder of await listFolder(root)) {
    if (!folder.isDirectory()) continue;
    const files = (await listFolder(path.join(root, folder.name))).filter((file) => file.isFile());
    const named = await listNamed([...new Set(files.map(({ name }) => hashOf(name)))]);
    for (const { name } of files) {
      if (named.has(hashOf(name))) continue;
      const file = path.join(root, folder.name, name);
      const written = await stat(file).catch(() => null);
      if (written && written.mtimeMs < nowMs() - KEPT_MS) await rm(file, { force: true });
    }
  }
}
