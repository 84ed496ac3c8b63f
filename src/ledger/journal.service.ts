import { businessDate } from '../kernel/clock.js';
import { badInput } from '../kernel/errors.js';
import { msg } from '../kernel/message.js';
import { Decimal } from '../kernel/money.js';
import { lockBooks } from '../organisation/organisation.queries.js';
import type { PaymentMethod } from '../organisation/payment-method.entity.js';
import type { Tx } from '../platform/db/transact.js';
import { insertEntry, insertMerge, insertReversal, journalDocument } from './journal.queries.js';
import {
  boxOf,
  type Figures,
  isReversal,
  linesOf,
  POSTINGS,
  type PostingEvent,
  REVERSALS,
  type ReversalEvent,
} from './posting-table.js';

/** An event of a document, as the journal takes it. */
export interface JournalPosting {
  event: PostingEvent | ReversalEvent;
  documentId: string;
  /** The customer or vendor of the document. */
  partyId: string;
  day: string;
  currency: string;
  total: Decimal.Value;
  /** Nothing for an event that takes another one back. */
  document?: PostedDocument | undefined;
}

export interface PostedDocument extends Omit<Figures, 'total' | 'box'> {
  branchId: string;
  /** IQD for one unit of the currency; that of the day when the document has none. */
  exchangeRate?: string;
  /** How money was handed over, and at which till. */
  method?: PaymentMethod;
  tillSessionId?: string | null;
}

/**
 * Posts an event of a document to the journal, in the commit of the document: the lines of the posting table, or those of
 * the entry that it takes back. One statement writes it; the database refuses an entry that does not balance, a second one
 * of the same event, and a day of closed books. Throws BAD_INPUT when no rate of the day is known.
 */
export async function postJournalEntry(tx: Tx, posting: JournalPosting): Promise<void> {
  const { event, documentId, partyId, day, currency, document } = posting;
  const head = { day, event, documentId, partyId, actor: tx.actor, origin: tx.origin };
  if (isReversal(event)) {
    const reversal = { ...head, reverses: REVERSALS[event] };
    if (await insertReversal(tx.sql, reversal)) return;
    // A release without the journal may have written the document while it was being replaced.
    await journalDocument(tx.sql, documentId);
    const known = await insertReversal(tx.sql, reversal);
    if (!known && !new Decimal(posting.total).isZero()) throw new Error(`${documentId} is not in the journal.`);
    return;
  }
  if (!document) throw new Error(`The posting ${event} says nothing of its document.`);
  const { branchId, exchangeRate = null, method, tillSessionId, discount, tax, charges } = document;
  const box = method && boxOf(method, tillSessionId);
  const lines = linesOf(event, { total: posting.total, discount, tax, charges, box });
  if (lines.length === 0) return;
  const { documentType } = POSTINGS[event];
  const written = await insertEntry(tx.sql, { ...head, documentType, currency, branchId, exchangeRate, lines });
  if (!written) {
    throw badInput('currency', msg`There is no exchange rate on ${day} to post this by. Record one first.`);
  }
}

/** A listener is not told the zone of the organisation; the days of its documents are those of this one. */
const ZONE = 'Asia/Baghdad';

/** Moves what a duplicate owes to the customer that stays, on the first open day from today. The caller has locked both. */
export async function journalMerge(tx: Tx, duplicateId: string, keptId: string): Promise<void> {
  await lockBooks(tx.sql, 'posting');
  await insertMerge(tx.sql, { duplicateId, keptId, day: businessDate(ZONE), actor: tx.actor, origin: tx.origin });
}
