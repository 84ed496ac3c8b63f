import type { ChangeRule } from '../platform/graphql/entity-change.js';
import { permission, type Module } from '../platform/module.js';
import { vendorBalance } from './purchasing.queries.js';
import { Bill, BillAllocation, BillCorrection, BillLine, PaymentMade } from './bill.entity.js';
import { BillResolver, PaymentMadeResolver, VendorBalanceResolver } from './bill.resolver.js';
import { GoodsReceipt, GoodsReceiptLine } from './goods-receipt.entity.js';
import { GoodsReceiptResolver } from './goods-receipt.resolver.js';
import { PurchaseOrder, PurchaseOrderLine } from './purchase-order.entity.js';
import { PurchaseOrderResolver } from './purchase-order.resolver.js';
import { billChanged, paymentMadeChanged, purchaseOrderChanged, vendorCreditChanged } from './purchasing.events.js';
import { VendorCredit, VendorCreditAllocation, VendorCreditLine } from './vendor-credit.entity.js';
import { VendorCreditResolver } from './vendor-credit.resolver.js';

const follow = (event: string): ChangeRule => ({ event, permission: 'purchasing:read' });

/**
 * Purchasing: what we buy.
 *
 * - A vendor has one currency; bills and payments are in it.
 * - Goods come in by receipts with a number, of a bill or of a purchase order before its bill: at what the line, with its share
 *   of landed costs, is worth in the base currency. Bill and receipts clear each other to the last unit, whatever the parts.
 * - What becomes known late (another price on the bill of a receipt, freight, a corrected cost) goes to the goods that are
 *   still here, the rest is a cost of today. Goods go back at the average; what the bill says against it is a correction.
 * - Payments may pay several bills or wait in advance; allocations are append-only and taken back by their opposite.
 * - Goods are received by those who keep their warehouse. A bill or payment is voided by a counter-entry of today.
 * - The vendor's row is locked before its bills and payments; cost and vendors are hidden from clients and salespersons.
 */
export const purchasingModule: Module = {
  name: 'purchasing',
  entities: [
    Bill,
    BillLine,
    BillCorrection,
    PaymentMade,
    BillAllocation,
    PurchaseOrder,
    PurchaseOrderLine,
    GoodsReceipt,
    GoodsReceiptLine,
    VendorCredit,
    VendorCreditLine,
    VendorCreditAllocation,
  ],
  unaudited: [
    BillLine,
    BillCorrection,
    BillAllocation,
    PurchaseOrderLine,
    GoodsReceiptLine,
    VendorCreditLine,
    VendorCreditAllocation,
  ],
  resolvers: [
    BillResolver,
    PaymentMadeResolver,
    VendorBalanceResolver,
    PurchaseOrderResolver,
    GoodsReceiptResolver,
    VendorCreditResolver,
  ],
  permissions: {
    'Query.bills': permission('purchasing:read'),
    'Query.bill': permission('purchasing:read'),
    'Query.paymentsMade': permission('purchasing:read'),
    'Query.paymentMade': permission('purchasing:read'),
    'Mutation.createBill': permission('purchasing:write'),
    'Mutation.receiveBill': permission('purchasing:receive'),
    'Mutation.correctBill': permission('purchasing:write'),
    'Mutation.voidBill': permission('purchasing:write'),
    'Query.purchaseOrders': permission('purchasing:read'),
    'Query.purchaseOrder': permission('purchasing:read'),
    'Mutation.createPurchaseOrder': permission('purchasing:write'),
    'Mutation.sendPurchaseOrder': permission('purchasing:write'),
    'Mutation.receivePurchaseOrder': permission('purchasing:receive'),
    'Mutation.closePurchaseOrder': permission('purchasing:write'),
    'Mutation.cancelPurchaseOrder': permission('purchasing:write'),
    'Query.goodsReceipts': permission('purchasing:read'),
    'Query.goodsReceipt': permission('purchasing:read'),
    'Mutation.voidGoodsReceipt': permission('purchasing:receive'),
    'Query.vendorCredits': permission('purchasing:read'),
    'Query.vendorCredit': permission('purchasing:read'),
    'Mutation.issueVendorCredit': permission('purchasing:write'),
    'Mutation.applyVendorCredit': permission('purchasing:pay'),
    'Mutation.voidVendorCredit': permission('purchasing:write'),
    'Mutation.recordPaymentMade': permission('purchasing:pay'),
    'Mutation.applyPaymentMade': permission('purchasing:pay'),
    'Mutation.voidPaymentMade': permission('purchasing:pay'),
  },
  changes: {
    bill: follow(billChanged.eventName),
    paymentMade: follow(paymentMadeChanged.eventName),
    purchaseOrder: follow(purchaseOrderChanged.eventName),
    vendorCredit: follow(vendorCreditChanged.eventName),
  },
  extends: [vendorBalance],
};
