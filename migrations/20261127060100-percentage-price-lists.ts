import { sqlMigration } from '../src/platform/db/migration.js';

/** A list whose prices are the base prices, raised or lowered by one percentage; null: it has prices of its own. */
export const percentagePriceLists = sqlMigration('20261127060100-percentage-price-lists', [
  `alter table "price_lists" add column "base_percent" numeric(9,3) null, add column "base_rounding" text null,
     add constraint "price_lists_base_percent_check" check (base_percent + 100::numeric > 0::numeric)`,
]);
