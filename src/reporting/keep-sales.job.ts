import type { Services } from '../platform/module.js';
import { done, type JobHandler } from '../platform/queue/job.js';
import type { Schedule } from '../platform/queue/scheduler.js';
import { keepSales } from './sales-days.queries.js';

/** Reports are exact without it, as reads add what waits; it keeps what waits small. */
export const keepSalesSchedule: Schedule = {
  name: 'keep-sales',
  everySeconds: 30,
  job: { kind: 'keep-sales', jobKey: 'keep-sales', priority: 4 },
};

const BATCH = 1000;

/** Adds numbered entries of the journal to the sales of their days. */
export function keepSalesJob({ db }: Services): JobHandler {
  return {
    kind: 'keep-sales',
    async run({ signal }) {
      let kept = 0;
      for (let last = BATCH; last === BATCH && !signal.aborted; kept += last) last = await keepSales(db.read, BATCH);
      return done(kept > 0 ? 'applied' : 'unchanged');
    },
  };
}
