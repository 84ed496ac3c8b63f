import { sqlMigration } from '../src/platform/db/migration.js';

/** Shifts at the till, and which payments and refunds are theirs. */
export const till = sqlMigration('20261121000400-till', [
  `create table "till_sessions" ("id" uuid not null, "user_id" uuid not null, "warehouse_id" uuid not null, "opened_at" timestamptz not null, "closed_at" timestamptz null, "version" int not null default 1, primary key ("id"))`,
  `create unique index "till_sessions_open_unique" on "till_sessions" ("user_id") where ("closed_at" is null)`,
  `create index "till_sessions_opened_keyset" on "till_sessions" ("opened_at", "id")`,
  `create table "till_counts" ("id" uuid not null, "session_id" uuid not null, "currency" text not null, "opening" numeric(18,6) not null, "expected" numeric(18,6) null, "counted" numeric(18,6) null, primary key ("id"))`,
  `create index "till_counts_session" on "till_counts" ("session_id")`,
  `alter table "refunds" add "till_session_id" uuid null`,
  `create index "refunds_till" on "refunds" ("till_session_id")`,
  `alter table "payments" add "till_session_id" uuid null`,
  `create index "payments_till" on "payments" ("till_session_id")`,
  `alter table "till_sessions" add constraint "till_sessions_warehouse_id_foreign" foreign key ("warehouse_id") references "warehouses" ("id") on update no action on delete restrict`,
  `alter table "till_counts" add constraint "till_counts_session_id_foreign" foreign key ("session_id") references "till_sessions" ("id") on update no action on delete cascade`,
  `alter table "till_counts" add constraint "till_counts_opening_check" check (opening >= 0::numeric)`,
]);
