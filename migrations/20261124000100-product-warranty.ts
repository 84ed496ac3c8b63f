import { sqlMigration } from '../src/platform/db/migration.js';

/** Months for which the company takes a product back when it breaks. Zoho does not know it. */
export const productWarranty = sqlMigration('20261124000100-product-warranty', [
  `alter table "products" add column "warranty_months" int`,
]);
