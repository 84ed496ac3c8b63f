import { sqlMigration } from '../src/platform/db/migration.js';

const reference = (table: string, column: string, target: string, onDelete = 'restrict'): string =>
  `alter table "${table}" add constraint "${table}_${column}_foreign" foreign key ("${column}") references "${target}" ("id") on update no action on delete ${onDelete}`;

/** Goods that left together, as a document of their own. What had left before has its movements. */
export const shipments = sqlMigration('20261126030200-shipments', [
  `create table "shipments" ("id" uuid not null, "number" text not null, "customer_id" uuid not null, "order_id" uuid null,
     "invoice_id" uuid null, "warehouse_id" uuid not null, "branch_id" uuid not null, "shipped_on" date not null,
     "voided_at" timestamptz null, "voided_on" date null, "void_reason" text null, "created_by" text not null,
     "version" int not null default 1, "created_at" timestamptz not null, primary key ("id"))`,
  `alter table "shipments" add constraint "shipments_number_unique" unique ("number")`,
  `create index "shipments_created_keyset" on "shipments" ("created_at", "id")`,
  `create index "shipments_customer" on "shipments" ("customer_id", "created_at", "id")`,
  `create index "shipments_order" on "shipments" ("order_id")`,
  `create index "shipments_invoice" on "shipments" ("invoice_id")`,
  `create table "shipment_lines" ("id" uuid not null, "shipment_id" uuid not null, "position" int not null,
     "order_line_id" uuid null, "product_id" uuid null, "description" text not null, "quantity" numeric(18,3) not null,
     primary key ("id"))`,
  `create index "shipment_lines_shipment" on "shipment_lines" ("shipment_id", "position")`,
  `create index "shipment_lines_order_line" on "shipment_lines" ("order_line_id")`,
  reference('shipments', 'customer_id', 'customers'),
  reference('shipments', 'order_id', 'orders'),
  reference('shipments', 'invoice_id', 'invoices'),
  reference('shipments', 'warehouse_id', 'warehouses'),
  reference('shipments', 'branch_id', 'branches'),
  reference('shipment_lines', 'shipment_id', 'shipments', 'cascade'),
  reference('shipment_lines', 'order_line_id', 'order_lines'),
  reference('shipment_lines', 'product_id', 'products'),
]);
