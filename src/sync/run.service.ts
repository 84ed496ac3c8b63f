import { LockMode } from '@mikro-orm/core';
import { fromMs, now, parseInstant } from '../kernel/clock.js';
import { AppError, badInput, notFound } from '../kernel/errors.js';
import { mapAll } from '../kernel/faults.js';
import { isId, newId } from '../kernel/ids.js';
import { takeKeyedLock } from '../platform/db/locks.js';
import { defineCommand } from '../platform/command.js';
import type { Tx } from '../platform/db/transact.js';
import type { JobRequest } from '../platform/queue/job.js';
import { SyncRun, type RunMode } from './run.entity.js';
import { syncRunUpdated } from './run.events.js';
import { pullJobOf } from './pull-request.js';
import { countKnownRecords, findWatermark } from './run.queries.js';
import { PRIORITY } from './zoho/call-lanes.js';
import { msg } from '../kernel/message.js';

/** Zoho's bound is inclusive in one text and exclusive in another; an overlap costs a few equal bodies. */
const OVERLAP_MS = 120_000;

export const runJobOf = (run: Pick<SyncRun, 'id' | 'entityType'>): JobRequest => ({
  kind: 'run',
  jobKey: `run:${run.entityType}:${run.id}`,
  priority: PRIORITY.incremental,
  entityType: run.entityType,
  runId: run.id,
});

export interface RunRequest {
  entityType: string;
  mode: RunMode;
  startedBy: string;
  /** The ids at Zoho, of a selective run. */
  ids?: readonly string[] | null;
}

const MAX_SELECTED = 1000;
const REMOTE_ID = /^[A-Za-z0-9_-]{1,64}$/;

/** Each id once. Throws BAD_INPUT for ids that do not fit the mode. */
function selectedIds({ mode, ids }: RunRequest): string[] {
  const given = [...new Set(ids ?? [])];
  if (mode !== 'selective') {
    if (given.length > 0) throw badInput('ids', msg`Only a selective run takes ids.`);
    return [];
  }
  if (given.length === 0 || given.length > MAX_SELECTED) {
    throw badInput('ids', msg`A selective run takes 1 to ${MAX_SELECTED} ids.`);
  }
  mapAll(given, (id, index) => {
    if (!REMOTE_ID.test(id)) throw badInput(`ids.${index}`, msg`Not an id of Zoho.`);
  });
  return given;
}

async function expectedOf(tx: Tx, { mode, entityType }: RunRequest, ids: readonly string[]): Promise<number | null> {
  if (mode === 'selective') return ids.length;
  return mode === 'full' ? countKnownRecords(tx.sql, entityType) : null;
}

/**
 * Starts reading the list of an entity; the work is a job that survives crashes. One run an entity at a time:
 * ALREADY_RUNNING (details: runningId). INCREMENTAL without a completed run before it lists everything.
 */
export const startRun = defineCommand(
  ['ALREADY_RUNNING', 'BAD_INPUT'],
  async (tx: Tx, input: RunRequest): Promise<SyncRun> => {
    const ids = selectedIds(input);
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
      totalItems: ids.length,
      expectedItems: await expectedOf(tx, input, ids),
      selectedIds: input.mode === 'selective' ? ids : null,
      processedItems: 0,
      failedItems: 0,
      // Of a selective run nothing is listed.
      nextPage: input.mode === 'selective' ? null : 1,
      since: watermark ? fromMs(watermark.getTime() - OVERLAP_MS) : null,
      watermark,
      startedBy: input.startedBy,
      createdAt: now(),
    });
    for (const remoteId of ids) {
      tx.enqueue(pullJobOf({ entity: input.entityType, remoteId }, { priority: PRIORITY.interactive, runId: run.id }));
    }
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
