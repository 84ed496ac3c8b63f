import { sqlMigration } from '../src/platform/db/migration.js';

/**
 * A payment of an outside source may take a discount or a withheld tax with it and lose charges of the bank; it lies in
 * an account of the source, which is a box here; and what it settles is said by ids of the source, whether or not the
 * invoice is here yet.
 */
export const reportedPayments = sqlMigration('20261127050200-reported-payments', [
  `alter table "payments" add column "allowed" numeric(18,6) not null default 0,
     add column "bank_charges" numeric(18,6) not null default 0`,
  `alter table "payments" drop constraint "payments_sum_check"`,
  `alter table "payments" add constraint "payments_sum_check" check (amount > 0::numeric and allowed >= 0::numeric
     and applied >= 0::numeric and refunded >= 0::numeric and unapplied >= 0::numeric and unapplied = case
     when voided_at is null and not draft then amount + allowed - applied - refunded else 0::numeric end)`,
  `alter table "credit_notes" drop constraint "credit_notes_sum_check"`,
  `alter table "credit_notes" add constraint "credit_notes_sum_check" check (total >= 0::numeric and applied >= 0::numeric
     and refunded >= 0::numeric and unapplied >= 0::numeric and unapplied = case
     when voided_at is null and not draft then total - applied - refunded else 0::numeric end)`,
  `alter table "refunds" add column "external_ref" text null constraint "refunds_external_ref_unique" unique,
     add column "posted" jsonb not null default '[]', add column "postings" int not null default 0`,
  `alter table "cash_boxes" add column "external_ref" text null constraint "cash_boxes_external_ref_unique" unique`,
  `alter table "cash_boxes" drop constraint "cash_boxes_overdraw_check"`,
  `alter table "cash_boxes" add constraint "cash_boxes_overdraw_check"
     check (not may_overdraw or account in (1140, 1150) or external_ref is not null)`,
  `create table "reported_allocations" (
     "id" uuid not null constraint "reported_allocations_pkey" primary key,
     "payment_id" uuid null constraint "reported_allocations_payment_id_foreign" references "payments" ("id") on update no action on delete restrict,
     "credit_note_id" uuid null constraint "reported_allocations_credit_note_id_foreign" references "credit_notes" ("id") on update no action on delete restrict,
     "invoice_ref" text not null, "amount" numeric(18,6) not null, "day" date not null,
     constraint "reported_allocations_source_check" check (amount > 0::numeric and (payment_id is null) <> (credit_note_id is null)))`,
  `create index "reported_allocations_invoice" on "reported_allocations" ("invoice_ref")`,
  `create index "reported_allocations_payment" on "reported_allocations" ("payment_id")`,
  `create index "reported_allocations_credit_note" on "reported_allocations" ("credit_note_id")`,
]);
