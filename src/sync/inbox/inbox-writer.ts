import { unavailable } from '../../kernel/errors.js';
import { newId } from '../../kernel/ids.js';
import { isConnectionFailure, isContention } from '../../platform/db/failures.js';
import type { Database } from '../../platform/db/orm.js';
import { storeInboxEvents, type NewInboxEvent, type StoredEvent } from './inbox.queries.js';
import { RefusalCounter } from './refusal-counter.js';
import { msg } from '../../kernel/message.js';

declare module '../../platform/module.js' {
  interface Services {
    inbox: InboxWriter;
  }
}

const MAX_BATCH = 200;
const MAX_BATCH_BYTES = 4 * 1024 * 1024;
/** Each waits for the lock_timeout of five seconds. */
const CONTENTION_TRIES = 4;
const MAX_WAITING = 2000;
const MAX_WAITING_BYTES = 32 * 1024 * 1024;

type Incoming = Omit<NewInboxEvent, 'id' | 'copies'>;

interface Item {
  event: Incoming;
  resolve(stored: StoredEvent): void;
  reject(error: unknown): void;
}

/**
 * The one exception to "commands only": webhooks at once share a commit. While one commit runs, arrivals collect; an
 * idle server adds no wait. An invalid delivery among them is refused alone. Nothing is answered before the commit.
 */
export class InboxWriter {
  private readonly queue: Item[] = [];
  private waitingBytes = 0;
  private committing = false;
  /** Deliveries that wait for a lock. */
  private readonly alone = new Set<Promise<void>>();
  private readonly idle: (() => void)[] = [];
  private readonly refusals: RefusalCounter;

  /** `onWork` is called after a commit that has made work for a worker. */
  constructor(
    private readonly db: Database,
    private readonly onWork: () => void,
  ) {
    this.refusals = new RefusalCounter(db);
  }

  /** Resolves after the commit. Rejects with UNAVAILABLE when the database is away; a resend is then a duplicate. */
  write(event: Incoming): Promise<StoredEvent> {
    return new Promise((resolve, reject) => {
      this.queue.push({ event, resolve, reject });
      this.waitingBytes += event.rawBody.length;
      this.pump();
    });
  }

  /** Throws UNAVAILABLE when too much waits already; called before the body is read. */
  assertCapacity(): void {
    if (this.queue.length < MAX_WAITING && this.waitingBytes < MAX_WAITING_BYTES) return;
    throw unavailable(msg`Too many webhooks at once. Send it again.`, 1);
  }

  refused(entityType: string, reason: string, sample: object): void {
    this.refusals.add(entityType, reason, sample);
  }

  waiting(): number {
    return this.queue.length;
  }

  /** Resolves when everything that was given is committed or refused. */
  async drain(): Promise<void> {
    if (this.committing) await new Promise<void>((done) => this.idle.push(done));
    await Promise.all(this.alone);
    await this.refusals.flush();
  }

  private pump(): void {
    if (this.committing || this.queue.length === 0) return;
    this.committing = true;
    // A turn later, so that deliveries that came in one turn of the loop share the commit from the first one on. One
    // commit at a time: two half as large took longer, at 16 clients and at 64.
    setImmediate(() => {
      void this.commit(this.take()).finally(() => {
        this.committing = false;
        this.pump();
        if (!this.committing) for (const done of this.idle.splice(0)) done();
      });
    });
  }

  private take(): Item[] {
    const batch: Item[] = [];
    let bytes = 0;
    while (this.queue.length > 0 && batch.length < MAX_BATCH) {
      const size = (this.queue[0] as Item).event.rawBody.length;
      if (batch.length > 0 && bytes + size > MAX_BATCH_BYTES) break;
      bytes += size;
      batch.push(this.queue.shift() as Item);
    }
    this.waitingBytes -= bytes;
    return batch;
  }

  private async commit(batch: Item[]): Promise<void> {
    try {
      await this.store(batch);
    } catch (error) {
      if (isConnectionFailure(error)) {
        for (const item of batch)
          item.reject(unavailable(msg`The inbox cannot be written now. Send it again.`, 2, error));
        return;
      }
      const [item] = batch;
      if (batch.length === 1 && item) {
        if (isContention(error)) this.waitFor(this.storeAlone(item, error));
        else item.reject(error);
        return;
      }
      for (const one of batch) await this.commit([one]);
    }
  }

  private waitFor(stored: Promise<void>): void {
    const done = stored.finally(() => this.alone.delete(done));
    this.alone.add(done);
  }

  /**
   * A worker that lost its connection while it finished the job of this record holds the job's row until Postgres ends
   * its transaction (idle_in_transaction_session_timeout, five seconds; a sender gives up after ten or more). The
   * delivery waits for that beside the others.
   */
  private async storeAlone(item: Item, refused: unknown): Promise<void> {
    let reason = refused;
    for (let tries = 1; tries <= CONTENTION_TRIES; tries += 1) {
      try {
        await this.store([item]);
        return;
      } catch (error) {
        reason = error;
        if (!isContention(error)) break;
      }
    }
    const isAway = isContention(reason) || isConnectionFailure(reason);
    item.reject(isAway ? unavailable(msg`The inbox cannot be written now. Send it again.`, 2, reason) : reason);
  }

  /** The same key twice in one `on conflict` is an error of Postgres, so equal ones are one row with a count. */
  private async store(items: readonly Item[]): Promise<void> {
    const byKey = new Map<string, Item[]>();
    for (const item of items) {
      const same = byKey.get(item.event.eventId);
      if (same) same.push(item);
      else byKey.set(item.event.eventId, [item]);
    }
    const events = [...byKey.values()].map((same) => ({
      ...(same[0] as Item).event,
      id: newId(),
      copies: same.length,
    }));
    const stored = await storeInboxEvents(this.db.read, events);
    if ([...stored.values()].some((row) => row.woke)) this.onWork();
    for (const [eventId, same] of byKey) {
      const row = stored.get(eventId);
      same.forEach((item, index) => {
        if (!row) item.reject(new Error('The inbox did not answer for a delivery.'));
        else item.resolve({ ...row, inserted: row.inserted && index === 0 });
      });
    }
  }
}
