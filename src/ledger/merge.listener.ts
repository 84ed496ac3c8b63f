import { findMergedInto } from '../customers/customer.queries.js';
import { auditOfMove, type Tx } from '../platform/db/transact.js';
import type { DomainEvent } from '../platform/events.js';
import { moveCustomerLedger } from './customer-ledger.queries.js';
import { journalMerge } from './journal.service.js';

/**
 * Ledger entries of a duplicate become those of the customer that stays, in the commit that merges them. The journal moves
 * what is owed by an entry of today.
 */
export async function moveMergedLedger(tx: Tx, event: DomainEvent): Promise<void> {
  if (event.data?.['change'] !== 'merged') return;
  const keptId = await findMergedInto(tx.sql, event.entityId);
  if (keptId === null) return;
  await journalMerge(tx, { duplicateId: event.entityId, keptId, day: String(event.data['on']) });
  for (const id of await moveCustomerLedger(tx.sql, event.entityId, keptId)) {
    tx.audit(auditOfMove('AccountEntry', id, 'customer', event.entityId, keptId));
  }
}
