import { LockMode } from '@mikro-orm/core';
import { now } from '../kernel/clock.js';
import { badInput, notFound } from '../kernel/errors.js';
import { assertAll } from '../kernel/faults.js';
import { isId, newId } from '../kernel/ids.js';
import { msg } from '../kernel/message.js';
import { defineCommand } from '../platform/command.js';
import type { Tx } from '../platform/db/transact.js';
import type { JobRequest } from '../platform/queue/job.js';
import { whereSelected, type ItemSelection } from './item-selection.queries.js';
import { assertSelection, retryItems } from './queue.service.js';
import { SyncReplay } from './replay.entity.js';
import { endFailed, putBehind, readReplayProgress, selectItems } from './replay.queries.js';
import { PRIORITY } from './zoho/call-lanes.js';

const MAX_ITEMS = 20_000;
const MAX_REASON = 500;
/** How many items are put back, after one another. */
const STAGES = [1, 10] as const;
const CHUNK = 1000;

export const replayJobOf = ({ id }: Pick<SyncReplay, 'id'>): JobRequest => ({
  kind: 'replay',
  jobKey: `replay:${id}`,
  entityId: id,
  priority: PRIORITY.interactive,
});

/**
 * Puts failed and dead items back by stages, at most 20,000: one, ten, then a thousand at a time. It stops when an item
 * meets an issue again of which the selected ones had died, so a defect that is still there costs one try.
 */
export const startReplay = defineCommand(
  ['BAD_INPUT'],
  async (tx: Tx, input: { selection: ItemSelection; reason: string }): Promise<SyncReplay> => {
    const reason = input.reason.trim();
    assertAll(
      () => assertSelection(input.selection),
      () => {
        if (reason !== '' && reason.length <= MAX_REASON) return;
        throw badInput('reason', msg`Give a reason of 1 to ${MAX_REASON} characters.`);
      },
    );
    const { itemIds, issueIds } = await selectItems(tx.sql, whereSelected(input.selection), MAX_ITEMS);
    if (itemIds.length === 0) throw badInput('selection', msg`No failed or dead item matches.`);
    const replay = tx.em.create(SyncReplay, {
      id: newId(),
      status: 'running',
      reason,
      startedBy: tx.actor,
      itemIds,
      issueIds,
      reached: 0,
      totalItems: itemIds.length,
      doneItems: 0,
      failedItems: 0,
      createdAt: now(),
    });
    tx.audit({
      entityType: 'SyncReplay',
      entityId: replay.id,
      action: 'create',
      changes: { reason: [null, reason], items: [null, itemIds.length] },
    });
    tx.enqueue(replayJobOf(replay));
    return replay;
  },
);

/** Nothing more is put back; what was, goes on. Again is a no-op. */
export const cancelReplay = defineCommand(['NOT_FOUND'], async (tx: Tx, id: string): Promise<void> => {
  const replay = isId(id) ? await tx.em.findOne(SyncReplay, { id }, { lockMode: LockMode.PESSIMISTIC_WRITE }) : null;
  if (!replay) throw notFound('Sync replay', id);
  if (replay.status !== 'running') return;
  replay.status = 'cancelled';
  replay.completedAt = now();
  tx.audit({ entityType: 'SyncReplay', entityId: id, action: 'update', changes: { status: ['running', 'cancelled'] } });
});

/** One look at a replay: counts, stops, or puts the next stage back; answers whether it goes on. */
export async function stepReplay(tx: Tx, id: string): Promise<boolean> {
  const replay = await tx.em.findOne(SyncReplay, { id }, { lockMode: LockMode.PESSIMISTIC_WRITE });
  if (!replay || replay.status !== 'running') return false;
  const begun = replay.itemIds.slice(0, replay.reached);
  const progress = await readReplayProgress(tx.sql, begun, replay.issueIds);
  replay.doneItems = progress.done;
  replay.failedItems = progress.dead;
  if (progress.metAgain !== null) {
    await endFailed(tx.sql, begun, replay.issueIds);
    return endReplay(replay, 'stopped', progress.metAgain);
  }
  if (progress.open > 0) return true;
  if (replay.reached >= replay.totalItems) return endReplay(replay, 'completed', null);
  const size = STAGES.find((stage) => replay.reached < stage) ?? CHUNK;
  const next = replay.itemIds.slice(replay.reached, replay.reached + size);
  await retryItems(tx, { ids: next });
  await putBehind(tx.sql, next, PRIORITY.backfill);
  replay.reached += next.length;
  return true;
}

function endReplay(replay: SyncReplay, status: 'stopped' | 'completed', stoppedBy: string | null): false {
  replay.status = status;
  replay.stoppedBy = stoppedBy;
  replay.completedAt = now();
  return false;
}
