import { can } from '../kernel/viewer.js';
import type { Payment } from '../billing/payment.entity.js';
import { paymentRead } from '../receivables/payment.queries.js';
import type { Tx } from '../platform/db/transact.js';
import { computed, extend, many, read, type RowOf } from '../platform/read/definition.js';
import type { Columns } from '../platform/read/entity-columns.js';
import { raw, slots, sql, type Sql } from '../platform/read/sql.js';
import { ParkedSale, TillCount, TillMove, TillSession, TillTender } from './till.entity.js';

type Run = Tx['sql'];

/** Cash that a shift without a drawer should hold now, of a count row `k`. */
const BY_SUMS = `(k.opening
  + coalesce((select sum(y.amount) from payments y where y.till_session_id = k.session_id and y.currency = k.currency
      and y.method = 'CASH' and y.voided_at is null), 0)
  - coalesce((select sum(r.amount) from refunds r where r.till_session_id = k.session_id and r.currency = k.currency
      and r.method = 'CASH'), 0))`;

/** Cash that a shift should hold now: what is in its drawer. */
const EXPECTED = `(select case when s.box_id is null then ${BY_SUMS}
    else coalesce((select b.balance from cash_balances b where b.box_id = s.box_id and b.currency = k.currency), 0) end
  from till_sessions s where s.id = k.session_id)`;

export const tillCountRead = read(TillCount, {
  always: ['currency'],
  fields: {
    expected: computed(
      (count) =>
        sql`coalesce(${count.expected}, (select ${raw(EXPECTED)} from till_counts k where k.id = ${count.id}))::text`,
    ),
    difference: computed((count) => sql`(${count.counted} - ${count.expected})::text`),
  },
});

export const tillMoveRead = read(TillMove, { always: ['currency'] });

export const tillTenderRead = read(TillTender, { always: ['currency'] });

/** What was handed over for a payment at a till. */
export const paymentTenders = extend(paymentRead, {
  tenders: many<Payment, TillTender>(TillTender, (payment, tender) => sql`${tender.paymentId} = ${payment.id}`, {
    orderBy: (tender) => tender.currency,
  }),
});

/** Sales that wait, of everybody who works at a till: whoever is free goes on. */
export const parkedSaleRead = read(ParkedSale);

/** One's own shifts; with till:all those of everybody. */
export const tillSessionRead = read(TillSession, {
  scope: (session, who) => {
    if (can(who, 'till:all')) return true;
    return who.kind === 'user' ? sql`${session.userId} = ${slots.userId}` : false;
  },
  fields: {
    counts: many(TillCount, (session, count) => sql`${count.session} = ${session.id}`, {
      orderBy: (count) => count.currency,
    }),
    moves: many(TillMove, (session, move) => sql`${move.session} = ${session.id}`, {
      orderBy: (move) => sql`${move.createdAt}, ${move.id}`,
    }),
    sales: computed(
      (
        session,
      ) => sql`(select count(distinct a.invoice_id)::int from payments y join allocations a on a.payment_id = y.id
        where y.till_session_id = ${session.id})`,
    ),
  },
});

export const isOpenSession = (session: Columns<TillSession>): Sql => sql`(${session.closedAt} is null)`;

export type TillSessionRow = RowOf<typeof tillSessionRead>;

/** What a shift should hold, by currency. The caller holds the shift's lock. */
export async function readExpected(run: Run, sessionId: string): Promise<Map<string, string>> {
  const rows = await run<{ currency: string; expected: string }>(
    `select k.currency, ${EXPECTED}::text as expected from till_counts k where k.session_id = $1`,
    [sessionId],
  );
  return new Map(rows.map((row) => [row.currency, row.expected]));
}

/** What the drawer of a shift held before it, by currency, locked; and the last entry that moved it. */
export async function lockDrawer(
  run: Run,
  boxId: string,
): Promise<{ held: ReadonlyMap<string, string>; lastEntry: string }> {
  const rows = await run<{ currency: string; balance: string }>(
    'select currency, balance from cash_balances where box_id = $1 order by currency for update',
    [boxId],
  );
  const [last] = await run<{ id: string }>(
    `select coalesce(max(l.entry_id), 0)::text as id from cash_boxes b join journal_lines l on l.account = b.account and l.party_id = b.id
     where b.id = $1`,
    [boxId],
  );
  return { held: new Map(rows.map(({ currency, balance }) => [currency, balance])), lastEntry: last?.id ?? '0' };
}

/** The kind of an account, when it may be named at a till. */
export async function findAccountKind(
  run: Run,
  account: number,
): Promise<{ kind: string; party: string | null } | null> {
  const [row] = await run<{ kind: string; party: string | null }>(
    'select kind, party from accounts where code = $1 and active',
    [account],
  );
  return row ?? null;
}
