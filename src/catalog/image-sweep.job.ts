import type { Services } from '../platform/module.js';
import { done, type JobHandler } from '../platform/queue/job.js';
import type { Schedule } from '../platform/queue/scheduler.js';
import { sweepUploads } from '../platform/uploads/file-store.js';
import { IMAGE_AREA } from './image-file.js';
import { listNamedHashes } from './image.queries.js';

export const imageSweepSchedule: Schedule = {
  name: 'image-sweep',
  everySeconds: 86_400,
  job: { kind: 'imageSweep', jobKey: 'imageSweep', priority: 9 },
};

/** Deletes files of images that no product names any more. */
export function imageSweepJob({ config, db }: Services): JobHandler {
  return {
    kind: 'imageSweep',
    async run() {
      await sweepUploads(config.uploadsDir, IMAGE_AREA, (hashes) => listNamedHashes(db.read, hashes));
      return done('applied');
    },
  };
}
