import { Check, Entity, Index, ManyToOne, PrimaryKey, Property, Unique } from '@mikro-orm/decorators/legacy';
import type { Ref } from '@mikro-orm/core';
import { Field, ID, Int, ObjectType, registerEnumType } from 'type-graphql';
import { Product } from '../catalog/product.entity.js';
import { Customer } from '../customers/customer.entity.js';
import { Branch } from '../organisation/branch.entity.js';
import { Warehouse } from '../organisation/warehouse.entity.js';
import { AMOUNT, byId, DAY, INSTANT, NO_CASCADE, PERCENT, QUANTITY, WITH_OWNER } from '../platform/db/columns.js';
import { BusinessDate, DateTime, DecimalText, MoneyField } from '../platform/graphql/scalars.js';
import { PaymentMethodEnum, type PaymentMethod } from '../organisation/payment-method.entity.js';
import { ORDER_STATES, type OrderState } from './order-states.js';

const asEnum = <Name extends string>(names: readonly Name[]): { [N in Name]: N } =>
  Object.fromEntries(names.map((name) => [name, name])) as { [N in Name]: N };
export const OrderStatus = asEnum(ORDER_STATES);
registerEnumType(OrderStatus, {
  name: 'OrderStatus',
  description: 'CONFIRMED until every line has left; see nextStates.',
});

const inList = (column: string, names: readonly string[]): string =>
  `${column} in (${names.map((name) => `'${name}'`).join(', ')})`;

/** What was agreed. Prices are the server's; amounts are those of totals.ts. */
@ObjectType({ description: 'What a customer and the company have agreed on.' })
@Entity({ tableName: 'orders' })
@Index({ name: 'orders_created_keyset', properties: ['createdAt', 'id'] })
@Index({ name: 'orders_customer', properties: ['customer', 'createdAt', 'id'] })
@Index({ name: 'orders_day', properties: ['orderedOn', 'id'] })
@Check({ name: 'orders_status_check', expression: inList('status', ORDER_STATES) })
@Check({ name: 'orders_currency_check', expression: `currency in ('IQD', 'USD', 'RMB')` })
@Check({ name: 'orders_total_check', expression: 'total >= 0::numeric' })
export class Order {
  @Field(() => ID)
  @PrimaryKey({ type: 'uuid' })
  id!: string;

  @Field(() => String, { description: 'Gap-free within the branch.' })
  @Unique({ name: 'orders_number_unique' })
  @Property({ type: 'text' })
  number!: string;

  @Field(() => String, { nullable: true, description: 'The id of the sales order at Zoho.' })
  @Unique({ name: 'orders_external_ref_unique' })
  @Property({ type: 'text', nullable: true })
  externalRef?: string | null;

  @ManyToOne({ entity: () => Customer, ...NO_CASCADE })
  customer!: Ref<Customer>;

  @ManyToOne({ entity: () => Warehouse, ...NO_CASCADE })
  warehouse!: Ref<Warehouse>;

  @ManyToOne({ entity: () => Branch, ...byId('branch_id') })
  branchId!: string;

  @Field(() => OrderStatus)
  @Property({ type: 'text' })
  status!: OrderState;

  @Field(() => BusinessDate)
  @Property({ ...DAY })
  orderedOn!: string;

  @Field(() => BusinessDate, { nullable: true })
  @Property({ ...DAY, nullable: true })
  expectedOn?: string | null;

  @Field(() => String, { description: 'The currency of the price list that it was priced by.' })
  @Property({ type: 'text' })
  currency!: string;

  @Field(() => DecimalText, { description: 'IQD for one unit of the currency on the day of the order.' })
  @Property({ ...AMOUNT })
  exchangeRate!: string;

  @Field(() => PaymentMethodEnum)
  @Property({ type: 'text' })
  paymentMethod!: PaymentMethod;

  @Field(() => DecimalText, { description: 'On the sum of the lines.' })
  @Property({ ...PERCENT, default: '0' })
  discountPercent!: string;

  @MoneyField()
  @Property({ ...AMOUNT })
  subtotal!: string;

  @MoneyField()
  @Property({ ...AMOUNT })
  discountTotal!: string;

  @MoneyField()
  @Property({ ...AMOUNT })
  taxTotal!: string;

  @MoneyField()
  @Property({ ...AMOUNT })
  shipping!: string;

  @MoneyField()
  @Property({ ...AMOUNT })
  adjustment!: string;

  @MoneyField()
  @Property({ ...AMOUNT })
  total!: string;

  @Field(() => Boolean, { description: 'Its discount is above what its maker may give; it needs approveOrder.' })
  @Property({ type: 'boolean', default: false })
  needsApproval!: boolean;

  @Field(() => ID, { nullable: true, description: 'Who approved the discount.' })
  @Property({ type: 'uuid', nullable: true })
  approvedBy?: string | null;

  @Field(() => ID, { nullable: true, description: 'Who confirmed it above the credit limit.' })
  @Property({ type: 'uuid', nullable: true })
  creditOverrideBy?: string | null;

  @Field(() => String, { nullable: true, description: 'Where it goes, as it was written when it was ordered.' })
  @Property({ type: 'text', nullable: true })
  deliveryAddress?: string | null;

  @Field(() => String, { nullable: true })
  @Property({ type: 'text', nullable: true })
  notes?: string | null;

  @Field(() => String, { nullable: true })
  @Property({ type: 'text', nullable: true })
  cancelReason?: string | null;

  @Field(() => String, { description: 'user:<id>, key:<id> or zoho-sync.' })
  @Property({ type: 'text' })
  createdBy!: string;

  @Field(() => Int)
  @Property({ type: 'integer', version: true, default: 1 })
  version!: number;

  @Field(() => DateTime)
  @Property({ ...INSTANT })
  createdAt!: Date;

  @Field(() => DateTime)
  @Property({ ...INSTANT })
  updatedAt!: Date;

  @Field(() => DateTime, { nullable: true })
  @Property({ ...INSTANT, nullable: true })
  confirmedAt?: Date | null;
}

@ObjectType({ description: 'One line of an order.' })
@Entity({ tableName: 'order_lines' })
@Index({ name: 'order_lines_order', properties: ['order', 'position'] })
@Index({ name: 'order_lines_product', properties: ['productId', 'id'] })
@Check({ name: 'order_lines_quantity_check', expression: 'quantity > 0::numeric' })
@Check({
  name: 'order_lines_progress_check',
  expression: 'shipped >= 0::numeric and shipped <= quantity and invoiced >= 0::numeric and invoiced <= quantity',
})
export class OrderLine {
  @Field(() => ID)
  @PrimaryKey({ type: 'uuid' })
  id!: string;

  @ManyToOne({ entity: () => Order, ...WITH_OWNER })
  order!: Ref<Order>;

  @Property({ type: 'integer' })
  position!: number;

  /** Null for a line of the source whose product is unknown here: the line stays, so the total fits. */
  @ManyToOne({ entity: () => Product, ...byId('product_id'), nullable: true })
  productId?: string | null;

  @Field(() => String, { description: 'The name of the product when it was ordered.' })
  @Property({ type: 'text' })
  description!: string;

  @Field(() => DecimalText)
  @Property({ ...QUANTITY })
  quantity!: string;

  @MoneyField({ description: 'Of the price list, at this quantity.' })
  @Property({ ...AMOUNT })
  unitPrice!: string;

  @Field(() => DecimalText)
  @Property({ ...PERCENT, default: '0' })
  discountPercent!: string;

  @Field(() => DecimalText)
  @Property({ ...PERCENT, default: '0' })
  taxPercent!: string;

  @MoneyField({ description: 'Quantity x price less the discount of the line.' })
  @Property({ ...AMOUNT })
  lineTotal!: string;

  @MoneyField({ description: 'Its share of the discount of the order.' })
  @Property({ ...AMOUNT, default: '0' })
  discountShare!: string;

  @MoneyField()
  @Property({ ...AMOUNT, default: '0' })
  taxAmount!: string;

  /** Whether it holds stock: decided when it was ordered. */
  @Property({ type: 'boolean', default: true })
  stocked!: boolean;

  @Field(() => DecimalText, { description: 'What has left the warehouse.' })
  @Property({ ...QUANTITY, default: '0' })
  shipped!: string;

  @Field(() => DecimalText, { description: 'What stands on invoices that are not void.' })
  @Property({ ...QUANTITY, default: '0' })
  invoiced!: string;
}
