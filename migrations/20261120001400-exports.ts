import { sqlMigration } from '../src/platform/db/migration.js';

/** Exports and their lines, in pieces. */
export const exports = sqlMigration('20261120001400-exports', [
  `create table "exports" (
      "id" uuid not null,
      "actor" text not null,
      "query" text not null,
      "variables" jsonb not null,
      "connection" text not null,
      "status" text not null,
      "object_count" int not null default 0,
      "total_count" int null,
      "cursor" text null,
      "error_message" text null,
      "created_at" timestamptz not null,
      "completed_at" timestamptz null,
      "expires_at" timestamptz not null,
      primary key ("id")
    )`,
  `create index "exports_actor" on "exports" ("actor", "created_at", "id")`,
  `alter table "exports" add constraint "exports_status_check" check (status in ('PENDING', 'RUNNING', 'COMPLETED', 'FAILED', 'CANCELLED'))`,
  `create table "export_chunks" (
      "export_id" uuid not null references "exports" ("id") on delete cascade,
      "position" int not null,
      "body" bytea not null,
      primary key ("export_id", "position")
    )`,
]);
