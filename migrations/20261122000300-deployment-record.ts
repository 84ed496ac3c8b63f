import { sqlMigration } from '../src/platform/db/migration.js';

const refuse = (table: string, event: string, each: 'row' | 'statement'): string =>
  `create trigger "${table}_append_only_${event}" before ${event} on "${table}"
     for each ${each} execute function refuse_change_of_history()`;

/** The whole record of a deployment; its events can only be appended, whoever writes. */
export const deploymentRecord = sqlMigration('20261122000300-deployment-record', [
  `alter table "deployments"
     add column "kind" text not null default 'RELEASE',
     add column "trigger" text not null default 'MANUAL',
     add column "execution" text not null default 'SELF',
     add column "reason" text null,
     add column "restores_id" uuid null,
     add column "request_hash" text null,
     add column "needs_approval" boolean not null default false,
     add column "approved_by" text null,
     add column "approved_at" timestamptz null,
     add column "agent" text null,
     add column "fence" int not null default 0,
     add column "live_at" timestamptz null,
     add column "heartbeat_at" timestamptz not null default now(),
     add column "stuck" boolean not null default false,
     add column "watch_started_at" timestamptz null,
     add column "watch_seconds" int not null default 900,
     add column "breached_at" timestamptz null,
     add column "last_sequence" int not null default 0,
     add column "last_log_line" int not null default 0`,
  `update "deployments" d set "live_at" = (
     select min(e."at") from "deployment_events" e where e."deployment_id" = d."id" and e."status" = 'SUCCESS')`,
  `create unique index "deployments_one_running" on "deployments" ("environment") where (("status" = any (array['QUEUED'::text, 'PENDING'::text, 'IN_PROGRESS'::text, 'HEALTH_CHECK'::text, 'SMOKE_TEST'::text, 'ROLLING_BACK'::text])) and (("execution" = 'SELF'::text) or ("status" <> 'QUEUED'::text)))`,
  `create index "deployments_version" on "deployments" ("release_version", "started_at")`,
  `alter table "deployment_events"
     add column "sequence" int null,
     add column "step" text null,
     add column "duration_ms" int null,
     add column "evidence" jsonb null,
     add column "recorded_at" timestamptz null,
     add column "fingerprint" text null`,
  `alter table "deployment_events" add constraint "deployment_events_sequence_unique" unique ("deployment_id", "sequence")`,
  `create function refuse_change_of_history() returns trigger language plpgsql as $$
     begin
       raise exception '% is append-only: % is refused', tg_table_name, lower(tg_op) using errcode = 'restrict_violation';
     end $$`,
  refuse('deployment_events', 'update', 'row'),
  refuse('deployment_events', 'delete', 'row'),
  refuse('deployment_events', 'truncate', 'statement'),
  `create function keep_final_deployment() returns trigger language plpgsql as $$
     begin
       raise exception 'deployment % has ended as % and cannot become %', old.id, old.status, new.status
         using errcode = 'restrict_violation';
     end $$`,
  `create trigger "deployments_final_status" before update on "deployments" for each row
     when (old.status in ('ROLLED_BACK', 'CANCELLED', 'INACTIVE') and new.status is distinct from old.status)
     execute function keep_final_deployment()`,
]);
