import { permission, type Module } from '../platform/module.js';
import { TillRefundResolver } from './till-refund.resolver.js';
import { TillReportResolver } from './till-report.resolver.js';
import { ParkedSale, TillCount, TillMove, TillSession, TillTender } from './till.entity.js';
import { tillChanged } from './till.events.js';
import { paymentTenders } from './till.queries.js';
import { PaymentTendersResolver, TillResolver } from './till.resolver.js';

/**
 * Till: selling and taking back over the counter.
 *
 * - A person has at most one open till. A sale is order, goods, invoice and payments in one commit, or nothing.
 * - The drawer is a cash box: it never holds less than nothing, and whatever moves it is a line of its cash book. What it
 *   should hold is kept beside what was counted, and the difference is posted.
 * - A customer may hand over several currencies; what is rounded to a note of 250 dinars is a line of its own.
 * - A refund of a drawer is voided in an open shift of that drawer, so that somebody counts the money that is back.
 * - Goods that are returned come back into the warehouse of the till.
 */
export const tillModule: Module = {
  name: 'till',
  entities: [TillSession, TillCount, TillMove, TillTender, ParkedSale],
  unaudited: [TillTender, ParkedSale],
  resolvers: [TillResolver, TillRefundResolver, TillReportResolver, PaymentTendersResolver],
  permissions: {
    'Query.tillSessions': permission('till:use'),
    'Query.tillSession': permission('till:use'),
    'Mutation.openTill': permission('till:use'),
    'Mutation.closeTill': permission('till:use'),
    'Mutation.sellAtTill': permission('till:use'),
    'Mutation.returnAtTill': permission('till:use'),
    'Mutation.collectAtTill': permission('till:use'),
    'Mutation.moveTillCash': permission('till:use'),
    'Mutation.voidTillRefund': permission('payments:void'),
    'Mutation.parkSale': permission('till:use'),
    'Mutation.discardParkedSale': permission('till:use'),
    'Query.parkedSales': permission('till:use'),
    'Query.tillChange': permission('till:use'),
    'Query.tillReport': permission('till:use'),
  },
  extends: [paymentTenders],
  changes: {
    tillSession: {
      event: tillChanged.eventName,
      permission: 'till:use',
      perPerson: true,
      everything: 'till:all',
      accepts: (event, viewer) => viewer.kind === 'user' && viewer.userId === event.data['userId'],
    },
  },
};
