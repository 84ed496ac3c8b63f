import { sqlMigration } from '../src/platform/db/migration.js';

/** Stock by place as a ledger of movements instead of one figure a product. */
export const stockLedger = sqlMigration('20261120000900-stock-ledger', [
  `create table "stock_levels" (
      "product_id" uuid not null,
      "warehouse_id" uuid not null,
      "on_hand" numeric(18,3) not null default '0',
      "reserved" numeric(18,3) not null default '0',
      "source_on_hand" numeric(18,3) null,
      "source_reserved" numeric(18,3) null,
      "updated_at" timestamptz not null,
      primary key ("product_id",
      "warehouse_id")
    )`,
  `create table "stock_movements" (
      "id" uuid not null,
      "product_id" uuid not null,
      "warehouse_id" uuid not null,
      "type" text not null,
      "quantity" numeric(18,3) not null,
      "reserved" numeric(18,3) not null default '0',
      "on_hand_after" numeric(18,3) not null,
      "reserved_after" numeric(18,3) not null,
      "unit_cost_usd" numeric(18,6) null,
      "reason" text null,
      "reference_type" text null,
      "reference_id" text null,
      "actor" text not null,
      "origin" text not null,
      "created_at" timestamptz not null,
      primary key ("id")
    )`,
  `create index "stock_levels_warehouse" on "stock_levels" ("warehouse_id", "product_id")`,
  `create index "stock_movements_reference" on "stock_movements" ("reference_type", "reference_id") where ("reference_id" is not null)`,
  `create index "stock_movements_keyset" on "stock_movements" ("created_at", "id")`,
  `create index "stock_movements_product" on "stock_movements" ("product_id", "id")`,
  `alter table "stock_levels" add constraint "stock_levels_reserved_check" check (reserved >= 0::numeric)`,
  `alter table "stock_movements" add constraint "stock_movements_warehouse_id_foreign" foreign key ("warehouse_id") references "warehouses" ("id") on update no action on delete restrict`,
  `alter table "stock_movements" add constraint "stock_movements_type_check" check (type in ('RECEIPT', 'SALE', 'ADJUSTMENT', 'TRANSFER', 'RESERVATION', 'RELEASE', 'RETURN'))`,
  `create function stock_movements_is_append_only() returns trigger language plpgsql as $$
    begin
      raise exception 'stock_movements knows no update and no delete';
    end $$`,
  `create trigger stock_movements_no_change before update or delete on stock_movements
    for each row execute function stock_movements_is_append_only()`,
  // What was known as one figure a product becomes the opening line of the primary place.
  `insert into stock_levels (product_id, warehouse_id, on_hand, reserved, source_on_hand, source_reserved, updated_at)
    select s.product_id, w.id, s.on_hand, greatest(coalesce(s.committed, 0), 0), s.on_hand, greatest(coalesce(s.committed, 0), 0), s.updated_at
    from product_stock s cross join warehouses w where w.is_primary`,
  `insert into stock_movements (id, product_id, warehouse_id, type, quantity, reserved, on_hand_after, reserved_after, reason, actor, origin, created_at)
    select gen_random_uuid(), product_id, warehouse_id, 'ADJUSTMENT', on_hand, reserved, on_hand, reserved, 'Opening', 'system', 'system', now()
    from stock_levels`,
  `drop table "product_stock"`,
  `alter table "stock_levels" set (fillfactor = 80)`,
]);
