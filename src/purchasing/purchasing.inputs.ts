import { Field, ID, InputType } from 'type-graphql';
import { SettlingInput } from '../documents/line-input.entity.js';
import { CURRENCY_ENUM } from '../organisation/currency-code.entity.js';
import { type PaymentMethod, PaymentMethodEnum } from '../organisation/payment-method.entity.js';
import { BusinessDate, DecimalText } from '../platform/graphql/scalars.js';
import { filterOf } from '../platform/read/filter.js';
import { sortOf } from '../platform/read/sort.js';
import { BooleanFilter, enumFilter } from '../platform/read/value-filters.js';
import { Bill, BillStatus, PaymentMade } from './bill.entity.js';
import { billStatus, isVoidBill } from './purchasing.queries.js';

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
}

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

  @Field(() => BusinessDate, { nullable: true })
  paidOn?: string | null;

  @Field(() => String, { nullable: true })
  reference?: string | null;

  @Field(() => [BillAllocationGivenInput], { nullable: true })
  allocations?: BillAllocationGivenInput[] | null;
}
