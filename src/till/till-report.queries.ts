import { can } from '../kernel/viewer.js';
import { Params, type StatementReader } from '../platform/read/sql.js';

export interface ReportedSession {
  id: string;
  userId: string;
  warehouseId: string;
  boxId: string | null;
  openedAt: Date;
  closedAt: Date | null;
  openedEntry: string | null;
  closedEntry: string | null;
}

/** A shift that the viewer sees; null: there is none. */
export async function findReportedSession(reader: StatementReader, id: string): Promise<ReportedSession | null> {
  const params = new Params();
  const { viewer } = reader;
  const scope = (): string => {
    if (can(viewer, 'till:all')) return 'true';
    return viewer.kind === 'user' ? `s.user_id = ${params.add(viewer.userId)}::uuid` : 'false';
  };
  const [row] = await reader.read<ReportedSession>(
    `select s.id, s.user_id as "userId", s.warehouse_id as "warehouseId", s.box_id as "boxId", s.opened_at as "openedAt",
       s.closed_at as "closedAt", s.opened_entry as "openedEntry", s.closed_entry as "closedEntry"
     from till_sessions s where s.id = ${params.add(id)}::uuid and ${scope()}`,
    params.values,
  );
  return row ?? null;
}

export interface ReportedCash {
  event: string;
  currency: string;
  /** Into the drawer; negative: out of it. */
  amount: string;
  entries: number;
}

/** What moved the drawer during a shift, by what happened. The day bounds what is read of its cash book. */
export function listShiftCash(reader: StatementReader, session: ReportedSession): Promise<ReportedCash[]> {
  return reader.read<ReportedCash>(
    `select e.event, l.currency, sum(l.amount)::text as amount, count(distinct l.entry_id)::int as entries
     from cash_boxes b join journal_lines l on l.account = b.account and l.party_id = b.id
         and l.currency = any ('{IQD,USD,RMB}'::text[]) and l.day >= $4::timestamptz::date - 1
       join journal_entries e on e.id = l.entry_id
     where b.id = $1::uuid and l.entry_id > $2::bigint and ($3::bigint is null or l.entry_id <= $3::bigint)
     group by 1, 2 order by 1, 2`,
    [session.boxId, session.openedEntry ?? '0', session.closedEntry, session.openedAt],
  );
}

export interface ReportedMethod {
  method: string;
  currency: string;
  received: string;
  refunded: string;
  payments: number;
}

/** What was received and given back at a shift, less what it took back of refunds, by method, in the currencies of the documents. */
export function listShiftMethods(reader: StatementReader, sessionId: string): Promise<ReportedMethod[]> {
  return reader.read<ReportedMethod>(
    `select x.method, x.currency, sum(x.received)::text as received, sum(x.refunded)::text as refunded, sum(x.n)::int as payments
     from (
       select method, currency, amount as received, 0 as refunded, 1 as n from payments
       where till_session_id = $1::uuid and voided_at is null
       union all select method, currency, 0, amount, 0 from refunds where till_session_id = $1::uuid
       union all select method, currency, 0, -amount, 0 from refunds where void_till_session_id = $1::uuid
     ) x group by 1, 2 order by 1, 2`,
    [sessionId],
  );
}

export interface ReportedCount {
  currency: string;
  opening: string;
  expected: string;
  counted: string | null;
}

/** The counts of a shift; what should be there now, while it is open. */
export function listShiftCounts(reader: StatementReader, session: ReportedSession): Promise<ReportedCount[]> {
  return reader.read<ReportedCount>(
    `select k.currency, k.opening::text as opening,
       coalesce(k.expected, (select b.balance from cash_balances b where b.box_id = $2::uuid and b.currency = k.currency), 0)::text as expected,
       k.counted::text as counted
     from till_counts k where k.session_id = $1::uuid order by k.currency`,
    [session.id, session.boxId],
  );
}

export interface ReportedSales {
  invoices: number;
  returns: number;
}

export async function countShiftSales(reader: StatementReader, sessionId: string): Promise<ReportedSales> {
  const [row] = await reader.read<ReportedSales>(
    `select (select count(distinct a.invoice_id)::int from payments y join allocations a on a.payment_id = y.id
        where y.till_session_id = $1::uuid) as invoices,
       (select count(distinct r.credit_note_id)::int from refunds r where r.till_session_id = $1::uuid) as returns`,
    [sessionId],
  );
  return row ?? { invoices: 0, returns: 0 };
}
