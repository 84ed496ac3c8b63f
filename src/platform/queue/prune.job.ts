import { nowMs } from '../../kernel/clock.js';
import { compactKeptCounts } from '../db/kept-count.js';
import type { Services } from '../module.js';
import { done, snooze, type JobHandler } from './job.js';
import { deleteOldRows, type Retention } from './retention.js';
import type { Schedule } from './scheduler.js';

const BATCH = 2000;
const LOG_DAYS = 7;
const DAY_MS = 86_400_000;

export const pruneSchedule: Schedule = {
  name: 'prune',
  everySeconds: 3600,
  job: { kind: 'prune', jobKey: 'prune', priority: 9 },
};

/** Deletes what the modules no longer keep, a batch of each table at a time, and the event log after 7 days. */
export function pruneJob({ db, events }: Services, retention: readonly Retention[]): JobHandler {
  return {
    kind: 'prune',
    async run() {
      await compactKeptCounts(db.read);
      const more = await deleteOldRows(db, retention, BATCH);
      const logged = await events.prune(nowMs() - LOG_DAYS * DAY_MS);
      return more || logged > 0 ? snooze(100, 'more is old') : done('applied');
    },
  };
}
