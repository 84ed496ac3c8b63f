import { sqlMigration } from '../src/platform/db/migration.js';

/** What salespersons earn of what they sold or collected: plans by month, and what came of them. */
export const commissions = sqlMigration('20261126020500-commissions', [
  `create table "commission_plans" (
     "id" uuid not null, "salesperson_id" uuid not null, "from_month" date not null, "basis" text not null, "rate_percent" numeric(6,3) not null,
     "target" numeric(18,6) null, "bonus" numeric(18,6) null, "version" int not null default 1, "created_at" timestamptz not null,
     constraint "commission_plans_pkey" primary key ("id"),
     constraint "commission_plans_month_unique" unique ("salesperson_id", "from_month"),
     constraint "commission_plans_basis_check" check ("basis" in ('SALES', 'COLLECTED')),
     constraint "commission_plans_salesperson_id_foreign" foreign key ("salesperson_id") references "users" ("id") on update no action on delete restrict)`,
  `create table "commissions" (
     "id" uuid not null, "salesperson_id" uuid not null, "month" date not null, "status" text not null, "plan_id" uuid not null, "currency" text not null,
     "basis_amount" numeric(18,6) not null, "earned" numeric(18,6) not null, "bonus" numeric(18,6) not null, "total" numeric(18,6) not null,
     "approved_by" uuid null, "approved_on" date null, "paid_on" date null, "box_id" uuid null,
     "version" int not null default 1, "created_at" timestamptz not null,
     constraint "commissions_pkey" primary key ("id"),
     constraint "commissions_month_unique" unique ("salesperson_id", "month"),
     constraint "commissions_status_check" check ("status" in ('PENDING', 'CALCULATED', 'APPROVED', 'PAID')),
     constraint "commissions_salesperson_id_foreign" foreign key ("salesperson_id") references "users" ("id") on update no action on delete restrict,
     constraint "commissions_plan_id_foreign" foreign key ("plan_id") references "commission_plans" ("id") on update no action on delete restrict,
     constraint "commissions_approved_by_foreign" foreign key ("approved_by") references "users" ("id") on update no action on delete restrict,
     constraint "commissions_box_id_foreign" foreign key ("box_id") references "cash_boxes" ("id") on update no action on delete restrict)`,
  `create index "commissions_month_keyset" on "commissions" ("month", "id")`,
]);
