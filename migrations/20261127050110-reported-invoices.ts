import { sqlMigration } from '../src/platform/db/migration.js';

/** An invoice of an outside source may be rounded, written off in part, and a draft; its lines keep their ids there. */
export const reportedInvoices = sqlMigration('20261127050110-reported-invoices', [
  `alter table "invoices" add column "rounding" numeric(18,6) not null default 0,
     add column "written_off" numeric(18,6) not null default 0`,
  `alter table "invoices" drop constraint "invoices_balance_check"`,
  `alter table "invoices" add constraint "invoices_balance_check" check (balance >= 0::numeric and paid >= 0::numeric
     and credited >= 0::numeric and written_off >= 0::numeric and balance = case when voided_at is null and not draft
     then total - paid - credited - written_off else 0::numeric end)`,
  `alter table "invoice_lines" add column "external_ref" text null, add column "product_ref" text null`,
  `create index "invoice_lines_external_ref" on "invoice_lines" ("external_ref") where (external_ref is not null)`,
]);
