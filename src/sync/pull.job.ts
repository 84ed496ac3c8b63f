import { canonicalJson, sha256Hex } from '../kernel/hash.js';
import type { Tx } from '../platform/db/transact.js';
import type { Services } from '../platform/module.js';
import {
  discard,
  done,
  snooze,
  type COMMITTED,
  type JobHandler,
  type JobResult,
  type JobRun,
  type JobWarning,
  type Outcome,
} from '../platform/queue/job.js';
import { currentPhase } from '../platform/settings.js';
import type { EntitySync } from './entities/entity-sync.js';
import type { SyncRegistry } from './entities/registry.js';
import { readDelivery } from './inbox/delivery.js';
import { closeInboxEvents, findOpenEvents, markInboxEvents, type OpenEvent } from './inbox/inbox.queries.js';
import { waitForParents } from './parents.js';
import { pullJobOf } from './pull-request.js';
import { findLink, lockLink, saveLink, type LinkState } from './sync-link.queries.js';
import { ZohoReconnectNeeded, ZohoThrottled } from './zoho/zoho-errors.js';

/**
 * Brings one record up to date; never "applies an event". All open deliveries of the record are read, the greatest source
 * time wins, and all that was read closes in the commit of the effect. A delete, a body without its time, a partial body,
 * or a tie of two bodies is settled by fetching the record.
 */
type Body = { kind: 'record'; record: Record<string, unknown>; fetched: boolean } | { kind: 'gone' };

const RECONNECT_DELAY_MS = 60_000;

/** What the deliveries and the link say before anything is fetched. Pure. */
export type Choice =
  | { kind: 'use'; event: OpenEvent }
  | { kind: 'fetch'; why: 'asked' | 'deleted' | 'timeless' | 'tie' | 'gone' | 'refetch' }
  | { kind: 'stale' }
  | { kind: 'known' };

export function chooseBody(
  open: readonly OpenEvent[],
  link: Pick<LinkState, 'remoteModifiedAt' | 'gone'> | null,
  { refetch, timeCoversAll }: Pick<EntitySync, 'refetch' | 'timeCoversAll'>,
): Choice {
  if (open.length === 0) return { kind: 'fetch', why: 'asked' };
  if (open.some((event) => event.event === 'deleted')) return { kind: 'fetch', why: 'deleted' };
  if (open.some((event) => event.sourceModifiedAt === null)) return { kind: 'fetch', why: 'timeless' };
  const [newest] = [...open].sort((a, b) => timeOf(b) - timeOf(a)) as [OpenEvent];
  const known = link?.remoteModifiedAt?.getTime() ?? -Infinity;
  if (timeOf(newest) < known) return { kind: 'stale' };
  // An edit that arrives after the deletion proves nothing: it may have been under way before it.
  if (link?.gone) return { kind: 'fetch', why: 'gone' };
  const nothingNew = timeOf(newest) === known && open.every((event) => event.event === 'listed');
  if (timeCoversAll && nothingNew) return { kind: 'known' };
  if (refetch) return { kind: 'fetch', why: 'refetch' };
  const ties = open.filter((event) => timeOf(event) === timeOf(newest));
  if (new Set(ties.map((event) => sha256Hex(event.rawBody))).size > 1) return { kind: 'fetch', why: 'tie' };
  return { kind: 'use', event: newest };
}

const timeOf = (event: OpenEvent): number => event.sourceModifiedAt?.getTime() ?? -Infinity;

/** One record and what is known about it before anything is fetched. */
interface Task {
  sync: EntitySync;
  remoteId: string;
  open: readonly OpenEvent[];
  link: LinkState | null;
  run: JobRun;
}

/** Thrown inside an effect when the locked link shows a tie: rolls back, and the record is fetched. */
class FetchNeeded extends Error {}

export function pullJob(services: Services, registry: SyncRegistry): JobHandler {
  const fetchBody = async (sync: EntitySync, remoteId: string, run: JobRun): Promise<Body> => {
    const record = await sync.fetch(services, remoteId, run.signal);
    return record ? { kind: 'record', record, fetched: true } : { kind: 'gone' };
  };

  const bring = async (task: Task, body: Body): Promise<typeof COMMITTED> => {
    const { sync, remoteId, open, run } = task;
    if (body.kind === 'gone') return bringGone(task);
    const parsed = sync.parse(body.record);
    if (parsed.entity !== undefined && parsed.entity !== sync.name) return handOver(task, parsed.entity);
    if (!body.fetched && !parsed.whole) return bring(task, await fetchBody(sync, remoteId, run));
    const { snapshot, warnings, parents = [] } = sync.toSnapshot(parsed.remote);
    const waiting = await waitForParents(services, sync, parents, run);
    if (waiting) return waiting;
    const hash = sha256Hex(canonicalJson(snapshot));
    const prepared = await sync.prepare(services, snapshot);
    const { fetched } = body;
    const ready: Ready = { snapshot, prepared, hash, modifiedAt: parsed.modifiedAt, fetched, warnings };
    try {
      return await run.effect((tx) => applyRecord(tx, sync, remoteId, open, ready));
    } catch (error) {
      if (!(error instanceof FetchNeeded)) throw error;
      return bring(task, await fetchBody(sync, remoteId, run));
    }
  };

  /** What a delivery names and nobody here knows may be a record of the other entity in the same place. */
  const bringGone = ({ sync, remoteId, open, link, run }: Task): Promise<typeof COMMITTED> => {
    const other = sync.sharesRecordsWith;
    if (other !== undefined && open.length > 0 && link?.localId == null) {
      return handOver({ sync, remoteId, open, link, run }, other);
    }
    return run.effect((tx) => applyGone(tx, sync, remoteId, open));
  };

  const handOver = ({ sync, remoteId, open, run }: Task, entity: string): Promise<typeof COMMITTED> =>
    run.effect((tx) => {
      tx.enqueue(pullJobOf({ entity, remoteId }, { priority: run.job.priority }));
      return close(tx, sync, remoteId, open, 'ignored', []);
    });

  const pull = async (run: JobRun): Promise<JobResult | typeof COMMITTED> => {
    const { entityType, remoteId, inboxEventId } = run.job;
    const sync = entityType === null ? undefined : registry.get(entityType);
    if (!sync || remoteId === null) return discard(`No handler for ${entityType ?? 'nothing'}.`);
    const open = await findOpenEvents(services.db.read, sync.name, remoteId);
    // Its delivery was taken into account by an earlier pull of the lane.
    if (open.length === 0 && inboxEventId !== null) return done('superseded');
    const link = await findLink(services.db.read, sync.name, remoteId);
    const task: Task = { sync, remoteId, open, link, run };
    const choice = chooseBody(open, link, sync);
    switch (choice.kind) {
      case 'stale':
      case 'known':
        return run.effect((tx) => close(tx, sync, remoteId, open, choice.kind === 'stale' ? 'stale' : 'unchanged', []));
      case 'fetch':
        return bring(task, await fetchBody(sync, remoteId, run));
      case 'use': {
        const { record } = readDelivery(sync.remote, choice.event.contentType ?? undefined, choice.event.rawBody);
        return bring(task, { kind: 'record', record, fetched: false });
      }
    }
  };

  return {
    kind: 'pull',
    who: { origin: 'zoho', actor: 'zoho-sync' },
    async run(run) {
      try {
        return await pull(run);
      } catch (error) {
        if (error instanceof ZohoThrottled) return snooze(error.delayMs, error.message);
        if (error instanceof ZohoReconnectNeeded) return snooze(RECONNECT_DELAY_MS, error.message);
        throw error;
      }
    },
    async onFailure(tx, job, { final, message }) {
      const { entityType, remoteId } = job;
      if (entityType === null || remoteId === null) return;
      const record = { entityType, remoteId };
      await markInboxEvents(tx.sql, record, final ? 'dead_letter' : 'failed', message);
    },
  };
}

async function close(
  tx: Tx,
  sync: EntitySync,
  remoteId: string,
  open: readonly OpenEvent[],
  outcome: Outcome,
  warnings: readonly JobWarning[],
): Promise<JobResult> {
  const read = open.map((event) => event.openedBy);
  await closeInboxEvents(tx.sql, { entityType: sync.name, remoteId }, read, outcome);
  return done(outcome, warnings);
}

interface Ready {
  snapshot: unknown;
  prepared: unknown;
  hash: string;
  modifiedAt: Date | null;
  fetched: boolean;
  warnings: readonly JobWarning[];
}

async function applyRecord(
  tx: Tx,
  sync: EntitySync,
  remoteId: string,
  open: readonly OpenEvent[],
  ready: Ready,
): Promise<JobResult> {
  const link = await lockLink(tx.sql, sync.name, remoteId);
  const known = link.remoteModifiedAt?.getTime();
  const offered = ready.modifiedAt?.getTime();
  if (offered === undefined && !ready.fetched) throw new FetchNeeded();
  if (known !== undefined && offered !== undefined) {
    if (offered < known) return close(tx, sync, remoteId, open, 'stale', ready.warnings);
    // Two bodies of the same second: only the source knows which is the last.
    if (offered === known && !ready.fetched && ready.hash !== link.snapshotHash) throw new FetchNeeded();
  }
  if (link.gone && !ready.fetched) throw new FetchNeeded();
  const saved = { id: link.id, remoteModifiedAt: ready.modifiedAt, snapshotHash: ready.hash, gone: false };
  if (ready.hash === link.snapshotHash && !link.gone && link.localId !== null) {
    await saveLink(tx.sql, { ...saved, localId: link.localId });
    return close(tx, sync, remoteId, open, 'unchanged', ready.warnings);
  }
  const { id, changed } = await sync.apply(tx, ready.snapshot, ready.prepared, await currentPhase(tx.sql));
  await saveLink(tx.sql, { ...saved, localId: id });
  return close(tx, sync, remoteId, open, changed ? 'applied' : 'unchanged', ready.warnings);
}

async function applyGone(tx: Tx, sync: EntitySync, remoteId: string, open: readonly OpenEvent[]): Promise<JobResult> {
  const link = await lockLink(tx.sql, sync.name, remoteId);
  const result = await sync.applyGone(tx, remoteId);
  await saveLink(tx.sql, {
    id: link.id,
    localId: result?.id ?? link.localId,
    remoteModifiedAt: link.remoteModifiedAt,
    snapshotHash: null,
    gone: true,
  });
  return close(tx, sync, remoteId, open, result?.changed ? 'applied' : 'unchanged', []);
}
