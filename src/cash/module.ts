import { permission, type Module } from '../platform/module.js';
import { CashBalance, CashBox } from './cash-box.entity.js';
import { CashBoxResolver } from './cash-box.resolver.js';

/**
 * Cash: where money lies.
 *
 * - Every line of the journal on the account of tills, salespersons' boxes, safes, banks and transfer channels names a box;
 *   what names none goes to the default box of its branch. What a box holds is the sum of its lines, kept by trigger in the
 *   statement that posts.
 * - Nobody takes more out of a box than it holds, unless it is a bank or a transfer channel that may be overdrawn.
 * - A keeper sees and uses the own boxes; whoever has cash:all those of everybody. What a salesperson collects in cash lies
 *   in the own box.
 */
export const cashModule: Module = {
  name: 'cash',
  entities: [CashBox, CashBalance],
  unaudited: [CashBalance],
  resolvers: [CashBoxResolver],
  // Every box and currency.
  costs: { 'Query.cashBalances': 50 },
  permissions: {
    'Query.cashBoxes': permission('cash:use'),
    'Query.cashBox': permission('cash:use'),
    'Query.cashBalances': permission('cash:use'),
    'Query.cashBook': permission('cash:use'),
    'Mutation.createCashBox': permission('cash:write'),
    'Mutation.updateCashBox': permission('cash:write'),
  },
};
