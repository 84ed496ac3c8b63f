import { Field, ID, InputType } from 'type-graphql';
import { SettlingInput } from '../documents/line-input.entity.js';
import { CURRENCY_ENUM } from '../organisation/currency-code.entity.js';
import { type PaymentMethod, PaymentMethodEnum } from '../organisation/payment-method.entity.js';
import { BusinessDate, DecimalText } from '../platform/graphql/scalars.js';
import { filterOf } from '../platform/read/filter.js';
import { sortOf } from '../platform/read/sort.js';
import { BooleanFilter, enumFilter } from '../platform/read/value-filters.js';
import { Bill, BillStatus, PaymentMade } from './bill.entity.js';
import { GoodsReceipt } from './goods-receipt.entity.js';
import { PurchaseOrder, PurchaseOrderStatus } from './purchase-order.entity.js';
import { VendorCredit } from './vendor-credit.entity.js';
import { billStatus, isVoidBill, isVoidReceipt } from './purchasing.queries.js';

export const BillSort = sortOf(Bill, ['createdAt', 'billedOn', 'dueOn']);

export const BillFilter = filterOf(
  Bill,
  [
    'number',
    'vendorNumber',
    'externalRef',
    'vendor',
    'warehouse',
    'currency',
    'total',
    'balance',
    'billedOn',
    'dueOn',
    'receivedAt',
    'createdBy',
    'createdAt',
  ],
  {
    enums: { currency: CURRENCY_ENUM },
    descriptions: { balance: 'Above 0: open.' },
    also: {
      status: {
        of: enumFilter(BillStatus, 'BillStatus'),
        type: 'text',
        sql: billStatus,
        description: 'OVERDUE is as of today.',
      },
      isVoid: { of: BooleanFilter, type: 'boolean', sql: isVoidBill },
    },
  },
);

export const PaymentMadeSort = sortOf(PaymentMade, ['createdAt', 'paidOn']);

export const PaymentMadeFilter = filterOf(
  PaymentMade,
  [
    'number',
    'externalRef',
    'vendor',
    'currency',
    'method',
    'amount',
    'unapplied',
    'paidOn',
    'reference',
    'voidedAt',
    'createdBy',
    'createdAt',
  ],
  { enums: { currency: CURRENCY_ENUM } },
);

@InputType('BillLineInput')
export class BillLineGivenInput {
  @Field(() => ID, { nullable: true })
  productId?: string | null;

  @Field(() => String, { nullable: true, description: 'Of a service; of a product its name when left out.' })
  description?: string | null;

  @Field(() => DecimalText)
  quantity!: string;

  @Field(() => DecimalText, { description: 'In the currency of the vendor.' })
  unitCost!: string;

  @Field(() => DecimalText, { nullable: true })
  taxPercent?: string | null;

  @Field(() => Boolean, {
    nullable: true,
    description: 'Of a service: its cost belongs to the goods of this bill, by their value.',
  })
  landed?: boolean | null;

  @Field(() => ID, {
    nullable: true,
    description: 'Of a service: its cost belongs to the goods of this receipt, such as freight that is billed later.',
  })
  landedReceiptId?: string | null;

  @Field(() => ID, {
    nullable: true,
    description: 'Of goods: the line of a receipt that it bills; they came in already.',
  })
  receiptLineId?: string | null;
}

@InputType()
export class BillLineCostInput {
  @Field(() => ID)
  lineId!: string;

  @Field(() => DecimalText, { description: 'What one unit costs, in the currency of the vendor.' })
  unitCost!: string;
}

@InputType()
export class PurchaseOrderLineInput {
  @Field(() => ID, { nullable: true })
  productId?: string | null;

  @Field(() => String, { nullable: true, description: 'Of a service; of a product its name when left out.' })
  description?: string | null;

  @Field(() => DecimalText)
  quantity!: string;

  @Field(() => DecimalText, { description: 'In the currency of the vendor.' })
  unitCost!: string;

  @Field(() => DecimalText, { nullable: true })
  taxPercent?: string | null;
}

@InputType()
export class CreatePurchaseOrderInput {
  @Field(() => ID)
  vendorId!: string;

  @Field(() => ID, { nullable: true, description: 'Where the goods come in; left out: the primary one.' })
  warehouseId?: string | null;

  @Field(() => BusinessDate, { nullable: true })
  orderedOn?: string | null;

  @Field(() => BusinessDate, { nullable: true, description: 'When the vendor promised the goods.' })
  expectedOn?: string | null;

  @Field(() => String, { nullable: true })
  notes?: string | null;

  @Field(() => [PurchaseOrderLineInput], { description: '1 to 200.' })
  lines!: PurchaseOrderLineInput[];
}

@InputType()
export class VendorCreditLineInput {
  @Field(() => ID)
  billLineId!: string;

  @Field(() => DecimalText, { description: 'At most what came in and did not go back.' })
  quantity!: string;
}

@InputType()
export class IssueVendorCreditInput {
  @Field(() => ID, { nullable: true, description: 'Left out: that of the bill.' })
  vendorId?: string | null;

  @Field(() => ID, { nullable: true, description: 'The bill that is credited; what is open on it is settled.' })
  billId?: string | null;

  @Field(() => String, { nullable: true, description: 'The number on the paper of the vendor.' })
  vendorNumber?: string | null;

  @Field(() => String)
  reason!: string;

  @Field(() => BusinessDate, { nullable: true })
  issuedOn?: string | null;

  @Field(() => [VendorCreditLineInput], { nullable: true, description: 'Goods that go back to the vendor ...' })
  lines?: VendorCreditLineInput[] | null;

  @Field(() => DecimalText, { nullable: true, description: '... or an allowance.' })
  amount?: string | null;
}

export const PurchaseOrderSort = sortOf(PurchaseOrder, ['createdAt', 'orderedOn']);

export const PurchaseOrderFilter = filterOf(
  PurchaseOrder,
  ['number', 'vendor', 'warehouse', 'status', 'currency', 'total', 'orderedOn', 'expectedOn', 'createdBy', 'createdAt'],
  { enums: { currency: CURRENCY_ENUM, status: [PurchaseOrderStatus, 'PurchaseOrderStatus'] } },
);

export const GoodsReceiptSort = sortOf(GoodsReceipt, ['createdAt', 'receivedOn']);

export const GoodsReceiptFilter = filterOf(
  GoodsReceipt,
  ['number', 'vendor', 'warehouse', 'billId', 'orderId', 'currency', 'receivedOn', 'createdBy', 'createdAt'],
  {
    enums: { currency: CURRENCY_ENUM },
    also: { isVoid: { of: BooleanFilter, type: 'boolean', sql: isVoidReceipt } },
  },
);

export const VendorCreditSort = sortOf(VendorCredit, ['createdAt', 'issuedOn']);

export const VendorCreditFilter = filterOf(
  VendorCredit,
  [
    'number',
    'vendor',
    'billId',
    'currency',
    'total',
    'unapplied',
    'issuedOn',
    'returned',
    'voidedAt',
    'createdBy',
    'createdAt',
  ],
  { enums: { currency: CURRENCY_ENUM } },
);

@InputType()
export class CreateBillInput {
  @Field(() => ID)
  vendorId!: string;

  @Field(() => String, { nullable: true, description: 'The number on the paper of the vendor.' })
  vendorNumber?: string | null;

  @Field(() => ID, { nullable: true, description: 'Where the goods come in; left out: the primary one.' })
  warehouseId?: string | null;

  @Field(() => BusinessDate, { nullable: true })
  billedOn?: string | null;

  @Field(() => BusinessDate, { nullable: true, description: 'By the terms of the vendor when left out.' })
  dueOn?: string | null;

  @Field(() => String, { nullable: true })
  notes?: string | null;

  @Field(() => [BillLineGivenInput], { description: '1 to 200.' })
  lines!: BillLineGivenInput[];

  @Field(() => Boolean, { nullable: true, description: 'The goods are here: receive all of them with the bill.' })
  receive?: boolean | null;
}

@InputType('BillAllocationInput')
export class BillAllocationGivenInput extends SettlingInput {
  @Field(() => ID)
  billId!: string;
}

@InputType()
export class RecordPaymentMadeInput {
  @Field(() => ID)
  vendorId!: string;

  @Field(() => DecimalText)
  amount!: string;

  @Field(() => String, { nullable: true, description: 'IQD, USD or RMB; left out: that of the vendor.' })
  currency?: string | null;

  @Field(() => PaymentMethodEnum)
  method!: PaymentMethod;

  @Field(() => ID, { nullable: true, description: 'The cash box; left out: the default one of the branch.' })
  boxId?: string | null;

  @Field(() => BusinessDate, { nullable: true })
  paidOn?: string | null;

  @Field(() => String, { nullable: true })
  reference?: string | null;

  @Field(() => [BillAllocationGivenInput], { nullable: true })
  allocations?: BillAllocationGivenInput[] | null;
}
