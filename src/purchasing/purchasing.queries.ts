import { Product } from '../catalog/product.entity.js';
import { computed, extend, many, one, read, type RowOf } from '../platform/read/definition.js';
import type { Columns } from '../platform/read/entity-columns.js';
import { slots, type Sql, sql } from '../platform/read/sql.js';
import type { Vendor } from '../vendors/vendor.entity.js';
import { vendorRead } from '../vendors/vendor.queries.js';
import { Bill, BillAllocation, BillCorrection, BillLine, PaymentMade } from './bill.entity.js';
import { GoodsReceipt, GoodsReceiptLine } from './goods-receipt.entity.js';
import { PurchaseOrder, PurchaseOrderLine } from './purchase-order.entity.js';
import { VendorCredit, VendorCreditAllocation, VendorCreditLine } from './vendor-credit.entity.js';

/** What is owed to a vendor, in the currency that is agreed: open bills less payments and credits that wait. */
const owed = (vendor: Columns<Vendor>): Sql =>
  sql`((select coalesce(sum(b.balance), 0) from bills b where b.vendor_id = ${vendor.id} and b.currency = ${vendor.currency})
    - (select coalesce(sum(m.unapplied), 0) from payments_made m where m.vendor_id = ${vendor.id} and m.currency = ${vendor.currency})
    - (select coalesce(sum(c.unapplied), 0) from vendor_credits c where c.vendor_id = ${vendor.id} and c.currency = ${vendor.currency}))`;

export const vendorBalance = extend(vendorRead, {
  balance: computed(
    (vendor) => sql`json_build_object('currency', ${vendor.currency}, 'amount', ${owed(vendor)}::text)`,
  ),
});

export const billAllocationRead = read(BillAllocation, {
  always: ['currency'],
  fields: {
    billId: computed((allocation) => allocation.bill),
    paymentId: computed((allocation) => allocation.payment),
    billNumber: computed((allocation) => sql`(select b.number from bills b where b.id = ${allocation.bill})`),
  },
});

const byCreation = (row: { readonly createdAt: Sql; readonly id: Sql }): Sql => sql`${row.createdAt}, ${row.id}`;

/** Computed as of today: VOID, PAID, OVERDUE, PARTIALLY_PAID or OPEN. */
export const billStatus = (bill: Columns<Bill>): Sql =>
  sql`(case when ${bill.voidedAt} is not null then 'VOID' when ${bill.balance} = 0 then 'PAID'
     when ${bill.dueOn} < ${slots.today} then 'OVERDUE' when ${bill.paid} + ${bill.credited} > 0 then 'PARTIALLY_PAID' else 'OPEN' end)`;

export const isVoidBill = (bill: Columns<Bill>): Sql => sql`(${bill.voidedAt} is not null)`;

export const billCorrectionRead = read(BillCorrection, { always: ['currency'] });

export const billLineRead = read(BillLine, {
  fields: { product: one(Product, (line, product) => sql`${product.id} = ${line.productId}`) },
});

export const billRead = read(Bill, {
  always: ['currency'],
  kept: [{ count: 'bills' }],
  fields: {
    status: computed(billStatus),
    lines: many(BillLine, (bill, line) => sql`${line.bill} = ${bill.id}`, {
      orderBy: (line) => line.position,
      also: (bill) => ({ currency: bill.currency }),
    }),
    allocations: many(BillAllocation, (bill, allocation) => sql`${allocation.bill} = ${bill.id}`, {
      orderBy: byCreation,
    }),
    corrections: many(BillCorrection, (bill, correction) => sql`${correction.bill} = ${bill.id}`, {
      orderBy: (correction) => correction.position,
    }),
  },
});

export type BillRow = RowOf<typeof billRead>;

export const paymentMadeRead = read(PaymentMade, {
  always: ['currency'],
  fields: {
    allocations: many(BillAllocation, (payment, allocation) => sql`${allocation.payment} = ${payment.id}`, {
      orderBy: byCreation,
    }),
  },
});

export type PaymentMadeRow = RowOf<typeof paymentMadeRead>;

export const purchaseOrderLineRead = read(PurchaseOrderLine, {
  fields: { product: one(Product, (line, product) => sql`${product.id} = ${line.productId}`) },
});

export const purchaseOrderRead = read(PurchaseOrder, {
  always: ['currency'],
  fields: {
    lines: many(PurchaseOrderLine, (order, line) => sql`${line.order} = ${order.id}`, {
      orderBy: (line) => line.position,
      also: (order) => ({ currency: order.currency }),
    }),
  },
});

export type PurchaseOrderRow = RowOf<typeof purchaseOrderRead>;

export const isVoidReceipt = (receipt: Columns<GoodsReceipt>): Sql => sql`(${receipt.voidedAt} is not null)`;

export const goodsReceiptLineRead = read(GoodsReceiptLine, {
  fields: { product: one(Product, (line, product) => sql`${product.id} = ${line.productId}`) },
});

export const goodsReceiptRead = read(GoodsReceipt, {
  always: ['currency'],
  fields: {
    lines: many(GoodsReceiptLine, (receipt, line) => sql`${line.receipt} = ${receipt.id}`, {
      orderBy: (line) => line.position,
      also: (receipt) => ({ currency: receipt.currency }),
    }),
  },
});

export type GoodsReceiptRow = RowOf<typeof goodsReceiptRead>;

export const vendorCreditLineRead = read(VendorCreditLine, {
  fields: { product: one(Product, (line, product) => sql`${product.id} = ${line.productId}`) },
});

export const vendorCreditAllocationRead = read(VendorCreditAllocation, {
  always: ['currency'],
  fields: {
    billId: computed((allocation) => allocation.bill),
    billNumber: computed((allocation) => sql`(select b.number from bills b where b.id = ${allocation.bill})`),
  },
});

export const vendorCreditRead = read(VendorCredit, {
  always: ['currency'],
  fields: {
    lines: many(VendorCreditLine, (credit, line) => sql`${line.credit} = ${credit.id}`, {
      orderBy: (line) => line.position,
      also: (credit) => ({ currency: credit.currency }),
    }),
    allocations: many(VendorCreditAllocation, (credit, allocation) => sql`${allocation.credit} = ${credit.id}`, {
      orderBy: byCreation,
    }),
  },
});

export type VendorCreditRow = RowOf<typeof vendorCreditRead>;
