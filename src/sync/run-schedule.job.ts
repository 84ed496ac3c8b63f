import { hasCode } from '../kernel/errors.js';
import type { Services } from '../platform/module.js';
import { done, type JobHandler } from '../platform/queue/job.js';
import type { Schedule } from '../platform/queue/scheduler.js';
import type { SyncRegistry } from './entities/registry.js';
import type { RunMode } from './run.entity.js';
import { countRuns } from './run.queries.js';
import { startRun } from './run.service.js';

const PRIORITY = 4;

/** What a schedule is for, as the operators read it. */
export interface SyncSchedule extends Schedule {
  description: string;
}

/**
 * Webhooks are triggers that may be dropped silently, and Zoho sends none for imports and for what its other products
 * write, so what changed is asked for as well. Each can be edited; a schedule whose job no module brings is never due.
 */
export const syncSchedules: readonly SyncSchedule[] = [
  {
    name: 'runs-stock',
    description: 'Stock, which changes without a webhook.',
    everySeconds: 15 * 60,
    job: { kind: 'start-stock-runs', jobKey: 'start-stock-runs', priority: PRIORITY },
  },
  {
    name: 'runs-incremental',
    description: 'What changed since the last run, of all entities; everything of an entity that was never loaded.',
    everySeconds: 3600,
    atOnce: true,
    job: { kind: 'start-runs', jobKey: 'start-runs', priority: PRIORITY },
  },
  {
    name: 'runs-full',
    description: 'Everything of all entities, which also finds what was deleted.',
    everySeconds: 24 * 3600,
    atTime: '02:00',
    job: { kind: 'start-full-runs', jobKey: 'start-full-runs', priority: PRIORITY },
  },
  {
    name: 'certificate',
    description: 'The comparison of all entities with what Zoho has.',
    everySeconds: 24 * 3600,
    atTime: '03:00',
    job: { kind: 'certify', jobKey: 'certify', priority: PRIORITY },
  },
];

/** Stock has its own entity or comes with the items. */
const STOCK = ['stock', 'products'];

/** A full run first in a new company, incremental ones from then on. */
async function modeOf(services: Services, entityType: string): Promise<RunMode> {
  return (await countRuns(services.db, entityType, 'full')) === 0 ? 'full' : 'incremental';
}

/** The jobs of the schedules: each starts the runs that are due; an entity whose run is under way is left alone. */
export function runScheduleJobs(services: Services, registry: SyncRegistry): JobHandler[] {
  const start = async (entityType: string, mode: RunMode): Promise<void> => {
    await services
      .transact({ origin: 'system', actor: 'scheduler' }, (tx) =>
        startRun(tx, { entityType, mode, startedBy: 'scheduler' }),
      )
      .catch((error: unknown) => {
        if (!hasCode(error, 'ALREADY_RUNNING')) throw error;
      });
  };
  const job = (kind: string, work: () => Promise<void>): JobHandler => ({
    kind,
    async run() {
      await work();
      return done('applied');
    },
  });
  return [
    job('start-stock-runs', async () => {
      const entityType = STOCK.find((name) => registry.has(name));
      if (entityType !== undefined) await start(entityType, await modeOf(services, entityType));
    }),
    job('start-runs', async () => {
      for (const entityType of registry.keys()) await start(entityType, await modeOf(services, entityType));
    }),
    job('start-full-runs', async () => {
      for (const entityType of registry.keys()) await start(entityType, 'full');
    }),
  ];
}
