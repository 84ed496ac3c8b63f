import { newId } from '../kernel/ids.js';
import { Decimal } from '../kernel/money.js';
import { auditOfNew, type Tx } from '../platform/db/transact.js';
import { type EntryKind, writeEntry } from './customer-ledger.queries.js';

export interface Posted {
  customerId: string;
  currency: string;
  kind: EntryKind;
  documentId: string;
  number: string;
  enteredOn: string;
}

/**
 * Posts what a document adds to (or, negative, takes from) what the customer owes. The caller has locked the balance.
 */
export async function postEntry(tx: Tx, entry: Posted, amount: Decimal.Value): Promise<void> {
  const row = { ...entry, id: newId(), amount: new Decimal(amount).toFixed() };
  await writeEntry(tx.sql, row, tx);
  tx.audit(auditOfNew('AccountEntry', row.id, row));
}
