import { sqlMigration } from '../src/platform/db/migration.js';

/** Which tax and which person of the source this one is. */
export const mastersOfTheSource = sqlMigration('20261127060000-masters-of-the-source', [
  `alter table "taxes" add column "external_ref" text null`,
  `alter table "taxes" add constraint "taxes_external_ref_unique" unique ("external_ref")`,
  `alter table "users" add column "external_ref" text null`,
  `alter table "users" add constraint "users_external_ref_unique" unique ("external_ref")`,
]);
