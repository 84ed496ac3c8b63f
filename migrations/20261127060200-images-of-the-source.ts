import { sqlMigration } from '../src/platform/db/migration.js';

/**
 * What of the image of the source was downloaded, why it was not, and when to try again. An image that was uploaded here
 * is named by its hash, and never wanted.
 */
export const imagesOfTheSource = sqlMigration('20261127060200-images-of-the-source', [
  `alter table "product_images" add column "fetched_ref" text null, add column "fetch_fault" text null,
     add column "next_fetch_at" timestamptz null`,
  `create index "product_images_wanted" on "product_images" ("id")
     where ((source_ref !~~ 'sha256:%'::text) and (fetched_ref is distinct from source_ref))`,
]);
