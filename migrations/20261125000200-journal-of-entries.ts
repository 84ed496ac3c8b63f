import { sqlMigration } from '../src/platform/db/migration.js';

/**
 * Turns entries of the customer ledger, from one seq to another, into journal entries; those that are there already are
 * left alone. It runs once over what stands, and again for entries that a release without the journal writes while it
 * is being replaced, and for generated companies. No day before `not_before` is written.
 *
 * The amount in the base currency is that of the document's rate and the base currency's rate of the day; before the
 * first known rate, that one. The salesperson of the day was not kept, so old entries take today's.
 */
const JOURNAL_ACCOUNT_ENTRIES = `
create function journal_account_entries(first_seq bigint, last_seq bigint, not_before date) returns int language plpgsql as $$
declare
  base text := (select value #>> '{}' from settings where key = 'base_currency');
  decimals int := case base when 'IQD' then 0 else 2 end;
  written int;
begin
  with documents as (
    select nextval('journal_entries_id_seq') as entry_id, found.* from (
    select e.seq, e.document_id, e.kind, e.customer_id, e.currency, e.created_at, greatest(e.entered_on, not_before) as day,
      abs(e.amount) as total, coalesce(e.actor, 'system') as actor, coalesce(e.origin, 'system') as origin,
      case e.kind when 'INVOICE' then 'invoice' when 'PAYMENT' then 'payment' when 'CREDIT_NOTE' then 'creditNote' else 'refund' end as type,
      coalesce(i.exchange_rate, p.exchange_rate, n.exchange_rate, case when e.currency = 'IQD' then 1 else own.rate end) as rate,
      case when base = 'IQD' then 1 else basis.rate end as base_rate,
      coalesce(i.branch_id, p.branch_id, n.branch_id, source.branch_id) as branch_id, c.salesperson_id,
      coalesce(i.discount_total, 0) as discount, coalesce(i.shipping + i.adjustment, 0) as charges,
      coalesce(i.tax_total, t.tax, 0) as tax,
      case when coalesce(p.till_session_id, f.till_session_id) is not null then 1110
        when coalesce(p.method, f.method) in ('BANK_TRANSFER', 'CHECK', 'CARD') then 1140 else 1130 end as box
    from account_entries e
      join customers c on c.id = e.customer_id
      left join invoices i on e.kind = 'INVOICE' and i.id = e.document_id
      left join payments p on e.kind = 'PAYMENT' and p.id = e.document_id
      left join credit_notes n on e.kind = 'CREDIT_NOTE' and n.id = e.document_id
      left join refunds f on e.kind = 'REFUND' and f.id = e.document_id
      left join lateral (select sum(l.tax_amount) as tax from credit_note_lines l where l.credit_note_id = n.id) t on true
      left join lateral (select y.branch_id from payments y where y.id = f.payment_id
        union all select y.branch_id from credit_notes y where y.id = f.credit_note_id) source on true
      left join lateral (select r.rate from exchange_rates r where r.currency = e.currency and e.kind = 'REFUND'
        order by r.effective_on > e.entered_on, abs(r.effective_on - e.entered_on) limit 1) own on true
      left join lateral (select r.rate from exchange_rates r where r.currency = base and e.currency <> base
        order by r.effective_on > e.entered_on, abs(r.effective_on - e.entered_on) limit 1) basis on true
    where e.seq between first_seq and last_seq and e.kind in ('INVOICE', 'PAYMENT', 'CREDIT_NOTE', 'REFUND')
      and not exists (select 1 from journal_entries j where j.document_id = e.document_id and j.event = e.kind)
    order by e.seq) found
  ), drafts as materialized (
    select d.*, l.place, l.account, case when l.account = 1210 then d.customer_id end as party_id, l.amount,
      case when d.currency = base then l.amount else round(l.amount * d.rate / d.base_rate, decimals) end as base_amount
    from documents d cross join lateral (
      select * from (values (1, 1210, 'INVOICE', d.total), (2, 4120, 'INVOICE', d.discount),
        (3, 4100, 'INVOICE', d.tax + d.charges - d.discount - d.total), (4, 2130, 'INVOICE', -d.tax), (5, 4200, 'INVOICE', -d.charges),
        (1, d.box, 'PAYMENT', d.total), (2, 1210, 'PAYMENT', -d.total),
        (1, 4110, 'CREDIT_NOTE', d.total - d.tax), (2, 2130, 'CREDIT_NOTE', d.tax), (3, 1210, 'CREDIT_NOTE', -d.total),
        (1, 1210, 'REFUND', d.total), (2, d.box, 'REFUND', -d.total)) x(place, account, kind, amount)
      where x.kind = d.kind and x.amount <> 0) l
  ), entries as (
    insert into journal_entries (id, day, event, document_type, document_id, actor, origin, created_at)
    select distinct on (entry_id) entry_id, day, kind, type, document_id, actor, origin, created_at
    from drafts order by entry_id returning id
  ), lines as (
    insert into journal_lines (entry_id, line, account, party_id, currency, amount, base, day, branch_id, salesperson_id)
    select entry_id, place, account, party_id, currency, amount, base_amount, day, branch_id, salesperson_id from drafts
    union all
    select entry_id, 0, 4810, null::uuid, currency, 0, -sum(base_amount), day, branch_id, salesperson_id from drafts
    group by entry_id, currency, day, branch_id, salesperson_id having sum(base_amount) <> 0
  ) select count(*) into written from entries;

  with reversed as materialized (
    select nextval('journal_entries_id_seq') as entry_id, found.* from (
      select j.id as reverses, e.kind, e.customer_id, e.created_at, greatest(e.entered_on, not_before, j.day) as day,
        j.document_type, j.document_id, coalesce(e.actor, 'system') as actor, coalesce(e.origin, 'system') as origin
      from account_entries e join journal_entries j on j.document_id = e.document_id and j.event || '_VOID' = e.kind
      where e.seq between first_seq and last_seq
        and not exists (select 1 from journal_entries r where r.document_id = e.document_id and r.event = e.kind)
      order by e.seq) found
  ), entries as (
    insert into journal_entries (id, day, event, document_type, document_id, reverses, actor, origin, created_at)
    select entry_id, day, kind, document_type, document_id, reverses, actor, origin, created_at from reversed returning id
  ), lines as (
    insert into journal_lines (entry_id, line, account, party_id, currency, amount, base, day, branch_id, salesperson_id, product_id)
    select r.entry_id, l.line, l.account, case when l.account = 1210 then r.customer_id else l.party_id end, l.currency, -l.amount, -l.base,
      r.day, l.branch_id, l.salesperson_id, l.product_id
    from reversed r join journal_lines l on l.entry_id = r.reverses
  ) select written + count(*) into written from entries;
  return written;
end $$`;

/** What must hold of the journal after all entries were turned into it; one that does not stops the release. */
const CHECK = `
do $$
declare fault text;
begin
  select 'receivables of customer ' || coalesce(k.customer_id, j.party_id) || ' in ' || coalesce(k.currency, j.currency)
    || ': ' || coalesce(k.balance, 0) || ' before, ' || coalesce(j.balance, 0) || ' after' into fault
  from (select customer_id, currency, sum(amount) as balance from account_entries group by 1, 2) k
    full join (select party_id, currency, sum(amount) as balance from journal_lines where account = 1210 group by 1, 2) j
      on j.party_id = k.customer_id and j.currency = k.currency
  where coalesce(k.balance, 0) <> coalesce(j.balance, 0) limit 1;
  if fault is null then
    select 'entry ' || entry_id || ' does not balance' into fault
    from (select entry_id, currency, sum(amount) as amount, sum(base) as base from journal_lines group by 1, 2) x
    group by entry_id having sum(base) <> 0 or bool_or(amount <> 0) limit 1;
  end if;
  if fault is not null then raise exception 'The journal is not what the customer ledger says: %', fault; end if;
end $$`;

export const journalOfEntries = sqlMigration('20261125000200-journal-of-entries', [
  JOURNAL_ACCOUNT_ENTRIES,
  `select journal_account_entries(0, (select coalesce(max(seq), 0) from account_entries), '-infinity')`,
  CHECK,
]);
