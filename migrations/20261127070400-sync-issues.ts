import { sqlMigration } from '../src/platform/db/migration.js';

/** Equal errors of the sync are one issue; a queue item names the one that it met last. */
export const syncIssues = sqlMigration('20261127070400-sync-issues', [
  `create table sync_issues (
     id uuid primary key,
     fingerprint text not null constraint sync_issues_fingerprint_unique unique,
     kind text not null,
     entity_type text,
     error_code text not null,
     error_message text not null,
     status text not null default 'open',
     count int not null default 1,
     first_seen_at timestamptz not null default now(),
     last_seen_at timestamptz not null default now(),
     first_seen_version text not null,
     first_seen_deployment_id uuid,
     version int not null default 1,
     constraint sync_issues_status_check check (status in ('open', 'resolved', 'ignored'))
   )`,
  'create index sync_issues_last_seen_keyset on sync_issues (last_seen_at, id)',
  `alter table tds_sync_queue add column issue_id uuid constraint tds_sync_queue_issue_id_foreign
     references sync_issues (id) on delete restrict`,
  'create index tds_sync_queue_issue on tds_sync_queue (issue_id) where issue_id is not null',
]);
