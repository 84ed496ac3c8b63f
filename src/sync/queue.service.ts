import { badInput } from '../kernel/errors.js';
import { assertAll, mapAll } from '../kernel/faults.js';
import { isId } from '../kernel/ids.js';
import { msg } from '../kernel/message.js';
import { defineCommand } from '../platform/command.js';
import type { Tx } from '../platform/db/transact.js';
import { queueItemCompleted, queueItemEnqueued } from '../platform/queue/queue.events.js';
import { discardItems, lockQueueItems, reopenItems, type LockedItem } from './queue.queries.js';
import { whereSelected, type ItemSelection } from './item-selection.queries.js';

const MAX_ITEMS = 1000;

const MAX_REASON = 500;

/** Which failed or dead items; throws BAD_INPUT when nothing says which. */
export function assertSelection({ ids, filter }: ItemSelection): void {
  if (ids == null && !filter) throw badInput('selection', msg`Give ids or a filter.`);
  mapAll(ids ?? [], (id, index) => {
    if (!isId(id)) throw badInput(`selection.ids.${index}`, msg`Not a valid id.`);
  });
}

async function lockSelected(tx: Tx, selection: ItemSelection): Promise<LockedItem[]> {
  const { where, params } = whereSelected(selection);
  return lockQueueItems(tx.sql, where, params, MAX_ITEMS);
}

/**
 * Puts failed and dead items back to the front, with their deliveries and a fresh count of tries; answers how many.
 * At most 1,000 a call. Items that somebody else holds are left out. Requeuing gives one effect: the pull compares with
 * what is stored.
 */
export const retryItems = defineCommand(['BAD_INPUT'], async (tx: Tx, selection: ItemSelection): Promise<number> => {
  assertSelection(selection);
  const items = await lockSelected(tx, selection);
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
});

/** Ends failed and dead items for good, with a reason; answers how many. At most 1,000 a call. */
export const discardQueueItems = defineCommand(
  ['BAD_INPUT'],
  async (tx: Tx, selection: ItemSelection, given: string): Promise<number> => {
    const reason = given.trim();
    assertAll(
      () => assertSelection(selection),
      () => {
        if (reason !== '' && reason.length <= MAX_REASON) return;
        throw badInput('reason', msg`Give a reason of 1 to ${MAX_REASON} characters.`);
      },
    );
    const items = await lockSelected(tx, selection);
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
  },
);
