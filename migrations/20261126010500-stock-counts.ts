import { sqlMigration } from '../src/platform/db/migration.js';

const refers = (table: string, column: string, target: string, rule: 'cascade' | 'restrict' = 'restrict'): string =>
  `constraint "${table}_${column}_foreign" foreign key ("${column}") references "${target}" ("id") on update no action on delete ${rule}`;

const head = (table: string): string =>
  `"id" uuid not null, "number" text not null, "status" text not null, "reason" text not null, "created_by" text not null,
   "version" int not null default 1, "created_at" timestamptz not null, constraint "${table}_pkey" primary key ("id"),
   constraint "${table}_number_unique" unique ("number")`;

/** Counts of a warehouse: what should be there is frozen at the start, what was counted is posted as a difference at the end. */
export const stockCounts = sqlMigration('20261126010500-stock-counts', [
  `create table "stock_counts" (${head('stock_counts')}, "warehouse_id" uuid not null, "posted_on" date null,
     ${refers('stock_counts', 'warehouse_id', 'warehouses')},
     constraint "stock_counts_status_check" check (status in ('OPEN', 'POSTED', 'CANCELLED')))`,
  `create index "stock_counts_created_keyset" on "stock_counts" ("created_at", "id")`,
  `create unique index "stock_counts_one_open" on "stock_counts" ("warehouse_id") where (status = 'OPEN'::text)`,
  `create table "stock_count_lines" ("id" uuid not null, "count_id" uuid not null, "product_id" uuid not null,
     "expected" numeric(18,3) not null, "counted" numeric(18,3) null, constraint "stock_count_lines_pkey" primary key ("id"),
     ${refers('stock_count_lines', 'count_id', 'stock_counts', 'cascade')},
     ${refers('stock_count_lines', 'product_id', 'products')},
     constraint "stock_count_lines_counted_check" check (counted >= 0::numeric))`,
  `create unique index "stock_count_lines_product" on "stock_count_lines" ("count_id", "product_id")`,
]);
