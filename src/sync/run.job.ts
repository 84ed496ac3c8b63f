import { LockMode } from '@mikro-orm/core';
import { now, nowMs } from '../kernel/clock.js';
import { newId } from '../kernel/ids.js';
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
} from '../platform/queue/job.js';
import type { EntitySync, ListedPage } from './entities/entity-sync.js';
import type { SyncRegistry } from './entities/registry.js';
import { eventIdOf } from './inbox/delivery.js';
import { storeInboxEvents, type NewInboxEvent } from './inbox/inbox.queries.js';
import { meetIssue } from './issue.service.js';
import { pullJobOf } from './pull-request.js';
import { SyncRun } from './run.entity.js';
import { syncRunUpdated } from './run.events.js';
import { countRunProgress, listRunRefs } from './run.queries.js';
import { PRIORITY } from './zoho/call-lanes.js';
import { inLaneOf } from './zoho/zoho-client.js';
import { isRefusal, ZohoReconnectNeeded, ZohoThrottled } from './zoho/zoho-errors.js';

/**
 * One step of a run for each time it is claimed: list a page, store its bodies in the inbox, remember the next page -
 * in one commit, so a crash resumes at the page it had reached. Bodies take the same way in as webhooks, so a run
 * cannot overtake them. After the last page the step waits for the records and closes the run.
 */
const PROGRESS_MS = 500;
const RECONNECT_DELAY_MS = 60_000;
/** A list that suddenly lacks more than half of what is here is a fault of the list, not a mass deletion. */
const SWEEP_LIMIT = 0.5;
const SWEEP_MINIMUM = 20;

export function runJob(services: Services, registry: SyncRegistry): JobHandler {
  const walker = new RunWalker(services, registry);
  return {
    kind: 'run',
    async run(run) {
      try {
        return await walker.step(run);
      } catch (error) {
        if (error instanceof ZohoThrottled) return snooze(error.delayMs, error.message);
        if (error instanceof ZohoReconnectNeeded) return snooze(RECONNECT_DELAY_MS, error.message);
        throw error;
      }
    },
    isPermanent: isRefusal,
    async onFailure(tx, job, failure) {
      const { final, code, message } = failure;
      await meetIssue(tx, job, failure, services);
      if (!final || job.runId === null) return;
      const current = await lockRun(tx, job.runId);
      if (!current || isEnded(current)) return;
      current.status = 'failed';
      current.completedAt = now();
      current.errorLog = { ...current.errorLog, code, message, page: current.nextPage };
      tx.emit(syncRunUpdated(current.id, { status: current.status }));
    },
  };
}

class RunWalker {
  constructor(
    private readonly services: Services,
    private readonly registry: SyncRegistry,
  ) {}

  async step(run: JobRun): Promise<JobResult | typeof COMMITTED> {
    const { runId, entityType } = run.job;
    const sync = entityType === null ? undefined : this.registry.get(entityType);
    if (!sync || runId === null) return discard(`No handler for ${entityType ?? 'nothing'}.`);
    const state = await this.services.db.orm.em.fork().findOne(SyncRun, { id: runId });
    if (!state || isEnded(state)) return done('ignored');
    return state.nextPage == null ? this.watch(state, run) : this.listPage(sync, state, run);
  }

  private async listPage(sync: EntitySync, state: SyncRun, run: JobRun): Promise<typeof COMMITTED> {
    const page = state.nextPage ?? 1;
    const { read } = this.services.db;
    const listed = await sync.list(
      inLaneOf(this.services, priorityOf(state)),
      { page, since: state.since ?? null },
      run.signal,
    );
    // Read before the Tx: the list of what is here may be long.
    const swept = listed.hasMore || state.mode !== 'full' ? null : await this.findSwept(sync, state, listed);
    const progress = await countRunProgress(read, state);
    return run.effect(async (tx) => {
      const current = await lockRun(tx, state.id);
      // Cancelled meanwhile, or the page was already stored by whoever held the lease before.
      if (!current || current.nextPage !== page || isEnded(current)) return snooze(0, 'the run went on elsewhere');
      if (listed.records.length > 0) {
        await storeInboxEvents(tx.sql, uniqueEvents(sync, listed, state));
      }
      current.status = 'in_progress';
      current.startedAt ??= now();
      current.totalItems += listed.records.length;
      current.expectedItems = listed.hasMore ? atLeast(current.expectedItems, current.totalItems) : current.totalItems;
      current.processedItems = progress.processed;
      current.failedItems = progress.failed;
      current.watermark = latest(current.watermark ?? null, listed);
      current.nextPage = listed.hasMore ? page + 1 : null;
      if (swept) applySweep(tx, sync, current, swept);
      tx.emit(syncRunUpdated(current.id, { status: current.status }));
      return snooze(0, listed.hasMore ? `page ${page} is stored` : 'all pages are stored');
    });
  }

  private async findSwept(sync: EntitySync, state: SyncRun, last: ListedPage): Promise<Swept> {
    const { services } = this;
    const [here, listed] = await Promise.all([sync.localRefs(services), listRunRefs(services.db, state.id)]);
    for (const { remoteId } of last.records) listed.add(remoteId);
    return { missing: here.filter((ref) => !listed.has(ref)), here: here.length };
  }

  private async watch(state: SyncRun, run: JobRun): Promise<JobResult | typeof COMMITTED> {
    const progress = await countRunProgress(this.services.db.read, state);
    const moved = progress.processed !== state.processedItems || progress.failed !== state.failedItems;
    if (progress.open > 0 && !moved) return snooze(PROGRESS_MS, 'records are being applied');
    return run.effect(async (tx) => {
      const current = await lockRun(tx, state.id);
      if (!current || isEnded(current)) return done('ignored');
      current.status = 'in_progress';
      current.startedAt ??= now();
      current.processedItems = progress.processed;
      current.failedItems = progress.failed;
      if (progress.open === 0) {
        const refused = Boolean(current.errorLog?.['sweepRefused']);
        current.status = progress.failed > 0 || refused ? 'partial' : 'completed';
        current.completedAt = now();
      }
      tx.emit(syncRunUpdated(current.id, { status: current.status }));
      return progress.open === 0 ? done('applied') : snooze(PROGRESS_MS, 'records are being applied');
    });
  }
}

/** The records that are here and that the source no longer lists. */
interface Swept {
  missing: string[];
  here: number;
}

/** What an incremental run lists goes before a backfill, and neither goes before webhooks. */
const priorityOf = ({ mode }: Pick<SyncRun, 'mode'>): number =>
  mode === 'incremental' ? PRIORITY.incremental : PRIORITY.backfill;

const atLeast = (known: number | null | undefined, seen: number): number | null =>
  known == null ? null : Math.max(known, seen);

const isEnded = (run: SyncRun): boolean => run.status !== 'pending' && run.status !== 'in_progress';

const lockRun = (tx: Tx, id: string): Promise<SyncRun | null> =>
  tx.em.findOne(SyncRun, { id }, { lockMode: LockMode.PESSIMISTIC_WRITE });

function latest(known: Date | null, listed: ListedPage): Date | null {
  // A source clock ahead of ours must not move the mark into the future.
  const times = listed.records
    .map(({ modifiedAt }) => modifiedAt)
    .filter((time): time is Date => time !== null && time.getTime() <= nowMs());
  return times.reduce<Date | null>((best, time) => (!best || time > best ? time : best), known);
}

function uniqueEvents(sync: EntitySync, listed: ListedPage, run: SyncRun): NewInboxEvent[] {
  const priority = priorityOf(run);
  const events = listed.records.map(({ remoteId, body, modifiedAt }): NewInboxEvent => {
    const rawBody = Buffer.from(JSON.stringify(body));
    return {
      id: newId(),
      eventId: eventIdOf(sync.name, remoteId, 'listed', rawBody),
      sourceType: 'run',
      entityType: sync.name,
      remoteId,
      event: 'listed',
      rawBody,
      contentType: 'application/json',
      headers: null,
      sourceModifiedAt: modifiedAt,
      runId: run.id,
      priority,
      invalid: null,
      copies: 1,
    };
  });
  return [...new Map(events.map((event) => [event.eventId, event])).values()];
}

/** What the source no longer lists is asked for one by one; only its own "gone" archives a record. */
function applySweep(tx: Tx, sync: EntitySync, run: SyncRun, { missing, here }: Swept): void {
  if (missing.length > Math.max(SWEEP_MINIMUM, here * SWEEP_LIMIT)) {
    run.errorLog = {
      ...run.errorLog,
      sweepRefused: missing.length,
      message: `The list lacks ${missing.length} of ${here} records. Nothing was swept; look at the source first.`,
    };
    return;
  }
  for (const ref of missing) {
    tx.enqueue(pullJobOf({ entity: sync.name, remoteId: ref }, { priority: priorityOf(run), runId: run.id }));
  }
}
