import { can, type Viewer } from '../kernel/viewer.js';
import { warehouseColumn } from '../organisation/organisation.queries.js';
import type { Tx } from '../platform/db/transact.js';
import type { ListSpec } from '../platform/graphql/connections.js';
import type { Params } from '../platform/graphql/filters.js';

type Run = Tx['sql'];

/** One's own shifts; with till:all those of everybody. */
export function tillScope(viewer: Viewer, params: Params): string {
  if (can(viewer, 'till:all')) return 'true';
  return viewer.kind === 'user' ? `s.user_id = ${params.add(viewer.userId)}::uuid` : 'false';
}

/** Cash that a shift should hold now, of a count row `k`. */
const EXPECTED = `(k.opening
  + coalesce((select sum(y.amount) from payments y where y.till_session_id = k.session_id and y.currency = k.currency
      and y.method = 'CASH' and y.voided_at is null), 0)
  - coalesce((select sum(r.amount) from refunds r where r.till_session_id = k.session_id and r.currency = k.currency
      and r.method = 'CASH'), 0))`;

export const tillSessionList: ListSpec = {
  from: 'till_sessions s',
  idSql: 's.id',
  always: { id: 's.id' },
  columns: {
    userId: 's.user_id',
    openedAt: 's.opened_at',
    closedAt: 's.closed_at',
    version: 's.version',
    warehouse: warehouseColumn('s.warehouse_id'),
    counts: {
      nested: 'till_counts k where k.session_id = s.id',
      orderBy: 'k.currency',
      always: { currency: 'k.currency' },
      columns: {
        opening: 'k.opening::text',
        expected: `coalesce(k.expected, ${EXPECTED})::text`,
        counted: 'k.counted::text',
      },
    },
    sales: `(select count(distinct a.invoice_id)::int from payments y join allocations a on a.payment_id = y.id where y.till_session_id = s.id)`,
  },
  orders: { OPENED_DESC: { sql: 's.opened_at', type: 'timestamptz', direction: 'desc' } },
};

/** What a shift should hold, by currency. The caller holds the shift's lock. */
export async function readExpected(run: Run, sessionId: string): Promise<Map<string, string>> {
  const rows = await run<{ currency: string; expected: string }>(
    `select k.currency, ${EXPECTED}::text as expected from till_counts k where k.session_id = $1`,
    [sessionId],
  );
  return new Map(rows.map((row) => [row.currency, row.expected]));
}
