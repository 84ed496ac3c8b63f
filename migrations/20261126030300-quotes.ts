import { sqlMigration } from '../src/platform/db/migration.js';

/** A quote has an end, a price that was negotiated stands beside that of the list, and an approval can be refused. */
export const quotes = sqlMigration('20261126030300-quotes', [
  `alter table "orders" add column "valid_until" date null, add column "rejected_by" uuid null,
     add column "reject_reason" text null`,
  `alter table "order_lines" add column "list_price" numeric(18,6) null`,
]);
