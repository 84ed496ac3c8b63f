import { sqlMigration } from '../src/platform/db/migration.js';

/** People, their sessions, the keys of programs, and the audit trail. */
export const identity = sqlMigration('20261120000200-identity', [
  `create table "api_keys" (
      "id" uuid not null,
      "name" text not null,
      "key_hash" text not null,
      "scopes" jsonb not null,
      "created_by" uuid null,
      "created_at" timestamptz not null,
      "expires_at" timestamptz null,
      "last_used_at" timestamptz null,
      "revoked_at" timestamptz null,
      primary key ("id")
    )`,
  `alter table "api_keys" add constraint "api_keys_hash_unique" unique ("key_hash")`,
  `create table "audit_log" (
      "id" uuid not null,
      "at" timestamptz not null,
      "actor" text not null,
      "origin" text not null,
      "entity_type" text not null,
      "entity_id" text not null,
      "action" text not null,
      "changes" jsonb not null,
      "request_id" text null,
      primary key ("id")
    )`,
  `create index "audit_log_at" on "audit_log" ("at")`,
  `create index "audit_log_record" on "audit_log" ("entity_type", "entity_id", "at")`,
  `create table "users" (
      "id" uuid not null,
      "email" text not null,
      "name" text not null,
      "role" text not null,
      "password_hash" text not null,
      "active" boolean not null default true,
      "version" int not null default 1,
      "created_at" timestamptz not null,
      primary key ("id")
    )`,
  `alter table "users" add constraint "users_email_unique" unique ("email")`,
  `create table "sessions" (
      "id" uuid not null,
      "user_id" uuid not null,
      "created_at" timestamptz not null,
      "expires_at" timestamptz not null,
      "ended_at" timestamptz null,
      "end_reason" text null,
      primary key ("id")
    )`,
  `create index "sessions_user" on "sessions" ("user_id")`,
  `create table "refresh_tokens" (
      "id" uuid not null,
      "session_id" uuid not null,
      "token_hash" text not null,
      "created_at" timestamptz not null,
      "used_at" timestamptz null,
      primary key ("id")
    )`,
  `create index "refresh_tokens_session" on "refresh_tokens" ("session_id")`,
  `alter table "refresh_tokens" add constraint "refresh_tokens_hash_unique" unique ("token_hash")`,
  `alter table "sessions" add constraint "sessions_user_id_foreign" foreign key ("user_id") references "users" ("id") on update no action on delete cascade`,
  `alter table "refresh_tokens" add constraint "refresh_tokens_session_id_foreign" foreign key ("session_id") references "sessions" ("id") on update no action on delete cascade`,
]);
