import { Field, ID, InputType } from 'type-graphql';
import { CURRENCY_ENUM } from '../organisation/currency-code.entity.js';
import { Payment } from '../billing/payment.entity.js';
import { AllocationGivenInput } from '../documents/line-input.entity.js';
import { type PaymentMethod, PaymentMethodEnum } from '../organisation/payment-method.entity.js';
import { BusinessDate, DecimalText } from '../platform/graphql/scalars.js';
import { filterOf } from '../platform/read/filter.js';
import { sortOf } from '../platform/read/sort.js';

export const PaymentSort = sortOf(Payment, ['createdAt', 'receivedOn']);

export const PaymentFilter = filterOf(
  Payment,
  [
    'number',
    'externalRef',
    'customer',
    'branchId',
    'currency',
    'method',
    'amount',
    'unapplied',
    'receivedOn',
    'reference',
    'voidedAt',
    'createdBy',
    'createdAt',
  ],
  { enums: { currency: CURRENCY_ENUM } },
);

@InputType()
export class RecordPaymentInput {
  @Field(() => ID)
  customerId!: string;

  @Field(() => DecimalText)
  amount!: string;

  @Field(() => String, { description: 'IQD, USD or RMB.' })
  currency!: string;

  @Field(() => PaymentMethodEnum)
  method!: PaymentMethod;

  @Field(() => ID, {
    nullable: true,
    description: 'The cash box; left out: the own one of a salesperson, or the default one.',
  })
  boxId?: string | null;

  @Field(() => BusinessDate, { nullable: true })
  receivedOn?: string | null;

  @Field(() => String, { nullable: true, description: 'Number of a transfer or check.' })
  reference?: string | null;

  @Field(() => String, { nullable: true })
  notes?: string | null;

  @Field(() => [AllocationGivenInput], { nullable: true })
  allocations?: AllocationGivenInput[] | null;

  @Field(() => Boolean, { nullable: true, description: 'What the allocations leave pays the oldest open invoices.' })
  oldestFirst?: boolean | null;
}

@InputType({ description: 'Of a payment or of a credit note, one of them.' })
export class RecordRefundInput {
  @Field(() => ID, { nullable: true })
  paymentId?: string | null;

  @Field(() => ID, { nullable: true })
  creditNoteId?: string | null;

  @Field(() => DecimalText)
  amount!: string;

  @Field(() => PaymentMethodEnum)
  method!: PaymentMethod;

  @Field(() => ID, {
    nullable: true,
    description: 'The cash box; left out: the own one of a salesperson, or the default one.',
  })
  boxId?: string | null;

  @Field(() => String, { nullable: true })
  reference?: string | null;
}
