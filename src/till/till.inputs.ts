import { Field, ID, InputType, Int } from 'type-graphql';
import { AllocationGivenInput, CreditLineInput, OrderLineGivenInput } from '../documents/line-input.entity.js';
import { type PaymentMethod, PaymentMethodEnum } from '../organisation/payment-method.entity.js';
import { DecimalText } from '../platform/graphql/scalars.js';
import { filterOf } from '../platform/read/filter.js';
import { sortOf } from '../platform/read/sort.js';
import { BooleanFilter } from '../platform/read/value-filters.js';
import { MOVE_KINDS, type MoveKind, ParkedSale, TillSession } from './till.entity.js';
import { isOpenSession } from './till.queries.js';

export const TillSessionSort = sortOf(TillSession, ['openedAt']);
export const TillSessionFilter = filterOf(TillSession, ['userId', 'warehouse', 'openedAt', 'closedAt'], {
  also: { isOpen: { of: BooleanFilter, type: 'boolean', sql: isOpenSession } },
});

export const ParkedSaleSort = sortOf(ParkedSale, ['createdAt']);
export const ParkedSaleFilter = filterOf(ParkedSale, ['warehouseId', 'userId', 'customerId', 'label', 'createdAt']);

@InputType()
export class CountedCashInput {
  @Field(() => String, { description: 'IQD or USD.' })
  currency!: string;

  @Field(() => DecimalText)
  amount!: string;
}

@InputType({ description: 'What a customer hands over in one or several currencies, and what goes back.' })
export class TenderInput {
  @Field(() => [CountedCashInput])
  tendered!: CountedCashInput[];

  @Field(() => [CountedCashInput], {
    nullable: true,
    description: 'What goes back; left out: what is due, to the nearest note of 250 dinars.',
  })
  change?: CountedCashInput[] | null;

  @Field(() => String, { nullable: true, description: 'The currency of the change; dinars when nothing is said.' })
  changeIn?: string | null;
}

@InputType()
export class TillPaymentInput {
  @Field(() => PaymentMethodEnum)
  method!: PaymentMethod;

  @Field(() => DecimalText, { description: 'In the currency of the sale.' })
  amount!: string;
}

@InputType()
export class SellAtTillInput {
  @Field(() => ID)
  sessionId!: string;

  @Field(() => ID, { nullable: true, description: 'Left out: whoever walked in, by the consumer list.' })
  customerId?: string | null;

  @Field(() => [OrderLineGivenInput])
  lines!: OrderLineGivenInput[];

  @Field(() => DecimalText, { nullable: true })
  discountPercent?: string | null;

  @Field(() => [TillPaymentInput], {
    description: 'In the currency of the sale. With neither cash nor an account they sum to the total.',
  })
  payments!: TillPaymentInput[];

  @Field(() => TenderInput, { nullable: true, description: 'What is handed over for the rest.' })
  cash?: TenderInput | null;

  @Field(() => Boolean, {
    nullable: true,
    description: 'What is not paid stays open, of a named customer with enough credit.',
  })
  onAccount?: boolean | null;

  @Field(() => ID, { nullable: true, description: 'The parked sale that ends with this one.' })
  parkedSaleId?: string | null;
}

@InputType()
export class CollectAtTillInput {
  @Field(() => ID)
  sessionId!: string;

  @Field(() => ID)
  customerId!: string;

  @Field(() => DecimalText, { description: 'What is taken off what the customer owes.' })
  amount!: string;

  @Field(() => String, { description: 'IQD, USD or RMB.' })
  currency!: string;

  @Field(() => PaymentMethodEnum)
  method!: PaymentMethod;

  @Field(() => TenderInput, { nullable: true, description: 'Left out: the amount itself is handed over.' })
  cash?: TenderInput | null;

  @Field(() => [AllocationGivenInput], { nullable: true })
  allocations?: AllocationGivenInput[] | null;

  @Field(() => Boolean, { nullable: true, description: 'What the allocations leave pays the oldest open invoices.' })
  oldestFirst?: boolean | null;

  @Field(() => String, { nullable: true })
  notes?: string | null;
}

@InputType()
export class MoveTillCashInput {
  @Field(() => ID)
  sessionId!: string;

  @Field(() => MOVE_KINDS)
  kind!: MoveKind;

  @Field(() => String, { description: 'IQD, USD or RMB.' })
  currency!: string;

  @Field(() => DecimalText)
  amount!: string;

  @Field(() => String)
  reason!: string;

  @Field(() => Int, {
    nullable: true,
    description: 'Of a pay-out: an expense. Of a pay-in: capital or other income. Left out: a box.',
  })
  account?: number | null;

  @Field(() => ID, {
    nullable: true,
    description: 'The box it comes from or goes to; left out: the safe of the branch.',
  })
  otherBoxId?: string | null;
}

@InputType()
export class ParkSaleInput {
  @Field(() => ID)
  sessionId!: string;

  @Field(() => String, { description: 'What it is found by, such as a name.' })
  label!: string;

  @Field(() => ID, { nullable: true })
  customerId?: string | null;

  @Field(() => DecimalText, { nullable: true })
  discountPercent?: string | null;

  @Field(() => [OrderLineGivenInput], { description: '1 to 200.' })
  lines!: OrderLineGivenInput[];
}

@InputType()
export class ReturnAtTillInput {
  @Field(() => ID)
  sessionId!: string;

  @Field(() => ID)
  invoiceId!: string;

  @Field(() => [CreditLineInput])
  lines!: CreditLineInput[];

  @Field(() => String)
  reason!: string;

  @Field(() => PaymentMethodEnum, { description: 'How the money is given back.' })
  method!: PaymentMethod;
}
