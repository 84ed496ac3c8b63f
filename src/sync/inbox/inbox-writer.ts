import { unavailable } from '../../kernel/errors.js';
import { newId } from '../../kernel/ids.js';
import { isConnectionFailure } from '../../platform/db/failures.js';
import type { Database } from '../../platform/db/orm.js';
import { countRefusals, storeInboxEvents, type NewInboxEvent, type StoredEvent } from './inbox.queries.js';

declare module '../../platform/module.js' {
  interface Services {
    inbox: InboxWriter;
  }
}

/**
 * The one exception to "commands only": webhooks at once share a commit. While one commit runs, arrivals collect; an
 * idle server adds no wait. An invalid delivery among them is refused alone. Nothing is answered before the commit.
 */
export interface InboxWriter {
  /** Resolves after the commit. Rejects with UNAVAILABLE when the database is away; a resend is then a duplicate. */
  write(event: Omit<NewInboxEvent, 'id' | 'copies'>): Promise<StoredEvent>;
  /** Throws UNAVAILABLE when too many deliveries wait already; called before the body is read. */
  assertCapacity(): void;
  /** Counts a refused delivery; written once a second, with the last sample, so a flood costs one small statement. */
  refused(entityType: string, reason: string, sample: object): void;
  waiting(): number;
  /** Resolves when everything that was given is committed or refused. */
  drain(): Promise<void>;
}

const MAX_BATCH = 200;
const MAX_BATCH_BYTES = 4 * 1024 * 1024;
const MAX_WAITING = 2000;
const MAX_WAITING_BYTES = 32 * 1024 * 1024;
const REFUSAL_FLUSH_MS = 1000;

interface Item {
  event: Omit<NewInboxEvent, 'id' | 'copies'>;
  resolve(stored: StoredEvent): void;
  reject(error: unknown): void;
}

export function createInboxWriter(db: Database, onWork: () => void): InboxWriter {
  const queue: Item[] = [];
  let waitingBytes = 0;
  let committing = false;
  const idle: (() => void)[] = [];

  const refusals = new Map<string, { entityType: string; reason: string; count: number; sample: object }>();
  let refusalTimer: NodeJS.Timeout | null = null;

  const flushRefusals = async (): Promise<void> => {
    if (refusalTimer) clearTimeout(refusalTimer);
    refusalTimer = null;
    const counted = [...refusals.values()];
    refusals.clear();
    // Losing a count with the database loses no delivery.
    if (counted.length > 0) await countRefusals(db.read, counted).catch(() => undefined);
  };

  const take = (): Item[] => {
    const batch: Item[] = [];
    let bytes = 0;
    while (queue.length > 0 && batch.length < MAX_BATCH) {
      const size = (queue[0] as Item).event.rawBody.length;
      if (batch.length > 0 && bytes + size > MAX_BATCH_BYTES) break;
      bytes += size;
      batch.push(queue.shift() as Item);
    }
    waitingBytes -= bytes;
    return batch;
  };

  /** The same key twice in one `on conflict` is an error of Postgres, so equal ones are one row with a count. */
  const store = async (items: readonly Item[]): Promise<void> => {
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
    const stored = await storeInboxEvents(db.read, events);
    if ([...stored.values()].some((row) => row.woke)) onWork();
    for (const [eventId, same] of byKey) {
      const row = stored.get(eventId);
      same.forEach((item, index) => {
        if (!row) item.reject(new Error('The inbox did not answer for a delivery.'));
        else item.resolve({ ...row, inserted: row.inserted && index === 0 });
      });
    }
  };

  const commit = async (batch: Item[]): Promise<void> => {
    try {
      await store(batch);
    } catch (error) {
      if (isConnectionFailure(error)) {
        for (const item of batch) item.reject(unavailable('The inbox cannot be written now. Send it again.', 2, error));
        return;
      }
      if (batch.length === 1) {
        batch[0]?.reject(error);
        return;
      }
      for (const item of batch) await commit([item]);
    }
  };

  const pump = (): void => {
    if (committing || queue.length === 0) return;
    committing = true;
    // A turn later, so that deliveries that came in one turn of the loop share the commit from the first one on. One
    // commit at a time: two half as large took longer, at 16 clients and at 64.
    setImmediate(() => {
      void commit(take()).finally(() => {
        committing = false;
        pump();
        if (!committing) for (const done of idle.splice(0)) done();
      });
    });
  };

  return {
    write: (event) =>
      new Promise<StoredEvent>((resolve, reject) => {
        queue.push({ event, resolve, reject });
        waitingBytes += event.rawBody.length;
        pump();
      }),
    assertCapacity() {
      if (queue.length < MAX_WAITING && waitingBytes < MAX_WAITING_BYTES) return;
      throw unavailable('Too many webhooks at once. Send it again.', 1);
    },
    refused(entityType, reason, sample) {
      const key = `${entityType} ${reason}`;
      refusals.set(key, { entityType, reason, count: (refusals.get(key)?.count ?? 0) + 1, sample });
      refusalTimer ??= setTimeout(() => void flushRefusals(), REFUSAL_FLUSH_MS);
    },
    waiting: () => queue.length,
    async drain() {
      if (committing) await new Promise<void>((done) => idle.push(done));
      await flushRefusals();
    },
  };
}
