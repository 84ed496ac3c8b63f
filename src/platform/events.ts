import { fromMs } from '../kernel/clock.js';
import type { Database } from './db/orm.js';
import type { Logger } from './logger.js';

/**
 * The event log: `emit` writes to event_outbox as the last statements of a Tx; after the commit `number_events()` moves
 * rows to event_log with dense numbers. A visible seq therefore implies all smaller ones, whatever order the
 * transactions began in: numbering at insert time lost 14 % of the events to readers that had passed them already.
 */
export interface DomainEvent {
  name: string;
  entityType: string;
  entityId: string;
  data?: Record<string, unknown>;
}

export interface LoggedEvent {
  seq: number;
  name: string;
  entityType: string;
  entityId: string;
  data: Record<string, unknown>;
  occurredAt: Date;
}

export interface LogHead {
  epoch: string;
  seq: number;
}

/** Makes the factory of one event: `const productChanged = defineEvent('productChanged', 'product')`. */
export function defineEvent<Data extends Record<string, unknown> = Record<string, never>>(
  name: string,
  entityType: string,
): ((entityId: string, data: Data) => DomainEvent) & { eventName: string } {
  const make = (entityId: string, data: Data): DomainEvent => ({ name, entityType, entityId, data });
  return Object.assign(make, { eventName: name });
}

const INSERT_OUTBOX = `
  insert into event_outbox (name, entity_type, entity_id, data)
  select name, entity_type, entity_id, data
  from unnest($1::text[], $2::text[], $3::text[], $4::jsonb[]) as t(name, entity_type, entity_id, data)`;

/** The statement that a Tx runs last, so that outbox order is commit order for each locked record. */
export function outboxInsert(events: readonly DomainEvent[]): [string, unknown[]] {
  return [
    INSERT_OUTBOX,
    [
      events.map((event) => event.name),
      events.map((event) => event.entityType),
      events.map((event) => event.entityId),
      events.map((event) => JSON.stringify(event.data ?? {})),
    ],
  ];
}

interface LogRow {
  seq: number;
  name: string;
  entity_type: string;
  entity_id: string;
  data: Record<string, unknown>;
  occurred_at: Date;
}

export interface EventLog {
  /** Requests one numbering; further requests while one runs cause one more. Never rejects. */
  nudge(): void;
  head(): Promise<LogHead>;
  /** Up to `limit` events with seq above `after`, in order. */
  readAfter(after: number, limit: number): Promise<LoggedEvent[]>;
  /** The smallest seq still kept, minus one: a cursor below it is too old. */
  floor(): Promise<number>;
  prune(olderThanMs: number): Promise<number>;
  start(): void;
  stop(): Promise<void>;
}

const POLL_MS = 500;
/** Under load several commits share one numbering; alone, an event is numbered at once. */
const MIN_GAP_MS = 5;
const PRUNE_BATCH = 5000;

export function createEventLog(db: Database, log: Logger, onHead: (head: LogHead) => void): EventLog {
  let running: Promise<void> | null = null;
  let again = false;
  let timer: NodeJS.Timeout | null = null;
  let paced: NodeJS.Timeout | null = null;
  let lastEnd = -Infinity;
  let stopped = false;

  const numberOnce = async (): Promise<void> => {
    for (;;) {
      const [row] = await db.read<{ epoch: string; seq: number; moved: number }>(
        'select epoch::text as epoch, seq, moved from number_events(2000)',
      );
      if (!row || row.moved === 0) return;
      onHead({ epoch: row.epoch, seq: row.seq });
      if (row.moved < 2000) return;
    }
  };

  const nudge = (): void => {
    if (stopped || paced) return;
    if (running) {
      again = true;
      return;
    }
    const gap = MIN_GAP_MS - (performance.now() - lastEnd);
    if (gap > 0) {
      paced = setTimeout(() => {
        paced = null;
        nudge();
      }, gap);
      return;
    }
    running = numberOnce()
      .catch((error: unknown) => log.warn({ err: error }, 'numbering events failed; tried again by the next poll'))
      .finally(() => {
        running = null;
        lastEnd = performance.now();
        if (again) {
          again = false;
          nudge();
        }
      });
  };

  return {
    nudge,
    async head() {
      const [row] = await db.read<LogHead>('select epoch::text as epoch, seq from event_head where id = 1');
      if (!row) throw new Error('event_head has no row; run the migrations.');
      return row;
    },
    async readAfter(after, limit) {
      const rows = await db.read<LogRow>(
        `select seq, name, entity_type, entity_id, data, occurred_at
         from event_log where seq > $1 order by seq limit $2`,
        [after, limit],
      );
      return rows.map((row) => ({
        seq: row.seq,
        name: row.name,
        entityType: row.entity_type,
        entityId: row.entity_id,
        data: row.data,
        occurredAt: row.occurred_at,
      }));
    },
    async floor() {
      const [row] = await db.read<{ floor: number }>(
        `select coalesce((select min(seq) - 1 from event_log), (select seq from event_head where id = 1)) as floor`,
      );
      return row?.floor ?? 0;
    },
    async prune(olderThanMs) {
      const rows = await db.read<{ seq: number }>(
        `delete from event_log where seq in (
           select seq from event_log where occurred_at < $1 order by seq limit ${PRUNE_BATCH}) returning seq`,
        [fromMs(olderThanMs)],
      );
      return rows.length;
    },
    start() {
      timer = setInterval(nudge, POLL_MS);
    },
    async stop() {
      if (timer) clearInterval(timer);
      if (paced) clearTimeout(paced);
      stopped = true;
      await running;
    },
  };
}
