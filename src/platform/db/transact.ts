import { ChangeSetType, OptimisticLockError, type ChangeSet, type EventSubscriber } from '@mikro-orm/core';
import type { EntityManager } from '@mikro-orm/postgresql';
import { now } from '../../kernel/clock.js';
import { AppError, staleVersion } from '../../kernel/errors.js';
import { msg } from '../../kernel/message.js';
import { newId } from '../../kernel/ids.js';
import { outboxInsert, type DomainEvent } from '../events.js';
import { enqueueRows } from '../queue/enqueue.js';
import type { JobRequest } from '../queue/job.js';
import { isContention, isNumericOverflow, isUniqueViolation } from './failures.js';
import type { Database } from './orm.js';

export type Origin = 'user' | 'zoho' | 'system';

export interface Who {
  origin: Origin;
  /** user:<id>, key:<id>, zoho-sync or system. */
  actor: string;
  requestId?: string;
}

/** One unit of work, and the only way to write. Entities, events, jobs and audit rows share one commit. */
export interface Tx extends Who {
  readonly em: EntityManager;
  sql<Row>(text: string, params?: readonly unknown[]): Promise<Row[]>;
  /** Adds an event; the outbox is written as the last statement before the commit. */
  emit(event: DomainEvent): void;
  /** Adds a job; equal job keys of one Tx are enqueued once. */
  enqueue(job: JobRequest): void;
  /** For set-based writes, which must call it; managed entities are audited by themselves. */
  audit(entry: AuditRecord): void;
  /** What will be audited, of all that was flushed so far. */
  audited(): readonly AuditRecord[];
}

export interface AuditRecord {
  entityType: string;
  entityId: string;
  /** refuse: a request that was denied, such as a sign-in. */
  action: 'create' | 'update' | 'delete' | 'refuse';
  changes: Record<string, [unknown, unknown]>;
}

/** The record of a row that a statement wrote; what is null of it says nothing. */
export const auditOfNew = (entityType: string, id: string, row: object): AuditRecord => ({
  entityType,
  entityId: id,
  action: 'create',
  changes: Object.fromEntries(
    Object.entries(row)
      .filter(([field, value]) => field !== 'id' && value !== null && value !== undefined)
      .map(([field, value]) => [field, [null, value]]),
  ),
});

/** The record of a row that a statement gave to another owner, such as the customer that stays after a merge. */
export const auditOfMove = (entityType: string, id: string, field: string, from: string, to: string): AuditRecord => ({
  entityType,
  entityId: id,
  action: 'update',
  changes: { [field]: [from, to] },
});

export type Listener = (tx: Tx, event: DomainEvent) => Promise<void> | void;
export type Transact = <T>(who: Who, work: (tx: Tx) => Promise<T>) => Promise<T>;

export interface TransactOptions {
  db: Database;
  listeners: ReadonlyMap<string, readonly Listener[]>;
  /** Entity classes whose rows are bookkeeping, so that the audit log stays readable. */
  unaudited: ReadonlySet<string>;
  /** Called after a commit that wrote events or jobs; must not throw. */
  onCommit(wrote: { events: boolean; jobs: boolean }): void;
}

interface Pending {
  events: DomainEvent[];
  jobs: JobRequest[];
  audit: AuditRecord[];
}

const MAX_LISTENER_ROUNDS = 10;
const ATTEMPTS = 3;

const INSERT_AUDIT = `
  insert into audit_log (id, at, actor, origin, entity_type, entity_id, action, changes, request_id)
  select id, $2, $3, $4, entity_type, entity_id, action, changes, $5
  from unnest($1::uuid[], $6::text[], $7::text[], $8::text[], $9::jsonb[]) as t(id, entity_type, entity_id, action, changes)`;

function plain(value: unknown): unknown {
  if (value === undefined) return null;
  if (value instanceof Uint8Array) return `<${value.length} bytes>`;
  return value;
}

function auditRecord(changeSet: ChangeSet<object>): AuditRecord | null {
  const { meta } = changeSet;
  const action =
    changeSet.type === ChangeSetType.CREATE ? 'create' : changeSet.type === ChangeSetType.UPDATE ? 'update' : 'delete';
  const before = (changeSet.originalEntity ?? {}) as Record<string, unknown>;
  const changes: Record<string, [unknown, unknown]> = {};
  for (const [field, value] of Object.entries(changeSet.payload as Record<string, unknown>)) {
    const property = meta.properties[field as keyof typeof meta.properties] as
      { hidden?: boolean; version?: boolean; primary?: boolean } | undefined;
    if (property?.version || property?.primary) continue;
    changes[field] = property?.hidden ? ['[hidden]', '[hidden]'] : [plain(before[field]), plain(value)];
  }
  if (action === 'update' && Object.keys(changes).length === 0) return null;
  const key = changeSet.getPrimaryKey();
  return { entityType: meta.className, entityId: String(key), action, changes };
}

/**
 * Makes the function that runs units of work. Deadlocks, serialisation failures and lost races for a unique value run the
 * work again, three times at most.
 */
export function createTransact(options: TransactOptions): Transact {
  const { db } = options;
  const pendingOf = new WeakMap<object, Pending>();

  const auditor: EventSubscriber = {
    afterFlush({ em, uow }) {
      const pending = pendingOf.get(em);
      if (!pending) return;
      for (const changeSet of uow.getChangeSets()) {
        if (options.unaudited.has(changeSet.meta.className)) continue;
        const record = auditRecord(changeSet as ChangeSet<object>);
        if (record) pending.audit.push(record);
      }
    },
  };
  db.orm.em.getEventManager().registerSubscriber(auditor);

  const runListeners = async (tx: Tx, pending: Pending): Promise<void> => {
    let seen = 0;
    for (let round = 0; seen < pending.events.length; round += 1) {
      if (round >= MAX_LISTENER_ROUNDS) throw new Error('Listeners emit in a circle.');
      const fresh = pending.events.slice(seen);
      seen = pending.events.length;
      for (const event of fresh) {
        for (const listener of options.listeners.get(event.name) ?? []) await listener(tx, event);
      }
    }
  };

  const writeRest = async (tx: Tx, pending: Pending): Promise<{ events: boolean; jobs: boolean }> => {
    if (pending.audit.length > 0) {
      await tx.sql(INSERT_AUDIT, [
        pending.audit.map(() => newId()),
        now(),
        tx.actor,
        tx.origin,
        tx.requestId ?? null,
        pending.audit.map((one) => one.entityType),
        pending.audit.map((one) => one.entityId),
        pending.audit.map((one) => one.action),
        pending.audit.map((one) => JSON.stringify(one.changes)),
      ]);
    }
    const jobs = pending.jobs.length > 0;
    if (jobs) pending.events.push(...(await enqueueRows(tx, pending.jobs)));
    const events = pending.events.length > 0;
    if (events) await tx.sql(...outboxInsert(pending.events));
    return { events, jobs };
  };

  const attempt = async <T>(who: Who, work: (tx: Tx) => Promise<T>): Promise<T> => {
    const em = db.orm.em.fork();
    const pending: Pending = { events: [], jobs: [], audit: [] };
    pendingOf.set(em, pending);
    const tx: Tx = {
      ...who,
      em,
      sql: (text, params) => db.execute(em, text, params),
      emit: (event) => void pending.events.push(event),
      enqueue: (job) => void pending.jobs.push(job),
      audit: (entry) => void pending.audit.push(entry),
      audited: () => pending.audit,
    };
    await em.begin();
    let wrote: { events: boolean; jobs: boolean };
    let result: T;
    try {
      result = await work(tx);
      await em.flush();
      await runListeners(tx, pending);
      await em.flush();
      wrote = await writeRest(tx, pending);
    } catch (error) {
      await em.rollback().catch(() => undefined);
      throw error;
    }
    await em.commit();
    if (wrote.events || wrote.jobs) options.onCommit(wrote);
    return result;
  };

  return async (who, work) => {
    for (let tries = 1; ; tries += 1) {
      try {
        return await attempt(who, work);
      } catch (error) {
        // The transaction that lost a race for a unique value runs again, finds the other's row, and answers with a
        // proper error.
        if ((isContention(error) || isUniqueViolation(error)) && tries < ATTEMPTS) continue;
        if (error instanceof OptimisticLockError) throw staleVersion(versionOf(error));
        if (isNumericOverflow(error)) {
          const sentence = msg`An amount or a quantity, or a sum that it belongs to, is larger than can be kept.`;
          throw new AppError('BAD_INPUT', sentence, { cause: error });
        }
        throw error;
      }
    }
  };
}

function versionOf(error: { getEntity(): unknown }): number {
  const entity = error.getEntity() as { version?: number } | null;
  return typeof entity?.version === 'number' ? entity.version : 0;
}
