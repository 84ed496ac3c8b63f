import { sqlMigration } from '../src/platform/db/migration.js';

/** A scanned code is looked up at every sale, and before a product takes a barcode. */
export const productBarcode = sqlMigration('20261124000200-product-barcode', [
  `create index "products_barcode" on "products" ("barcode")`,
]);
