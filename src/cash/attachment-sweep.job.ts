import type { Services } from '../platform/module.js';
import { done, type JobHandler } from '../platform/queue/job.js';
import type { Schedule } from '../platform/queue/scheduler.js';
import { sweepUploads } from '../platform/uploads/file-store.js';
import { ATTACHMENT_AREA } from './attachment-file.js';
import { listAttachedHashes } from './expense-attachment.queries.js';

export const attachmentSweepSchedule: Schedule = {
  name: 'attachment-sweep',
  everySeconds: 86_400,
  job: { kind: 'attachmentSweep', jobKey: 'attachmentSweep', priority: 9 },
};

/** Deletes files that no expense names any more. */
export function attachmentSweepJob({ config, db }: Services): JobHandler {
  return {
    kind: 'attachmentSweep',
    async run() {
      await sweepUploads(config.uploadsDir, ATTACHMENT_AREA, (hashes) => listAttachedHashes(db.read, hashes));
      return done('applied');
    },
  };
}
