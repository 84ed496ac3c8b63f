import { sqlMigration } from '../src/platform/db/migration.js';

/** Products, their categories, stock and images. */
export const catalog = sqlMigration('20261120000300-catalog', [
  `create table "categories" (
      "id" uuid not null,
      "name" text not null,
      "name_ar" text null,
      "folded_name" text not null,
      "parent_id" uuid null,
      "version" int not null default 1,
      "created_at" timestamptz not null,
      primary key ("id")
    )`,
  `alter table "categories" add constraint "categories_folded_name_unique" unique ("folded_name")`,
  `create table "products" (
      "id" uuid not null,
      "external_ref" text null,
      "sku" text null,
      "name" text not null,
      "name_ar" text null,
      "description" text null,
      "brand" text null,
      "unit" text null,
      "barcode" text null,
      "base_price_usd" numeric(18,6) null,
      "cost_usd" numeric(18,6) null,
      "reorder_level" numeric(18,3) null,
      "active" boolean not null default true,
      "trackable" boolean not null default true,
      "category_id" uuid null,
      "search_text" text not null default '',
      "version" int not null default 1,
      "created_at" timestamptz not null,
      "updated_at" timestamptz not null,
      "archived_at" timestamptz null,
      primary key ("id")
    )`,
  `alter table "products" add constraint "products_external_ref_unique" unique ("external_ref")`,
  `create index "products_sku" on "products" ("sku")`,
  `create index "products_price_keyset" on "products" (coalesce("base_price_usd", -1), "id")`,
  `create index "products_updated_keyset" on "products" ("updated_at", "id")`,
  `create index "products_name_keyset" on "products" (("name" collate "C"), "id")`,
  `create index "products_search_trgm" on "products" using gin ("search_text" gin_trgm_ops)`,
  `create table "product_images" (
      "id" uuid not null,
      "product_id" uuid not null,
      "source_ref" text not null,
      "file_name" text null,
      primary key ("id")
    )`,
  `alter table "product_images" add constraint "product_images_source_unique" unique ("product_id", "source_ref")`,
  `create table "product_stock" (
      "product_id" uuid not null,
      "on_hand" numeric(18,3) not null,
      "available" numeric(18,3) null,
      "committed" numeric(18,3) null,
      "updated_at" timestamptz not null,
      primary key ("product_id")
    )`,
  `alter table "categories" add constraint "categories_parent_id_foreign" foreign key ("parent_id") references "categories" ("id") on update no action on delete restrict`,
  `alter table "products" add constraint "products_category_id_foreign" foreign key ("category_id") references "categories" ("id") on update no action on delete restrict`,
  `alter table "product_images" add constraint "product_images_product_id_foreign" foreign key ("product_id") references "products" ("id") on update no action on delete cascade`,
]);
