import type { ChangeRule } from '../platform/graphql/entity-change.js';
import { permission, type Module } from '../platform/module.js';
import { vendorBalance } from './purchasing.queries.js';
import { Bill, BillAllocation, BillLine, PaymentMade } from './bill.entity.js';
import { BillResolver, PaymentMadeResolver, VendorBalanceResolver } from './bill.resolver.js';
import { billChanged, paymentMadeChanged } from './purchasing.events.js';

const follow = (event: string): ChangeRule => ({ event, permission: 'purchasing:read' });

/**
 * Purchasing: what we buy.
 *
 * - A vendor has one currency; bills and payments are in it.
 * - Goods of a bill come in by line, with their cost in USD at the rate of the bill's day; a line is received in parts, never above
 *   its quantity.
 * - Payments may pay several bills or wait in advance; allocations are append-only and taken back by their opposite.
 * - Goods are received by those who keep their warehouse. A bill or payment is voided by a counter-entry of today.
 * - The vendor's row is locked before its bills and payments; cost and vendors are hidden from clients and salespersons.
 */
export const purchasingModule: Module = {
  name: 'purchasing',
  entities: [Bill, BillLine, PaymentMade, BillAllocation],
  unaudited: [BillLine, BillAllocation],
  resolvers: [BillResolver, PaymentMadeResolver, VendorBalanceResolver],
  permissions: {
    'Query.bills': permission('purchasing:read'),
    'Query.bill': permission('purchasing:read'),
    'Query.paymentsMade': permission('purchasing:read'),
    'Query.paymentMade': permission('purchasing:read'),
    'Mutation.createBill': permission('purchasing:write'),
    'Mutation.receiveBill': permission('purchasing:receive'),
    'Mutation.voidBill': permission('purchasing:write'),
    'Mutation.recordPaymentMade': permission('purchasing:pay'),
    'Mutation.applyPaymentMade': permission('purchasing:pay'),
    'Mutation.voidPaymentMade': permission('purchasing:pay'),
  },
  changes: {
    bill: follow(billChanged.eventName),
    paymentMade: follow(paymentMadeChanged.eventName),
  },
  extends: [vendorBalance],
};
