import type { Tx } from '../platform/db/transact.js';
import { queueItemCompleted, queueItemEnqueued } from '../platform/queue/queue.events.js';
import { discardItems, lockQueueItems, reopenItems } from './queue.queries.js';

const MAX_ITEMS = 1000;

export interface ItemSelection {
  where: string;
  params: readonly unknown[];
}

/**
 * Puts failed and dead items back to the front, with their deliveries and a fresh count of tries; answers how many.
 * At most 1,000 a call. Items that somebody else holds are left out. Requeuing gives one effect: the pull compares with
 * what is stored.
 */
export async function retryItems(tx: Tx, selection: ItemSelection): Promise<number> {
  const items = await lockQueueItems(tx.sql, selection.where, selection.params, MAX_ITEMS);
  if (items.length === 0) return 0;
  await reopenItems(
    tx.sql,
    items.map((item) => item.id),
    items.map((item) => item.lane),
  );
  for (const { id, kind, entityType, remoteId, system } of items) {
    tx.emit(queueItemEnqueued(id, { kind, entityType, remoteId, system, status: 'pending', outcome: null }));
    tx.audit({
      entityType: 'SyncQueueItem',
      entityId: id,
      action: 'update',
      changes: { status: ['failed', 'pending'] },
    });
  }
  return items.length;
}

/** Ends failed and dead items for good, with a reason; answers how many. At most 1,000 a call. */
export async function discardQueueItems(tx: Tx, selection: ItemSelection, reason: string): Promise<number> {
  const items = await lockQueueItems(tx.sql, selection.where, selection.params, MAX_ITEMS);
  if (items.length === 0) return 0;
  await discardItems(
    tx.sql,
    items.map((item) => item.id),
    items.map((item) => item.lane),
    reason,
  );
  for (const { id, kind, entityType, remoteId, system, status } of items) {
    const data = { kind, entityType, remoteId, system, status: 'completed', outcome: 'discarded' };
    tx.emit(queueItemCompleted(id, data));
    tx.audit({
      entityType: 'SyncQueueItem',
      entityId: id,
      action: 'update',
      changes: { outcome: [status, 'discarded'] },
    });
  }
  return items.length;
}
