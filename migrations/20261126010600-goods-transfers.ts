import { sqlMigration } from '../src/platform/db/migration.js';

const refers = (table: string, column: string, target: string, rule: 'cascade' | 'restrict' = 'restrict'): string =>
  `constraint "${table}_${column}_foreign" foreign key ("${column}") references "${target}" ("id") on update no action on delete ${rule}`;

/** Goods on the way between two warehouses: sent, received in parts, the rest lost. */
export const goodsTransfers = sqlMigration('20261126010600-goods-transfers', [
  `create table "goods_transfers" ("id" uuid not null, "number" text not null, "status" text not null, "reason" text not null,
     "from_warehouse_id" uuid not null, "to_warehouse_id" uuid not null, "sent_on" date not null, "completed_on" date null,
     "created_by" text not null, "version" int not null default 1, "created_at" timestamptz not null,
     constraint "goods_transfers_pkey" primary key ("id"), constraint "goods_transfers_number_unique" unique ("number"),
     ${refers('goods_transfers', 'from_warehouse_id', 'warehouses')},
     ${refers('goods_transfers', 'to_warehouse_id', 'warehouses')},
     constraint "goods_transfers_status_check" check (status in ('SENT', 'RECEIVED')),
     constraint "goods_transfers_way_check" check (from_warehouse_id <> to_warehouse_id))`,
  `create index "goods_transfers_created_keyset" on "goods_transfers" ("created_at", "id")`,
  `create table "goods_transfer_lines" ("id" uuid not null, "transfer_id" uuid not null, "position" int not null, "product_id" uuid not null,
     "description" text not null, "quantity" numeric(18,3) not null, "received" numeric(18,3) not null default 0,
     "lost" numeric(18,3) not null default 0, constraint "goods_transfer_lines_pkey" primary key ("id"),
     ${refers('goods_transfer_lines', 'transfer_id', 'goods_transfers', 'cascade')},
     ${refers('goods_transfer_lines', 'product_id', 'products')},
     constraint "goods_transfer_lines_quantity_check" check (quantity > 0::numeric and received >= 0::numeric and lost >= 0::numeric and received + lost <= quantity))`,
  `create index "goods_transfer_lines_transfer" on "goods_transfer_lines" ("transfer_id", "position")`,
]);
