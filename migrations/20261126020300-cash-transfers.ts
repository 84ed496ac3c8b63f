import { sqlMigration } from '../src/platform/db/migration.js';

/** Cash that goes from one box to another: transfers, hand-overs of what salespersons collected, exchanges of currency. */
export const cashTransfers = sqlMigration('20261126020300-cash-transfers', [
  `create table "cash_transfers" (
     "id" uuid not null, "number" text not null, "kind" text not null, "status" text not null, "branch_id" uuid not null,
     "from_box_id" uuid not null, "to_box_id" uuid not null, "notes" text null, "cancel_reason" text null,
     "requested_by" uuid null, "approved_by" uuid null, "sent_by" uuid null, "received_by" uuid null,
     "sent_on" date null, "received_on" date null, "version" int not null default 1, "created_at" timestamptz not null,
     constraint "cash_transfers_pkey" primary key ("id"),
     constraint "cash_transfers_number_unique" unique ("number"),
     constraint "cash_transfers_kind_check" check ("kind" in ('TRANSFER', 'HAND_OVER', 'EXCHANGE')),
     constraint "cash_transfers_status_check" check ("status" in ('REQUESTED', 'APPROVED', 'SENT', 'RECEIVED', 'CANCELLED')),
     constraint "cash_transfers_branch_id_foreign" foreign key ("branch_id") references "branches" ("id") on update no action on delete restrict,
     constraint "cash_transfers_from_box_id_foreign" foreign key ("from_box_id") references "cash_boxes" ("id") on update no action on delete restrict,
     constraint "cash_transfers_to_box_id_foreign" foreign key ("to_box_id") references "cash_boxes" ("id") on update no action on delete restrict,
     constraint "cash_transfers_requested_by_foreign" foreign key ("requested_by") references "users" ("id") on update no action on delete restrict,
     constraint "cash_transfers_approved_by_foreign" foreign key ("approved_by") references "users" ("id") on update no action on delete restrict,
     constraint "cash_transfers_sent_by_foreign" foreign key ("sent_by") references "users" ("id") on update no action on delete restrict,
     constraint "cash_transfers_received_by_foreign" foreign key ("received_by") references "users" ("id") on update no action on delete restrict)`,
  `create index "cash_transfers_created_keyset" on "cash_transfers" ("created_at", "id")`,
  `create table "cash_transfer_lines" (
     "id" uuid not null, "transfer_id" uuid not null, "position" int not null, "currency" text not null, "amount" numeric(18,6) not null,
     "missing" numeric(18,6) not null default '0', "fee" numeric(18,6) not null default '0',
     "to_currency" text null, "to_amount" numeric(18,6) null,
     constraint "cash_transfer_lines_pkey" primary key ("id"),
     constraint "cash_transfer_lines_amount_check" check ("amount" > 0 and "missing" >= 0 and "fee" >= 0 and "missing" + "fee" <= "amount"),
     constraint "cash_transfer_lines_transfer_id_foreign" foreign key ("transfer_id") references "cash_transfers" ("id") on update no action on delete cascade)`,
  `create index "cash_transfer_lines_transfer" on "cash_transfer_lines" ("transfer_id", "position")`,
]);
