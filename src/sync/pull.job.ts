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
import { readDelivery } from './inbox/delivery.js';
import { closeInboxEvents, findOpenEvents, markInboxEvents, type OpenEvent } from './inbox/inbox.queries.js';
import { shapeOfEntity } from './entities/shapes.js';
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
  | { kind: 'stale' };

export function chooseBody(
  open: readonly OpenEvent[],
  link: Pick<LinkState, 'remoteModifiedAt' | 'gone'> | null,
  refetch: boolean,
): Choice {
  if (open.length === 0) return { kind: 'fetch', why: 'asked' };
  if (open.some((event) => event.event === 'deleted')) return { kind: 'fetch', why: 'deleted' };
  if (open.some((event) => event.sourceModifiedAt === null)) return { kind: 'fetch', why: 'timeless' };
  const [newest] = [...open].sort((a, b) => timeOf(b) - timeOf(a)) as [OpenEvent];
  const known = link?.remoteModifiedAt?.getTime() ?? -Infinity;
  if (timeOf(newest) < known) return { kind: 'stale' };
  // An edit that arrives after the deletion does not undo it: it may have been sent before.
  if (link?.gone) return { kind: 'fetch', why: 'gone' };
  if (refetch) return { kind: 'fetch', why: 'refetch' };
  const ties = open.filter((event) => timeOf(event) === timeOf(newest));
  if (new Set(ties.map((event) => sha256Hex(event.rawBody))).size > 1) return { kind: 'fetch', why: 'tie' };
  return { kind: 'use', event: newest };
}

const timeOf = (event: OpenEvent): number => event.sourceModifiedAt?.getTime() ?? -Infinity;

/** Thrown inside an effect when the locked link shows a tie: rolls back, and the record is fetched. */
class FetchNeeded extends Error {}

export function pullJob(services: Services, registry: ReadonlyMap<string, EntitySync>): JobHandler {
  const fetchBody = async (sync: EntitySync, remoteId: string, run: JobRun): Promise<Body> => {
    const record = await sync.fetch(services, remoteId, run.signal);
    return record ? { kind: 'record', record, fetched: true } : { kind: 'gone' };
  };

  const bring = async (
    sync: EntitySync,
    remoteId: string,
    open: readonly OpenEvent[],
    body: Body,
    run: JobRun,
  ): Promise<typeof COMMITTED> => {
    if (body.kind === 'gone') return run.effect((tx) => applyGone(tx, sync, remoteId, open));
    const parsed = sync.parse(body.record);
    if (!body.fetched && !parsed.whole) return bring(sync, remoteId, open, await fetchBody(sync, remoteId, run), run);
    const { snapshot, warnings } = sync.toSnapshot(parsed.remote);
    const hash = sha256Hex(canonicalJson(snapshot));
    const prepared = await sync.prepare(services, snapshot);
    try {
      return await run.effect((tx) =>
        applyRecord(tx, sync, remoteId, open, {
          snapshot,
          prepared,
          hash,
          modifiedAt: parsed.modifiedAt,
          fetched: body.fetched,
          warnings,
        }),
      );
    } catch (error) {
      if (!(error instanceof FetchNeeded)) throw error;
      return bring(sync, remoteId, open, await fetchBody(sync, remoteId, run), run);
    }
  };

  const pull = async (run: JobRun): Promise<JobResult | typeof COMMITTED> => {
    const { entityType, zohoEntityId: remoteId, inboxEventId } = run.job;
    const sync = entityType === null ? undefined : registry.get(entityType);
    if (!sync || remoteId === null) return discard(`No handler for ${entityType ?? 'nothing'}.`);
    const open = await findOpenEvents(services.db.read, sync.name, remoteId);
    // Its delivery was taken into account by an earlier pull of the same record.
    if (open.length === 0 && inboxEventId !== null) return done('superseded');
    const link = await findLink(services.db.read, sync.name, remoteId);
    const choice = chooseBody(open, link, sync.refetch);
    if (choice.kind === 'stale') return run.effect((tx) => close(tx, sync, remoteId, open, 'stale', []));
    if (choice.kind === 'fetch') return bring(sync, remoteId, open, await fetchBody(sync, remoteId, run), run);
    const shape = shapeOfEntity(sync.name);
    if (!shape) return discard(`${sync.name} has no door.`);
    const { record } = readDelivery(shape, choice.event.contentType ?? undefined, choice.event.rawBody);
    return bring(sync, remoteId, open, { kind: 'record', record, fetched: false }, run);
  };

  return {
    kind: 'pull',
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
      if (job.entityType === null || job.zohoEntityId === null) return;
      const record = { entityType: job.entityType, remoteId: job.zohoEntityId };
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
    // Two bodies of the same second: only the source knows which one is newer.
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
