import { customerChanged } from '../customers/customer.events.js';
import { permission, type Module } from '../platform/module.js';
import { BooksResolver } from './books.resolver.js';
import { Account } from './account.entity.js';
import { AccountEntry, CustomerBalanceRow } from './customer-ledger.entity.js';
import { JournalDay, JournalEntry, JournalHead, JournalLine, JournalNumber, JournalPending } from './journal.entity.js';
import { moveMergedLedger } from './merge.listener.js';

/**
 * Ledger: what customers owe, entry by entry, and until which day the books are closed.
 *
 * - A customer (against merging) and their balance (one row a customer and currency) are locked before any document that
 *   moves money, so credit is exact under concurrency. The balance is kept beside its entries, in one statement, which
 *   fails when there is no balance; entries are append-only.
 * - A closed day is never opened again: no document is dated on it or before. Posting takes a shared lock on the books,
 *   closing an exclusive one.
 */
export const ledgerModule: Module = {
  name: 'ledger',
  entities: [
    AccountEntry,
    CustomerBalanceRow,
    Account,
    JournalEntry,
    JournalLine,
    JournalPending,
    JournalNumber,
    JournalHead,
    JournalDay,
  ],
  resolvers: [BooksResolver],
  permissions: { 'Mutation.closeBooks': permission('books:close') },
  listeners: { [customerChanged.eventName]: moveMergedLedger },
};
