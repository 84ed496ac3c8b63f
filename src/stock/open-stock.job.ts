import { businessDate } from '../kernel/clock.js';
import { ownerOf } from '../kernel/ownership.js';
import type { Services } from '../platform/module.js';
import { done, type JobHandler } from '../platform/queue/job.js';
import type { Schedule } from '../platform/queue/scheduler.js';
import { currentPhase } from '../platform/settings.js';
import { openReportedStock, stockOwners } from './stock.service.js';

export const openStockSchedule: Schedule = {
  name: 'open-stock',
  everySeconds: 3600,
  job: { kind: 'open-stock', jobKey: 'open-stock', priority: 9 },
};

/** An entry of so many products stays small, and their locks short. */
const BATCH = 100;

/** Once the ERP owns stock, what was reported until then gets its value, also of products that never move. */
export function openStockJob({ transact, config }: Services): JobHandler {
  return {
    kind: 'open-stock',
    async run({ signal }) {
      let opened = 0;
      for (let last = BATCH; last === BATCH && !signal.aborted; opened += last) {
        last = await transact({ origin: 'system', actor: 'system' }, async (tx) => {
          const owned = ownerOf(stockOwners, 'stock', await currentPhase(tx.sql)) === 'ERP';
          return owned ? openReportedStock(tx, { day: businessDate(config.timeZone), limit: BATCH }) : 0;
        });
      }
      return done(opened > 0 ? 'applied' : 'unchanged');
    },
  };
}
