import type { Tx } from '../platform/db/transact.js';
import { ACCOUNTS, type DraftLine } from './posting-table.js';

type Run = Tx['sql'];

/** What stands over an entry of the journal. */
export interface EntryHead {
  day: string;
  event: string;
  documentId: string;
  actor: string;
  origin: string;
}

export interface NewEntry extends EntryHead {
  documentType: string;
  partyId: string;
  currency: string;
  /** IQD for one unit of the currency; null: that of the day. */
  exchangeRate: string | null;
  branchId: string | null;
  lines: readonly DraftLine[];
}

/** The first day that is open. */
const OPEN_FROM = `coalesce((select (value #>> '{}')::date + 1 from settings where key = 'books_closed_until'), '-infinity')`;

const rateOf = (currency: string): string =>
  `(select r.rate from exchange_rates r where r.currency = ${currency} and r.effective_on <= $1::date
     order by r.effective_on desc limit 1)`;

/**
 * Writes an entry with its lines. The base amounts are those of the document's rate and the base currency's rate of the
 * day; what their rounding leaves goes to the exchange difference. Salesperson of the lines is who looks after the
 * customer now. Answers false, and writes nothing, when a rate is not known.
 */
export async function insertEntry(run: Run, entry: NewEntry): Promise<boolean> {
  const { lines } = entry;
  const written = await run(
    `with basis as (
       select case s.code when 'IQD' then 0 else 2 end as decimals,
         case when s.code = $6 or $6 = 'IQD' then 1 else coalesce($7::numeric, ${rateOf('$6')}) end as rate,
         case when s.code = $6 or s.code = 'IQD' then 1 else ${rateOf('s.code')} end as base_rate
       from (select value #>> '{}' as code from settings where key = 'base_currency') s
     ), entry as (
       insert into journal_entries (day, event, document_type, document_id, actor, origin)
       select $1::date, $2, $3, $4, $8, $9 from basis where rate * base_rate is not null returning id
     ), drafts as (
       select t.line, t.account, case when t.of_party then $5::uuid end as party_id, t.amount,
         round(t.amount * basis.rate / basis.base_rate, basis.decimals) as base
       from basis cross join unnest($11::int[], $12::boolean[], $13::numeric[]) with ordinality as t(account, of_party, amount, line)
       union all
       select 0, ${ACCOUNTS.exchangeDifference}, null, 0, -sum(round(t.amount * basis.rate / basis.base_rate, basis.decimals))
       from basis cross join unnest($13::numeric[]) as t(amount)
       having sum(round(t.amount * basis.rate / basis.base_rate, basis.decimals)) <> 0
     ), lines as (
       insert into journal_lines (entry_id, line, account, party_id, currency, amount, base, day, branch_id, salesperson_id)
       select entry.id, d.line, d.account, d.party_id, $6, d.amount, d.base, $1::date, $10::uuid,
         (select c.salesperson_id from customers c where c.id = $5::uuid)
       from entry cross join drafts d
     )
     select id from entry`,
    [
      entry.day,
      entry.event,
      entry.documentType,
      entry.documentId,
      entry.partyId,
      entry.currency,
      entry.exchangeRate,
      entry.actor,
      entry.origin,
      entry.branchId,
      lines.map(({ account }) => account),
      lines.map(({ ofParty }) => ofParty),
      lines.map(({ amount }) => amount),
    ],
  );
  return written.length > 0;
}

/**
 * Takes an entry back by its own lines, negated, on another day; answers whether there is one. What a party owes is taken
 * from who the document belongs to now: a merge has moved the balance there.
 */
export async function insertReversal(
  run: Run,
  reversal: EntryHead & { reverses: string; partyId: string },
): Promise<boolean> {
  const written = await run(
    `with entry as (
       insert into journal_entries (day, event, document_type, document_id, reverses, actor, origin)
       select $1::date, $2, o.document_type, o.document_id, o.id, $5, $6 from journal_entries o
       where o.document_id = $3 and o.event = $4 returning id, reverses
     ), lines as (
       insert into journal_lines (entry_id, line, account, party_id, currency, amount, base, day, branch_id, salesperson_id, product_id)
       select e.id, l.line, l.account, case when a.party in ('customer', 'vendor') then $7::uuid else l.party_id end, l.currency,
         -l.amount, -l.base, $1::date, l.branch_id, l.salesperson_id, l.product_id
       from entry e join journal_lines l on l.entry_id = e.reverses join accounts a on a.code = l.account
     )
     select id from entry`,
    [
      reversal.day,
      reversal.event,
      reversal.documentId,
      reversal.reverses,
      reversal.actor,
      reversal.origin,
      reversal.partyId,
    ],
  );
  return written.length > 0;
}

/** The lines of entries that are in no row of journal_days yet. `offset 0` keeps the plan going from the few entries. */
export const FRESH_LINES = `(select l.* from journal_pending p cross join lateral
  (select x.* from journal_lines x where x.entry_id = p.entry_id offset 0) l)`;

/** Makes what a duplicate owes, in each currency, a debt of the customer that stays; nothing when they owe nothing. */
export async function insertMerge(
  run: Run,
  merge: { duplicateId: string; keptId: string; day: string; actor: string; origin: string },
): Promise<void> {
  await run(
    `with owed as (
       select currency, sum(amount) as amount, sum(base) as base from (
         select c.currency, d.balance as amount, d.base from (values ('IQD'), ('USD'), ('RMB')) c(currency)
           cross join lateral (select x.balance, x.base from journal_days x where x.account = ${ACCOUNTS.receivables}
             and x.party_id = $1::uuid and x.currency = c.currency order by x.day desc limit 1) d
         union all
         select f.currency, f.amount, f.base from ${FRESH_LINES} f
         where f.account = ${ACCOUNTS.receivables} and f.party_id = $1::uuid
       ) both_parts group by 1 having sum(amount) <> 0 or sum(base) <> 0
     ), entry as (
       insert into journal_entries (day, event, document_type, document_id, actor, origin)
       select greatest($3::date, ${OPEN_FROM}), 'CUSTOMER_MERGE', 'customer', $1::uuid, $4, $5 where exists (select 1 from owed) returning id, day
     )
     insert into journal_lines (entry_id, line, account, party_id, currency, amount, base, day)
     select e.id, row_number() over (), ${ACCOUNTS.receivables}, p.id, o.currency, p.sign * o.amount, p.sign * o.base, e.day
     from entry e cross join owed o cross join (values ($2::uuid, 1), ($1::uuid, -1)) p(id, sign)`,
    [merge.duplicateId, merge.keptId, merge.day, merge.actor, merge.origin],
  );
}

/** Journals what a release without the journal has posted to a document. */
export async function journalDocument(run: Run, documentId: string): Promise<void> {
  await run(
    `select journal_account_entries(e.seq, e.seq, ${OPEN_FROM})
     from account_entries e where e.document_id = $1 order by e.seq`,
    [documentId],
  );
  await run(`select journal_purchases($1, ${OPEN_FROM})`, [documentId]);
}

const MISSING_BATCH = 5000;

/** Journals purchases, and the newest entries of the customer ledger, as far as they are not; answers how many were not. */
export async function journalNewest(run: Run, newest: number): Promise<number> {
  const [range] = await run<{ last: number }>('select coalesce(max(seq), 0)::bigint as last from account_entries');
  const last = range?.last ?? 0;
  let written = 0;
  for (let from = Math.max(0, last - newest); from <= last; from += MISSING_BATCH) {
    const [row] = await run<{ n: number }>(`select journal_account_entries($1, $2, ${OPEN_FROM}) as n`, [
      from,
      Math.min(last, from + MISSING_BATCH - 1),
    ]);
    written += row?.n ?? 0;
  }
  const [row] = await run<{ n: number }>(`select journal_purchases(null, ${OPEN_FROM}) as n`);
  return written + (row?.n ?? 0);
}

/** Numbers entries that wait, in the order in which they were written, and adds them to the days; answers how many. */
export async function numberEntries(run: Run, batch: number): Promise<number> {
  const [row] = await run<{ n: number }>('select number_entries($1) as n', [batch]);
  return row?.n ?? 0;
}
