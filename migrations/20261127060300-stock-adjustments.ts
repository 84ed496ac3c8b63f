import { sqlMigration } from '../src/platform/db/migration.js';

const refers = (table: string, column: string, target: string, rule: 'cascade' | 'restrict' = 'restrict'): string =>
  `constraint "${table}_${column}_foreign" foreign key ("${column}") references "${target}" ("id") on update no action on delete ${rule}`;

/** Changes of stock at the source that no sale and no purchase made, as documents: what they moved comes with the items. */
export const stockAdjustments = sqlMigration('20261127060300-stock-adjustments', [
  `create table "stock_adjustments" ("id" uuid not null, "external_ref" text not null, "kind" text not null, "status" text not null,
     "adjusted_on" date not null, "reason" text null, "description" text null, "reference" text null, "warehouse_id" uuid null,
     "value" numeric(18,6) null, "gone_at" timestamptz null, "version" int not null default 1, "created_at" timestamptz not null,
     constraint "stock_adjustments_pkey" primary key ("id"),
     constraint "stock_adjustments_external_ref_unique" unique ("external_ref"),
     ${refers('stock_adjustments', 'warehouse_id', 'warehouses')},
     constraint "stock_adjustments_kind_check" check (kind in ('QUANTITY', 'VALUE')))`,
  `create index "stock_adjustments_created_keyset" on "stock_adjustments" ("created_at", "id")`,
  `create table "stock_adjustment_lines" ("id" uuid not null, "adjustment_id" uuid not null, "position" int not null,
     "product_id" uuid null, "warehouse_id" uuid null, "name" text not null, "unit" text null, "quantity" numeric(18,3) null,
     "value" numeric(18,6) null, constraint "stock_adjustment_lines_pkey" primary key ("id"),
     ${refers('stock_adjustment_lines', 'adjustment_id', 'stock_adjustments', 'cascade')},
     ${refers('stock_adjustment_lines', 'product_id', 'products')},
     ${refers('stock_adjustment_lines', 'warehouse_id', 'warehouses')})`,
  `create index "stock_adjustment_lines_adjustment" on "stock_adjustment_lines" ("adjustment_id", "position")`,
  `create index "stock_adjustment_lines_product" on "stock_adjustment_lines" ("product_id")`,
]);
