import { sqlMigration } from '../src/platform/db/migration.js';

/** What a vendor credits, with or without goods that go back, and which bills it settles. */
export const vendorCredits = sqlMigration('20261126010400-vendor-credits', [
  `create table "vendor_credits" ("id" uuid not null, "number" text not null, "vendor_number" text null, "vendor_id" uuid not null,
     "bill_id" uuid null, "branch_id" uuid not null, "issued_on" date not null, "currency" text not null,
     "exchange_rate" numeric(18,6) not null, "reason" text not null, "returned" boolean not null default false,
     "tax_total" numeric(18,6) not null default 0, "total" numeric(18,6) not null, "applied" numeric(18,6) not null default 0,
     "unapplied" numeric(18,6) not null, "voided_at" timestamptz null, "voided_on" date null, "void_reason" text null,
     "created_by" text not null, "version" int not null default 1, "created_at" timestamptz not null,
     constraint "vendor_credits_pkey" primary key ("id"), constraint "vendor_credits_number_unique" unique ("number"),
     constraint "vendor_credits_currency_check" check (currency in ('IQD', 'USD', 'RMB')),
     constraint "vendor_credits_sum_check" check (total > 0::numeric and applied >= 0::numeric and unapplied >= 0::numeric and unapplied = case when voided_at is null then total - applied else 0::numeric end),
     constraint "vendor_credits_vendor_id_foreign" foreign key ("vendor_id") references "vendors" ("id") on update no action on delete restrict,
     constraint "vendor_credits_bill_id_foreign" foreign key ("bill_id") references "bills" ("id") on update no action on delete restrict,
     constraint "vendor_credits_branch_id_foreign" foreign key ("branch_id") references "branches" ("id") on update no action on delete restrict)`,
  `create index "vendor_credits_created_keyset" on "vendor_credits" ("created_at", "id")`,
  `create index "vendor_credits_vendor" on "vendor_credits" ("vendor_id", "created_at", "id")`,
  `create table "vendor_credit_lines" ("id" uuid not null, "credit_id" uuid not null, "position" int not null, "bill_line_id" uuid null,
     "product_id" uuid null, "description" text not null, "quantity" numeric(18,3) not null, "line_total" numeric(18,6) not null,
     "tax_amount" numeric(18,6) not null default 0, constraint "vendor_credit_lines_pkey" primary key ("id"),
     constraint "vendor_credit_lines_credit_id_foreign" foreign key ("credit_id") references "vendor_credits" ("id") on update no action on delete cascade,
     constraint "vendor_credit_lines_bill_line_id_foreign" foreign key ("bill_line_id") references "bill_lines" ("id") on update no action on delete restrict,
     constraint "vendor_credit_lines_product_id_foreign" foreign key ("product_id") references "products" ("id") on update no action on delete restrict)`,
  `create index "vendor_credit_lines_credit" on "vendor_credit_lines" ("credit_id", "position")`,
  `create table "vendor_credit_allocations" ("id" uuid not null, "bill_id" uuid not null, "credit_id" uuid not null, "currency" text not null,
     "amount" numeric(18,6) not null, "created_at" timestamptz not null, constraint "vendor_credit_allocations_pkey" primary key ("id"),
     constraint "vendor_credit_allocations_amount_check" check (amount <> 0::numeric),
     constraint "vendor_credit_allocations_bill_id_foreign" foreign key ("bill_id") references "bills" ("id") on update no action on delete restrict,
     constraint "vendor_credit_allocations_credit_id_foreign" foreign key ("credit_id") references "vendor_credits" ("id") on update no action on delete restrict)`,
  `create index "vendor_credit_allocations_bill" on "vendor_credit_allocations" ("bill_id", "id")`,
  `create index "vendor_credit_allocations_credit" on "vendor_credit_allocations" ("credit_id", "id")`,
  ...(['update', 'delete', 'truncate'] as const).map(
    (
      event,
    ) => `create trigger "vendor_credit_allocations_append_only_${event}" before ${event} on "vendor_credit_allocations"
       for each ${event === 'truncate' ? 'statement' : 'row'} execute function refuse_change_of_history()`,
  ),
  `alter table "bills" add column "credited" numeric(18,6) not null default 0`,
  `alter table "bills" drop constraint "bills_balance_check"`,
  `alter table "bills" add constraint "bills_balance_check" check (balance >= 0::numeric and paid >= 0::numeric and credited >= 0::numeric and balance = case when voided_at is null then total - paid - credited else 0::numeric end)`,
]);
