import { permission, type Module } from '../platform/module.js';
import { Bill, BillAllocation, BillLine, PaymentMade } from './bill.entity.js';
import { BillAllocationResolver, BillLineResolver, BillResolver, PaymentMadeResolver } from './bill.resolver.js';
import { billChanged, paymentMadeChanged, vendorChanged } from './purchasing.events.js';
import { Vendor } from './vendor.entity.js';
import { VendorResolver } from './vendor.resolver.js';
import { purchasingOwners } from './vendor.service.js';

const follow = (event: string) => ({ event, permission: 'purchasing:read' });

/**
 * Purchasing: what we buy.
 *
 * - A vendor has one currency; bills and payments are in it.
 * - Goods of a bill come in by line, with their cost in USD at the rate of the bill's day; a bill is received at most once.
 * - Payments may pay several bills or wait in advance; allocations are append-only and taken back by their opposite.
 * - The vendor's row is locked before its bills and payments; cost and vendors are hidden from clients and salespersons.
 */
export const purchasingModule: Module = {
  name: 'purchasing',
  entities: [Vendor, Bill, BillLine, PaymentMade, BillAllocation],
  unaudited: [BillLine, BillAllocation],
  resolvers: [VendorResolver, BillResolver, BillLineResolver, PaymentMadeResolver, BillAllocationResolver],
  permissions: {
    'Query.vendors': permission('purchasing:read'),
    'Query.vendor': permission('purchasing:read'),
    'Query.bills': permission('purchasing:read'),
    'Query.bill': permission('purchasing:read'),
    'Query.paymentsMade': permission('purchasing:read'),
    'Query.paymentMade': permission('purchasing:read'),
    'Mutation.createVendor': permission('purchasing:write'),
    'Mutation.updateVendor': permission('purchasing:write'),
    'Mutation.archiveVendor': permission('purchasing:write'),
    'Mutation.createBill': permission('purchasing:write'),
    'Mutation.receiveBill': permission('purchasing:receive'),
    'Mutation.voidBill': permission('purchasing:write'),
    'Mutation.recordPaymentMade': permission('purchasing:pay'),
    'Mutation.applyPaymentMade': permission('purchasing:pay'),
    'Mutation.voidPaymentMade': permission('purchasing:pay'),
  },
  changes: {
    vendor: follow(vendorChanged.eventName),
    bill: follow(billChanged.eventName),
    paymentMade: follow(paymentMadeChanged.eventName),
  },
  ownership: { Purchase: purchasingOwners },
};
