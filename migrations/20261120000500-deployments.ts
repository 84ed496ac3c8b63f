import { sqlMigration } from '../src/platform/db/migration.js';

/** Deployments and their events. */
export const deployments = sqlMigration('20261120000500-deployments', [
  `create table "deployments" (
      "id" uuid not null,
      "environment" text not null,
      "release_version" text not null,
      "commit" text null,
      "colour" text null,
      "status" text not null,
      "started_by" text not null,
      "started_at" timestamptz not null,
      "finished_at" timestamptz null,
      "version" int not null default 1,
      primary key ("id")
    )`,
  `create unique index "deployments_one_success" on "deployments" ("environment") where ("status" = 'SUCCESS'::text)`,
  `create index "deployments_environment" on "deployments" ("environment", "started_at")`,
  `create table "deployment_events" (
      "id" uuid not null,
      "deployment_id" uuid not null,
      "status" text not null,
      "message" text null,
      "actor" text not null,
      "at" timestamptz not null,
      primary key ("id")
    )`,
  `create index "deployment_events_deployment" on "deployment_events" ("deployment_id", "id")`,
  `alter table "deployment_events" add constraint "deployment_events_deployment_id_foreign" foreign key ("deployment_id") references "deployments" ("id") on update no action on delete cascade`,
]);
