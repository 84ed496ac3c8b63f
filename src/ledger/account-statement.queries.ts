import { column, HEADS, type ReportDefinition } from '../platform/read/report.js';
import { Params, type StatementReader } from '../platform/read/sql.js';
import type { LineKey } from './line-page.js';
import { FRESH_LINES } from './journal.queries.js';
import { WHOLE_ACCOUNT } from './trial-balance.queries.js';

export interface StatementOf {
  account: number;
  /** Null: the whole account. */
  partyId: string | null;
  currency: string;
  from: string | null;
  to: string | null;
}

export interface StatementPage extends StatementOf {
  after: LineKey | null;
  before: LineKey | null;
  limit: number;
  backward: boolean;
}

export interface StatementRow extends LineKey {
  number: number | null;
  event: string;
  documentType: string | null;
  documentId: string | null;
  reason: string | null;
  actor: string;
  createdAt: Date;
  partyId: string | null;
  branchId: string | null;
  salespersonId: string | null;
  amount: string;
  base: string;
  balance: string;
  baseBalance: string;
  baseCurrency: string;
}

const ofAccount = (alias: string, { account, partyId, currency }: StatementOf, params: Params): string => {
  const party = partyId === null ? '' : ` and ${alias}.party_id = ${params.add(partyId)}::uuid`;
  return `${alias}.account = ${params.add(account)}::int and ${alias}.currency = ${params.add(currency)}${party}`;
};

const within = ({ from, to }: StatementOf, params: Params): string =>
  (from === null ? '' : ` and l.day >= ${params.add(from)}::date`) +
  (to === null ? '' : ` and l.day <= ${params.add(to)}::date`);

const beyond = (key: LineKey | null, sign: '<' | '>', params: Params): string =>
  key === null
    ? ''
    : ` and (l.day, l.entry_id, l.line) ${sign} (${params.add(key.day)}::date, ${params.add(key.entryId)}::bigint, ${params.add(key.line)}::int)`;

/**
 * A page of the statement of an account, or of a party in it, oldest line first, with the balance after each line. The
 * balance before the page comes from the rows of days and what waits, and from the lines of its first day alone, so the
 * last page costs what the first one costs.
 */
export function listStatementLines(reader: StatementReader, page: StatementPage): Promise<StatementRow[]> {
  const params = new Params();
  const lines = ofAccount('l', page, params);
  const days = within(page, params);
  const bounds = beyond(page.after, '>', params) + beyond(page.before, '<', params);
  const direction = page.backward ? 'desc' : 'asc';
  const limit = params.add(page.limit);
  const party = params.add(page.partyId ?? WHOLE_ACCOUNT);
  return reader.read<StatementRow>(
    `with page as materialized (
       select l.* from journal_lines l where ${lines}${days}${bounds}
       order by l.day ${direction}, l.entry_id ${direction}, l.line ${direction} limit ${limit}::int
     ), first as (
       select day, entry_id, line from page order by day, entry_id, line limit 1
     ), opening as materialized (
       select coalesce(kept.balance, 0) + coalesce(fresh.amount, 0) + coalesce(same_day.amount, 0) as amount,
         coalesce(kept.base, 0) + coalesce(fresh.base, 0) + coalesce(same_day.base, 0) as base
       from first f
         left join lateral (select d.balance, d.base from journal_days d where d.account = ${params.add(page.account)}::int
           and d.party_id = ${party}::uuid and d.currency = ${params.add(page.currency)} and d.day < f.day
           order by d.day desc limit 1) kept on true
         cross join lateral (select sum(x.amount) as amount, sum(x.base) as base from ${FRESH_LINES} x
           where ${ofAccount('x', page, params)} and x.day < f.day) fresh
         cross join lateral (select sum(s.amount) as amount, sum(s.base) as base from journal_lines s
           where ${ofAccount('s', page, params)} and s.day = f.day and (s.entry_id, s.line) < (f.entry_id, f.line)) same_day
     )
     select p.day::text as day, p.entry_id as "entryId", p.line, n.number, e.event, e.document_type as "documentType",
       e.document_id as "documentId", e.reason, e.actor, e.created_at as "createdAt", p.party_id as "partyId",
       p.branch_id as "branchId", p.salesperson_id as "salespersonId", p.amount, p.base,
       o.amount + sum(p.amount) over so_far as balance, o.base + sum(p.base) over so_far as "baseBalance",
       (select value #>> '{}' from settings where key = 'base_currency') as "baseCurrency"
     from page p cross join opening o join journal_entries e on e.id = p.entry_id
       left join journal_numbers n on n.entry_id = p.entry_id
     window so_far as (order by p.day, p.entry_id, p.line)
     order by p.day, p.entry_id, p.line`,
    params.values,
  );
}

export async function countStatementLines(reader: StatementReader, of: StatementOf): Promise<number> {
  const params = new Params();
  const [row] = await reader.read<{ count: number }>(
    `select count(*) as count from journal_lines l where ${ofAccount('l', of, params)}${within(of, params)}`,
    params.values,
  );
  return row?.count ?? 0;
}

/** The lines of an account in one currency, or of a party in it, with the balance after each. */
export const accountStatementReport: ReportDefinition = {
  root: 'accountStatement',
  permission: 'ledger:read',
  filters: ['from', 'to', 'currency', 'accounts', 'partyId'],
  required: ['accounts', 'currency'],
  columns: [
    HEADS.day,
    HEADS.number,
    column('event', 'Event', 'الحدث'),
    column('amount', 'Amount', 'المبلغ'),
    column('balance', 'Balance', 'الرصيد'),
    HEADS.currency,
    column('base', 'In the base currency', 'بالعملة الأساسية'),
    column('partyId', 'Party', 'الطرف'),
    column('documentType', 'Kind of document', 'نوع المستند'),
    column('documentId', 'Document', 'المستند'),
    column('reason', 'Reason', 'السبب'),
    column('actor', 'By', 'بواسطة'),
  ],
  sql(ask, params) {
    const [account = 0] = ask.accounts ?? [];
    const of = { account, partyId: ask.partyId, currency: ask.currency ?? '', from: ask.from, to: ask.to };
    const first = `${params.add(ask.from)}::date`;
    return `with opening as materialized (
        select coalesce((select d.balance from journal_days d where d.account = ${params.add(account)}::int
            and d.party_id = ${params.add(ask.partyId ?? WHOLE_ACCOUNT)}::uuid and d.currency = ${params.add(of.currency)}
            and d.day < ${first} order by d.day desc limit 1), 0)
          + coalesce((select sum(x.amount) from ${FRESH_LINES} x where ${ofAccount('x', of, params)} and x.day < ${first}), 0) as amount
      )
      select l.day::text as day, n.number, e.event, l.amount,
        o.amount + sum(l.amount) over (order by l.day, l.entry_id, l.line) as balance, l.currency, l.base, l.party_id as "partyId",
        e.document_type as "documentType", e.document_id as "documentId", e.reason, e.actor
      from journal_lines l cross join opening o join journal_entries e on e.id = l.entry_id
        left join journal_numbers n on n.entry_id = l.entry_id
      where ${ofAccount('l', of, params)}${within(of, params)}
      order by l.day, l.entry_id, l.line`;
  },
};
