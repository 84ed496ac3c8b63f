import type { Tx } from '../platform/db/transact.js';
import { done, type JobResult, type JobWarning, type Outcome } from '../platform/queue/job.js';
import { currentPhase } from '../platform/settings.js';
import type { EntitySync } from './entities/entity-sync.js';
import { closeInboxEvents, type OpenEvent } from './inbox/inbox.queries.js';
import { lockLink, saveLink } from './sync-link.queries.js';

/** Thrown inside an effect when the locked link shows a tie: rolls back, and the record is fetched. */
export class FetchNeeded extends Error {}

/** One record, and its deliveries that were read. */
export interface RecordRead {
  sync: EntitySync;
  remoteId: string;
  open: readonly OpenEvent[];
}

/** Ends the deliveries that were read, with the job. */
export async function closeDeliveries(
  tx: Tx,
  { sync, remoteId, open }: RecordRead,
  outcome: Outcome,
  warnings: readonly JobWarning[] = [],
): Promise<JobResult> {
  const read = open.map((event) => event.openedBy);
  await closeInboxEvents(tx.sql, { entityType: sync.name, remoteId }, read, outcome);
  return done(outcome, warnings);
}

/** A mapped record, about to be written. */
export interface ReadyRecord {
  snapshot: unknown;
  prepared: unknown;
  hash: string;
  modifiedAt: Date | null;
  fetched: boolean;
  warnings: readonly JobWarning[];
}

export async function applyRecord(tx: Tx, record: RecordRead, ready: ReadyRecord): Promise<JobResult> {
  const { sync, remoteId } = record;
  const link = await lockLink(tx.sql, sync.name, remoteId);
  const known = link.remoteModifiedAt?.getTime();
  const offered = ready.modifiedAt?.getTime();
  if (offered === undefined && !ready.fetched) throw new FetchNeeded();
  if (known !== undefined && offered !== undefined) {
    if (offered < known) return closeDeliveries(tx, record, 'stale', ready.warnings);
    // Two bodies of the same second: only the source knows which one is newer.
    if (offered === known && !ready.fetched && ready.hash !== link.snapshotHash) throw new FetchNeeded();
  }
  if (link.gone && !ready.fetched) throw new FetchNeeded();
  const saved = { id: link.id, remoteModifiedAt: ready.modifiedAt, snapshotHash: ready.hash, gone: false };
  if (ready.hash === link.snapshotHash && !link.gone && link.localId !== null) {
    await saveLink(tx.sql, { ...saved, localId: link.localId });
    return closeDeliveries(tx, record, 'unchanged', ready.warnings);
  }
  const { id, changed, left = [] } = await sync.apply(tx, ready.snapshot, ready.prepared, await currentPhase(tx.sql));
  await saveLink(tx.sql, { ...saved, localId: id, snapshotHash: left.length > 0 ? null : ready.hash });
  return closeDeliveries(tx, record, changed ? 'applied' : 'unchanged', [...ready.warnings, ...left]);
}

export async function applyGone(tx: Tx, record: RecordRead, today: string): Promise<JobResult> {
  const { sync, remoteId } = record;
  const link = await lockLink(tx.sql, sync.name, remoteId);
  const result = await sync.applyGone(tx, remoteId, { today, phase: await currentPhase(tx.sql) });
  await saveLink(tx.sql, {
    id: link.id,
    localId: result?.id ?? link.localId,
    remoteModifiedAt: link.remoteModifiedAt,
    snapshotHash: null,
    gone: true,
  });
  return closeDeliveries(tx, record, result?.changed ? 'applied' : 'unchanged');
}
