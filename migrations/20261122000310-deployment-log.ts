import { sqlMigration } from '../src/platform/db/migration.js';

/** What belongs to a deployment beside its events: log lines, samples of the watch, agents and backups. */
export const deploymentLog = sqlMigration('20261122000310-deployment-log', [
  `create table "deployment_log_lines" (
      "deployment_id" uuid not null references "deployments" ("id"),
      "line" int not null,
      "text" text not null,
      "at" timestamptz not null default now(),
      primary key ("deployment_id", "line")
    )`,
  `create index "deployment_log_lines_age" on "deployment_log_lines" ("at")`,
  `create table "deployment_metrics" (
      "deployment_id" uuid not null references "deployments" ("id"),
      "sequence" int not null,
      "requests" int not null,
      "server_errors" int not null,
      "latency_p95_ms" double precision null,
      "pool_used" int null,
      "pool_size" int null,
      "pool_waiting" int null,
      "log_errors" int null,
      "at" timestamptz not null default now(),
      primary key ("deployment_id", "sequence")
    )`,
  `create table "deploy_agents" (
      "id" uuid not null,
      "environment" text not null,
      "name" text not null,
      "version" text null,
      "heartbeat_at" timestamptz not null,
      primary key ("id"),
      constraint "deploy_agents_name_unique" unique ("environment", "name")
    )`,
  `create table "backups" (
      "id" uuid not null,
      "environment" text not null,
      "kind" text not null,
      "deployment_id" uuid null,
      "sha256" text not null,
      "size_bytes" bigint not null,
      "location" text not null,
      "taken_at" timestamptz not null,
      "verified_at" timestamptz null,
      "recorded_by" text not null,
      primary key ("id")
    )`,
  `create index "backups_environment" on "backups" ("environment", "taken_at")`,
  `alter table "backups" add constraint "backups_kind_check" check (kind in ('DATABASE', 'REDIS', 'UPLOADS'))`,
]);
