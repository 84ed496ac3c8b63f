import { hasCode } from '../kernel/errors.js';
import type { Services } from '../platform/module.js';
import { done, type JobHandler } from '../platform/queue/job.js';
import type { Schedule } from '../platform/queue/scheduler.js';
import type { SyncRegistry } from './entities/registry.js';
import { countRuns } from './run.queries.js';
import { startRun } from './run.service.js';

/** Webhooks are triggers that may be dropped silently, so what changed is asked for as well. */
export const runSchedule: Schedule = {
  name: 'runs-incremental',
  everySeconds: 15 * 60,
  atOnce: true,
  job: { kind: 'start-runs', jobKey: 'start-runs', priority: 4 },
};

/** Starts the due run of each entity: a full one first in a new company, incremental ones from then on. */
export function runScheduleJob(services: Services, registry: SyncRegistry): JobHandler {
  return {
    kind: 'start-runs',
    async run() {
      for (const entityType of registry.keys()) {
        const mode = (await countRuns(services.db, entityType, 'full')) === 0 ? 'full' : 'incremental';
        await services
          .transact({ origin: 'system', actor: 'scheduler' }, (tx) =>
            startRun(tx, { entityType, mode, startedBy: 'scheduler' }),
          )
          .catch((error: unknown) => {
            if (!hasCode(error, 'ALREADY_RUNNING')) throw error;
          });
      }
      return done('applied');
    },
  };
}
