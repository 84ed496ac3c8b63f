import { sqlMigration } from '../src/platform/db/migration.js';

/** Attempts and queue items name the release and the deployment in which they (first) failed. */
export const attemptDeployment = sqlMigration('20261122000320-attempt-deployment', [
  `alter table "tds_sync_attempts" add column "deployment_id" uuid null`,
  `alter table "tds_sync_queue"
     add column "first_failed_version" text null,
     add column "first_failed_deployment_id" uuid null`,
  // Failures only, so that the many completed attempts do not pay for it.
  `create index "tds_sync_attempts_failures" on "tds_sync_attempts" ("ended_at") where ("result" = any (array['failed'::text, 'dead_letter'::text, 'lost'::text]))`,
]);
