import { sqlMigration } from '../src/platform/db/migration.js';

/** People are invited by a one-time link; until they use it their account has no password. */
export const accounts = sqlMigration('20261120001200-accounts', [
  `alter table "users" alter column "password_hash" drop not null`,
  `create table "one_time_links" (
      "id" uuid not null,
      "user_id" uuid not null,
      "purpose" text not null,
      "token_hash" text not null,
      "created_at" timestamptz not null,
      "expires_at" timestamptz not null,
      "used_at" timestamptz null,
      primary key ("id")
    )`,
  `create index "one_time_links_user" on "one_time_links" ("user_id")`,
  `alter table "one_time_links" add constraint "one_time_links_hash_unique" unique ("token_hash")`,
  `alter table "one_time_links" add constraint "one_time_links_user_id_foreign" foreign key ("user_id") references "users" ("id") on update no action on delete cascade`,
  `alter table "one_time_links" add constraint "one_time_links_purpose_check" check (purpose in ('invite', 'reset'))`,
]);
