import { nowMs } from '../kernel/clock.js';
import { AppError } from '../kernel/errors.js';
import type { Services } from '../platform/module.js';
import { snooze, type COMMITTED, type JobRun } from '../platform/queue/job.js';
import type { EntitySync, ParentRef } from './entities/entity-sync.js';
import { pullJobOf } from './pull-request.js';
import { findLoadingEntities } from './run.queries.js';
import { findParents, type ParentState } from './sync-link.queries.js';
import { msg } from '../kernel/message.js';

/** A parent that comes at once is seen at once: its end wakes who waits. This bounds the wait when the wake is missed. */
const FIRST_WAIT_MS = 5000;
const MAX_WAIT_MS = 600_000;
const PATIENCE_MS = 24 * 3600 * 1000;
/** A record goes on without an optional parent that has not come by then. */
const OPTIONAL_PATIENCE_MS = 600_000;

const nameOf = ({ entity, remoteId }: ParentRef): string => `${entity} ${remoteId}`;

const isLost = ({ gone, empty, dead }: ParentState): boolean => gone || empty || dead;

/**
 * Has missing parents fetched and puts the job back until they are here; null when none is missing. The wait costs no
 * try. A parent that a full run is about to list is awaited and not asked for. Throws PARENT_MISSING when a parent cannot
 * come: the source does not have it, its own pull is dead, or the record has waited for a day. One that is optional is
 * waited for as long as it can come, and ten minutes at most.
 */
export async function waitForParents(
  services: Services,
  sync: EntitySync,
  parents: readonly ParentRef[],
  run: JobRun,
): Promise<typeof COMMITTED | null> {
  if (parents.length === 0) return null;
  const stranger = parents.find(({ entity }) => !sync.needs.includes(entity));
  if (stranger) throw new Error(`${sync.name} names a parent of ${stranger.entity}, which it does not need.`);
  const waitedMs = nowMs() - run.job.queuedAt.getTime();
  const missing = (await findParents(services.db.read, parents)).filter((parent) => !isSettled(parent, waitedMs));
  if (missing.length === 0) return null;
  assertMayCome(
    missing.filter(({ optional }) => !optional),
    waitedMs,
  );
  return run.effect(async (tx) => {
    // Another child may have brought them meanwhile; they need no second fetch.
    const wanted = (await findParents(tx.sql, missing)).filter((parent) => !isSettled(parent, waitedMs));
    const [first] = wanted;
    if (!first) return snooze(0, 'its parents have come');
    const loading = await findLoadingEntities(tx.sql, [...new Set(wanted.map(({ entity }) => entity))]);
    const asked = wanted.filter(({ entity }) => !loading.has(entity));
    for (const parent of asked) tx.enqueue(pullJobOf(parent, { priority: run.job.priority }));
    const delayMs = Math.min(FIRST_WAIT_MS * 2 ** Math.min(run.job.snoozeCount, 10), MAX_WAIT_MS);
    return snooze(delayMs, `waits for ${nameOf(first)}`, pullJobOf(first).jobKey);
  });
}

/** It is here, or the record can go on without it. */
const isSettled = (parent: ParentState, waitedMs: number): boolean =>
  parent.here || (parent.optional && (isLost(parent) || waitedMs > OPTIONAL_PATIENCE_MS));

function assertMayCome(missing: readonly ParentState[], waitedMs: number): void {
  const lost = missing.find(isLost) ?? (waitedMs > PATIENCE_MS ? missing[0] : undefined);
  if (!lost) return;
  const why = lost.gone
    ? 'the source does not have it'
    : lost.empty
      ? 'it is not kept here'
      : lost.dead
        ? 'its own pull has failed'
        : 'it has not come';
  throw new AppError('PARENT_MISSING', msg`${nameOf(lost)} is needed first, and ${why}.`, {
    details: { entity: lost.entity, remoteId: lost.remoteId },
  });
}
