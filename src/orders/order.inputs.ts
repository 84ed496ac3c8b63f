import { Field, ID, InputType, Int } from 'type-graphql';
import { LineQuantityInput, OrderLineGivenInput } from '../documents/line-input.entity.js';
import { CURRENCY_ENUM } from '../organisation/currency-code.entity.js';
import { type PaymentMethod, PaymentMethodEnum } from '../organisation/payment-method.entity.js';
import { BusinessDate, DecimalText } from '../platform/graphql/scalars.js';
import { filterOf } from '../platform/read/filter.js';
import { BooleanFilter, enumFilter, IdFilter } from '../platform/read/value-filters.js';
import { Order, Progress } from './order.entity.js';
import { billingOf, fulfilmentOf, salespersonOf, waitsForApproval, waitsForGoods } from './order.queries.js';
import { Shipment } from './shipment.entity.js';
import { isVoidShipment } from './shipment.queries.js';

export const OrderFilter = filterOf(
  Order,
  [
    'number',
    'externalRef',
    'status',
    'customer',
    'warehouse',
    'branchId',
    'currency',
    'paymentMethod',
    'total',
    'orderedOn',
    'expectedOn',
    'validUntil',
    'createdBy',
    'createdAt',
  ],
  {
    enums: { currency: CURRENCY_ENUM },
    also: {
      fulfilmentStatus: {
        of: enumFilter(Progress, 'Progress'),
        type: 'text',
        sql: fulfilmentOf,
        description: 'How much has left.',
      },
      invoiceStatus: {
        of: enumFilter(Progress, 'Progress'),
        type: 'text',
        sql: billingOf,
        description: 'How much is billed.',
      },
      salespersonId: {
        of: IdFilter,
        type: 'uuid',
        sql: salespersonOf,
        description: 'Who looks after the customer now.',
      },
      hasBackorders: {
        of: BooleanFilter,
        type: 'boolean',
        sql: waitsForGoods,
        description: 'Some of its goods are not here.',
      },
      needsApproval: {
        of: BooleanFilter,
        type: 'boolean',
        sql: waitsForApproval,
        description: 'Waits for approveOrder.',
      },
    },
  },
);

export const ShipmentFilter = filterOf(
  Shipment,
  ['number', 'customer', 'orderId', 'warehouse', 'branchId', 'shippedOn', 'createdBy', 'createdAt'],
  { also: { isVoid: { of: BooleanFilter, type: 'boolean', sql: isVoidShipment } } },
);

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

  @Field(() => BusinessDate, {
    nullable: true,
    description: 'For staff: the last day of a quote; later it cannot be confirmed.',
  })
  validUntil?: string | null;

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

@InputType({ description: 'What changes of a confirmed order; a line that is not named stays as it is.' })
export class AmendOrderInput {
  @Field(() => ID)
  id!: string;

  @Field(() => Int, { description: 'The version that was read.' })
  version!: number;

  @Field(() => [LineQuantityInput], { nullable: true, description: 'New quantities, at the price that was agreed.' })
  quantities?: LineQuantityInput[] | null;

  @Field(() => [ID], { nullable: true, description: 'Lines that go.' })
  remove?: string[] | null;

  @Field(() => [OrderLineGivenInput], { nullable: true, description: 'New lines, at the price of today.' })
  lines?: OrderLineGivenInput[] | null;

  @Field(() => Boolean, { nullable: true, description: 'With credit:override.' })
  overrideCredit?: boolean | null;

  @Field(() => Boolean, {
    nullable: true,
    description: 'What is not there of new quantities waits for goods, instead of refusing the change.',
  })
  allowBackorder?: boolean | null;
}

@InputType({ description: 'The terms of a draft, all of them; lines are priced anew.' })
export class UpdateOrderInput extends OrderTermsInput {
  @Field(() => ID)
  id!: string;

  @Field(() => Int, { description: 'The version that was read.' })
  version!: number;
}
