import { nowMs } from '../kernel/clock.js';
import type { Services } from '../platform/module.js';
import { done, snooze, type JobHandler } from '../platform/queue/job.js';
import type { Schedule } from '../platform/queue/scheduler.js';
import { pruneIdentity } from './prune.queries.js';

const BATCH = 2000;

export const identityPruneSchedule: Schedule = {
  name: 'identity-prune',
  everySeconds: 3600,
  job: { kind: 'identity-prune', jobKey: 'identity-prune', priority: 9 },
};

/** Sessions, refresh tokens, links, sign-ups, known networks and throttles that are over, a batch a time. */
export function identityPruneJob({ db }: Services): JobHandler {
  return {
    kind: 'identity-prune',
    async run() {
      const gone = await pruneIdentity(db, nowMs(), BATCH);
      return gone >= BATCH ? snooze(100, 'more is old') : done('applied');
    },
  };
}
