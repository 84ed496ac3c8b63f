import { sqlMigration } from '../src/platform/db/migration.js';

/** Price lists with tiers, days and discounts, and the history of prices. */
export const prices = sqlMigration('20261120001000-prices', [
  `create table "price_lists" (
      "id" uuid not null,
      "code" text not null,
      "name" text not null,
      "name_ar" text null,
      "currency" text not null,
      "external_ref" text null,
      "active" boolean not null default true,
      "effective_from" date null,
      "effective_to" date null,
      "version" int not null default 1,
      "created_at" timestamptz not null,
      "archived_at" timestamptz null,
      primary key ("id")
    )`,
  `create table "prices" (
      "id" uuid not null,
      "price_list_id" uuid not null,
      "product_id" uuid not null,
      "min_quantity" numeric(18,3) not null default '1',
      "effective_from" date not null default '2000-01-01',
      "effective_to" date null,
      "amount" numeric(18,6) not null,
      "discount_percent" numeric(6,3) not null default '0',
      "updated_at" timestamptz not null,
      primary key ("id")
    )`,
  `create table "price_changes" (
      "id" uuid not null,
      "product_id" uuid not null,
      "price_list_id" uuid not null,
      "min_quantity" numeric(18,3) not null,
      "amount_before" numeric(18,6) null,
      "amount_after" numeric(18,6) null,
      "discount_before" numeric(6,3) null,
      "discount_after" numeric(6,3) null,
      "currency" text not null,
      "actor" text not null,
      "origin" text not null,
      "at" timestamptz not null,
      primary key ("id")
    )`,
  `create index "price_changes_keyset" on "price_changes" ("at", "id")`,
  `create index "price_changes_product" on "price_changes" ("product_id", "at", "id")`,
  `alter table "price_lists" add constraint "price_lists_code_unique" unique ("code")`,
  `alter table "price_lists" add constraint "price_lists_external_ref_unique" unique ("external_ref")`,
  `create index "prices_product" on "prices" ("product_id", "price_list_id")`,
  `alter table "prices" add constraint "prices_tier_unique" unique ("price_list_id", "product_id", "min_quantity", "effective_from")`,
  `alter table "prices" add constraint "prices_price_list_id_foreign" foreign key ("price_list_id") references "price_lists" ("id") on update no action on delete restrict`,
  `alter table "prices" add constraint "prices_product_id_foreign" foreign key ("product_id") references "products" ("id") on update no action on delete restrict`,
  `alter table "prices" add constraint "prices_quantity_check" check (min_quantity > 0::numeric)`,
  `alter table "prices" add constraint "prices_discount_check" check (discount_percent >= 0::numeric and discount_percent <= 100::numeric)`,
  `alter table "prices" add constraint "prices_amount_check" check (amount >= 0::numeric)`,
  `alter table "categories" add "archived_at" timestamptz null`,
  `alter table "products" add "tags" text[] not null default '{}'`,
  // The lists that the company prices by; each is bound to its price book at Zoho when that comes.
  `insert into "price_lists" ("id", "code", "name", "name_ar", "currency", "created_at") values
      (gen_random_uuid(), 'wholesale_a', 'Wholesale A', 'جملة أ', 'USD', now()),
      (gen_random_uuid(), 'wholesale_b', 'Wholesale B', 'جملة ب', 'USD', now()),
      (gen_random_uuid(), 'retailer', 'Retailer', 'مفرد', 'USD', now()),
      (gen_random_uuid(), 'technical_iqd', 'Technical IQD', 'فني دينار', 'IQD', now()),
      (gen_random_uuid(), 'technical_usd', 'Technical USD', 'فني دولار', 'USD', now()),
      (gen_random_uuid(), 'consumer_iqd', 'Consumer', 'مستهلك', 'IQD', now())`,
]);
