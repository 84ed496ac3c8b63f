import { sqlMigration } from '../src/platform/db/migration.js';

/** What the company spends: by category, asked for, approved and paid out of a box. */
export const expenses = sqlMigration('20261126020400-expenses', [
  `create table "expenses" (
     "id" uuid not null, "number" text not null, "status" text not null, "branch_id" uuid not null, "account" int not null,
     "description" text not null, "payee" text null, "currency" text not null, "amount" numeric(18,6) not null, "spent_on" date not null,
     "box_id" uuid null, "requested_by" uuid null, "approved_by" uuid null, "approved_on" date null, "paid_on" date null,
     "reject_reason" text null, "voided_at" timestamptz null, "voided_on" date null, "void_reason" text null,
     "version" int not null default 1, "created_at" timestamptz not null,
     constraint "expenses_pkey" primary key ("id"),
     constraint "expenses_number_unique" unique ("number"),
     constraint "expenses_amount_check" check ("amount" > 0),
     constraint "expenses_currency_check" check ("currency" in ('IQD', 'USD', 'RMB')),
     constraint "expenses_status_check" check ("status" in ('DRAFT', 'SUBMITTED', 'APPROVED', 'REJECTED', 'PAID', 'VOID')),
     constraint "expenses_branch_id_foreign" foreign key ("branch_id") references "branches" ("id") on update no action on delete restrict,
     constraint "expenses_account_foreign" foreign key ("account") references "accounts" ("code") on update no action on delete restrict,
     constraint "expenses_box_id_foreign" foreign key ("box_id") references "cash_boxes" ("id") on update no action on delete restrict,
     constraint "expenses_requested_by_foreign" foreign key ("requested_by") references "users" ("id") on update no action on delete restrict,
     constraint "expenses_approved_by_foreign" foreign key ("approved_by") references "users" ("id") on update no action on delete restrict)`,
  `create index "expenses_created_keyset" on "expenses" ("created_at", "id")`,
]);
