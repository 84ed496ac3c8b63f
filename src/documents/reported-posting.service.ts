import type { Customer } from '../customers/customer.entity.js';
import { Decimal } from '../kernel/money.js';
import { ownerOf, type Phase } from '../kernel/ownership.js';
import { postEntry } from '../ledger/customer-ledger.service.js';
import { type EntryKind, ENTRY_KINDS } from '../ledger/customer-ledger.queries.js';
import { postJournalEntry, type PostingEvent, type ReversalEvent } from '../ledger/journal.service.js';
import type { Tx } from '../platform/db/transact.js';
import { documentOwners, type DocumentKind } from './document.service.js';
import type { RestatementSteps } from './reported-document.service.js';

/** Whether documents of this kind are what their source says, in this phase. */
export const isSourceOwned = (kind: DocumentKind, phase: Phase): boolean =>
  ownerOf(documentOwners, kind, phase) === 'ZOHO';

type Event = PostingEvent | ReversalEvent;

const isOfCustomerLedger = (event: Event): event is EntryKind & Event =>
  (ENTRY_KINDS as readonly string[]).includes(event);

/**
 * How a document of a customer is posted and taken back: in the journal, and in the customer ledger what changes what the
 * customer owes. Taken back is from whoever the document belonged to before.
 */
export function reportedEntries(
  tx: Tx,
  {
    document,
    before,
    customer,
    today,
  }: {
    document: { id: string; number: string; reportedNumber?: string | null };
    before: Customer;
    customer: Customer;
    today: string;
  },
): RestatementSteps {
  const number = document.reportedNumber ?? document.number;
  const write = async (
    event: Event,
    entry: Omit<Parameters<typeof postJournalEntry>[1], 'event' | 'documentId' | 'total'>,
    amount: Decimal,
  ): Promise<void> => {
    const { partyId, day, currency, document: posted, revision } = entry;
    if (!isOfCustomerLedger(event)) {
      await postJournalEntry(tx, { ...entry, event, documentId: document.id, total: amount });
      return;
    }
    const head = { kind: event, documentId: document.id, number, enteredOn: day, customerId: partyId, currency };
    await postEntry(
      tx,
      { ...head, ...(posted ? { document: posted } : {}), ...(revision === undefined ? {} : { revision }) },
      amount,
    );
  };
  return {
    today,
    post: (wanted, revision, day) =>
      write(
        wanted.event,
        { partyId: customer.id, day, currency: wanted.currency, document: wanted.document, revision },
        new Decimal(wanted.amount),
      ),
    reverse: ({ event, currency, amount }, day) =>
      write(`${event}_VOID` as ReversalEvent, { partyId: before.id, day, currency }, new Decimal(amount).negated()),
  };
}
