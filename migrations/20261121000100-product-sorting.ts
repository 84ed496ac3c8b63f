import { sqlMigration } from '../src/platform/db/migration.js';

/** What shops sort by: newest, featured, popular. */
export const productSorting = sqlMigration('20261121000100-product-sorting', [
  `alter table "products" add "featured" boolean not null default false, add "popularity" int not null default 0`,
  `create index "products_created_keyset" on "products" ("created_at", "id")`,
  `create index "products_featured_keyset" on "products" ("featured", "id")`,
  `create index "products_popularity_keyset" on "products" ("popularity", "id")`,
]);
