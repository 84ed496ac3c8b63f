import { Check, Index, Property } from '@mikro-orm/decorators/legacy';
import type { Ref } from '@mikro-orm/core';
import { Field, registerEnumType } from 'type-graphql';
import { Customer } from '../customers/customer.entity.js';
import { Warehouse } from '../organisation/warehouse.entity.js';
import type { PaymentMethod } from '../organisation/payment-method.entity.js';
import { ORDER_STATES, type OrderState } from './order-states.js';
import { Branch } from '../organisation/branch.entity.js';
import { Product } from '../catalog/product.entity.js';
import * as column from '../documents/columns.entity.js';
import { AMOUNT } from '../platform/db/columns.js';
import { DecimalText, MoneyField } from '../platform/graphql/scalars.js';

const asEnum = <Name extends string>(names: readonly Name[]): { [N in Name]: N } =>
  Object.fromEntries(names.map((name) => [name, name])) as { [N in Name]: N };
export const OrderStatus = asEnum(ORDER_STATES);
registerEnumType(OrderStatus, {
  name: 'OrderStatus',
  description: 'CONFIRMED until every line has left; see nextStates.',
});

export const Progress = { NONE: 'NONE', PARTIAL: 'PARTIAL', COMPLETE: 'COMPLETE' } as const;
registerEnumType(Progress, { name: 'Progress', description: 'How much of the lines of a document is done.' });

const inList = (column: string, names: readonly string[]): string =>
  `${column} in (${names.map((name) => `'${name}'`).join(', ')})`;

/** What was agreed. Prices are the server's; amounts are those of totals.ts. */
@column.DocumentTable('orders', { party: 'customer', description: 'What a customer and the company have agreed on.' })
@Index({ name: 'orders_day', properties: ['orderedOn', 'id'] })
@Check({ name: 'orders_status_check', expression: inList('status', ORDER_STATES) })
@Check({ name: 'orders_total_check', expression: 'total >= 0::numeric' })
export class Order {
  @column.Id() id!: string;
  @column.DocumentNumber('orders') number!: string;
  @column.ZohoId('orders', 'sales order') externalRef?: string | null;

  @Field(() => Customer, { nullable: true, description: 'As far as the viewer may see customers.' })
  @column.Party(() => Customer)
  customer!: Ref<Customer>;

  @Field(() => Warehouse)
  @column.Party(() => Warehouse)
  warehouse!: Ref<Warehouse>;

  @column.HiddenReference(() => Branch, 'branch_id') branchId!: string;

  @Field(() => OrderStatus)
  @Property({ type: 'text' })
  status!: OrderState;

  @column.BusinessDay() orderedOn!: string;
  @column.BusinessDay({ nullable: true }) expectedOn?: string | null;
  @column.BusinessDay({ nullable: true, description: 'The last day on which a draft can be confirmed; null: no end.' })
  validUntil?: string | null;
  @column.Text({ description: 'The currency of the price list that it was priced by.' }) currency!: string;
  @column.Rate('IQD for one unit of the currency on the day of the order.') exchangeRate!: string;
  @column.Method() paymentMethod!: PaymentMethod;
  @column.Percent('On the sum of the lines.') discountPercent!: string;
  @column.Amount() subtotal!: string;
  @column.Amount() discountTotal!: string;
  @column.Amount() taxTotal!: string;
  @column.Amount() shipping!: string;
  @column.Amount() adjustment!: string;
  @column.Amount() total!: string;

  @Field(() => Boolean, { description: 'Its discount is above what its maker may give; it needs approveOrder.' })
  @Property({ type: 'boolean', default: false })
  needsApproval!: boolean;

  @column.ShownId({ nullable: true, description: 'Who approved the discount.' }) approvedBy?: string | null;

  @column.ShownId({ nullable: true, description: 'Who refused to approve it; it waits for other terms.' })
  rejectedBy?: string | null;
  @column.OptionalText('Why it was not approved.') rejectReason?: string | null;

  @column.ShownId({ nullable: true, description: 'Who confirmed it above the credit limit.' })
  creditOverrideBy?: string | null;

  @column.OptionalText('Where it goes, as it was written when it was ordered.') deliveryAddress?: string | null;
  @column.OptionalText() notes?: string | null;
  @column.OptionalText() cancelReason?: string | null;
  @column.Text({ description: 'user:<id>, key:<id> or zoho-sync.' }) createdBy!: string;
  @column.Version() version!: number;
  @column.Moment() createdAt!: Date;
  @column.Moment() updatedAt!: Date;
  @column.Moment({ nullable: true }) confirmedAt?: Date | null;

  @Field(() => Progress, { description: 'How much has left the warehouse.' })
  fulfilmentStatus?: keyof typeof Progress;

  @Field(() => Progress, { description: 'How much is billed.' })
  invoiceStatus?: keyof typeof Progress;

  @Field(() => Boolean, { description: 'Some of its goods are not here: they are reserved when they come.' })
  hasBackorders?: boolean;

  @Field(() => [OrderLine])
  lines?: OrderLine[];
}

@column.LineTable('order_lines', { owner: 'order', description: 'One line of an order.' })
@Index({ name: 'order_lines_product', properties: ['productId', 'id'] })
@Check({ name: 'order_lines_quantity_check', expression: 'quantity > 0::numeric' })
@Check({
  name: 'order_lines_progress_check',
  expression: 'shipped >= 0::numeric and shipped <= quantity and invoiced >= 0::numeric and invoiced <= quantity',
})
@Check({
  name: 'order_lines_closed_check',
  expression:
    'cancelled >= 0::numeric and credited >= 0::numeric and shipped + cancelled + credited <= quantity and invoiced + cancelled <= quantity',
})
@Check({
  name: 'order_lines_backordered_check',
  expression: 'backordered >= 0::numeric and shipped + cancelled + credited + backordered <= quantity',
})
@Index({
  name: 'order_lines_backordered',
  expression: `create index "order_lines_backordered" on "order_lines" ("product_id") where (backordered > 0)`,
})
@Index({
  name: 'order_lines_unbilled',
  expression: `create index "order_lines_unbilled" on "order_lines" ("order_id") where (invoiced + cancelled < quantity)`,
})
export class OrderLine {
  @column.Id() id!: string;
  @column.Owner(() => Order) order!: Ref<Order>;
  @column.Position() position!: number;

  /** Null for a line of the source whose product is unknown here: the line stays, so the total fits. */
  @column.HiddenReference(() => Product, 'product_id', { nullable: true }) productId?: string | null;
  @column.Text({ description: 'The name of the product when it was ordered.' }) description!: string;
  @column.Quantity() quantity!: string;
  @column.Amount('Of the price list at this quantity, or negotiated.') unitPrice!: string;

  @MoneyField({ nullable: true, description: 'What the price list said, where another price was negotiated.' })
  @Property({ ...AMOUNT, nullable: true })
  listPrice?: string | null;

  @column.Percent() discountPercent!: string;
  @column.Percent() taxPercent!: string;
  @column.Amount('Quantity x price less the discount of the line.') lineTotal!: string;
  @column.Running('Its share of the discount of the order.') discountShare!: string;
  @column.Running() taxAmount!: string;

  /** Whether it holds stock: decided when it was ordered. */
  @Property({ type: 'boolean', default: true })
  stocked!: boolean;

  @column.Done('What has left the warehouse.') shipped!: string;
  @column.Done('What stands on invoices that are not void.') invoiced!: string;
  @column.Done('What was given up: it neither ships nor is billed.') cancelled!: string;
  @column.Done('What was credited before it left: it is billed, and does not ship.') credited!: string;
  @column.Done('What waits for goods: it is neither reserved nor ships nor is billed until they come.')
  backordered!: string;

  @Field(() => DecimalText, { description: 'What is promised to it of the stock of the warehouse.' })
  reserved?: string;

  @Field(() => Product, { nullable: true, description: 'As far as the viewer may see products.' })
  product?: Product | null;
}
