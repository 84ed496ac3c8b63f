import { sqlMigration } from '../src/platform/db/migration.js';

/**
 * What an allocation takes of its source, beside what it settles: the two differ when the source is in another currency,
 * and by a rest that is written off. Both have an amount in the base currency: what the journal carried for them, so that
 * a settled document and a used source leave nothing there; null until it is known (allocations-in-the-journal). A
 * release before this one writes none of the new columns, so a trigger fills them.
 */
const over = (table: string, source: string, document: string): string[] => [
  `alter table "${table}" add column "day" date null, add column "source_currency" text null,
     add column "source_amount" numeric(18,6) null, add column "rate" numeric(18,6) null,
     add column "rounded" numeric(18,6) not null default 0, add column "base" numeric(18,6) null,
     add column "source_base" numeric(18,6) null, add column "releases_id" uuid null,
     add constraint "${table}_releases_id_foreign" foreign key ("releases_id") references "${table}" ("id") on update no action on delete restrict,
     add constraint "${table}_releases_id_unique" unique ("releases_id")`,
  `drop trigger "${table}_append_only_update" on "${table}"`,
  `update "${table}" a set source_currency = a.currency, source_amount = a.amount,
     day = greatest(x.source_day, x.document_day, case when a.amount < 0 or a.created_at - x.made_at > interval '10 seconds'
       then (a.created_at at time zone 'Asia/Baghdad')::date end)
   from (select y.id, s.day as source_day, s.created_at as made_at, d.day as document_day
     from "${table}" y join ${document} join ${source}) x where x.id = a.id`,
  `alter table "${table}" alter column "day" set not null, alter column "source_currency" set not null,
     alter column "source_amount" set not null`,
  `create trigger "${table}_fill" before insert on "${table}" for each row execute function fill_allocation()`,
  `create trigger "${table}_append_only_update" before update on "${table}" for each row execute function keep_allocation()`,
  `create index "${table}_not_carried" on "${table}" ("id") where (base is null)`,
];

export const allocationsOverCurrencies = sqlMigration('20261126040100-allocations-over-currencies', [
  `create function fill_allocation() returns trigger language plpgsql as $$
   begin
     new.day := coalesce(new.day, (new.created_at at time zone 'Asia/Baghdad')::date);
     new.source_currency := coalesce(new.source_currency, new.currency);
     new.source_amount := coalesce(new.source_amount, new.amount);
     return new;
   end $$`,
  `create function keep_allocation() returns trigger language plpgsql as $$
   begin
     if old.base is not null or (to_jsonb(new) - '{base,source_base}'::text[]) <> (to_jsonb(old) - '{base,source_base}'::text[]) then
       raise exception '% is append-only: update is refused', tg_table_name using errcode = 'restrict_violation';
     end if;
     return new;
   end $$`,
  ...over(
    'allocations',
    `(select id, received_on as day, created_at from payments union all select id, issued_on, created_at from credit_notes) s
       on s.id = coalesce(y.payment_id, y.credit_note_id)`,
    '(select id, issued_on as day from invoices) d on d.id = y.invoice_id',
  ),
  ...over(
    'bill_allocations',
    '(select id, paid_on as day, created_at from payments_made) s on s.id = y.payment_id',
    '(select id, billed_on as day from bills) d on d.id = y.bill_id',
  ),
  ...over(
    'vendor_credit_allocations',
    '(select id, issued_on as day, created_at from vendor_credits) s on s.id = y.credit_id',
    '(select id, billed_on as day from bills) d on d.id = y.bill_id',
  ),
]);
