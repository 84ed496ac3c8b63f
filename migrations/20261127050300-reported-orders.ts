import { sqlMigration } from '../src/platform/db/migration.js';

/** The lines of an order of an outside source keep their ids there, and those of their products. */
export const reportedOrders = sqlMigration('20261127050300-reported-orders', [
  `alter table "order_lines" add column "external_ref" text null, add column "product_ref" text null`,
  `create index "order_lines_external_ref" on "order_lines" ("external_ref") where (external_ref is not null)`,
]);
