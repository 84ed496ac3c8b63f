import { sqlMigration } from '../src/platform/db/migration.js';

const head = (table: string): string =>
  `"id" uuid not null, "number" text not null, "vendor_id" uuid not null, "warehouse_id" uuid not null, "branch_id" uuid not null,
   "currency" text not null, "exchange_rate" numeric(18,6) not null, "notes" text null, "created_by" text not null,
   "version" int not null default 1, "created_at" timestamptz not null, constraint "${table}_pkey" primary key ("id"),
   constraint "${table}_number_unique" unique ("number"),
   constraint "${table}_currency_check" check (currency in ('IQD', 'USD', 'RMB')),
   constraint "${table}_vendor_id_foreign" foreign key ("vendor_id") references "vendors" ("id") on update no action on delete restrict,
   constraint "${table}_warehouse_id_foreign" foreign key ("warehouse_id") references "warehouses" ("id") on update no action on delete restrict,
   constraint "${table}_branch_id_foreign" foreign key ("branch_id") references "branches" ("id") on update no action on delete restrict`;

const indexes = (table: string): string[] => [
  `create index "${table}_created_keyset" on "${table}" ("created_at", "id")`,
  `create index "${table}_vendor" on "${table}" ("vendor_id", "created_at", "id")`,
];

const refers = (table: string, column: string, target: string, rule: 'cascade' | 'restrict' = 'restrict'): string =>
  `constraint "${table}_${column}_foreign" foreign key ("${column}") references "${target}" ("id") on update no action on delete ${rule}`;

/**
 * Purchase orders, and goods received as documents of their own: of a bill, or of an order before its bill. A line of a
 * receipt says what it posted as received and not billed, in its currency and in the base, so that a bill clears exactly that.
 */
export const goodsReceipts = sqlMigration('20261126010200-goods-receipts', [
  `create table "purchase_orders" (${head('purchase_orders')}, "ordered_on" date not null, "expected_on" date null, "status" text not null,
     "subtotal" numeric(18,6) not null, "tax_total" numeric(18,6) not null, "total" numeric(18,6) not null, "cancel_reason" text null,
     constraint "purchase_orders_status_check" check (status in ('DRAFT', 'SENT', 'PARTLY_RECEIVED', 'RECEIVED', 'CLOSED', 'CANCELLED')))`,
  ...indexes('purchase_orders'),
  `create table "purchase_order_lines" ("id" uuid not null, "order_id" uuid not null, "position" int not null, "product_id" uuid null,
     "description" text not null, "quantity" numeric(18,3) not null, "unit_cost" numeric(18,6) not null,
     "tax_percent" numeric(6,3) not null default 0, "line_total" numeric(18,6) not null, "tax_amount" numeric(18,6) not null default 0,
     "stocked" boolean not null default true, "received" numeric(18,3) not null default 0,
     constraint "purchase_order_lines_pkey" primary key ("id"),
     ${refers('purchase_order_lines', 'order_id', 'purchase_orders', 'cascade')},
     ${refers('purchase_order_lines', 'product_id', 'products')},
     constraint "purchase_order_lines_quantity_check" check (quantity > 0::numeric and received >= 0::numeric and received <= quantity))`,
  `create index "purchase_order_lines_order" on "purchase_order_lines" ("order_id", "position")`,
  `create table "goods_receipts" (${head('goods_receipts')}, "received_on" date not null, "bill_id" uuid null, "order_id" uuid null,
     ${refers('goods_receipts', 'bill_id', 'bills')},
     ${refers('goods_receipts', 'order_id', 'purchase_orders')})`,
  ...indexes('goods_receipts'),
  `create index "goods_receipts_bill" on "goods_receipts" ("bill_id") where (bill_id is not null)`,
  `create index "goods_receipts_order" on "goods_receipts" ("order_id") where (order_id is not null)`,
  `create table "goods_receipt_lines" ("id" uuid not null, "receipt_id" uuid not null, "position" int not null, "product_id" uuid not null,
     "bill_line_id" uuid null, "order_line_id" uuid null, "description" text not null, "quantity" numeric(18,3) not null,
     "amount" numeric(18,6) not null, "value" numeric(18,6) not null, "billed" numeric(18,3) not null default 0,
     constraint "goods_receipt_lines_pkey" primary key ("id"),
     ${refers('goods_receipt_lines', 'receipt_id', 'goods_receipts', 'cascade')},
     ${refers('goods_receipt_lines', 'product_id', 'products')},
     ${refers('goods_receipt_lines', 'bill_line_id', 'bill_lines')},
     ${refers('goods_receipt_lines', 'order_line_id', 'purchase_order_lines')},
     constraint "goods_receipt_lines_quantity_check" check (quantity > 0::numeric and billed >= 0::numeric and billed <= quantity))`,
  `create index "goods_receipt_lines_receipt" on "goods_receipt_lines" ("receipt_id", "position")`,
]);
