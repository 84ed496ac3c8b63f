import { Product } from '../catalog/product.entity.js';
import type { Tx } from '../platform/db/transact.js';
import { computed, extend, many, one, read, type RowOf } from '../platform/read/definition.js';
import type { Columns } from '../platform/read/entity-columns.js';
import { slots, type Sql, sql, type StatementReader } from '../platform/read/sql.js';
import type { Vendor } from '../vendors/vendor.entity.js';
import { vendorRead } from '../vendors/vendor.queries.js';
import { Bill, BillAllocation, BillCorrection, BillLine, PaymentMade } from './bill.entity.js';
import { GoodsReceipt, GoodsReceiptLine } from './goods-receipt.entity.js';
import { PurchaseOrder, PurchaseOrderLine } from './purchase-order.entity.js';
import { VendorCredit, VendorCreditAllocation, VendorCreditLine } from './vendor-credit.entity.js';

type Run = Tx['sql'];

/** What is owed to a vendor, in the currency that is agreed: open bills less payments and credits that wait. */
const owed = (vendor: Columns<Vendor>): Sql =>
  sql`((select coalesce(sum(b.balance), 0) from bills b where b.vendor_id = ${vendor.id})
    - (select coalesce(sum(m.unapplied), 0) from payments_made m where m.vendor_id = ${vendor.id})
    - (select coalesce(sum(c.unapplied), 0) from vendor_credits c where c.vendor_id = ${vendor.id}))`;

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

/** What stands between a bill and the credits of its vendor, in the order in which they are locked. */
export function sumCreditAllocations(
  run: Run,
  of: { billId: string } | { creditId: string },
): Promise<{ billId: string; creditId: string; amount: string }[]> {
  const [column, id] = 'billId' in of ? ['bill_id', of.billId] : ['credit_id', of.creditId];
  return run(
    `select bill_id as "billId", credit_id as "creditId", sum(amount)::text as amount
     from vendor_credit_allocations where ${column} = $1 group by 1, 2 having sum(amount) <> 0 order by 1, 2`,
    [id],
  );
}

export interface PayablesAgeRow {
  vendorId: string;
  currency: string;
  current: string;
  days30: string;
  days60: string;
  days90: string;
  older: string;
  unapplied: string;
  total: string;
}

/**
 * What vendors are owed on a day by how long it is overdue, less payments and credits that wait; together it is what the
 * journal says of them.
 */
export function listPayablesAges(reader: StatementReader): Promise<PayablesAgeRow[]> {
  return reader.read<PayablesAgeRow>(
    `select x.vendor_id as "vendorId", x.currency,
       coalesce(sum(x.amount) filter (where x.days <= 0), 0)::text as current, coalesce(sum(x.amount) filter (where x.days between 1 and 30), 0)::text as days30,
       coalesce(sum(x.amount) filter (where x.days between 31 and 60), 0)::text as days60, coalesce(sum(x.amount) filter (where x.days between 61 and 90), 0)::text as days90,
       coalesce(sum(x.amount) filter (where x.days > 90), 0)::text as older, coalesce(sum(x.amount) filter (where x.days is null), 0)::text as unapplied, sum(x.amount)::text as total
     from (
       select b.vendor_id, b.currency, b.balance as amount, $1::date - b.due_on as days from bills b where b.balance <> 0
       union all select m.vendor_id, m.currency, -m.unapplied, null from payments_made m where m.unapplied <> 0
       union all select c.vendor_id, c.currency, -c.unapplied, null from vendor_credits c where c.unapplied <> 0
     ) x join vendors v on v.id = x.vendor_id group by 1, 2, v.name order by v.name, 1, 2`,
    [reader.today],
  );
}

/** What stands between a bill and its payments, in the order in which they are locked. */
export function sumBillAllocations(
  run: Run,
  of: { billId: string } | { paymentId: string },
): Promise<{ billId: string; paymentId: string; amount: string }[]> {
  const [column, id] = 'billId' in of ? ['bill_id', of.billId] : ['payment_id', of.paymentId];
  return run(
    `select bill_id as "billId", payment_id as "paymentId", sum(amount)::text as amount
     from bill_allocations where ${column} = $1 group by 1, 2 having sum(amount) <> 0 order by 1, 2`,
    [id],
  );
}
