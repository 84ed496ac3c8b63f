import { sqlMigration } from '../src/platform/db/migration.js';

/** Images that are stored here, beside those that a source only names. */
export const storedImages = sqlMigration('20261120001500-stored-images', [
  `alter table "product_images" add "file_hash" text null, add "width" int null, add "height" int null`,
  `create index "product_images_file" on "product_images" ("file_hash")`,
]);
