import { Field, ID, InputType, Int, registerEnumType } from 'type-graphql';
import { OrderLineGivenInput } from '../documents/line-input.entity.js';
import { type CurrencyCode, CurrencyCodeFilter } from '../organisation/currency-code.entity.js';
import { type PaymentMethod, PaymentMethodEnum, PaymentMethodFilter } from '../organisation/payment-method.entity.js';
import {
  BooleanFilter,
  DateFilter,
  DateTimeFilter,
  DecimalFilter,
  enumFilter,
  type EnumFilter,
  type FilterColumns,
  IdFilter,
  StringFilter,
} from '../platform/graphql/filters.js';
import { BusinessDate, DecimalText } from '../platform/graphql/scalars.js';
import type { OrderState } from './order-states.js';
import { OrderStatus } from './order.entity.js';

const OrderStatusFilter = enumFilter<OrderState>(OrderStatus, 'OrderStatus');

export const OrderSort = {
  CREATED_DESC: 'CREATED_DESC',
  CREATED_ASC: 'CREATED_ASC',
  ORDERED_DESC: 'ORDERED_DESC',
} as const;

registerEnumType(OrderSort, { name: 'OrderSort' });

@InputType({ description: 'All given conditions must hold.' })
export class OrderFilter {
  static readonly columns: FilterColumns = {
    number: { sql: 'o.number', type: 'text' },
    externalRef: { sql: 'o.external_ref', type: 'text' },
    status: { sql: 'o.status', type: 'text' },
    customerId: { sql: 'o.customer_id', type: 'uuid' },
    currency: { sql: 'o.currency', type: 'text' },
    paymentMethod: { sql: 'o.payment_method', type: 'text' },
    needsApproval: { sql: '(o.needs_approval and o.approved_by is null)', type: 'boolean' },
    total: { sql: 'o.total', type: 'numeric' },
    orderedOn: { sql: 'o.ordered_on', type: 'date' },
    createdAt: { sql: 'o.created_at', type: 'timestamptz' },
  };

  @Field(() => [OrderFilter], { nullable: true })
  AND?: OrderFilter[] | null;

  @Field(() => [OrderFilter], { nullable: true })
  OR?: OrderFilter[] | null;

  @Field(() => OrderFilter, { nullable: true })
  NOT?: OrderFilter | null;

  @Field(() => StringFilter, { nullable: true })
  number?: StringFilter | null;

  @Field(() => StringFilter, { nullable: true })
  externalRef?: StringFilter | null;

  @Field(() => OrderStatusFilter, { nullable: true })
  status?: EnumFilter<OrderState> | null;

  @Field(() => IdFilter, { nullable: true })
  customerId?: IdFilter | null;

  @Field(() => CurrencyCodeFilter, { nullable: true })
  currency?: EnumFilter<CurrencyCode> | null;

  @Field(() => PaymentMethodFilter, { nullable: true })
  paymentMethod?: EnumFilter<PaymentMethod> | null;

  @Field(() => BooleanFilter, { nullable: true, description: 'Waits for approveOrder.' })
  needsApproval?: BooleanFilter | null;

  @Field(() => DecimalFilter, { nullable: true })
  total?: DecimalFilter | null;

  @Field(() => DateFilter, { nullable: true })
  orderedOn?: DateFilter | null;

  @Field(() => DateTimeFilter, { nullable: true })
  createdAt?: DateTimeFilter | null;
}

@InputType()
abstract class OrderTermsInput {
  @Field(() => [OrderLineGivenInput], { description: '1 to 200.' })
  lines!: OrderLineGivenInput[];

  @Field(() => ID, { nullable: true, description: 'For staff; left out: the primary one.' })
  warehouseId?: string | null;

  @Field(() => PaymentMethodEnum, { nullable: true, description: 'CASH (on delivery) when nothing is said.' })
  paymentMethod?: PaymentMethod;

  @Field(() => DecimalText, {
    nullable: true,
    description: 'For staff, on the sum of the lines; left out: the standing discount of the customer.',
  })
  discountPercent?: string | null;

  @Field(() => DecimalText, { nullable: true, description: 'For staff, in the currency of the list.' })
  shipping?: string | null;

  @Field(() => BusinessDate, { nullable: true })
  expectedOn?: string | null;

  @Field(() => String, { nullable: true })
  deliveryAddress?: string | null;

  @Field(() => String, { nullable: true })
  notes?: string | null;
}

@InputType()
export class CreateOrderInput extends OrderTermsInput {
  @Field(() => ID, { nullable: true, description: 'For staff; clients and consumers order for themselves.' })
  customerId?: string | null;
}

@InputType({ description: 'The terms of a draft, all of them; lines are priced anew.' })
export class UpdateOrderInput extends OrderTermsInput {
  @Field(() => ID)
  id!: string;

  @Field(() => Int, { description: 'The version that was read.' })
  version!: number;
}
