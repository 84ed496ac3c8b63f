import { can } from '../kernel/viewer.js';
import type { Tx } from '../platform/db/transact.js';
import { computed, many, read, type RowOf } from '../platform/read/definition.js';
import type { Columns } from '../platform/read/entity-columns.js';
import { raw, slots, sql, type Sql } from '../platform/read/sql.js';
import { TillCount, TillSession } from './till.entity.js';

type Run = Tx['sql'];

/** Cash that a shift should hold now, of a count row `k`. */
const EXPECTED = `(k.opening
  + coalesce((select sum(y.amount) from payments y where y.till_session_id = k.session_id and y.currency = k.currency
      and y.method = 'CASH' and y.voided_at is null), 0)
  - coalesce((select sum(r.amount) from refunds r where r.till_session_id = k.session_id and r.currency = k.currency
      and r.method = 'CASH'), 0))`;

export const tillCountRead = read(TillCount, {
  always: ['currency'],
  fields: {
    expected: computed(
      (count) =>
        sql`coalesce(${count.expected}, (select ${raw(EXPECTED)} from till_counts k where k.id = ${count.id}))::text`,
    ),
  },
});

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
