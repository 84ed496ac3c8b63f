import type { Tx } from '../platform/db/transact.js';
import { read } from '../platform/read/definition.js';
import { OpeningBatch } from './opening.entity.js';

export const openingBatchRead = read(OpeningBatch);

/** Whether a batch opened accounts, by an entry of its own. */
export async function hasOpenedAccounts(run: Tx['sql'], batchId: string): Promise<boolean> {
  const rows = await run(`select 1 from journal_entries where document_id = $1 and event = 'OPENING'`, [batchId]);
  return rows.length > 0;
}

/** Who owes or is owed by a batch: customers and then vendors, each by id, with a currency of theirs. */
export function listOpenedParties(
  run: Tx['sql'],
  batchId: string,
): Promise<{ id: string; kind: 'customer' | 'vendor'; currency: string }[]> {
  return run(
    `select x.party as id, x.kind, min(x.currency) as currency from opening_documents o cross join lateral (
       select 'customer' as kind, customer_id as party, currency from invoices where id = o.id
       union all select 'customer', customer_id, currency from credit_notes where id = o.id
       union all select 'vendor', vendor_id, currency from bills where id = o.id
       union all select 'vendor', vendor_id, currency from vendor_credits where id = o.id) x
     where o.batch_id = $1 group by x.kind, x.party order by x.kind, x.party`,
    [batchId],
  );
}
