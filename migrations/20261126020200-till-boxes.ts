import { sqlMigration } from '../src/platform/db/migration.js';

/**
 * A shift has a drawer, which is a cash box; what is paid into and out of it, what customers handed over and took back in
 * each currency, and sales that wait. A shift that was opened before has no drawer, and closes by its sums as it did.
 */
export const tillBoxes = sqlMigration('20261126020200-till-boxes', [
  `alter table "till_sessions" add column "box_id" uuid null
     constraint "till_sessions_box_id_foreign" references "cash_boxes" ("id") on update no action on delete restrict,
     add column "opened_entry" bigint null, add column "closed_entry" bigint null`,
  `create unique index "till_sessions_open_box_unique" on "till_sessions" ("box_id") where ("closed_at" is null)`,
  `create table "till_moves" (
     "id" uuid not null, "session_id" uuid not null, "kind" text not null, "currency" text not null, "amount" numeric(18,6) not null,
     "account" int not null, "other_box_id" uuid null, "reason" text not null, "created_by" text not null, "created_at" timestamptz not null,
     constraint "till_moves_pkey" primary key ("id"),
     constraint "till_moves_kind_check" check ("kind" in ('PAY_IN', 'PAY_OUT')),
     constraint "till_moves_amount_check" check ("amount" > 0),
     constraint "till_moves_session_id_foreign" foreign key ("session_id") references "till_sessions" ("id") on update no action on delete restrict,
     constraint "till_moves_account_foreign" foreign key ("account") references "accounts" ("code") on update no action on delete restrict,
     constraint "till_moves_other_box_id_foreign" foreign key ("other_box_id") references "cash_boxes" ("id") on update no action on delete restrict)`,
  `create index "till_moves_session" on "till_moves" ("session_id")`,
  `create table "till_tenders" (
     "id" uuid not null, "payment_id" uuid not null, "currency" text not null, "tendered" numeric(18,6) not null, "change" numeric(18,6) not null,
     constraint "till_tenders_pkey" primary key ("id"),
     constraint "till_tenders_amount_check" check ("tendered" >= 0 and "change" >= 0),
     constraint "till_tenders_payment_id_foreign" foreign key ("payment_id") references "payments" ("id") on update no action on delete restrict)`,
  `create index "till_tenders_payment" on "till_tenders" ("payment_id")`,
  `create table "parked_sales" (
     "id" uuid not null, "warehouse_id" uuid not null, "user_id" uuid not null, "label" text not null, "customer_id" uuid null,
     "discount_percent" text null, "lines" jsonb not null, "created_at" timestamptz not null,
     constraint "parked_sales_pkey" primary key ("id"),
     constraint "parked_sales_warehouse_id_foreign" foreign key ("warehouse_id") references "warehouses" ("id") on update no action on delete restrict,
     constraint "parked_sales_user_id_foreign" foreign key ("user_id") references "users" ("id") on update no action on delete restrict,
     constraint "parked_sales_customer_id_foreign" foreign key ("customer_id") references "customers" ("id") on update no action on delete restrict)`,
  `create index "parked_sales_created_keyset" on "parked_sales" ("created_at", "id")`,
]);
