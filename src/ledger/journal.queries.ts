import type { Tx } from '../platform/db/transact.js';
import { ACCOUNTS } from './posting-table.js';

type Run = Tx['sql'];

/** What stands over an entry of the journal. */
export interface EntryHead {
  day: string;
  event: string;
  documentType: string;
  documentId: string;
  reason: string | null;
  actor: string;
  origin: string;
  /** Which time the event is posted; left out: the first. */
  revision?: number | undefined;
}

/** A line as it is written; positive is debit. */
export interface JournalLineRow {
  account: number;
  partyId: string | null;
  currency: string;
  amount: string;
  /** Null: the amount at the rate of the entry. */
  base: string | null;
  branchId: string | null;
  salespersonId: string | null;
  productId: string | null;
}

export interface NewEntry extends EntryHead {
  /** IQD for one unit of a currency, where the entry has a rate of its own. */
  rates: Readonly<Record<string, string>>;
  /** Who looks after this customer now is the salesperson of the lines that name none. */
  salespersonOf: string | null;
  lines: readonly JournalLineRow[];
}

/** The first day that is open. */
const OPEN_FROM = `coalesce((select (value #>> '{}')::date + 1 from settings where key = 'books_closed_until'), '-infinity')`;

const rateOf = (currency: string): string =>
  `(select r.rate from exchange_rates r where r.currency = ${currency} and r.effective_on <= $1::date
     order by r.effective_on desc limit 1)`;

/**
 * Writes an entry with its lines, and answers its id. An amount in the base currency that is not given is that of the
 * entry's rate, else of the day's. What is left over in one currency against another passes through the conversion
 * account, whose base stays 0; what is left over in base goes to the exchange difference. Answers null, and writes
 * nothing, when a rate is not known.
 */
export async function insertEntry(run: Run, entry: NewEntry): Promise<string | null> {
  const { lines } = entry;
  const rates = Object.entries(entry.rates);
  const [written] = await run<{ id: string }>(
    `with own as (select * from unnest($8::text[], $9::numeric[]) o(currency, rate)),
     basis as (
       select s.code, case s.code when 'IQD' then 0 else 2 end as decimals,
         case s.code when 'IQD' then 1 else coalesce((select o.rate from own o where o.currency = s.code), ${rateOf('s.code')}) end as rate
       from (select value #>> '{}' as code from settings where key = 'base_currency') s
     ), rates as materialized (
       select c.currency, case c.currency when 'IQD' then 1 when basis.code then basis.rate
         else coalesce((select o.rate from own o where o.currency = c.currency), ${rateOf('c.currency')}) end as rate
       from basis cross join (select distinct unnest($13::text[]) as currency) c
     ), given as materialized (
       select t.line, t.account, t.party_id, t.currency, t.amount, t.branch_id, t.salesperson_id, t.product_id,
         case when t.base is not null then t.base when t.amount = 0 then 0
           when t.currency = basis.code then round(t.amount, basis.decimals)
           else round(t.amount * rates.rate / basis.rate, basis.decimals) end as base
       from basis cross join unnest($11::int[], $12::uuid[], $13::text[], $14::numeric[], $15::numeric[], $16::uuid[], $17::uuid[], $18::uuid[])
         with ordinality as t(account, party_id, currency, amount, base, branch_id, salesperson_id, product_id, line)
         join rates on rates.currency = t.currency
     ), lines as (
       select line, account, party_id, currency, amount, base, branch_id, salesperson_id, product_id from given
       union all
       select (select count(*) from given) + row_number() over (order by currency), ${ACCOUNTS.conversion}, null, currency, -sum(amount), 0,
         min(branch_id::text)::uuid, null, null
       from given group by currency having sum(amount) <> 0
       union all
       select 0, ${ACCOUNTS.exchangeDifference}, null, basis.code, 0, -sum(base), min(branch_id::text)::uuid, null, null
       from given cross join basis group by basis.code having sum(base) <> 0
     ), entry as (
       insert into journal_entries (day, event, document_type, document_id, reason, actor, origin, revision)
       select $1::date, $2, $3, $4, $5, $6, $7, $19 where not exists (select 1 from given where base is null) returning id
     ), written as (
       insert into journal_lines (entry_id, line, account, party_id, currency, amount, base, day, branch_id, salesperson_id, product_id)
       select entry.id, l.line, l.account, l.party_id, l.currency, l.amount, l.base, $1::date, l.branch_id,
         coalesce(l.salesperson_id, (select c.salesperson_id from customers c where c.id = $10::uuid)), l.product_id
       from entry cross join lines l
     )
     select id::text as id from entry`,
    [
      entry.day,
      entry.event,
      entry.documentType,
      entry.documentId,
      entry.reason,
      entry.actor,
      entry.origin,
      rates.map(([currency]) => currency),
      rates.map(([, rate]) => rate),
      entry.salespersonOf,
      lines.map(({ account }) => account),
      lines.map(({ partyId }) => partyId),
      lines.map(({ currency }) => currency),
      lines.map(({ amount }) => amount),
      lines.map(({ base }) => base),
      lines.map(({ branchId }) => branchId),
      lines.map(({ salespersonId }) => salespersonId),
      lines.map(({ productId }) => productId),
      entry.revision ?? 1,
    ],
  );
  return written?.id ?? null;
}

/**
 * Takes the entry of an event that stands back by its own lines, negated, on another day; answers whether there is one. With a party,
 * what customers and vendors owe is taken from that one: a merge may have moved the balance there.
 */
export async function insertReversal(
  run: Run,
  reversal: Omit<EntryHead, 'documentType'> & { reverses: string; partyId: string | null },
): Promise<boolean> {
  const written = await run(
    `with entry as (
       insert into journal_entries (day, event, document_type, document_id, reverses, reason, actor, origin, revision)
       select $1::date, $2, o.document_type, o.document_id, o.id, $8, $5, $6, o.revision from journal_entries o
       where o.document_id = $3 and o.event = $4 and not exists (select 1 from journal_entries r where r.reverses = o.id)
       returning id, reverses
     ), lines as (
       insert into journal_lines (entry_id, line, account, party_id, currency, amount, base, day, branch_id, salesperson_id, product_id)
       select e.id, l.line, l.account,
         case when a.party in ('customer', 'vendor') then coalesce($7::uuid, l.party_id) else l.party_id end, l.currency,
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
      reversal.reason,
    ],
  );
  return written.length > 0;
}

/** An entry and the one that reverses it. */
export async function findEntry(run: Run, id: string): Promise<{ event: string; reversedBy: string | null } | null> {
  if (!/^\d{1,18}$/.test(id)) return null;
  const [row] = await run<{ event: string; reversedBy: string | null }>(
    `select e.event, (select r.id::text from journal_entries r where r.reverses = e.id) as "reversedBy"
     from journal_entries e where e.id = $1::bigint`,
    [id],
  );
  return row ?? null;
}

/** Takes an entry back, line by line, as an entry of the same document; answers its id. */
export async function insertReversalOf(
  run: Run,
  reversal: { id: string; event: string; day: string; reason: string; actor: string; origin: string },
): Promise<string> {
  const { id, day, event, reason, actor, origin } = reversal;
  const [row] = await run<{ id: string }>(
    `with entry as (
       insert into journal_entries (day, event, document_type, document_id, reverses, reason, actor, origin)
       select $2::date, $3, o.document_type, o.document_id, o.id, $4, $5, $6 from journal_entries o where o.id = $1::bigint
       returning id, reverses
     ), lines as (
       insert into journal_lines (entry_id, line, account, party_id, currency, amount, base, day, branch_id, salesperson_id, product_id)
       select e.id, l.line, l.account, l.party_id, l.currency, -l.amount, -l.base, $2::date, l.branch_id, l.salesperson_id, l.product_id
       from entry e join journal_lines l on l.entry_id = e.reverses
     )
     select id::text as id from entry`,
    [id, day, event, reason, actor, origin],
  );
  if (!row) throw new Error(`There is no journal entry ${id}.`);
  return row.id;
}

const PARTY_TABLES = { customer: 'customers', vendor: 'vendors', user: 'users', box: 'cash_boxes' } as const;

/** Whether there is a party of this kind under this id. */
export async function hasParty(run: Run, kind: string, id: string): Promise<boolean> {
  const table = PARTY_TABLES[kind as keyof typeof PARTY_TABLES];
  return (await run(`select 1 from ${table} where id = $1`, [id])).length > 0;
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
  await run(`select carry_allocations($1, ${OPEN_FROM})`, [documentId]);
}

const MISSING_BATCH = 5000;

/** Journals purchases, allocations and the newest entries of the customer ledger, as far as they are not; answers how many were not. */
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
  const [carried] = await run<{ n: number }>(`select carry_allocations(null, ${OPEN_FROM}) as n`);
  return written + (row?.n ?? 0) + (carried?.n ?? 0);
}

/** Numbers entries that wait, in the order in which they were written, and adds them to the days; answers how many. */
export async function numberEntries(run: Run, batch: number): Promise<number> {
  const [row] = await run<{ n: number }>('select number_entries($1) as n', [batch]);
  return row?.n ?? 0;
}
