import { can } from '../kernel/viewer.js';
import type { Tx } from '../platform/db/transact.js';
import { computed, many, read, type RowOf } from '../platform/read/definition.js';
import { slots, type Sql, sql } from '../platform/read/sql.js';
import { CashTransfer, CashTransferLine } from './cash-transfer.entity.js';

export const cashTransferLineRead = read(CashTransferLine, {
  always: ['currency'],
  fields: {
    arrives: computed(
      (line) => sql`json_build_object('currency', coalesce(${line.toCurrency}, ${line.currency}),
        'amount', coalesce(${line.toAmount}, ${line.amount} - ${line.missing} - ${line.fee})::text)`,
    ),
  },
});

const nameOf = (box: Sql): Sql => sql`(select b.name from cash_boxes b where b.id = ${box})`;

/** Those of the own boxes and those that one asked for; with cash:all everybody's. */
export const cashTransferRead = read(CashTransfer, {
  scope: (transfer, who) => {
    if (can(who, 'cash:all')) return true;
    if (who.kind !== 'user') return false;
    return sql`(${transfer.requestedBy} = ${slots.userId} or exists (select 1 from cash_boxes b
      where b.id in (${transfer.fromBox}, ${transfer.toBox}) and b.keeper_id = ${slots.userId}))`;
  },
  fields: {
    fromBoxId: computed((transfer) => transfer.fromBox),
    toBoxId: computed((transfer) => transfer.toBox),
    fromBoxName: computed((transfer) => nameOf(transfer.fromBox)),
    toBoxName: computed((transfer) => nameOf(transfer.toBox)),
    lines: many(CashTransferLine, (transfer, line) => sql`${line.transfer} = ${transfer.id}`, {
      orderBy: (line) => line.position,
    }),
  },
});

export type CashTransferRow = RowOf<typeof cashTransferRead>;

/** What a transfer stands at on the account of cash in transit in the base currency, so that its receipt clears it. */
export async function readTransitBase(run: Tx['sql'], transferId: string): Promise<Map<string, string>> {
  const rows = await run<{ currency: string; base: string }>(
    `select l.currency, sum(l.base)::text as base from journal_entries e join journal_lines l on l.entry_id = e.id
     where e.document_id = $1 and e.event = 'CASH_SENT' and l.account = 1180 group by 1`,
    [transferId],
  );
  return new Map(rows.map(({ currency, base }) => [currency, base]));
}
