import type { Services } from '../platform/module.js';
import { done, type JobHandler } from '../platform/queue/job.js';
import type { Schedule } from '../platform/queue/scheduler.js';
import { refreshPopularity } from './order.queries.js';

export const popularitySchedule: Schedule = {
  name: 'popularity',
  everySeconds: 3600,
  job: { kind: 'popularity', jobKey: 'popularity', priority: 9 },
};

/** What shops sort by as POPULAR; an hour old at most. */
export function popularityJob({ db }: Services): JobHandler {
  return {
    kind: 'popularity',
    async run() {
      await refreshPopularity(db.read);
      return done('applied');
    },
  };
}
