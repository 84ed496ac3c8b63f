import { permission, type Module } from '../platform/module.js';
import { attachmentSweepJob, attachmentSweepSchedule } from './attachment-sweep.job.js';
import { CashBalance, CashBox } from './cash-box.entity.js';
import { CashBoxResolver } from './cash-box.resolver.js';
import { CashTransfer, CashTransferLine } from './cash-transfer.entity.js';
import { CashTransferResolver } from './cash-transfer.resolver.js';
import { Commission, CommissionPlan } from './commission.entity.js';
import { CommissionResolver } from './commission.resolver.js';
import { ExpenseAttachment } from './expense-attachment.entity.js';
import { ExpenseAttachmentResolver, ExpenseAttachmentsResolver } from './expense-attachment.resolver.js';
import { expenseAttachmentRoutes } from './expense-attachment.route.js';
import { Expense } from './expense.entity.js';
import { ExpenseResolver } from './expense.resolver.js';

/**
 * Cash: where money lies.
 *
 * - Every line of the journal on the account of tills, salespersons' boxes, safes, banks and transfer channels names a box;
 *   what names none goes to the default box of its branch. What a box holds is the sum of its lines, kept by trigger in the
 *   statement that posts.
 * - Nobody takes more out of a box than it holds, unless it is a bank or a transfer channel that may be overdrawn.
 * - A keeper sees and uses the own boxes; whoever has cash:all those of everybody. What a salesperson collects in cash lies
 *   in the own box.
 * - Cash between boxes is in transit from its sending to its receipt. A hand-over is held against what the box should
 *   hold; what is missing becomes a debt of its keeper, once somebody approves.
 * - An expense counts from its day once it is approved, and is owed until a box pays it.
 * - What proves an expense lies in files that are named by their content; from the approval on it stays.
 * - A commission is computed from the journal, whose lines keep who sold on the day; once it is approved it stays.
 */
export const cashModule: Module = {
  name: 'cash',
  entities: [
    CashBox,
    CashBalance,
    CashTransfer,
    CashTransferLine,
    Expense,
    ExpenseAttachment,
    CommissionPlan,
    Commission,
  ],
  unaudited: [CashBalance, CashTransferLine],
  resolvers: [
    CashBoxResolver,
    CashTransferResolver,
    ExpenseResolver,
    ExpenseAttachmentResolver,
    ExpenseAttachmentsResolver,
    CommissionResolver,
  ],
  routes: expenseAttachmentRoutes,
  jobs: (services) => [attachmentSweepJob(services)],
  schedules: [attachmentSweepSchedule],
  // Every box and currency.
  costs: { 'Query.cashBalances': 50 },
  permissions: {
    'Query.cashBoxes': permission('cash:use'),
    'Query.cashBox': permission('cash:use'),
    'Query.cashBalances': permission('cash:use'),
    'Query.cashBook': permission('cash:use'),
    'Mutation.createCashBox': permission('cash:write'),
    'Mutation.updateCashBox': permission('cash:write'),
    'Query.cashTransfers': permission('cash:use'),
    'Query.cashTransfer': permission('cash:use'),
    'Mutation.requestCashTransfer': permission('cash:use'),
    'Mutation.approveCashTransfer': permission('cash:approve'),
    'Mutation.sendCashTransfer': permission('cash:use'),
    'Mutation.receiveCashTransfer': permission('cash:use'),
    'Mutation.cancelCashTransfer': permission('cash:use'),
    'Mutation.handOverCash': permission('cash:use'),
    'Mutation.exchangeCash': permission('cash:use'),
    'Query.commissions': permission('cash:use'),
    'Query.commissionPlans': permission('cash:use'),
    'Mutation.setCommissionPlan': permission('cash:approve'),
    'Mutation.calculateCommissions': permission('cash:approve'),
    'Mutation.approveCommission': permission('cash:approve'),
    'Mutation.payCommission': permission('cash:approve'),
    'Query.expenseCategories': permission('cash:use'),
    'Query.expenses': permission('cash:use'),
    'Query.expense': permission('cash:use'),
    'Mutation.createExpense': permission('cash:use'),
    'Mutation.updateExpense': permission('cash:use'),
    'Mutation.submitExpense': permission('cash:use'),
    'Mutation.removeExpenseAttachment': permission('cash:use'),
    'Mutation.approveExpense': permission('cash:approve'),
    'Mutation.rejectExpense': permission('cash:approve'),
    'Mutation.payExpense': permission('cash:use'),
    'Mutation.voidExpense': permission('cash:approve'),
  },
};
