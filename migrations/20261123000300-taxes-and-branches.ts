import { sqlMigration } from '../src/platform/db/migration.js';

/**
 * Taxes get a version, so that they can be changed by hand, and the one that Iraqi trade documents carry: none. The
 * seventh price list is the one for whatever fits no other.
 */
export const taxesAndBranches = sqlMigration('20261123000300-taxes-and-branches', [
  `alter table "taxes" add column "version" int not null default 1,
     add column "created_at" timestamptz not null default now()`,
  `insert into "taxes" ("id", "code", "name", "name_ar", "rate_percent")
     values (gen_random_uuid(), 'NONE', 'No tax', 'بدون ضريبة', 0) on conflict ("code") do nothing`,
  `insert into "price_lists" ("id", "code", "name", "name_ar", "currency", "created_at")
     values (gen_random_uuid(), 'custom', 'Custom', 'خاص', 'IQD', now()) on conflict ("code") do nothing`,
]);
