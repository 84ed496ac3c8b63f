import { sqlMigration } from '../src/platform/db/migration.js';

/**
 * journal_account_entries as it was, with a line for each product on sales and on returns. Entries that stand keep their
 * lines: the journal is append-only, so what was posted before this release is of no product.
 */
const JOURNAL_ACCOUNT_ENTRIES = `
create or replace function journal_account_entries(first_seq bigint, last_seq bigint, not_before date) returns int language plpgsql as $$
declare
  base text := (select value #>> '{}' from settings where key = 'base_currency');
  decimals int := case base when 'IQD' then 0 else 2 end;
  written int;
begin
  with documents as materialized (
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
  ), goods as materialized (
    select d.entry_id, l.product_id, -sum(l.line_total) as amount
    from documents d join invoice_lines l on l.invoice_id = d.document_id
    where d.kind = 'INVOICE' and l.product_id is not null group by 1, 2
    union all
    select d.entry_id, l.product_id, sum(l.line_total - l.discount_share)
    from documents d join credit_note_lines l on l.credit_note_id = d.document_id
    where d.kind = 'CREDIT_NOTE' and l.product_id is not null group by 1, 2
  ), sums as materialized (
    select entry_id, sum(amount) as amount from goods group by 1
  ), parts as (
    select d.entry_id, x.place, x.account, x.amount, null::uuid as product_id
    from documents d left join sums g on g.entry_id = d.entry_id cross join lateral (values
      (1, 1210, 'INVOICE', d.total), (2, 4120, 'INVOICE', d.discount),
      (3, 4100, 'INVOICE', d.tax + d.charges - d.discount - d.total - coalesce(g.amount, 0)), (4, 2130, 'INVOICE', -d.tax),
      (5, 4200, 'INVOICE', -d.charges),
      (1, d.box, 'PAYMENT', d.total), (2, 1210, 'PAYMENT', -d.total),
      (1, 4110, 'CREDIT_NOTE', d.total - d.tax - coalesce(g.amount, 0)), (2, 2130, 'CREDIT_NOTE', d.tax),
      (3, 1210, 'CREDIT_NOTE', -d.total),
      (1, 1210, 'REFUND', d.total), (2, d.box, 'REFUND', -d.total)) x(place, account, kind, amount)
    where x.kind = d.kind and x.amount <> 0
    union all
    select g.entry_id, case d.kind when 'INVOICE' then 3 else 1 end, case d.kind when 'INVOICE' then 4100 else 4110 end,
      g.amount, g.product_id
    from goods g join documents d on d.entry_id = g.entry_id where g.amount <> 0
  ), drafts as materialized (
    select d.*, row_number() over (partition by d.entry_id order by l.place, l.product_id) as line, l.account,
      case when l.account = 1210 then d.customer_id end as party_id, l.product_id, l.amount,
      case when d.currency = base then l.amount else round(l.amount * d.rate / d.base_rate, decimals) end as base_amount
    from documents d join parts l on l.entry_id = d.entry_id
  ), entries as (
    insert into journal_entries (id, day, event, document_type, document_id, actor, origin, created_at)
    select distinct on (entry_id) entry_id, day, kind, type, document_id, actor, origin, created_at
    from drafts order by entry_id returning id
  ), lines as (
    insert into journal_lines (entry_id, line, account, party_id, currency, amount, base, day, branch_id, salesperson_id, product_id)
    select entry_id, line, account, party_id, currency, amount, base_amount, day, branch_id, salesperson_id, product_id from drafts
    union all
    select entry_id, 0, 4810, null::uuid, base, 0, -sum(base_amount), day, branch_id, salesperson_id, null::uuid from drafts
    group by entry_id, day, branch_id, salesperson_id having sum(base_amount) <> 0
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

export const journalByProduct = sqlMigration('20261125000400-journal-by-product', [JOURNAL_ACCOUNT_ENTRIES]);
