import { sqlMigration } from '../src/platform/db/migration.js';

/** Places, taxes, rates, gap-free document numbers, and the keys that make a command happen once. */
export const organisation = sqlMigration('20261120000800-organisation', [
  `create table "branches" (
      "id" uuid not null,
      "code" text not null,
      "name" text not null,
      "name_ar" text not null,
      "city" text null,
      "active" boolean not null default true,
      "version" int not null default 1,
      "created_at" timestamptz not null,
      primary key ("id")
    )`,
  `create table "warehouses" (
      "id" uuid not null,
      "code" text not null,
      "name" text not null,
      "name_ar" text not null,
      "branch_id" uuid not null,
      "external_ref" text null,
      "is_primary" boolean not null default false,
      "active" boolean not null default true,
      "version" int not null default 1,
      "created_at" timestamptz not null,
      primary key ("id")
    )`,
  `create table "taxes" (
      "id" uuid not null,
      "code" text not null,
      "name" text not null,
      "name_ar" text not null,
      "rate_percent" numeric(6,3) not null,
      "active" boolean not null default true,
      primary key ("id")
    )`,
  `create table "exchange_rates" (
      "id" uuid not null,
      "currency" text not null,
      "rate" numeric(18,6) not null,
      "effective_on" date not null,
      "created_at" timestamptz not null,
      primary key ("id")
    )`,
  `alter table "branches" add constraint "branches_code_unique" unique ("code")`,
  `alter table "exchange_rates" add constraint "exchange_rates_day_unique" unique ("currency", "effective_on")`,
  `alter table "taxes" add constraint "taxes_code_unique" unique ("code")`,
  `alter table "warehouses" add constraint "warehouses_code_unique" unique ("code")`,
  `alter table "warehouses" add constraint "warehouses_external_ref_unique" unique ("external_ref")`,
  `create unique index "warehouses_one_primary" on "warehouses" ("is_primary") where "is_primary"`,
  `alter table "exchange_rates" add constraint "exchange_rates_currency_check" check (currency in ('USD', 'RMB'))`,
  `alter table "exchange_rates" add constraint "exchange_rates_positive" check (rate > 0::numeric)`,
  `alter table "taxes" add constraint "taxes_rate_check" check (rate_percent >= 0::numeric and rate_percent <= 100::numeric)`,
  `alter table "warehouses" add constraint "warehouses_branch_id_foreign" foreign key ("branch_id") references "branches" ("id") on update no action on delete restrict`,
  `create table "document_sequences" (
      "type" text not null,
      "branch_id" uuid not null references "branches" ("id"),
      "last" bigint not null,
      primary key ("type", "branch_id")
    )`,
  `create table "user_warehouses" (
      "user_id" uuid not null references "users" ("id") on delete cascade,
      "warehouse_id" uuid not null references "warehouses" ("id"),
      primary key ("user_id", "warehouse_id")
    )`,
  `create table "idempotency_keys" (
      "actor" text not null,
      "operation" text not null,
      "key" text not null,
      "request_hash" text not null,
      "answer" jsonb null,
      "created_at" timestamptz not null default now(),
      primary key ("actor", "operation", "key")
    )`,
  `create index "idempotency_keys_created_at" on "idempotency_keys" ("created_at")`,
  // There is one primary place always: stock that names none goes there.
  `insert into "branches" ("id", "code", "name", "name_ar", "created_at")
    values (gen_random_uuid(), 'HQ', 'Head office', 'المقر الرئيسي', now())`,
  `insert into "warehouses" ("id", "code", "name", "name_ar", "branch_id", "is_primary", "created_at")
    select gen_random_uuid(), 'MAIN', 'Main warehouse', 'المخزن الرئيسي', "id", true, now() from "branches"`,
]);
