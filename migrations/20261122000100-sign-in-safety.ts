import { sqlMigration } from '../src/platform/db/migration.js';

/**
 * Sign-in that slows strangers and not the owner: the delay of a throttle, and the networks that an account has signed
 * in from. Sign-ups wait beside the users until the address is verified; who was there before counts as verified.
 */
export const signInSafety = sqlMigration('20261122000100-sign-in-safety', [
  `alter table "sign_in_throttles" add column "not_before" timestamptz null`,
  `create table "known_networks" (
      "id" uuid not null,
      "user_id" uuid not null,
      "network_hash" text not null,
      "seen_at" timestamptz not null,
      primary key ("id")
    )`,
  `alter table "known_networks" add constraint "known_networks_unique" unique ("user_id", "network_hash")`,
  `alter table "known_networks" add constraint "known_networks_user_id_foreign" foreign key ("user_id") references "users" ("id") on update no action on delete cascade`,
  `alter table "users" add column "email_verified_at" timestamptz null default now()`,
  `update "users" set "email_verified_at" = "created_at"`,
  `create table "sign_ups" (
      "id" uuid not null,
      "email" text not null,
      "name" text not null,
      "token_hash" text not null,
      "created_at" timestamptz not null,
      "expires_at" timestamptz not null,
      primary key ("id")
    )`,
  `create index "sign_ups_email" on "sign_ups" ("email")`,
  `create index "sign_ups_expires" on "sign_ups" ("expires_at")`,
  `alter table "sign_ups" add constraint "sign_ups_hash_unique" unique ("token_hash")`,
]);
