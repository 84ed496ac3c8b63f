import { createPubSub } from '@graphql-yoga/subscription';
import { RedisPubSub } from 'graphql-redis-subscriptions';
import { Redis } from 'ioredis';
import type { Logger } from './logger.js';
import type { SharedCounters } from './rate-limit.js';

/**
 * The bus between processes carries hints only (the head of the log, a session that ended); the database is the truth,
 * so a lost message costs a second, never an event. Redis when REDIS_URL is set, else a twin inside the one process.
 */
export interface Bus {
  publish(topic: string, message: unknown): void;
  subscribe(topic: string, onMessage: (message: unknown) => void): Promise<() => void>;
  /** 'up', 'down', or 'in-process'. */
  state(): 'up' | 'down' | 'in-process';
  ping(): Promise<number | null>;
  /** Counters of all processes; null inside of one process, which counts by itself. */
  addToCounters: SharedCounters | null;
  close(): Promise<void>;
}

export function createInProcessBus(): Bus {
  const target = createPubSub<Record<string, [unknown]>>();
  return {
    publish: (topic, message) => target.publish(topic, message),
    subscribe(topic, onMessage) {
      const source = target.subscribe(topic);
      void (async () => {
        for await (const message of source) onMessage(message);
      })();
      return Promise.resolve(() => void source.return());
    },
    state: () => 'in-process',
    ping: () => Promise.resolve(null),
    addToCounters: null,
    close: () => Promise.resolve(),
  };
}

/**
 * graphql-redis-subscriptions drops the promises of these two commands. Without Redis they fail, and nobody would handle
 * the rejection; the subscriptions are gone with the connection anyway.
 */
function neverFailingToUnsubscribe(client: Redis): Redis {
  const unsubscribe = client.unsubscribe.bind(client);
  const punsubscribe = client.punsubscribe.bind(client);
  return Object.assign(client, {
    unsubscribe: (...topics: string[]) => unsubscribe(...topics).catch(() => 0),
    punsubscribe: (...patterns: string[]) => punsubscribe(...patterns).catch(() => 0),
  });
}

/** Throws when Redis does not answer within 5 s at the start; later losses are bridged by polling the log. */
export async function createRedisBus(url: string, log: Logger): Promise<Bus> {
  const connect = (): Redis => {
    const client = new Redis(url, {
      lazyConnect: true,
      connectTimeout: 5000,
      // A publish while Redis is away is worth nothing: the poll finds the events anyway.
      maxRetriesPerRequest: 1,
      enableOfflineQueue: true,
      retryStrategy: (attempt) => Math.min(attempt * 200, 2000),
    });
    let lastLog = 0;
    client.on('error', (error: Error) => {
      if (performance.now() - lastLog < 5000) return;
      lastLog = performance.now();
      log.warn({ reason: error.message }, 'redis connection error');
    });
    return client;
  };
  const publisher = connect();
  const subscriber = neverFailingToUnsubscribe(connect());
  try {
    await Promise.all([publisher.connect(), subscriber.connect()]);
    await publisher.ping();
  } catch (error) {
    publisher.disconnect();
    subscriber.disconnect();
    throw error;
  }
  // graphql-redis-subscriptions is typed against ioredis 5; the calls it makes are the same in 6.
  const target = new RedisPubSub({ publisher: publisher as never, subscriber: subscriber as never });
  return {
    publish(topic, message) {
      target.publish(topic, message).catch(() => undefined);
    },
    async subscribe(topic, onMessage) {
      const id = await target.subscribe(topic, onMessage, {});
      return () => target.unsubscribe(id);
    },
    state: () => (publisher.status === 'ready' && subscriber.status === 'ready' ? 'up' : 'down'),
    async ping() {
      if (publisher.status !== 'ready') return null;
      const begun = performance.now();
      await publisher.ping();
      return performance.now() - begun;
    },
    async addToCounters(deltas, expirySeconds) {
      if (publisher.status !== 'ready') return null;
      const pipeline = publisher.pipeline();
      for (const { key, by } of deltas) pipeline.incrby(key, by).expire(key, expirySeconds);
      const answers = (await pipeline.exec().catch(() => null)) ?? [];
      const totals = answers
        .filter((_, index) => index % 2 === 0)
        .map(([error, total]) => (error ? null : Number(total)));
      return totals.length === deltas.length && totals.every((total) => total !== null) ? totals : null;
    },
    async close() {
      await target.close().catch(() => undefined);
      publisher.disconnect();
      subscriber.disconnect();
    },
  };
}
