import type { Tx } from '../platform/db/transact.js';
import { read } from '../platform/read/definition.js';
import { OpeningBatch } from './opening.entity.js';

export const openingBatchRead = read(OpeningBatch);

/** Whether a batch opened accounts, by an entry of its own. */
export async function hasOpenedAccounts(run: Tx['sql'], batchId: string): Promise<boolean> {
  const rows = await run(`select 1 from journal_entries where document_id = $1 and event = 'OPENING'`, [batchId]);
  return rows.length > 0;
}
