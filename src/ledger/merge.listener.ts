import type { Tx } from '../platform/db/transact.js';
import type { DomainEvent } from '../platform/events.js';
import { moveDocuments } from './customer-ledger.queries.js';

/** Documents and accounts of a duplicate become those of the customer that stays, in the commit that merges them. */
export async function moveMergedDocuments(tx: Tx, event: DomainEvent): Promise<void> {
  if (event.data?.['change'] === 'merged') await moveDocuments(tx.sql, event.entityId);
}
