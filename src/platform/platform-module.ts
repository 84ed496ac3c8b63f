import { platformTables } from './db/tables.entity.js';
import { EntityChangeResolver, entityChangedTopic } from './graphql/entity-change.js';
import { idempotencyRetention } from './idempotency.js';
import type { Module } from './module.js';
import { pruneJob, pruneSchedule } from './queue/prune.job.js';
import { SyncAttempt, SyncQueueItem } from './queue/queue-item.entity.js';
import { queueRetention } from './queue/queue.queries.js';

/** What the platform itself brings: the queue's tables, pruning for all modules, and the subscription to all changes. */
export function platformModule(modules: readonly Module[]): Module {
  const retention = [...queueRetention, idempotencyRetention, ...modules.flatMap((module) => module.retention ?? [])];
  return {
    name: 'platform',
    entities: [SyncQueueItem, SyncAttempt, ...platformTables],
    unaudited: [SyncQueueItem, SyncAttempt],
    resolvers: [EntityChangeResolver],
    permissions: { 'Subscription.entityChanged': 'signed-in' },
    live: { entityChanged: entityChangedTopic(modules) },
    jobs: (services) => [pruneJob(services, retention)],
    schedules: [pruneSchedule],
  };
}
