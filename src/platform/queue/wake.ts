import pg from 'pg';
import type { Database } from '../db/orm.js';
import type { Logger } from '../logger.js';
import { NOTIFY_GAP_MS } from './backoff.js';

const CHANNEL = 'tds_queue';

/**
 * Notifies workers that rows are due: NOTIFY at most once per 3 ms and process. A lost one costs a poll, one second.
 */
export interface QueueSignal {
  notify(): void;
  onWake(listener: () => void): void;
  close(): Promise<void>;
}

export function createQueueSignal(db: Database): QueueSignal {
  const listeners: (() => void)[] = [];
  let timer: NodeJS.Timeout | null = null;
  let last = 0;
  let sending: Promise<unknown> = Promise.resolve();

  const send = (): void => {
    timer = null;
    last = performance.now();
    sending = db.read(`select pg_notify('${CHANNEL}', '')`).catch(() => undefined);
  };

  return {
    notify() {
      for (const listener of listeners) listener();
      if (timer) return;
      const gap = NOTIFY_GAP_MS - (performance.now() - last);
      if (gap <= 0) send();
      else timer = setTimeout(send, gap);
    },
    onWake: (listener) => void listeners.push(listener),
    async close() {
      if (timer) clearTimeout(timer);
      await sending;
    },
  };
}

export interface QueueListener {
  start(): Promise<void>;
  stop(): Promise<void>;
}

const RECONNECT_MS = 1000;

/** LISTEN on a connection of its own; after a reconnect it wakes once, because notifications were lost meanwhile. */
export function createQueueListener(url: string, log: Logger, onWake: () => void): QueueListener {
  let client: pg.Client | null = null;
  let stopped = false;
  let timer: NodeJS.Timeout | null = null;

  const connect = async (): Promise<void> => {
    const next = new pg.Client({ connectionString: url, application_name: 'tsh-listen', keepAlive: true });
    let lost = false;
    const onLost = (): void => {
      if (lost) return;
      lost = true;
      client = null;
      if (!stopped) timer = setTimeout(() => void connect(), RECONNECT_MS);
    };
    next.on('error', onLost);
    next.on('end', onLost);
    next.on('notification', onWake);
    try {
      await next.connect();
      await next.query(`listen ${CHANNEL}`);
      client = next;
      if (stopped) await next.end();
      else onWake();
    } catch (error) {
      log.warn({ err: error }, 'queue listener could not connect; tried again');
      await next.end().catch(() => undefined);
      onLost();
    }
  };

  return {
    start: connect,
    async stop() {
      stopped = true;
      if (timer) clearTimeout(timer);
      await client?.end().catch(() => undefined);
    },
  };
}
