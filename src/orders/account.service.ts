import { AppError, badInput } from '../kernel/errors.js';
import { newId } from '../kernel/ids.js';
import { Decimal, type Currency } from '../kernel/money.js';
import { assertOwned, type FieldOwners, type Owner, type Phase } from '../kernel/ownership.js';
import type { Viewer } from '../kernel/viewer.js';
import { isBusinessDate } from '../kernel/clock.js';
import { findExchangeRate } from '../organisation/organisation.queries.js';
import type { Tx } from '../platform/db/transact.js';
import { closedUntil, saveClosedUntil, writeEntry, type EntryKind } from './account.queries.js';

const ZOHO_IN_PARALLEL: Record<Phase, Owner> = { parallel: 'ZOHO', gradual: 'ERP', full: 'ERP' };

/** Documents are Zoho's in the first phase, as a whole: a document of two owners could not add up. */
export const documentOwners: FieldOwners = {
  order: ZOHO_IN_PARALLEL,
  invoice: ZOHO_IN_PARALLEL,
  payment: ZOHO_IN_PARALLEL,
  creditNote: ZOHO_IN_PARALLEL,
};

/** Who books, in which phase of the migration, and on which business day. */
export interface Booking {
  viewer: Viewer;
  phase: Phase;
  /** YYYY-MM-DD in the organisation's zone. */
  today: string;
}

/** Throws FIELD_OWNED_ELSEWHERE while the documents of this kind are Zoho's. */
export function assertOurs(booking: Booking, kind: 'order' | 'invoice' | 'payment' | 'creditNote'): void {
  assertOwned(documentOwners, [kind], booking.phase);
}

/** The day of a document: given or today, never later, never in closed books. Throws BAD_INPUT, PERIOD_CLOSED. */
export async function assertDay(
  tx: Tx,
  booking: Booking,
  given: string | null | undefined,
  field: string,
): Promise<string> {
  const day = given ?? booking.today;
  if (!isBusinessDate(day)) throw badInput(field, 'This is no day.');
  if (day > booking.today) throw badInput(field, 'This day has not come yet.');
  const closed = await closedUntil(tx.sql);
  if (closed !== null && day <= closed) {
    throw new AppError('PERIOD_CLOSED', `The books are closed up to ${closed}.`, {
      field,
      details: { closedUntil: closed },
    });
  }
  return day;
}

/** Closes the books up to a day, for good: it never moves back. Throws BAD_INPUT. */
export async function closeBooks(tx: Tx, booking: Booking, until: string): Promise<string> {
  await tx.sql('select pg_advisory_xact_lock(7411005)');
  const before = await closedUntil(tx.sql);
  if (until >= booking.today) throw badInput('until', 'Only days that are over can be closed.');
  if (before !== null && until < before) throw badInput('until', `The books are closed up to ${before} already.`);
  if (until === before) return until;
  await saveClosedUntil(tx.sql, until);
  const changes = { value: [before, until] as [unknown, unknown] };
  tx.audit({ entityType: 'Setting', entityId: 'books_closed_until', action: 'update', changes });
  return until;
}

/** IQD for one unit on a day. Throws BAD_INPUT when nobody recorded a rate yet. */
export async function rateOn(tx: Tx, currency: string, day: string): Promise<string> {
  const rate = await findExchangeRate(tx.sql, currency, day);
  if (rate === null)
    throw badInput('currency', `There is no exchange rate of ${currency} on ${day}. Record one first.`);
  return rate;
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

export const asCurrency = (currency: string): Currency => currency as Currency;
