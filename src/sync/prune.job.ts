import { nowMs } from '../kernel/clock.js';
import type { Services } from '../platform/module.js';
import { compactKeptCounts } from '../platform/db/kept-count.js';
import { done, snooze, type JobHandler } from '../platform/queue/job.js';
import type { Schedule } from '../platform/queue/scheduler.js';
import { pruneClosed } from './queue.queries.js';

const BATCH = 2000;
const LOG_DAYS = 7;
const DAY_MS = 86_400_000;

export const pruneSchedule: Schedule = {
  name: 'prune',
  everySeconds: 3600,
  job: { kind: 'prune', jobKey: 'prune', priority: 9 },
};

/** Deletes what retention no longer keeps, a batch a time: closed rows and used keys after 30 days, the event log after 7. */
export function pruneJob(services: Services): JobHandler {
  return {
    kind: 'prune',
    async run() {
      await compactKeptCounts(services.db.read);
      const closed = await pruneClosed(services.db, BATCH);
      const logged = await services.events.prune(nowMs() - LOG_DAYS * DAY_MS);
      return closed >= BATCH || logged > 0 ? snooze(100, 'more is old') : done('applied');
    },
  };
}
