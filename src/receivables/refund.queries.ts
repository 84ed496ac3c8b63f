import type { Tx } from '../platform/db/transact.js';

/** The cash box out of which a refund was given. */
export async function findRefundBox(run: Tx['sql'], refundId: string): Promise<string | null> {
  const [row] = await run<{ id: string }>(
    `select l.party_id as id from journal_entries e join journal_lines l on l.entry_id = e.id
       join cash_boxes b on b.id = l.party_id
     where e.document_id = $1 and e.event = 'REFUND'`,
    [refundId],
  );
  return row?.id ?? null;
}
