import { sqlMigration } from '../src/platform/db/migration.js';

/**
 * What a bill says of cost beyond its own lines: a service whose cost belongs to the goods (`landed`, of the bill itself, or
 * of a receipt), the share of a line of goods in such costs, the receipt that a line bills, what went back to the vendor;
 * and the corrections of its costs.
 */
export const billCosts = sqlMigration('20261126010300-bill-costs', [
  `alter table "bill_lines" add column "landed" boolean not null default false,
     add column "landed_cost" numeric(18,6) not null default 0, add column "landed_receipt_id" uuid null,
     add column "receipt_line_id" uuid null, add column "returned" numeric(18,3) not null default 0`,
  `alter table "bill_lines" add constraint "bill_lines_landed_receipt_id_foreign" foreign key ("landed_receipt_id")
     references "goods_receipts" ("id") on update no action on delete restrict`,
  `alter table "bill_lines" add constraint "bill_lines_receipt_line_id_foreign" foreign key ("receipt_line_id")
     references "goods_receipt_lines" ("id") on update no action on delete restrict`,
  `alter table "bill_lines" add constraint "bill_lines_returned_check" check (returned >= 0::numeric and returned <= received)`,
  `create table "bill_corrections" ("id" uuid not null, "bill_id" uuid not null, "position" int not null, "corrected_on" date not null,
     "amount" numeric(18,6) not null, "currency" text not null, "reason" text not null, "created_by" text not null, "created_at" timestamptz not null,
     constraint "bill_corrections_pkey" primary key ("id"),
     constraint "bill_corrections_bill_id_foreign" foreign key ("bill_id") references "bills" ("id") on update no action on delete restrict)`,
  `alter table "bill_corrections" add constraint "bill_corrections_bill" unique ("bill_id", "position")`,
  ...(['update', 'delete', 'truncate'] as const).map(
    (event) => `create trigger "bill_corrections_append_only_${event}" before ${event} on "bill_corrections"
       for each ${event === 'truncate' ? 'statement' : 'row'} execute function refuse_change_of_history()`,
  ),
]);
