import { sqlMigration } from '../src/platform/db/migration.js';

/**
 * Units with the decimals that quantities in them may have. Products keep the text that they have, which is looked up
 * without regard to case. Units in use that nobody has described are whole, unless stock in them lies here in fractions.
 */
export const units = sqlMigration('20261127010100-units', [
  `create table "units" ("id" uuid not null, "code" text not null, "name" text not null, "name_ar" text not null,
     "decimals" int not null default 0, "version" int not null default 1, "created_at" timestamptz not null default now(),
     primary key ("id"), constraint "units_code_unique" unique ("code"),
     constraint "units_decimals_check" check (decimals >= 0 and decimals <= 3))`,
  `insert into "units" ("id", "code", "name", "name_ar", "decimals")
     select gen_random_uuid(), t.* from (values ('pcs', 'Pieces', 'قطعة', 0), ('box', 'Box', 'صندوق', 0),
       ('carton', 'Carton', 'كارتون', 0), ('pack', 'Pack', 'علبة', 0), ('set', 'Set', 'طقم', 0), ('pair', 'Pair', 'زوج', 0),
       ('dozen', 'Dozen', 'درزن', 0), ('roll', 'Roll', 'لفة', 0), ('m', 'Metre', 'متر', 3), ('meter', 'Metre', 'متر', 3),
       ('cm', 'Centimetre', 'سنتيمتر', 1), ('ft', 'Foot', 'قدم', 2), ('kg', 'Kilogram', 'كيلوغرام', 3),
       ('g', 'Gram', 'غرام', 1), ('l', 'Litre', 'لتر', 3)) as t(code, name, name_ar, decimals)`,
  `insert into "units" ("id", "code", "name", "name_ar", "decimals")
     select gen_random_uuid(), u.code, u.name, u.name, u.decimals
     from (select lower(btrim(p.unit)) as code, min(btrim(p.unit)) as name,
         coalesce(max((select max(scale(trim_scale(s.on_hand))) from stock_levels s where s.product_id = p.id)), 0) as decimals
       from products p where btrim(p.unit) <> '' group by 1) u
     on conflict ("code") do nothing`,
]);
