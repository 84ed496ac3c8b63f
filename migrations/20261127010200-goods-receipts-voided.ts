import { sqlMigration } from '../src/platform/db/migration.js';

/** A receipt can be voided while its goods are here and no bill names them. */
export const goodsReceiptsVoided = sqlMigration('20261127010200-goods-receipts-voided', [
  `alter table "goods_receipts" add column "voided_at" timestamptz null, add column "voided_on" date null,
     add column "void_reason" text null`,
]);
