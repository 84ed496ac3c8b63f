import { sqlMigration } from '../src/platform/db/migration.js';

/**
 * Goods with cost: what the company holds of each product and what it is worth in the base currency, and on each movement
 * its business day, by how much it moved that value, and the entry of the journal that says so. `opened` is false while
 * the stock of a product is only a report; its first movement with a cost opens it.
 */
export const productCosts = sqlMigration('20261126010100-product-costs', [
  `create table "product_costs" (
     "product_id" uuid not null,
     "quantity" numeric(18,3) not null default 0,
     "value" numeric(18,6) not null default 0,
     "last_cost" numeric(18,6) null,
     "opened" boolean not null default false,
     constraint "product_costs_pkey" primary key ("product_id"),
     constraint "product_costs_product_id_foreign" foreign key ("product_id") references "products" ("id") on update no action on delete restrict)
   with (fillfactor = 80)`,
  `alter table "stock_movements" add column "day" date null, add column "value" numeric(18,6) null,
     add column "entry_id" bigint null`,
  `alter table "stock_movements" add constraint "stock_movements_entry_id_foreign" foreign key ("entry_id")
     references "journal_entries" ("id") on update no action on delete restrict`,
  `create index "stock_movements_day" on "stock_movements" ("day", "product_id") include ("warehouse_id", "quantity", "value") where ("day" is not null)`,
  `alter table "stock_movements" drop constraint "stock_movements_type_check"`,
  `alter table "stock_movements" add constraint "stock_movements_type_check" check (type in ('RECEIPT', 'SALE', 'ADJUSTMENT',
     'TRANSFER', 'RESERVATION', 'RELEASE', 'RETURN', 'VENDOR_RETURN', 'COST'))`,
]);
