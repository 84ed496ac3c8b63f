import { sqlMigration } from '../src/platform/db/migration.js';

/** Why one allocation was taken back, or written off a rest, apart from the void of a whole document. */
export const reasonsOfAllocations = sqlMigration('20261127020000-reasons-of-allocations', [
  `alter table "allocations" add column "reason" text null`,
  `alter table "bill_allocations" add column "reason" text null`,
  `alter table "vendor_credit_allocations" add column "reason" text null`,
]);
