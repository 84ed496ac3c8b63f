import { Field, ID, InputType, registerEnumType } from 'type-graphql';
import { AllocationGivenInput } from '../documents/line-input.entity.js';
import { type CurrencyCode, CurrencyCodeFilter } from '../organisation/currency-code.entity.js';
import { type PaymentMethod, PaymentMethodEnum, PaymentMethodFilter } from '../organisation/payment-method.entity.js';
import {
  DateFilter,
  DecimalFilter,
  type EnumFilter,
  type FilterColumns,
  IdFilter,
  StringFilter,
} from '../platform/graphql/filters.js';
import { BusinessDate, DecimalText } from '../platform/graphql/scalars.js';

export const PaymentSort = { CREATED_DESC: 'CREATED_DESC', RECEIVED_DESC: 'RECEIVED_DESC' } as const;

registerEnumType(PaymentSort, { name: 'PaymentSort' });

@InputType({ description: 'All given conditions must hold.' })
export class PaymentFilter {
  static readonly columns: FilterColumns = {
    number: { sql: 'y.number', type: 'text' },
    customerId: { sql: 'y.customer_id', type: 'uuid' },
    currency: { sql: 'y.currency', type: 'text' },
    method: { sql: 'y.method', type: 'text' },
    amount: { sql: 'y.amount', type: 'numeric' },
    unapplied: { sql: 'y.unapplied', type: 'numeric' },
    receivedOn: { sql: 'y.received_on', type: 'date' },
  };

  @Field(() => StringFilter, { nullable: true })
  number?: StringFilter | null;

  @Field(() => IdFilter, { nullable: true })
  customerId?: IdFilter | null;

  @Field(() => CurrencyCodeFilter, { nullable: true })
  currency?: EnumFilter<CurrencyCode> | null;

  @Field(() => PaymentMethodFilter, { nullable: true })
  method?: EnumFilter<PaymentMethod> | null;

  @Field(() => DecimalFilter, { nullable: true })
  amount?: DecimalFilter | null;

  @Field(() => DecimalFilter, { nullable: true })
  unapplied?: DecimalFilter | null;

  @Field(() => DateFilter, { nullable: true })
  receivedOn?: DateFilter | null;
}

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

  @Field(() => String, { nullable: true })
  reference?: string | null;
}
