import { sqlMigration } from '../src/platform/db/migration.js';

const NIL = `'00000000-0000-0000-0000-000000000000'::uuid`;

/** What is kept of the sales of a day, in the currency and in the base currency. */
const AMOUNTS = ['billed', 'credited', 'sales', 'discounts', 'returns'].flatMap((name) => [name, `base_${name}`]);
const FIGURES = ['documents', 'quantity', ...AMOUNTS, 'cost'];
const KEY = 'kind, day, key, currency, branch_id, salesperson_id';

const tableOf = (type: string): string => (type === 'creditNote' ? 'credit_notes' : `${type}s`);

/** The customer of a document that posts sales, returns or cost. */
const CUSTOMER = ['invoice', 'creditNote', 'shipment', 'order']
  .map((type) => `when '${type}' then (select x.customer_id from ${tableOf(type)} x where x.id = e.document_id)`)
  .join(' ');

const amounts = (sum: (value: string) => string): string => `${sum('l.amount')}, ${sum('l.base')}`;

/**
 * What entries say of sales, as rows of sales_days: once as a whole (kind 0), by customer (1) and by product (2), which
 * has no documents. Pieces are those of the documents, on the day of the entry.
 */
const SALES_OF_ENTRIES = `
create function sales_of_entries(ids bigint[]) returns table (kind smallint, day date, key uuid, currency text, branch_id uuid, salesperson_id uuid,
  documents bigint, quantity numeric, ${AMOUNTS.map((name) => `${name} numeric`).join(', ')}, cost numeric)
language sql stable set enable_seqscan = off as $$
  with entries as materialized (
    select e.id, e.event, e.document_id, case e.document_type ${CUSTOMER} end as customer_id
    from journal_entries e where e.id = any (ids)
  ), lines as materialized (
    select e.id, e.event, e.customer_id, l.day, l.account, l.currency, l.amount, l.base, coalesce(l.branch_id, ${NIL}) as branch_id,
      coalesce(l.salesperson_id, ${NIL}) as salesperson_id, l.product_id
    from entries e join journal_lines l on l.entry_id = e.id
    where l.account in (4100, 4110, 4120, 5100)
      or l.account = 1210 and e.event in ('INVOICE', 'INVOICE_VOID', 'CREDIT_NOTE', 'CREDIT_NOTE_VOID')
  ), heads as (
    select distinct on (l.id) l.id, l.day, l.currency, l.branch_id, l.salesperson_id from lines l order by l.id, l.account
  ), pieces as (
    select e.id, z.product_id, case e.event when 'INVOICE' then z.quantity else -z.quantity end as quantity
    from entries e join invoice_lines z on z.invoice_id = e.document_id where e.event in ('INVOICE', 'INVOICE_VOID')
    union all
    select e.id, z.product_id, case e.event when 'CREDIT_NOTE' then -z.quantity else z.quantity end
    from entries e join credit_note_lines z on z.credit_note_id = e.document_id
    where e.event in ('CREDIT_NOTE', 'CREDIT_NOTE_VOID') and z.invoice_line_id is not null
  ), moves as (
    select k.kind, l.day, k.key, l.currency, l.branch_id, l.salesperson_id,
      case when l.account <> 1210 then 0 when l.event = 'INVOICE' then 1 when l.event = 'INVOICE_VOID' then -1 else 0 end as documents,
      0 as quantity,
      ${amounts((value) => `case when l.account = 1210 and l.event in ('INVOICE', 'INVOICE_VOID') then ${value} else 0 end`)},
      ${amounts((value) => `case when l.account = 1210 and l.event not in ('INVOICE', 'INVOICE_VOID') then -${value} else 0 end`)},
      ${amounts((value) => `case l.account when 4100 then -${value} else 0 end`)},
      ${amounts((value) => `case l.account when 4120 then ${value} else 0 end`)},
      ${amounts((value) => `case l.account when 4110 then ${value} else 0 end`)},
      case l.account when 5100 then l.base else 0 end
    from lines l cross join lateral (values (0, ${NIL}), (1, coalesce(l.customer_id, ${NIL})), (2, coalesce(l.product_id, ${NIL}))) k(kind, key)
    where k.kind < 2 or l.account <> 1210
    union all
    select 2, h.day, coalesce(p.product_id, ${NIL}), h.currency, h.branch_id, h.salesperson_id, 0, p.quantity, ${'0, '.repeat(AMOUNTS.length)}0
    from pieces p join heads h on h.id = p.id
  )
  select m.kind::smallint, m.day, m.key, m.currency, m.branch_id, m.salesperson_id, ${FIGURES.map((name) => `sum(m.${name})`).join(', ')}
  from moves m(${KEY}, ${FIGURES.join(', ')}) group by 1, 2, 3, 4, 5, 6 order by 1, 2, 3, 4, 5, 6
$$`;

/** Adds the numbered entries that are in no row yet, in the order of their numbers; answers how many. */
const KEEP_SALES = `
create function keep_sales(batch int) returns int language plpgsql set plan_cache_mode = force_generic_plan as $$
declare ids bigint[]; head bigint; last bigint;
begin
  select h.number into head from sales_head h where h.id = 1 for update;
  -- A statement of its own: it sees what was committed while this one waited for the head.
  select array_agg(n.entry_id), max(n.number) into ids, last
  from (select x.entry_id, x.number from journal_numbers x where x.number > head order by x.number limit batch) n;
  if last is null then return 0; end if;
  insert into sales_days as d (${KEY}, ${FIGURES.join(', ')})
    select ${[KEY, ...FIGURES].join(', ')} from sales_of_entries(ids)
    on conflict (${KEY}) do update set ${FIGURES.map((name) => `${name} = d.${name} + excluded.${name}`).join(', ')};
  update sales_head h set number = last where h.id = 1;
  return last - head;
end $$`;

/**
 * The sales of each day, kept after the numbers of the journal's entries: as a whole, by customer and by product, each by
 * currency, branch and salesperson. The nil uuid stands for none. What has no row yet is read from the lines.
 *
 * No foreign key, on purpose: sales_days.branch_id and salesperson_id, because the nil uuid stands for none; they are those
 * of lines, which have one.
 */
export const salesDays = sqlMigration('20261127030000-sales-days', [
  `create table "sales_days" (
     "kind" smallint not null constraint "sales_days_kind_check" check ("kind" in (0, 1, 2)), "day" date not null, "key" uuid not null,
     "currency" text not null constraint "sales_days_currency" check ("currency" in ('IQD', 'USD', 'RMB')),
     "branch_id" uuid not null, "salesperson_id" uuid not null, "documents" int not null, "quantity" numeric(20,3) not null,
     ${AMOUNTS.map((name) => `"${name}" numeric(20,6) not null`).join(', ')}, "cost" numeric(20,6) not null,
     constraint "sales_days_pkey" primary key ("kind", "day", "key", "currency", "branch_id", "salesperson_id"))`,
  `create table "sales_head" ("id" smallint not null constraint "sales_head_id_check" check (id = 1),
     "number" bigint not null default 0, constraint "sales_head_pkey" primary key ("id"))`,
  `insert into "sales_head" ("id") values (1)`,
  SALES_OF_ENTRIES,
  KEEP_SALES,
  `create index "invoices_without_total" on "invoices" ("issued_on") where (total = 0::numeric)`,
  `create index "credit_notes_without_total" on "credit_notes" ("issued_on") where (total = 0::numeric)`,
  `do $$ begin while keep_sales(5000) > 0 loop end loop; end $$`,
  `analyze sales_days`,
]);
