import { sqlMigration } from '../src/platform/db/migration.js';

/** One row per running worker process: written by its owner, read by the worker monitor and by whoever takes over its jobs. */
export const queueWorkers = sqlMigration('20261122070100-queue-workers', [
  `create table queue_workers (
      name text primary key,
      instance uuid not null,
      version text not null,
      deployment_id uuid,
      state text not null check (state = any (array['running'::text, 'draining'::text])),
      concurrency int not null,
      running int not null,
      completed_recently int not null,
      failed_recently int not null,
      started_at timestamptz not null,
      heartbeat_at timestamptz not null
    )`,
]);
