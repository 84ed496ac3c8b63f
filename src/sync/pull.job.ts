import { AppError } from '../kernel/errors.js';
import { canonicalJson, sha256Hex } from '../kernel/hash.js';
import type { Services } from '../platform/module.js';
import {
  discard,
  done,
  snooze,
  type COMMITTED,
  type JobHandler,
  type JobResult,
  type JobRun,
} from '../platform/queue/job.js';
import {
  applyGone,
  applyRecord,
  closeDeliveries,
  FetchNeeded,
  type ReadyRecord,
  type RecordRead,
} from './apply-record.js';
import { chooseBody } from './choose-body.js';
import type { SyncRegistry } from './entities/registry.js';
import { todayOf } from './entities/remote-records.js';
import { readDelivery } from './inbox/delivery.js';
import { findOpenEvents, markInboxEvents } from './inbox/inbox.queries.js';
import { meetIssue } from './issue.service.js';
import { waitForParents } from './parents.js';
import { pullJobOf } from './pull-request.js';
import { findLink, type LinkState } from './sync-link.queries.js';
import { inLaneOf } from './zoho/zoho-client.js';
import { isRefusal, ZohoReconnectNeeded, ZohoThrottled } from './zoho/zoho-errors.js';

type Body = { kind: 'record'; record: Record<string, unknown>; fetched: boolean } | { kind: 'gone' };
type Ended = JobResult | typeof COMMITTED;

/** What is known about a record before anything is fetched. */
interface Task extends RecordRead {
  link: LinkState | null;
  run: JobRun;
}

const RECONNECT_DELAY_MS = 60_000;

/** A body that cannot be read, a parent that cannot come and a call that Zoho refuses stay as they are. */
const PERMANENT = new Set(['BAD_PAYLOAD', 'BAD_INPUT', 'PARENT_MISSING']);
const isPermanent = (error: unknown): boolean =>
  isRefusal(error) || (error instanceof AppError && PERMANENT.has(error.code));

/**
 * Brings one record up to date; never "applies an event". All open deliveries of the record are read, the greatest source
 * time wins, and all that was read closes in the commit of the effect. A delete, a body without its time, a partial body,
 * or a tie of two bodies is settled by fetching the record.
 */
export function pullJob(services: Services, registry: SyncRegistry): JobHandler {
  const puller = new Puller(services, registry);
  return {
    kind: 'pull',
    who: { origin: 'zoho', actor: 'zoho-sync' },
    async run(run) {
      try {
        return await puller.pull(run);
      } catch (error) {
        if (error instanceof ZohoThrottled) return snooze(error.delayMs, error.message);
        if (error instanceof ZohoReconnectNeeded) return snooze(RECONNECT_DELAY_MS, error.message);
        throw error;
      }
    },
    isPermanent,
    async onFailure(tx, job, failure) {
      const { final, message } = failure;
      await meetIssue(tx, job, failure, services);
      const { entityType, remoteId } = job;
      if (entityType === null || remoteId === null) return;
      await markInboxEvents(tx.sql, { entityType, remoteId }, final ? 'dead_letter' : 'failed', message);
    },
  };
}

class Puller {
  constructor(
    private readonly services: Services,
    private readonly registry: SyncRegistry,
  ) {}

  async pull(run: JobRun): Promise<Ended> {
    const { read } = this.services.db;
    const { entityType, remoteId, inboxEventId } = run.job;
    const sync = entityType === null ? undefined : this.registry.get(entityType);
    if (!sync || remoteId === null) return discard(`No handler for ${entityType ?? 'nothing'}.`);
    const open = await findOpenEvents(read, sync.name, remoteId);
    // Its delivery was taken into account by an earlier pull of the same record.
    if (open.length === 0 && inboxEventId !== null) return done('superseded');
    const task: Task = { sync, remoteId, open, link: await findLink(read, sync.name, remoteId), run };
    const choice = chooseBody(open, task.link, sync);
    switch (choice.kind) {
      case 'stale':
        return run.effect((tx) => closeDeliveries(tx, task, 'stale'));
      case 'known':
        return run.effect((tx) => closeDeliveries(tx, task, 'unchanged'));
      case 'fetch':
        return this.bring(task, await this.fetch(task));
      case 'listed':
      case 'use': {
        const { record } = readDelivery(sync.remote, choice.event.contentType ?? undefined, choice.event.rawBody);
        return this.bring(task, { kind: 'record', record, fetched: choice.kind === 'listed' });
      }
    }
  }

  private async fetch({ sync, remoteId, run }: Task): Promise<Body> {
    const record = await sync.fetch(inLaneOf(this.services, run.job.priority), remoteId, run.signal);
    return record ? { kind: 'record', record, fetched: true } : { kind: 'gone' };
  }

  private async bring(task: Task, body: Body): Promise<Ended> {
    const { sync, run } = task;
    if (body.kind === 'gone') return this.bringGone(task);
    const parsed = sync.parse(body.record);
    if (parsed.entity !== undefined && parsed.entity !== sync.name) return this.handOver(task, parsed.entity);
    if (!body.fetched && !parsed.whole) return this.bring(task, await this.fetch(task));
    const { snapshot, warnings, parents = [] } = sync.toSnapshot(parsed.remote);
    const waiting = await waitForParents(this.services, sync, parents, run);
    if (waiting) return waiting;
    const hash = sha256Hex(canonicalJson(snapshot));
    const prepared = await sync.prepare(this.services, snapshot);
    const { fetched } = body;
    const ready: ReadyRecord = { snapshot, prepared, hash, modifiedAt: parsed.modifiedAt, fetched, warnings };
    try {
      return await run.effect((tx) => applyRecord(tx, task, ready));
    } catch (error) {
      if (!(error instanceof FetchNeeded)) throw error;
      return this.bring(task, await this.fetch(task));
    }
  }

  /** What a delivery names and nobody here knows may be a record of the other entity in the same place. */
  private bringGone(task: Task): Promise<Ended> {
    const { sync, open, link, run } = task;
    const other = sync.sharesRecordsWith;
    if (other !== undefined && open.length > 0 && link?.localId == null) return this.handOver(task, other);
    return run.effect((tx) => applyGone(tx, task, todayOf(this.services)));
  }

  /** The deliveries close here; the other entity fetches the record by itself. */
  private handOver(task: Task, entity: string): Promise<Ended> {
    const { remoteId, run } = task;
    return run.effect((tx) => {
      tx.enqueue(pullJobOf({ entity, remoteId }, { priority: run.job.priority }));
      return closeDeliveries(tx, task, 'ignored');
    });
  }
}
