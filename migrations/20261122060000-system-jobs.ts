import { sqlMigration } from '../src/platform/db/migration.js';

/**
 * The queue belongs to all modules: the system's own work (runs, pruning, exports) is marked, and the operators' views
 * show what the sync has done with records. They carry the names of the tables, so that the operators' statements run
 * unchanged on a connection whose search_path begins with `operators`.
 */
export const systemJobs = sqlMigration('20261122060000-system-jobs', [
  `alter table "tds_sync_queue" add column "system" boolean not null default false`,
  `update "tds_sync_queue" set "system" = true where "kind" <> 'pull'`,
  `create schema "operators"`,
  `create view "operators"."tds_sync_queue" as
     select "id", "inbox_event_id", "entity_type", "entity_id", "zoho_entity_id", "priority", "status", "outcome",
       "retry_count", "error_code", "error_message", "queued_at", "run_at", "processing_started_at",
       "processing_completed_at"
     from "public"."tds_sync_queue" where not "system"`,
  // What a run has listed was no webhook.
  `create view "operators"."tds_inbox_events" as
     select "id", "event_id", "source_type", "entity_type", "entity_id", "event_type", "raw_payload", "received_at",
       "processed_at", "status", "outcome", "error_message"
     from "public"."tds_inbox_events" where "source_type" <> 'run'`,
]);
