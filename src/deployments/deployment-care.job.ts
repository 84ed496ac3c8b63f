import type { Services } from '../platform/module.js';
import { done, type JobHandler } from '../platform/queue/job.js';
import type { Schedule } from '../platform/queue/scheduler.js';
import { readAbandoned, readWatched } from './deployment.queries.js';
import { flagStuckDeployments, recordBreach, requestAutomaticRollback } from './deployment-watch.service.js';
import { isSafe, readMigrationsSince } from './rollback.queries.js';
import { readWatch } from './watch.queries.js';

export const deploymentCareSchedule: Schedule = {
  name: 'deployment-care',
  everySeconds: 30,
  job: { kind: 'deployment-care', jobKey: 'deployment-care', priority: 2 },
};

/**
 * Finds deployments whose deployer is silent and those that break their watch, and has an agent roll back what broke it
 * when nobody else is there to do so.
 */
export function deploymentCareJob(services: Services): JobHandler {
  const who = { origin: 'system', actor: 'deployment-care' } as const;
  const { silenceSeconds, watchSeconds, watchLimits } = services.config.deployment;
  return {
    kind: 'deployment-care',
    async run() {
      const { read } = services.db;
      await services.transact(who, (tx) => flagStuckDeployments(tx, { silenceSeconds }));
      for (const deployment of await readWatched(read)) {
        const { breaches, needsRollback } = await readWatch(read, deployment, watchLimits);
        if (needsRollback) await services.transact(who, (tx) => recordBreach(tx, { deployment, breaches }));
      }
      for (const { broken, former } of await readAbandoned(read, silenceSeconds)) {
        // Back on a schema that the former release cannot read would be worse; a person decides then.
        if (!isSafe(await readMigrationsSince(read, former, services.migrations))) continue;
        await services.transact(who, (tx) => requestAutomaticRollback(tx, { broken, former, watchSeconds }));
      }
      return done('applied');
    },
  };
}
