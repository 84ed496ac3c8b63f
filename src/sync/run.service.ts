import { LockMode } from '@mikro-orm/core';
import { fromMs, now, parseInstant } from '../kernel/clock.js';
import { AppError, notFound } from '../kernel/errors.js';
import { isId, newId } from '../kernel/ids.js';
import { takeKeyedLock } from '../platform/db/locks.js';
import { defineCommand } from '../platform/command.js';
import type { Tx } from '../platform/db/transact.js';
import type { JobRequest } from '../platform/queue/job.js';
import { SyncRun, type RunMode } from './run.entity.js';
import { syncRunUpdated } from './run.events.js';
import { findWatermark } from './run.queries.js';
import { msg } from '../kernel/message.js';

/** Zoho's bound is inclusive in one text and exclusive in another; an overlap costs a few equal bodies. */
const OVERLAP_MS = 120_000;
const RUN_PRIORITY = 6;

export const runJobOf = (run: Pick<SyncRun, 'id' | 'entityType'>): JobRequest => ({
  kind: 'run',
  jobKey: `run:${run.entityType}:${run.id}`,
  priority: RUN_PRIORITY,
  entityType: run.entityType,
  runId: run.id,
});

/**
 * Starts reading the list of an entity; the work is a job that survives crashes. One run an entity at a time:
 * ALREADY_RUNNING (details: runningId). INCREMENTAL without a completed run before it lists everything.
 */
export const startRun = defineCommand(
  ['ALREADY_RUNNING'],
  async (tx: Tx, input: { entityType: string; mode: RunMode; startedBy: string }): Promise<SyncRun> => {
    await takeKeyedLock(tx.sql, 'sync-run', input.entityType);
    const active = await tx.em.findOne(SyncRun, {
      entityType: input.entityType,
      status: { $in: ['pending', 'in_progress'] },
    });
    if (active) {
      throw new AppError('ALREADY_RUNNING', msg`A run of ${input.entityType} is under way.`, {
        field: 'entity',
        details: { runningId: active.id },
      });
    }
    const watermark = input.mode === 'incremental' ? parseInstant(await findWatermark(tx.sql, input.entityType)) : null;
    const run = tx.em.create(SyncRun, {
      id: newId(),
      mode: input.mode,
      entityType: input.entityType,
      sourceType: 'zoho',
      status: 'pending',
      totalItems: 0,
      processedItems: 0,
      failedItems: 0,
      nextPage: 1,
      since: watermark ? fromMs(watermark.getTime() - OVERLAP_MS) : null,
      watermark,
      startedBy: input.startedBy,
      createdAt: now(),
    });
    tx.enqueue(runJobOf(run));
    // The progress of a run is not audited; who started it is.
    tx.audit({ entityType: 'SyncRun', entityId: run.id, action: 'create', changes: { mode: [null, input.mode] } });
    tx.emit(syncRunUpdated(run.id, { status: run.status }));
    return run;
  },
);

/** Stops listing; what was listed is still applied. Again is a no-op; a finished run is left as it is. */
export const cancelRun = defineCommand(['NOT_FOUND'], async (tx: Tx, id: string): Promise<void> => {
  const run = isId(id) ? await tx.em.findOne(SyncRun, { id }, { lockMode: LockMode.PESSIMISTIC_WRITE }) : null;
  if (!run) throw notFound('Sync run', id);
  if (run.status !== 'pending' && run.status !== 'in_progress') return;
  tx.audit({
    entityType: 'SyncRun',
    entityId: run.id,
    action: 'update',
    changes: { status: [run.status, 'cancelled'] },
  });
  run.status = 'cancelled';
  run.completedAt = now();
  tx.emit(syncRunUpdated(run.id, { status: run.status }));
});
