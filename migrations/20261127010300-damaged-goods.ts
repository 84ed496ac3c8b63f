import { sqlMigration } from '../src/platform/db/migration.js';

/** Goods that come back damaged lie in a warehouse of which nothing is sold. */
export const damagedGoods = sqlMigration('20261127010300-damaged-goods', [
  `alter table "warehouses" add column "damaged" boolean not null default false,
     add constraint "warehouses_damaged_check" check (not (damaged and is_primary))`,
  `alter table "credit_note_lines" add column "damaged" boolean not null default false`,
]);
