import { sqlMigration } from '../src/platform/db/migration.js';

/** A replay puts dead items back by stages: one, ten, all. It stops when one of them dies of what it had died of before. */
export const syncReplays = sqlMigration('20261127070500-sync-replays', [
  `create table sync_replays (
     id uuid primary key,
     status text not null,
     reason text not null,
     started_by text not null,
     item_ids uuid[] not null,
     issue_ids uuid[] not null,
     reached int not null default 0,
     total_items int not null,
     done_items int not null default 0,
     failed_items int not null default 0,
     stopped_by uuid constraint sync_replays_stopped_by_foreign references sync_issues (id) on delete restrict,
     created_at timestamptz not null default now(),
     completed_at timestamptz,
     constraint sync_replays_status_check check (status in ('running', 'completed', 'stopped', 'cancelled'))
   )`,
  'create index sync_replays_keyset on sync_replays (created_at, id)',
]);
