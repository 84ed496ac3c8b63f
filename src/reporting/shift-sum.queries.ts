import { can, type Viewer } from '../kernel/viewer.js';
import { column, HEADS, type ReportDefinition } from '../platform/read/report.js';
import type { Params } from '../platform/read/sql.js';

export interface ShiftRow {
  sessionId: string;
  day: string;
  userName: string;
  warehouse: string;
  currency: string;
  opening: string;
  expected: string | null;
  counted: string | null;
  difference: string | null;
}

/** One's own shifts; with till:all those of everybody. */
function ownShifts(viewer: Viewer, params: Params): string {
  if (can(viewer, 'till:all')) return 'true';
  return viewer.kind === 'user' ? `s.user_id = ${params.add(viewer.userId)}::uuid` : 'false';
}

/** Each shift at the till by the day on which it was opened; what was expected and counted stands when it is closed. */
export const tillShiftsReport: ReportDefinition = {
  root: 'tillShifts',
  permission: 'till:use',
  filters: ['from', 'to', 'currency', 'warehouseId'],
  columns: [
    HEADS.day,
    column('userName', 'Cashier', 'أمين الصندوق'),
    column('warehouse', 'Warehouse', 'المستودع'),
    HEADS.currency,
    column('opening', 'Opening', 'الافتتاحي'),
    column('expected', 'Expected', 'المتوقع'),
    column('counted', 'Counted', 'المعدود'),
    column('difference', 'Difference', 'الفرق'),
  ],
  sql: (ask, params) => {
    const day = `(s.opened_at at time zone ${params.add(ask.timeZone)}::text)::date`;
    const rest = `${ask.currency === null ? '' : ` and k.currency = ${params.add(ask.currency)}`}${
      ask.warehouseId === null ? '' : ` and s.warehouse_id = ${params.add(ask.warehouseId)}::uuid`
    }`;
    return `select s.id as "sessionId", ${day}::text as day, u.name as "userName", w.code as warehouse, k.currency, k.opening,
        k.expected, k.counted, k.counted - k.expected as difference
      from till_sessions s join till_counts k on k.session_id = s.id join users u on u.id = s.user_id
        join warehouses w on w.id = s.warehouse_id
      where ${day} between ${params.add(ask.from)}::date and ${params.add(ask.to)}::date and ${ownShifts(ask.viewer, params)}${rest}
      order by s.opened_at, s.id, k.currency`;
  },
};
