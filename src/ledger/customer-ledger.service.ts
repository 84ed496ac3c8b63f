import { newId } from '../kernel/ids.js';
import { Decimal } from '../kernel/money.js';
import { auditOfNew, type Tx } from '../platform/db/transact.js';
import { type EntryKind, type StatementEntryRow, writeEntry } from './customer-ledger.queries.js';
import { type PostedDocument, postJournalEntry } from './journal.service.js';
import type { PostingEvent, ReversalEvent } from './posting-table.js';

export interface Posted {
  customerId: string;
  currency: string;
  kind: EntryKind & (PostingEvent | ReversalEvent);
  documentId: string;
  number: string;
  enteredOn: string;
  /** What the journal needs to know; nothing for a void, which takes its entry back. */
  document?: PostedDocument;
  /** Which time the event is posted; left out: the first. */
  revision?: number;
}

/**
 * Posts what a document adds to (or, negative, takes from) what the customer owes: to the journal and to the customer
 * ledger. The caller has locked the balance.
 */
export async function postEntry(
  tx: Tx,
  { document, revision, ...entry }: Posted,
  amount: Decimal.Value,
): Promise<void> {
  const { kind: event, documentId, customerId: partyId, currency, enteredOn: day } = entry;
  const total = new Decimal(amount).abs();
  await postJournalEntry(tx, { event, documentId, partyId, currency, day, total, document, revision });
  await recordEntry(tx, { ...entry, id: newId(), amount: new Decimal(amount).toFixed() });
}

/** Writes an entry of the customer ledger whose posting the caller has made. The caller has locked the balance. */
export async function recordEntry(tx: Tx, row: StatementEntryRow): Promise<void> {
  await writeEntry(tx.sql, row, tx);
  tx.audit(auditOfNew('AccountEntry', row.id, { ...row }));
}
