import { sqlMigration } from '../src/platform/db/migration.js';

/** Code, English and Arabic name of the boxes that every branch has from the start; the owner renames them. */
const DEFAULTS = [
  [1110, 'Till', 'صندوق البيع'],
  [1130, 'Safe', 'القاصة'],
  [1140, 'Bank', 'المصرف'],
] as const;

/**
 * Where money lies: tills, boxes of salespersons, safes, banks and transfer channels. Every branch gets a till, a safe and
 * a bank of its own, which take what names no box. What stands on the accounts of boxes without one moves to them by an
 * entry of today, the first open day at the earliest: lines are never changed.
 */
export const cashBoxes = sqlMigration('20261126020100-cash-boxes', [
  `create table "cash_boxes" (
     "id" uuid not null, "account" int not null, "name" text not null, "name_ar" text not null, "branch_id" uuid not null,
     "keeper_id" uuid null, "is_default" boolean not null default false, "may_overdraw" boolean not null default false,
     "active" boolean not null default true, "version" int not null default 1, "created_at" timestamptz not null,
     constraint "cash_boxes_pkey" primary key ("id"),
     constraint "cash_boxes_account_check" check ("account" in (1110, 1120, 1130, 1140, 1150)),
     constraint "cash_boxes_overdraw_check" check (not "may_overdraw" or "account" in (1140, 1150)),
     constraint "cash_boxes_account_foreign" foreign key ("account") references "accounts" ("code") on update no action on delete restrict,
     constraint "cash_boxes_branch_id_foreign" foreign key ("branch_id") references "branches" ("id") on update no action on delete restrict,
     constraint "cash_boxes_keeper_id_foreign" foreign key ("keeper_id") references "users" ("id") on update no action on delete restrict)`,
  `create unique index "cash_boxes_default_unique" on "cash_boxes" ("account", "branch_id") where ("is_default")`,
  `create unique index "cash_boxes_keeper_unique" on "cash_boxes" ("keeper_id", "account") where ("active" and "account" in (1110, 1120))`,
  `create index "cash_boxes_name_keyset" on "cash_boxes" ("name", "id")`,
  `create table "cash_balances" (
     "box_id" uuid not null, "currency" text not null, "balance" numeric(20,6) not null default 0,
     constraint "cash_balances_pkey" primary key ("box_id", "currency"),
     constraint "cash_balances_currency" check ("currency" in ('IQD', 'USD', 'RMB')),
     constraint "cash_balances_box_id_foreign" foreign key ("box_id") references "cash_boxes" ("id") on update no action on delete restrict)`,
  `insert into "cash_boxes" ("id", "account", "name", "name_ar", "branch_id", "is_default", "may_overdraw", "created_at")
     select gen_random_uuid(), d.account, d.name || ' ' || b.code, d.name_ar || ' ' || b.code, b.id, true, d.account = 1140, now()
     from branches b cross join (values ${DEFAULTS.map(([code, name, nameAr]) => `(${code}, '${name}', '${nameAr}')`).join(', ')}) d(account, name, name_ar)`,
  `create function default_cash_box(of_account int, of_branch uuid) returns uuid language sql stable as $$
     select b.id from cash_boxes b where b.account = of_account and b.is_default
     order by (b.branch_id = of_branch) desc nulls last, b.created_at, b.id limit 1 $$`,
  `with moved as (
     select default_cash_box(l.account, l.branch_id) as box_id, l.account, l.currency, sum(l.amount) as amount, sum(l.base) as base
     from journal_lines l where l.account between 1110 and 1150 and l.party_id is null
     group by 1, 2, 3 having sum(l.amount) <> 0 or sum(l.base) <> 0
   ), entries as (
     insert into journal_entries (day, event, document_type, document_id, actor, origin)
     select greatest((now() at time zone 'Asia/Baghdad')::date,
         coalesce((select (value #>> '{}')::date + 1 from settings where key = 'books_closed_until'), '-infinity')),
       'CASH_BOX_OPENING', 'cashBox', m.box_id, 'system', 'system'
     from (select distinct box_id from moved) m returning id, day, document_id
   )
   insert into journal_lines (entry_id, line, account, party_id, currency, amount, base, day)
   select e.id, row_number() over (partition by e.id order by m.currency, s.sign), m.account,
     case s.sign when 1 then m.box_id end, m.currency, s.sign * m.amount, s.sign * m.base, e.day
   from entries e join moved m on m.box_id = e.document_id cross join (values (1), (-1)) s(sign)`,
  `insert into cash_balances (box_id, currency, balance)
     select l.party_id, l.currency, sum(l.amount) from journal_lines l
     where l.account between 1110 and 1150 and l.party_id is not null group by 1, 2`,
]);
