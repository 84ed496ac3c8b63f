import { badInput, notFound } from '../kernel/errors.js';
import { msg } from '../kernel/message.js';
import { defineCommand } from '../platform/command.js';
import type { Tx } from '../platform/db/transact.js';
import { holdWork, releaseWork } from '../platform/queue/hold.queries.js';
import { syncPauseChanged } from './pause.events.js';

const MAX_REASON = 500;

/** Work on the entity waits from now on; deliveries are taken in and kept. Again is a no-op. */
export const pauseEntity = defineCommand(
  ['BAD_INPUT'],
  async (tx: Tx, entityType: string, given: string): Promise<void> => {
    const reason = given.trim();
    if (reason === '' || reason.length > MAX_REASON) {
      throw badInput('reason', msg`Give a reason of 1 to ${MAX_REASON} characters.`);
    }
    if (!(await holdWork(tx.sql, entityType, reason, tx.actor))) return;
    tx.audit({ entityType: 'SyncPause', entityId: entityType, action: 'create', changes: { reason: [null, reason] } });
    tx.emit(syncPauseChanged(entityType, { paused: true }));
  },
);

/** Work on the entity goes on, in the order in which it came. NOT_FOUND when it is not paused. */
export const resumeEntity = defineCommand(['NOT_FOUND'], async (tx: Tx, entityType: string): Promise<void> => {
  const reason = await releaseWork(tx.sql, entityType);
  if (reason === null) throw notFound('Sync pause', entityType, 'entity');
  tx.audit({ entityType: 'SyncPause', entityId: entityType, action: 'delete', changes: { reason: [reason, null] } });
  tx.emit(syncPauseChanged(entityType, { paused: false }));
});
