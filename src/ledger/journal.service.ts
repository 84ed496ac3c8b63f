import { badInput } from '../kernel/errors.js';
import { msg } from '../kernel/message.js';
import { Decimal } from '../kernel/money.js';
import type { PaymentMethod } from '../organisation/payment-method.entity.js';
import type { Tx } from '../platform/db/transact.js';
import { insertEntry, insertMerge, insertReversal, journalDocument } from './journal.queries.js';
import {
  ACCOUNTS,
  boxOf,
  type Figures,
  isReversal,
  linesOf,
  POSTINGS,
  type PostingEvent,
  REVERSALS,
  type ReversalEvent,
} from './posting-table.js';
import { refusingShort } from './short-of-cash.js';

export { ACCOUNTS };

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
  /** The box of the money; left out: the default one of the branch. */
  box?: { account: number; id: string } | null;
  tillSessionId?: string | null;
  /** What the line of the party is worth in the base currency, above 0; left out: what the rate says. */
  partyBase?: Decimal.Value | undefined;
  /** What came into the box, in several currencies or with a rounding; left out: the total. */
  cash?: readonly CashMove[] | undefined;
  /** What was rounded off, in the currency of the document; positive is lost. */
  rounding?: Decimal.Value | undefined;
}

/** What came into a box in a currency; negative went out. */
export interface CashMove {
  currency: string;
  amount: Decimal.Value;
}

/** A line of an entry; positive is debit. */
export interface EntryLine {
  account: number;
  /** The customer, vendor, user or box, as the account asks for one. */
  partyId?: string | null | undefined;
  currency: string;
  /** 0 for a line that has an amount in the base currency only. */
  amount: Decimal.Value;
  /** Left out: the amount at the rate of the entry, rounded to the decimals of the base currency. */
  base?: Decimal.Value | undefined;
  branchId?: string | null | undefined;
  salespersonId?: string | null | undefined;
  productId?: string | null | undefined;
}

export interface NewLines {
  day: string;
  /** Once for a document. */
  event: string;
  documentType: string;
  documentId: string;
  reason?: string | null | undefined;
  /** IQD for one unit of a currency, where the document has a rate of its own; otherwise that of the day. */
  rates?: Readonly<Record<string, Decimal.Value>> | undefined;
  /** The customer whose present salesperson the lines name that name none. */
  salespersonOf?: string | undefined;
  lines: readonly EntryLine[];
}

/**
 * Posts an entry, and answers its id. What is left over in one currency against another passes through the conversion
 * account; what is left over in the base currency goes to the exchange difference. The caller holds the lock of the
 * books. Throws BAD_INPUT when a rate is not known, INSUFFICIENT_CASH when a box holds too little.
 */
export async function postLines(tx: Tx, entry: NewLines): Promise<string> {
  const { rates = {}, reason = null, salespersonOf = null, lines, ...head } = entry;
  const posting = insertEntry(tx.sql, {
    ...head,
    reason,
    salespersonOf,
    actor: tx.actor,
    origin: tx.origin,
    rates: Object.fromEntries(Object.entries(rates).map(([code, rate]) => [code, new Decimal(rate).toFixed()])),
    lines: lines.map((line) => ({
      account: line.account,
      partyId: line.partyId ?? null,
      currency: line.currency,
      amount: new Decimal(line.amount).toFixed(),
      base: line.base === undefined ? null : new Decimal(line.base).toFixed(),
      branchId: line.branchId ?? null,
      salespersonId: line.salespersonId ?? null,
      productId: line.productId ?? null,
    })),
  });
  const id = await refusingShort(posting);
  if (id === null) {
    throw badInput('currency', msg`There is no exchange rate on ${entry.day} to post this by. Record one first.`);
  }
  return id;
}

/** Takes the entry of an event of a document back, line by line, on a day. Throws when there is no such entry. */
export async function reverseLines(
  tx: Tx,
  of: { documentId: string; reverses: string; event: string; day: string; reason?: string | null | undefined },
): Promise<void> {
  const reversal = { ...of, reason: of.reason ?? null, partyId: null, actor: tx.actor, origin: tx.origin };
  if (!(await refusingShort(insertReversal(tx.sql, reversal))))
    throw new Error(`${of.documentId} has no entry ${of.reverses}.`);
}

/**
 * Posts an event of a document to the journal, in the commit of the document: the lines of the posting table, or those of
 * the entry that it takes back. One statement writes it; the database refuses an entry that does not balance, a second one
 * of the same event, and a day of closed books. Throws BAD_INPUT when no rate of the day is known.
 */
export async function postJournalEntry(tx: Tx, posting: JournalPosting): Promise<void> {
  const { event, documentId, partyId, day, currency, document } = posting;
  if (isReversal(event)) {
    const { actor, origin } = tx;
    const reversal = { day, event, documentId, partyId, actor, origin, reason: null, reverses: REVERSALS[event] };
    if (await refusingShort(insertReversal(tx.sql, reversal))) return;
    // A release without the journal may have written the document while it was being replaced.
    await journalDocument(tx.sql, documentId);
    const known = await refusingShort(insertReversal(tx.sql, reversal));
    if (!known && !new Decimal(posting.total).isZero()) throw new Error(`${documentId} is not in the journal.`);
    return;
  }
  if (!document) throw new Error(`The posting ${event} says nothing of its document.`);
  const {
    branchId,
    exchangeRate,
    method,
    tillSessionId,
    box: named,
    partyBase,
    cash,
    rounding = 0,
    ...figures
  } = document;
  const box = named ?? (method && { account: boxOf(method, tillSessionId), id: null });
  const lines = linesOf(event, { ...figures, total: posting.total, box: box?.account });
  const boxOfLine = (account: number): string | null => (account === box?.account ? box.id : null);
  if (lines.length === 0) return;
  await postLines(tx, {
    day,
    event,
    documentId,
    documentType: POSTINGS[event].documentType,
    rates: exchangeRate === undefined ? {} : { [currency]: exchangeRate },
    salespersonOf: partyId,
    lines: [
      ...lines.flatMap(({ ofParty, ...line }): EntryLine[] => {
        const party = ofParty ? partyId : boxOfLine(line.account);
        const base =
          ofParty && partyBase !== undefined ? new Decimal(partyBase).times(Decimal.sign(line.amount)) : undefined;
        if (!cash || line.account !== box?.account) return [{ ...line, currency, branchId, partyId: party, base }];
        return cash.map((move) => ({ account: line.account, ...move, branchId, partyId: party }));
      }),
      ...(new Decimal(rounding).isZero() ? [] : [{ account: ACCOUNTS.rounding, currency, amount: rounding, branchId }]),
    ],
  });
}

/** Moves what a duplicate owes to the customer that stays, on the first open day from one. The caller has locked the books and both. */
export async function journalMerge(tx: Tx, merge: { duplicateId: string; keptId: string; day: string }): Promise<void> {
  await insertMerge(tx.sql, { ...merge, actor: tx.actor, origin: tx.origin });
}
