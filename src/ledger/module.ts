import { customerChanged } from '../customers/customer.events.js';
import { permission, type Module } from '../platform/module.js';
import { BalanceSheetResolver } from './balance-sheet.resolver.js';
import { BooksResolver } from './books.resolver.js';
import { CashBookResolver } from './cash-book.resolver.js';
import { GeneralLedgerResolver } from './general-ledger.resolver.js';
import { PartyBalanceResolver } from './party-balance.resolver.js';
import { ProfitAndLossResolver } from './profit-and-loss.resolver.js';
import { AccountRow } from './account.entity.js';
import { AccountStatementResolver } from './account-statement.resolver.js';
import { AccountEntry, CustomerBalanceRow } from './customer-ledger.entity.js';
import { JournalDay, JournalEntry, JournalHead, JournalLine, JournalNumber, JournalPending } from './journal.entity.js';
import { moveMergedLedger } from './merge.listener.js';
import {
  journalNewestJob,
  journalNewestSchedule,
  numberEntriesJob,
  numberEntriesSchedule,
} from './number-entries.job.js';
import { TrialBalanceResolver } from './trial-balance.resolver.js';

/**
 * Ledger: the journal, what customers owe, entry by entry, and until which day the books are closed.
 *
 * - A customer (against merging) and their balance (one row a customer and currency) are locked before any document that
 *   moves money, so credit is exact under concurrency. The balance is kept beside its entries, in one statement, which
 *   fails when there is no balance; entries are append-only.
 * - Every posting is an entry of the journal too, in the same commit: lines that sum to 0 in the base currency and in every
 *   currency, append-only, by the posting table. A void negates the lines of its entry, dated today. The database holds it.
 * - Numbers and the balances of days follow the commit, by one job; reads add what waits, so they are exact at once.
 * - A closed day is never opened again: no document is dated on it or before. Posting takes a shared lock on the books,
 *   closing an exclusive one.
 */
export const ledgerModule: Module = {
  name: 'ledger',
  entities: [
    AccountEntry,
    CustomerBalanceRow,
    AccountRow,
    JournalEntry,
    JournalLine,
    JournalPending,
    JournalNumber,
    JournalHead,
    JournalDay,
  ],
  resolvers: [
    BooksResolver,
    TrialBalanceResolver,
    AccountStatementResolver,
    GeneralLedgerResolver,
    ProfitAndLossResolver,
    BalanceSheetResolver,
    CashBookResolver,
    PartyBalanceResolver,
  ],
  // A balance of each account and currency; what moved reads the rows of every day.
  costs: {
    'Query.trialBalance': 50,
    'Query.generalLedger': 100,
    'Query.profitAndLoss': 500,
    'Query.balanceSheet': 200,
    'Query.cashBook': 300,
    'Query.partyBalances': 50,
  },
  permissions: {
    'Mutation.closeBooks': permission('books:close'),
    'Query.accounts': permission('ledger:read'),
    'Query.trialBalance': permission('ledger:read'),
    'Query.accountStatement': permission('ledger:read'),
    'Query.generalLedger': permission('ledger:read'),
    'Query.profitAndLoss': permission('ledger:read'),
    'Query.balanceSheet': permission('ledger:read'),
    'Query.cashBook': permission('ledger:read'),
    'Query.partyBalances': permission('ledger:read'),
  },
  listeners: { [customerChanged.eventName]: moveMergedLedger },
  jobs: (services) => [numberEntriesJob(services), journalNewestJob(services)],
  schedules: [numberEntriesSchedule, journalNewestSchedule],
};
