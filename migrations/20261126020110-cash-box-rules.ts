import { sqlMigration } from '../src/platform/db/migration.js';

/**
 * What the database itself holds of cash boxes: a line on the account of boxes names one, the default one of its branch
 * when a release that does not know boxes writes it; what a box holds is kept in the statement that posts, in the order
 * of box and currency; and nobody takes more out of a box than it holds, unless it may be overdrawn. A box that stood
 * below zero before can be filled.
 */
export const cashBoxRules = sqlMigration('20261126020110-cash-box-rules', [
  `create function name_cash_box() returns trigger language plpgsql as $$
   begin
     new.party_id := default_cash_box(new.account, new.branch_id);
     return new;
   end $$`,
  `create trigger "journal_lines_box" before insert on "journal_lines" for each row
     when (new.account between 1110 and 1150 and new.party_id is null) execute function name_cash_box()`,
  `create function keep_cash_balances() returns trigger language plpgsql as $$
   declare short record;
   begin
     with moves as materialized (
       select f.party_id as box_id, f.currency, sum(f.amount) as amount from fresh f
       where f.account between 1110 and 1150 and f.party_id is not null group by 1, 2 having sum(f.amount) <> 0
     ), kept as (
       insert into cash_balances as b (box_id, currency, balance) select m.box_id, m.currency, m.amount from moves m order by 1, 2
       on conflict (box_id, currency) do update set balance = b.balance + excluded.balance
       returning b.box_id, b.currency, b.balance
     )
     select c.id, c.name, k.currency, k.balance, m.amount into short
     from kept k join moves m on m.box_id = k.box_id and m.currency = k.currency join cash_boxes c on c.id = k.box_id
     where m.amount < 0 and k.balance < 0 and not c.may_overdraw order by 1, 3 limit 1;
     if found then
       raise exception 'the cash box % has too little %', short.name, short.currency using
         errcode = 'check_violation', constraint = 'cash_balances_floor', detail = json_build_object('boxId', short.id,
           'boxName', short.name, 'currency', short.currency, 'available', greatest(short.balance - short.amount, 0)::text,
           'requested', (-short.amount)::text)::text;
     end if;
     return null;
   end $$`,
  `create trigger "journal_lines_cash" after insert on "journal_lines"
     referencing new table as fresh for each statement execute function keep_cash_balances()`,
]);
