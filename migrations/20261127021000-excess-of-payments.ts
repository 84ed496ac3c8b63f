import { sqlMigration } from '../src/platform/db/migration.js';

/** What an allocation takes of a payment beyond what it settles: a few dinars too much, kept as a rounding. */
export const excessOfPayments = sqlMigration('20261127021000-excess-of-payments', [
  `alter table "allocations" add column "excess" numeric(18,6) not null default 0`,
  `alter table "bill_allocations" add column "excess" numeric(18,6) not null default 0`,
  `alter table "vendor_credit_allocations" add column "excess" numeric(18,6) not null default 0`,
]);
