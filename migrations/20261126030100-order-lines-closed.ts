import { sqlMigration } from '../src/platform/db/migration.js';

/**
 * What of a line is given up, and what was credited before it left: neither ships any more. A credit note of goods that an
 * allowance has paid for already comes to 0, and they come back all the same.
 */
export const orderLinesClosed = sqlMigration('20261126030100-order-lines-closed', [
  `alter table "order_lines" add column "cancelled" numeric(18,3) not null default 0,
     add column "credited" numeric(18,3) not null default 0`,
  `alter table "order_lines" add constraint "order_lines_closed_check" check (cancelled >= 0 and credited >= 0
     and shipped + cancelled + credited <= quantity and invoiced + cancelled <= quantity)`,
  `create index "order_lines_unbilled" on "order_lines" ("order_id") where (invoiced + cancelled < quantity)`,
  `alter table "credit_notes" add column "forgone" numeric(18,3) not null default 0`,
  `alter table "credit_notes" drop constraint "credit_notes_sum_check"`,
  `alter table "credit_notes" add constraint "credit_notes_sum_check" check (total >= 0 and applied >= 0 and refunded >= 0
     and unapplied >= 0 and unapplied = case when voided_at is null then total - applied - refunded else 0 end)`,
]);
