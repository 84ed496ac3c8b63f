import { customerChanged } from '../customers/customer.events.js';
import { permission, type Module } from '../platform/module.js';
import { BalanceSheetResolver } from './balance-sheet.resolver.js';
import { BooksResolver } from './books.resolver.js';
import { CashPositionResolver } from './cash-position.resolver.js';
import { GeneralLedgerResolver } from './general-ledger.resolver.js';
import { PartyBalanceResolver } from './party-balance.resolver.js';
import { ProfitAndLossResolver } from './profit-and-loss.resolver.js';
import { Account } from './account.entity.js';
import { AccountStatementResolver } from './account-statement.resolver.js';
import { BalanceAssertion } from './balance-assertion.entity.js';
import { ChartResolver } from './chart.resolver.js';
import { AccountEntry, CustomerBalanceRow } from './customer-ledger.entity.js';
import { JournalDay, JournalEntry, JournalHead, JournalLine, JournalNumber, JournalPending } from './journal.entity.js';
import { JournalEntryResolver } from './journal-entry.resolver.js';
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
 * - No entry is dated on a closed day or before; only the owner opens it again, for a reason. Posting takes a shared lock
 *   on the books, closing an exclusive one. Closing refuses a day on which a stated balance differs.
 * - Accounts that documents post to (control accounts) equal the documents behind them: no other entry names them.
 */
export const ledgerModule: Module = {
  name: 'ledger',
  entities: [
    AccountEntry,
    CustomerBalanceRow,
    Account,
    BalanceAssertion,
    JournalEntry,
    JournalLine,
    JournalPending,
    JournalNumber,
    JournalHead,
    JournalDay,
  ],
  resolvers: [
    BooksResolver,
    ChartResolver,
    JournalEntryResolver,
    TrialBalanceResolver,
    AccountStatementResolver,
    GeneralLedgerResolver,
    ProfitAndLossResolver,
    BalanceSheetResolver,
    CashPositionResolver,
    PartyBalanceResolver,
  ],
  // A balance of each account and currency; what moved reads the rows of every day.
  costs: {
    'Query.trialBalance': 50,
    'Query.generalLedger': 100,
    'Query.profitAndLoss': 500,
    'Query.balanceSheet': 200,
    'Query.cashPosition': 300,
    'Query.partyBalances': 50,
  },
  permissions: {
    'Query.books': permission('organisation:read'),
    'Mutation.closeBooks': permission('books:close'),
    'Mutation.reopenBooks': permission('books:reopen'),
    'Mutation.setBaseCurrency': permission('books:reopen'),
    'Mutation.setWriteOffTolerance': permission('books:close'),
    'Mutation.createAccount': permission('ledger:write'),
    'Mutation.updateAccount': permission('ledger:write'),
    'Query.journalEntries': permission('ledger:read'),
    'Query.journalEntry': permission('ledger:read'),
    'Mutation.postJournalEntry': permission('ledger:write'),
    'Mutation.reverseJournalEntry': permission('ledger:write'),
    'Query.balanceAssertions': permission('ledger:read'),
    'Mutation.assertBalance': permission('ledger:write'),
    'Mutation.removeBalanceAssertion': permission('ledger:write'),
    'Query.accounts': permission('ledger:read'),
    'Query.trialBalance': permission('ledger:read'),
    'Query.accountStatement': permission('ledger:read'),
    'Query.generalLedger': permission('ledger:read'),
    'Query.profitAndLoss': permission('ledger:read'),
    'Query.balanceSheet': permission('ledger:read'),
    'Query.cashPosition': permission('ledger:read'),
    'Query.partyBalances': permission('ledger:read'),
  },
  listeners: { [customerChanged.eventName]: moveMergedLedger },
  jobs: (services) => [numberEntriesJob(services), journalNewestJob(services)],
  schedules: [numberEntriesSchedule, journalNewestSchedule],
};
