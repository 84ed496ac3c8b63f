import { newId } from '../kernel/ids.js';
import { Decimal } from '../kernel/money.js';
import { auditOfNew, type Tx } from '../platform/db/transact.js';
import { type EntryKind, writeEntry } from './customer-ledger.queries.js';
import { type PostedDocument, postJournalEntry } from './journal.service.js';

export interface Posted {
  customerId: string;
  currency: string;
  kind: EntryKind;
  documentId: string;
  number: string;
  enteredOn: string;
  /** What the journal needs to know; nothing for a void, which takes its entry back. */
  document?: PostedDocument;
}

/**
 * Posts what a document adds to (or, negative, takes from) what the customer owes: to the journal and to the customer
 * ledger. The caller has locked the balance.
 */
export async function postEntry(tx: Tx, { document, ...entry }: Posted, amount: Decimal.Value): Promise<void> {
  const { kind: event, documentId, customerId: partyId, currency, enteredOn: day } = entry;
  const total = new Decimal(amount).abs();
  await postJournalEntry(tx, { event, documentId, partyId, currency, day, total, document });
  const row = { ...entry, id: newId(), amount: new Decimal(amount).toFixed() };
  await writeEntry(tx.sql, row, tx);
  tx.audit(auditOfNew('AccountEntry', row.id, row));
}
