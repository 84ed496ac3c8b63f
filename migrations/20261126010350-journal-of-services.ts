import { sqlMigration } from '../src/platform/db/migration.js';

/**
 * journal_purchases as it was, but for what a bill debits: goods, line by line, stand against what is received, services are
 * an expense. Entries that stand keep their lines.
 */
const JOURNAL_PURCHASES = `
create or replace function journal_purchases(only_id uuid, not_before date) returns int language plpgsql as $$
declare
  base text := (select value #>> '{}' from settings where key = 'base_currency');
  decimals int := case base when 'IQD' then 0 else 2 end;
  written int;
begin
  with documents as (
    select nextval('journal_entries_id_seq') as entry_id, found.*, case when base = 'IQD' then 1 else basis.rate end as base_rate
    from (
      select x.id, x.event, x.type, x.vendor_id, x.currency, greatest(x.day, not_before) as day, x.rate, x.total, x.tax, x.goods, x.box,
        x.branch_id, x.created_by, x.created_at
      from (
        select b.id, 'BILL' as event, 'bill' as type, b.vendor_id, b.currency, b.billed_on as day, b.exchange_rate as rate, b.total,
          b.tax_total as tax, (select coalesce(sum(l.line_total), 0) from bill_lines l where l.bill_id = b.id and l.stocked and l.product_id is not null) as goods,
          null::int as box, b.branch_id, b.created_by, b.created_at from bills b
        union all
        select p.id, 'PAYMENT_MADE', 'paymentMade', p.vendor_id, p.currency, p.paid_on, p.exchange_rate, p.amount, 0, 0,
          case when p.method in ('BANK_TRANSFER', 'CHECK', 'CARD') then 1140 else 1130 end, p.branch_id, p.created_by, p.created_at
        from payments_made p
      ) x
      where (only_id is null or x.id = only_id) and x.total <> 0
        and not exists (select 1 from journal_entries j where j.document_id = x.id and j.event = x.event)
      order by x.created_at, x.id
    ) found
    left join lateral (select r.rate from exchange_rates r where r.currency = base and found.currency <> base
      order by r.effective_on > found.day, abs(r.effective_on - found.day) limit 1) basis on true
  ), drafts as materialized (
    select d.*, l.place, l.account, case when l.account = 2110 then d.vendor_id end as party_id, l.amount,
      case when d.currency = base then l.amount
        when l.account = 2120 then (select sum(round(b.line_total * d.rate / d.base_rate, decimals)) from bill_lines b
          where b.bill_id = d.id and b.stocked and b.product_id is not null)
        else round(l.amount * d.rate / d.base_rate, decimals) end as base_amount
    from documents d cross join lateral (
      select * from (values (1, 2120, 'BILL', d.goods), (2, 6900, 'BILL', d.total - d.tax - d.goods), (3, 2130, 'BILL', d.tax), (4, 2110, 'BILL', -d.total),
        (1, 2110, 'PAYMENT_MADE', d.total), (2, d.box, 'PAYMENT_MADE', -d.total)) x(place, account, event, amount)
      where x.event = d.event and x.amount <> 0) l
  ), entries as (
    insert into journal_entries (id, day, event, document_type, document_id, actor, origin, created_at)
    select distinct on (entry_id) entry_id, day, event, type, id, created_by, 'system', created_at from drafts order by entry_id
    returning id
  ), lines as (
    insert into journal_lines (entry_id, line, account, party_id, currency, amount, base, day, branch_id)
    select entry_id, place, account, party_id, currency, amount, base_amount, day, branch_id from drafts
    union all
    select entry_id, 0, 4810, null::uuid, currency, 0, -sum(base_amount), day, branch_id from drafts
    group by entry_id, currency, day, branch_id having sum(base_amount) <> 0
  ) select count(*) into written from entries;

  with reversed as materialized (
    select nextval('journal_entries_id_seq') as entry_id, found.* from (
      select j.id as reverses, j.event || '_VOID' as event, j.document_type, j.document_id, x.voided_at,
        greatest(coalesce(x.voided_on, (x.voided_at at time zone 'Asia/Baghdad')::date), not_before, j.day) as day
      from journal_entries j join (
        select id, voided_at, voided_on from bills where voided_at is not null
        union all select id, voided_at, voided_on from payments_made where voided_at is not null) x on x.id = j.document_id
      where only_id is null and j.event in ('BILL', 'PAYMENT_MADE')
        and not exists (select 1 from journal_entries r where r.reverses = j.id)
      order by x.voided_at, j.id) found
  ), entries as (
    insert into journal_entries (id, day, event, document_type, document_id, reverses, actor, origin, created_at)
    select entry_id, day, event, document_type, document_id, reverses, 'system', 'system', voided_at from reversed returning id
  ), lines as (
    insert into journal_lines (entry_id, line, account, party_id, currency, amount, base, day, branch_id, salesperson_id, product_id)
    select r.entry_id, l.line, l.account, l.party_id, l.currency, -l.amount, -l.base, r.day, l.branch_id, l.salesperson_id, l.product_id
    from reversed r join journal_lines l on l.entry_id = r.reverses
  ) select written + count(*) into written from entries;
  return written;
end $$`;

export const journalOfServices = sqlMigration('20261126010350-journal-of-services', [JOURNAL_PURCHASES]);
