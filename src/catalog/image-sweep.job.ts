import type { Dirent } from 'node:fs';
import { readdir, rm, stat } from 'node:fs/promises';
import path from 'node:path';
import { nowMs } from '../kernel/clock.js';
import type { Services } from '../platform/module.js';
import { done, type JobHandler } from '../platform/queue/job.js';
import type { Schedule } from '../platform/queue/scheduler.js';
import { listNamedHashes } from './image.queries.js';

/** An upload writes its files first and its row a moment later; a day is far more than any upload takes. */
const KEPT_MS = 86_400_000;

export const imageSweepSchedule: Schedule = {
  name: 'image-sweep',
  everySeconds: 86_400,
  job: { kind: 'imageSweep', jobKey: 'imageSweep', priority: 9 },
};

const listFolder = async (folder: string): Promise<Dirent[]> =>
  readdir(folder, { withFileTypes: true }).catch(() => []);

/** Deletes files of images that no product names any more, and what an upload that was cut off left, after a day. */
export function imageSweepJob({ config, db }: Services): JobHandler {
  return {
    kind: 'imageSweep',
    async run() {
      const root = path.join(config.uploadsDir, 'images');
      for (const folder of await listFolder(root)) {
        if (!folder.isDirectory()) continue;
        const files = (await listFolder(path.join(root, folder.name))).filter((file) => file.isFile());
        const hashOf = (name: string): string => name.split('-')[0] ?? '';
        const named = await listNamedHashes(db.read, [...new Set(files.map(({ name }) => hashOf(name)))]);
        for (const { name } of files) {
          if (named.has(hashOf(name))) continue;
          const file = path.join(root, folder.name, name);
          const written = await stat(file).catch(() => null);
          if (written && written.mtimeMs < nowMs() - KEPT_MS) await rm(file, { force: true });
        }
      }
      return done('applied');
    },
  };
}
