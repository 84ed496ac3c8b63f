import { sqlMigration } from '../src/platform/db/migration.js';

const settled = (table: string, allocations: string, column: string, day: string): string =>
  `update "${table}" d set settled_on = case when d.voided_at is not null then coalesce(d.voided_on, d.voided_at::date)
     else greatest(d.${day}, (select max(a.day) from ${allocations} a where a.${column} = d.id)) end where d.balance = 0`;

/** The day from which nothing is open on a document: who asks what was open on a day leaves those settled before it out. */
export const settledDays = sqlMigration('20261126040200-settled-days', [
  `alter table "invoices" add column "settled_on" date null`,
  `alter table "bills" add column "settled_on" date null`,
  settled('invoices', 'allocations', 'invoice_id', 'issued_on'),
  settled(
    'bills',
    '(select bill_id, day from bill_allocations union all select bill_id, day from vendor_credit_allocations)',
    'bill_id',
    'billed_on',
  ),
  `create index "invoices_open_on" on "invoices" ("customer_id", "currency", (coalesce("settled_on", 'infinity'::date)), "issued_on")`,
  `create index "bills_open_on" on "bills" ("vendor_id", "currency", (coalesce("settled_on", 'infinity'::date)), "billed_on")`,
]);
