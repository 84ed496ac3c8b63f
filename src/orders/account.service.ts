import { can, type Viewer } from '../kernel/viewer.js';
import { findOwnCustomer } from '../customers/account.service.js';
import { Customer } from '../customers/customer.entity.js';
import { newId } from '../kernel/ids.js';
import { Decimal } from '../kernel/money.js';
import { assertOwned, type FieldOwners, type Owner, type Phase } from '../kernel/ownership.js';
import { type Booking } from '../organisation/books.service.js';
import type { Tx } from '../platform/db/transact.js';
import { writeEntry } from './account.queries.js';
import type { EntryKind } from './account-entry.js';

const ZOHO_IN_PARALLEL: Record<Phase, Owner> = { parallel: 'ZOHO', gradual: 'ERP', full: 'ERP' };

/** Documents are Zoho's in the first phase, as a whole: a document of two owners could not add up. */
export const documentOwners: FieldOwners = {
  order: ZOHO_IN_PARALLEL,
  invoice: ZOHO_IN_PARALLEL,
  payment: ZOHO_IN_PARALLEL,
  creditNote: ZOHO_IN_PARALLEL,
};

/** Throws FIELD_OWNED_ELSEWHERE while the documents of this kind are Zoho's. */
export function assertOurs(booking: Booking, kind: 'order' | 'invoice' | 'payment' | 'creditNote'): void {
  assertOwned(documentOwners, [kind], booking.phase);
}

/** The customer of a document that the viewer may see, by the rule of documentScope; null otherwise. */
export function findDocumentCustomer(tx: Tx, viewer: Viewer, id: string): Promise<Customer | null> {
  return can(viewer, 'orders:all') ? tx.em.findOne(Customer, id) : findOwnCustomer(tx, viewer, id);
}

export interface Posted {
  customerId: string;
  currency: string;
  kind: EntryKind;
  documentId: string;
  number: string;
  enteredOn: string;
}

/** Books what a document adds to (or, negative, takes from) what the customer owes. The account is locked by the caller. */
export function postEntry(tx: Tx, entry: Posted, amount: Decimal.Value): Promise<void> {
  return writeEntry(tx.sql, { ...entry, id: newId(), amount: new Decimal(amount).toFixed() });
}
