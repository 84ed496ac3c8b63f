import { sqlMigration } from '../src/platform/db/migration.js';

interface Side {
  table: string;
  document: { column: string; table: string; event: string; party: string };
  /** Every source with its total. */
  source: string;
  /** Of the source in a row of the table. */
  sourceId: string;
  /** What was given back of sources, where that is known. */
  refunds: boolean;
  account: number;
  /** What is owed by the party is debit (1) or credit (-1). */
  sign: 1 | -1;
}

const POSTED = `'PAYMENT', 'CREDIT_NOTE', 'PAYMENT_MADE'`;

/** What is taken of a base amount while \`amount\` of what is open after \`before\` is taken. */
const share = (total: string): string =>
  `round(b.base * (${total} - a.before) / ${total}, decimals) - round(b.base * (${total} - a.before - a.amount) / ${total}, decimals)`;

const before = (key: string): string =>
  `coalesce(sum(amount) over (partition by ${key} order by created_at, id rows between unbounded preceding and 1 preceding), 0)`;

/**
 * Fills in what allocations and refunds take in the base currency, and posts what the two sides differ by: a share of the
 * entry of each document by what is open, so that the last one takes the rest.
 */
const carry = ({ table, document, source, sourceId, refunds, account, sign }: Side): string => `
  with todo as materialized (
    select a.${document.column} as document_id, ${sourceId} as source_id from ${table} a
    where a.base is null and (only_id is null or a.${document.column} = only_id or ${sourceId} = only_id)
    ${
      refunds
        ? `union all select null, ${sourceId} from refunds a
    where a.base_amount is null and a.voided_at is null and (only_id is null or ${sourceId} = only_id)`
        : ''
    }
  ), entries_of as materialized (
    select e.document_id, abs(sum(l.base)) as base from journal_entries e join journal_lines l on l.entry_id = e.id
    where l.account = ${account} and e.event in ('${document.event}', ${POSTED})
      and (e.document_id in (select document_id from todo) or e.document_id in (select source_id from todo)) group by 1
  ), documents as materialized (
    select a.id, ${share('d.total')} as base
    from (select id, ${document.column} as document_id, amount, ${before(document.column)} as before
      from ${table} where ${document.column} in (select document_id from todo)) a
      join ${document.table} d on d.id = a.document_id join entries_of b on b.document_id = d.id
  ), uses as materialized (
    select x.*, ${before('source_id')} as before from (
      select a.id, ${sourceId} as source_id, a.source_amount as amount, a.created_at from ${table} a
      where ${sourceId} in (select source_id from todo)
      ${
        refunds
          ? `union all select a.id, ${sourceId}, a.amount, a.created_at from refunds a
      where a.voided_at is null and ${sourceId} in (select source_id from todo)`
          : ''
      }) x
  ), sources as materialized (
    select a.id, a.source_id, ${share('s.total')} as base
    from uses a join (${source}) s on s.id = a.source_id join entries_of b on b.document_id = s.id
  ), carried as (
    update ${table} a set base = d.base, source_base = s.base from documents d join sources s on s.id = d.id
    where a.id = d.id and a.base is null
    returning a.id, a.${document.column} as document_id, a.day, a.currency, a.source_base - a.base as difference, a.created_at
  ), ${
    refunds
      ? `refunded as (
    update refunds a set base_amount = s.base from sources s where a.id = s.id and a.base_amount is null
    returning a.id, a.customer_id, a.refunded_on, a.currency, a.base_amount, a.created_at
  ), `
      : ''
  }differing as materialized (
    select nextval('journal_entries_id_seq') as entry_id, x.* from (
      select c.id, 'ALLOCATION' as event, 'allocation' as type, d.${document.party} as party_id, greatest(c.day, not_before) as day,
        c.currency, ${sign} * c.difference as difference, c.created_at
      from carried c join ${document.table} d on d.id = c.document_id where c.difference <> 0
      ${
        refunds
          ? `union all
      select r.id, 'REFUND_DIFFERENCE', 'refund', r.customer_id, greatest(r.refunded_on, not_before), r.currency, r.base_amount - l.base, r.created_at
      from refunded r join journal_entries e on e.document_id = r.id and e.event = 'REFUND'
        join journal_lines l on l.entry_id = e.id and l.account = ${account} where r.base_amount <> l.base`
          : ''
      }
      order by 8, 1) x
  ), entries as (
    insert into journal_entries (id, day, event, document_type, document_id, actor, origin, created_at)
    select entry_id, day, event, type, id, 'system', 'system', created_at from differing returning id
  ), lines as (
    insert into journal_lines (entry_id, line, account, party_id, currency, amount, base, day)
    select entry_id, 1, ${account}, party_id, currency, 0, difference, day from differing
    union all
    select entry_id, 0, 4810, null, base_currency, 0, -difference, day from differing
  ) select written + count(*) into written from entries;`;

/**
 * Carries allocations and refunds that do not say what they took in the base currency: those that stood before, those that a release
 * before this one writes while it is being replaced, and generated ones. All (null), or those of one document.
 */
const CARRY_ALLOCATIONS = `
create function carry_allocations(only_id uuid, not_before date) returns int language plpgsql as $$
declare
  base_currency text := (select value #>> '{}' from settings where key = 'base_currency');
  decimals int := case base_currency when 'IQD' then 0 else 2 end;
  written int := 0;
begin
  ${carry({
    table: 'allocations',
    document: { column: 'invoice_id', table: 'invoices', event: 'INVOICE', party: 'customer_id' },
    source: 'select id, amount as total from payments union all select id, total from credit_notes',
    sourceId: 'coalesce(a.payment_id, a.credit_note_id)',
    refunds: true,
    account: 1210,
    sign: 1,
  })}
  ${carry({
    table: 'bill_allocations',
    document: { column: 'bill_id', table: 'bills', event: 'BILL', party: 'vendor_id' },
    source: 'select id, amount as total from payments_made',
    sourceId: 'a.payment_id',
    refunds: false,
    account: 2110,
    sign: -1,
  })}
  return written;
end $$`;

export const allocationsInTheJournal = sqlMigration('20261126040300-allocations-in-the-journal', [
  CARRY_ALLOCATIONS,
  `select carry_allocations(null, coalesce((select (value #>> '{}')::date + 1 from settings where key = 'books_closed_until'), '-infinity'))`,
]);
