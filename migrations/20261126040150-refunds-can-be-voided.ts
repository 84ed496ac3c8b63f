import { sqlMigration } from '../src/platform/db/migration.js';

/**
 * A refund says what it took of its source in the base currency (null: not known yet, as of allocations), and can be
 * voided like any other document.
 */
export const refundsCanBeVoided = sqlMigration('20261126040150-refunds-can-be-voided', [
  `alter table "refunds" add column "base_amount" numeric(18,6) null, add column "voided_at" timestamptz null,
     add column "voided_on" date null, add column "void_reason" text null, add column "version" int not null default 1`,
  `create index "refunds_not_carried" on "refunds" ("id") where (base_amount is null)`,
]);
