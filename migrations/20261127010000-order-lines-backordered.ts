import { sqlMigration } from '../src/platform/db/migration.js';

/** What of a line waits for goods. The rest of what is to leave of a confirmed order is reserved, as it always was. */
export const orderLinesBackordered = sqlMigration('20261127010000-order-lines-backordered', [
  `alter table "order_lines" add column "backordered" numeric(18,3) not null default 0`,
  `alter table "order_lines" add constraint "order_lines_backordered_check" check (backordered >= 0
     and shipped + cancelled + credited + backordered <= quantity)`,
  `create index "order_lines_backordered" on "order_lines" ("product_id") where (backordered > 0)`,
]);
