import { sqlMigration } from '../src/platform/db/migration.js';

const appendOnly = (table: string): string[] =>
  (['update', 'delete', 'truncate'] as const).map(
    (event) =>
      `create trigger "${table}_append_only_${event}" before ${event} on "${table}"
         for each ${event === 'truncate' ? 'statement' : 'row'} execute function refuse_change_of_history()`,
  );

/**
 * What the database itself holds of the journal: entries balance in the base currency and in every currency, are written
 * by one transaction, lie on one open day, and never change. Entries wait for their number from the statement that writes
 * their lines; number_entries gives numbers without gaps after the commit, and keeps the balances of days. It plans for a
 * few keys in large tables, whatever statistics say: planned while the tables were small, a batch took seconds.
 */
export const journalRules = sqlMigration('20261125000300-journal-rules', [
  `create function keep_journal_balanced() returns trigger language plpgsql as $$
   declare closed date; entry bigint; fault text;
   begin
     select (value #>> '{}')::date into closed from settings where key = 'books_closed_until';
     select x.entry_id, case
         when sum(x.b) <> 0 then 'does not balance in the base currency'
         when bool_or(x.a <> 0) then 'does not balance in every currency'
         when min(x.d) <= closed then 'lies in closed books'
         else 'is of another day or transaction than its lines' end
       into entry, fault
     from (select f.entry_id, f.currency, sum(f.amount) as a, sum(f.base) as b, min(f.day) as d, max(f.day) as u
       from fresh f group by 1, 2) x
     group by x.entry_id
     having sum(x.b) <> 0 or bool_or(x.a <> 0) or coalesce(min(x.d) <= closed, false)
       or (select e.xid <> pg_current_xact_id() or e.day <> min(x.d) or e.day <> max(x.u)
           from journal_entries e where e.id = x.entry_id)
     limit 1;
     if entry is not null then
       raise exception 'journal entry % %', entry, fault using errcode = 'check_violation';
     end if;
     insert into journal_pending (entry_id) select distinct f.entry_id from fresh f on conflict do nothing;
     return null;
   end $$`,
  `create trigger "journal_lines_balanced" after insert on "journal_lines"
     referencing new table as fresh for each statement execute function keep_journal_balanced()`,
  ...appendOnly('journal_entries'),
  ...appendOnly('journal_lines'),
  ...appendOnly('journal_numbers'),
  `create function keep_base_currency() returns trigger language plpgsql as $$
   begin
     if (tg_op = 'DELETE' or new.key <> old.key or new.value <> old.value) and exists (select 1 from journal_entries) then
       raise exception 'the base currency is fixed by the first posting' using errcode = 'restrict_violation';
     end if;
     if tg_op = 'DELETE' then return old; end if;
     return new;
   end $$`,
  `create trigger "settings_base_currency" before update or delete on "settings"
     for each row when (old.key = 'base_currency') execute function keep_base_currency()`,
  `create function number_entries(batch int) returns int language plpgsql
     set plan_cache_mode = force_generic_plan set enable_seqscan = off set enable_hashjoin = off set enable_mergejoin = off as $$
   declare ids bigint[]; head bigint; nil constant uuid := '00000000-0000-0000-0000-000000000000';
   begin
     select h.number into head from journal_head h where h.id = 1 for update;
     -- A statement of its own: it sees what was committed while this one waited for the head.
     ids := array(select p.entry_id from journal_pending p order by 1 limit batch);
     if cardinality(ids) = 0 then return 0; end if;
     delete from journal_pending p where p.entry_id = any (ids);
     insert into journal_numbers (number, entry_id) select head + u.place, u.id from unnest(ids) with ordinality u(id, place);
     update journal_head h set number = head + cardinality(ids) where h.id = 1;
     insert into journal_days as d (account, party_id, currency, day, balance, base)
       select k.account, k.party, k.currency, k.day, coalesce(b.balance, 0), coalesce(b.base, 0)
       from (select distinct l.account, p.party, l.currency, l.day from journal_lines l
           cross join lateral (values (nil), (l.party_id)) p(party)
           where l.entry_id = any (ids) and p.party is not null order by 1, 2, 3, 4) k
         left join lateral (select x.balance, x.base from journal_days x
           where x.account = k.account and x.party_id = k.party and x.currency = k.currency and x.day < k.day
           order by x.day desc limit 1) b on true
       on conflict do nothing;
     update journal_days d set balance = d.balance + s.amount, base = d.base + s.base_amount, debit = d.debit + s.debit,
         credit = d.credit + s.credit, base_debit = d.base_debit + s.base_debit, base_credit = d.base_credit + s.base_credit
       from (
         select x.account, x.party_id, x.currency, x.day, sum(m.amount) as amount, sum(m.base) as base_amount,
           sum(case when x.day = m.day then m.debit else 0 end) as debit, sum(case when x.day = m.day then m.credit else 0 end) as credit,
           sum(case when x.day = m.day then m.base_debit else 0 end) as base_debit,
           sum(case when x.day = m.day then m.base_credit else 0 end) as base_credit
         from (
           select l.account, p.party, l.currency, l.day, sum(l.amount) as amount, sum(l.base) as base,
             sum(greatest(l.amount, 0)) as debit, sum(greatest(-l.amount, 0)) as credit,
             sum(greatest(l.base, 0)) as base_debit, sum(greatest(-l.base, 0)) as base_credit
           from journal_lines l cross join lateral (values (nil), (l.party_id)) p(party)
           where l.entry_id = any (ids) and p.party is not null group by 1, 2, 3, 4
         ) m
         join journal_days x on x.account = m.account and x.party_id = m.party and x.currency = m.currency and x.day >= m.day
         group by 1, 2, 3, 4
       ) s
       where d.account = s.account and d.party_id = s.party_id and d.currency = s.currency and d.day = s.day;
     return cardinality(ids);
   end $$`,
]);
