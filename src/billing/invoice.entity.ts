import type { Ref } from '@mikro-orm/core';
import { Check, Entity, Index, ManyToOne, PrimaryKey, Property, Unique } from '@mikro-orm/decorators/legacy';
import { Field, ID, Int, ObjectType } from 'type-graphql';
import { Product } from '../catalog/product.entity.js';
import { Customer } from '../customers/customer.entity.js';
import { Order, OrderLine } from '../orders/order.entity.js';
import { Branch } from '../organisation/branch.entity.js';
import { Warehouse } from '../organisation/warehouse.entity.js';
import { AMOUNT, byId, DAY, INSTANT, NO_CASCADE, PERCENT, QUANTITY, WITH_OWNER } from '../platform/db/columns.js';
import { BusinessDate, DateTime, DecimalText, MoneyField } from '../platform/graphql/scalars.js';

/**
 * What is owed for what. It never changes after it is issued, but for what is paid and credited; `balance` is kept beside
 * them and the database checks the sum. Overdue is computed from the day, never stored.
 */
@ObjectType({ description: 'What a customer owes for goods or services.' })
@Entity({ tableName: 'invoices' })
@Index({ name: 'invoices_created_keyset', properties: ['createdAt', 'id'] })
@Index({ name: 'invoices_customer', properties: ['customer', 'createdAt', 'id'] })
@Index({ name: 'invoices_order', properties: ['orderId'] })
@Index({ name: 'invoices_day', properties: ['issuedOn', 'id'] })
@Index({
  name: 'invoices_open',
  expression: `create index "invoices_open" on "invoices" ("customer_id", "due_on", "id") where (balance > 0::numeric)`,
})
@Check({ name: 'invoices_currency_check', expression: `currency in ('IQD', 'USD', 'RMB')` })
@Check({
  name: 'invoices_balance_check',
  expression: `balance >= 0::numeric and paid >= 0::numeric and credited >= 0::numeric and balance = case when voided_at is null then total - paid - credited else 0::numeric end`,
})
export class Invoice {
  @Field(() => ID)
  @PrimaryKey({ type: 'uuid' })
  id!: string;

  @Field(() => String, { description: 'Gap-free within the branch.' })
  @Unique({ name: 'invoices_number_unique' })
  @Property({ type: 'text' })
  number!: string;

  @Field(() => String, { nullable: true, description: 'The id of the invoice at Zoho.' })
  @Unique({ name: 'invoices_external_ref_unique' })
  @Property({ type: 'text', nullable: true })
  externalRef?: string | null;

  @ManyToOne({ entity: () => Customer, ...NO_CASCADE })
  customer!: Ref<Customer>;

  @ManyToOne({ entity: () => Order, ...byId('order_id'), nullable: true })
  orderId?: string | null;

  @ManyToOne({ entity: () => Branch, ...byId('branch_id') })
  branchId!: string;

  @ManyToOne({ entity: () => Warehouse, ...byId('warehouse_id') })
  warehouseId!: string;

  @Field(() => BusinessDate)
  @Property({ ...DAY })
  issuedOn!: string;

  @Field(() => BusinessDate)
  @Property({ ...DAY })
  dueOn!: string;

  @Field(() => String)
  @Property({ type: 'text' })
  currency!: string;

  @Field(() => DecimalText, { description: 'IQD for one unit of the currency on the day of issue.' })
  @Property({ ...AMOUNT })
  exchangeRate!: string;

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

  @MoneyField({ description: 'By payments.' })
  @Property({ ...AMOUNT, default: '0' })
  paid!: string;

  @MoneyField({ description: 'By credit notes.' })
  @Property({ ...AMOUNT, default: '0' })
  credited!: string;

  @MoneyField({ description: 'Total less paid and credited; 0 when void.' })
  @Property({ ...AMOUNT })
  balance!: string;

  @Field(() => String, { nullable: true })
  @Property({ type: 'text', nullable: true })
  notes?: string | null;

  @Field(() => DateTime, { nullable: true })
  @Property({ ...INSTANT, nullable: true })
  voidedAt?: Date | null;

  @Field(() => String, { nullable: true })
  @Property({ type: 'text', nullable: true })
  voidReason?: string | null;

  @Field(() => String)
  @Property({ type: 'text' })
  createdBy!: string;

  @Field(() => Int)
  @Property({ type: 'integer', version: true, default: 1 })
  version!: number;

  @Field(() => DateTime)
  @Property({ ...INSTANT })
  createdAt!: Date;
}

@ObjectType({ description: 'One line of an invoice.' })
@Entity({ tableName: 'invoice_lines' })
@Index({ name: 'invoice_lines_invoice', properties: ['invoice', 'position'] })
@Index({ name: 'invoice_lines_order_line', properties: ['orderLineId'] })
@Index({ name: 'invoice_lines_product', properties: ['productId', 'id'] })
@Check({ name: 'invoice_lines_quantity_check', expression: 'quantity > 0::numeric' })
@Check({ name: 'invoice_lines_credited_check', expression: 'credited >= 0::numeric and credited <= quantity' })
export class InvoiceLine {
  @Field(() => ID)
  @PrimaryKey({ type: 'uuid' })
  id!: string;

  @ManyToOne({ entity: () => Invoice, ...WITH_OWNER })
  invoice!: Ref<Invoice>;

  @Property({ type: 'integer' })
  position!: number;

  @Field(() => ID, { nullable: true })
  @ManyToOne({ entity: () => OrderLine, ...byId('order_line_id'), nullable: true })
  orderLineId?: string | null;

  @ManyToOne({ entity: () => Product, ...byId('product_id'), nullable: true })
  productId?: string | null;

  @Field(() => String)
  @Property({ type: 'text' })
  description!: string;

  @Field(() => DecimalText)
  @Property({ ...QUANTITY })
  quantity!: string;

  @MoneyField()
  @Property({ ...AMOUNT })
  unitPrice!: string;

  @Field(() => DecimalText)
  @Property({ ...PERCENT, default: '0' })
  discountPercent!: string;

  @Field(() => DecimalText)
  @Property({ ...PERCENT, default: '0' })
  taxPercent!: string;

  @MoneyField()
  @Property({ ...AMOUNT })
  lineTotal!: string;

  @MoneyField({ description: 'Its share of the discount of the document.' })
  @Property({ ...AMOUNT, default: '0' })
  discountShare!: string;

  @MoneyField()
  @Property({ ...AMOUNT, default: '0' })
  taxAmount!: string;

  /** Whether this very line moved stock: lines of orders do not, their order did. */
  @Property({ type: 'boolean', default: false })
  movedStock!: boolean;

  @Field(() => DecimalText, { description: 'What stands on credit notes that are not void.' })
  @Property({ ...QUANTITY, default: '0' })
  credited!: string;
}

@ObjectType({ description: 'The invoice as it is now, and whether the key had been used before.' })
export class InvoiceRecorded {
  @Field(() => Invoice)
  invoice!: Invoice;

  @Field(() => Boolean, { description: 'True when the key was used before: nothing was recorded again.' })
  replayed!: boolean;
}
