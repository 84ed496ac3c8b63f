import { businessDate } from '../kernel/clock.js';
import type { Tx } from '../platform/db/transact.js';
import type { DomainEvent } from '../platform/events.js';
import type { Services } from '../platform/module.js';
import { discard, done, type JobHandler } from '../platform/queue/job.js';
import { isAwaited, listWaiting } from './reservation.queries.js';
import { fillBackorder } from './reservation.service.js';

const KIND = 'fill-backorders';

/**
 * Goods that became free go to the orders that wait for them. Whoever confirms and whoever brings goods hold the same
 * level, so one of the two sees the other.
 */
export async function fillBackordersOf(tx: Tx, event: DomainEvent): Promise<void> {
  if (!(await isAwaited(tx.sql, event.entityId))) return;
  tx.enqueue({
    kind: KIND,
    jobKey: `${KIND}:${event.entityId}`,
    priority: 2,
    entityType: 'product',
    entityId: event.entityId,
  });
}

/**
 * Reserves what has come of a product for the orders that wait for it, the one that was confirmed first before others,
 * each in a Tx of its own. What happens is decided by rows that are locked, so running it again changes nothing.
 */
export function fillBackordersJob({ db, transact, config }: Services): JobHandler {
  return {
    kind: KIND,
    async run({ job, signal }) {
      const productId = job.entityId;
      if (productId === null) return discard('It names no product.');
      let filled = 0;
      for (const { orderId } of await listWaiting(db.read, productId)) {
        if (signal.aborted) break;
        const today = businessDate(config.timeZone);
        const reserved = await transact({ origin: 'system', actor: 'system' }, (tx) =>
          fillBackorder(tx, { orderId, productId, today }),
        );
        if (reserved) filled += 1;
      }
      return done(filled > 0 ? 'applied' : 'unchanged');
    },
  };
}
