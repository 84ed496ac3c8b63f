import { Check, Entity, Index, ManyToOne, PrimaryKey, Property, Unique } from '@mikro-orm/decorators/legacy';
import type { Ref } from '@mikro-orm/core';
import { Field, ID, Int, ObjectType } from 'type-graphql';
import { Product } from '../catalog/product.entity.js';
import { Branch } from '../organisation/branch.entity.js';
import { PaymentMethodEnum, type PaymentMethod } from '../organisation/payment-method.entity.js';
import { Warehouse } from '../organisation/warehouse.entity.js';
import { AMOUNT, byId, DAY, INSTANT, NO_CASCADE, PERCENT, QUANTITY, WITH_OWNER } from '../platform/db/columns.js';
import { BusinessDate, DateTime, DecimalText, MoneyField } from '../platform/graphql/scalars.js';
import { Vendor } from '../vendors/vendor.entity.js';

/** What the company owes for what it buys. Goods come in by line, with their cost. */
@ObjectType({ description: 'What the company owes a vendor.' })
@Entity({ tableName: 'bills' })
@Index({ name: 'bills_created_keyset', properties: ['createdAt', 'id'] })
@Index({ name: 'bills_vendor', properties: ['vendor', 'createdAt', 'id'] })
@Check({ name: 'bills_currency_check', expression: `currency in ('IQD', 'USD', 'RMB')` })
@Check({
  name: 'bills_balance_check',
  expression: `balance >= 0::numeric and paid >= 0::numeric and balance = case when voided_at is null then total - paid else 0::numeric end`,
})
export class Bill {
  @Field(() => ID)
  @PrimaryKey({ type: 'uuid' })
  id!: string;

  @Field(() => String, { description: 'Ours; gap-free within the branch.' })
  @Unique({ name: 'bills_number_unique' })
  @Property({ type: 'text' })
  number!: string;

  @Field(() => String, { nullable: true, description: 'The number on the paper of the vendor.' })
  @Property({ type: 'text', nullable: true })
  vendorNumber?: string | null;

  @Field(() => String, { nullable: true, description: 'The id of the bill at Zoho.' })
  @Unique({ name: 'bills_external_ref_unique' })
  @Property({ type: 'text', nullable: true })
  externalRef?: string | null;

  @ManyToOne({ entity: () => Vendor, ...NO_CASCADE })
  vendor!: Ref<Vendor>;

  @ManyToOne({ entity: () => Warehouse, ...NO_CASCADE })
  warehouse!: Ref<Warehouse>;

  @ManyToOne({ entity: () => Branch, ...byId('branch_id') })
  branchId!: string;

  @Field(() => BusinessDate)
  @Property({ ...DAY })
  billedOn!: string;

  @Field(() => BusinessDate)
  @Property({ ...DAY })
  dueOn!: string;

  @Field(() => String)
  @Property({ type: 'text' })
  currency!: string;

  @Field(() => DecimalText, { description: 'IQD for one unit of the currency on the day of the bill.' })
  @Property({ ...AMOUNT })
  exchangeRate!: string;

  @MoneyField()
  @Property({ ...AMOUNT })
  subtotal!: string;

  @MoneyField()
  @Property({ ...AMOUNT })
  taxTotal!: string;

  @MoneyField()
  @Property({ ...AMOUNT })
  total!: string;

  @MoneyField()
  @Property({ ...AMOUNT, default: '0' })
  paid!: string;

  @MoneyField({ description: 'Total less paid; 0 when void.' })
  @Property({ ...AMOUNT })
  balance!: string;

  @Field(() => String, { nullable: true })
  @Property({ type: 'text', nullable: true })
  notes?: string | null;

  @Field(() => DateTime, { nullable: true, description: 'When goods of it came in last.' })
  @Property({ ...INSTANT, nullable: true })
  receivedAt?: Date | null;

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

@ObjectType({ description: 'One line of a bill.' })
@Entity({ tableName: 'bill_lines' })
@Index({ name: 'bill_lines_bill', properties: ['bill', 'position'] })
@Index({ name: 'bill_lines_product', properties: ['productId', 'id'] })
@Check({
  name: 'bill_lines_quantity_check',
  expression: 'quantity > 0::numeric and received >= 0::numeric and received <= quantity',
})
export class BillLine {
  @Field(() => ID)
  @PrimaryKey({ type: 'uuid' })
  id!: string;

  @ManyToOne({ entity: () => Bill, ...WITH_OWNER })
  bill!: Ref<Bill>;

  @Property({ type: 'integer' })
  position!: number;

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
  unitCost!: string;

  @Field(() => DecimalText)
  @Property({ ...PERCENT, default: '0' })
  taxPercent!: string;

  @MoneyField()
  @Property({ ...AMOUNT })
  lineTotal!: string;

  @MoneyField()
  @Property({ ...AMOUNT, default: '0' })
  taxAmount!: string;

  @Property({ type: 'boolean', default: true })
  stocked!: boolean;

  @Field(() => DecimalText, { description: 'What came into the warehouse.' })
  @Property({ ...QUANTITY, default: '0' })
  received!: string;
}

/** Money paid to a vendor, for several bills or in advance. */
@ObjectType({ description: 'Money paid to a vendor.' })
@Entity({ tableName: 'payments_made' })
@Index({ name: 'payments_made_created_keyset', properties: ['createdAt', 'id'] })
@Index({ name: 'payments_made_vendor', properties: ['vendor', 'createdAt', 'id'] })
@Check({ name: 'payments_made_currency_check', expression: `currency in ('IQD', 'USD', 'RMB')` })
@Check({
  name: 'payments_made_sum_check',
  expression: `amount > 0::numeric and applied >= 0::numeric and unapplied >= 0::numeric and unapplied = case when voided_at is null then amount - applied else 0::numeric end`,
})
export class PaymentMade {
  @Field(() => ID)
  @PrimaryKey({ type: 'uuid' })
  id!: string;

  @Field(() => String)
  @Unique({ name: 'payments_made_number_unique' })
  @Property({ type: 'text' })
  number!: string;

  @Field(() => String, { nullable: true, description: 'The id of the vendor payment at Zoho.' })
  @Unique({ name: 'payments_made_external_ref_unique' })
  @Property({ type: 'text', nullable: true })
  externalRef?: string | null;

  @ManyToOne({ entity: () => Vendor, ...NO_CASCADE })
  vendor!: Ref<Vendor>;

  @ManyToOne({ entity: () => Branch, ...byId('branch_id') })
  branchId!: string;

  @Field(() => BusinessDate)
  @Property({ ...DAY })
  paidOn!: string;

  @Field(() => PaymentMethodEnum)
  @Property({ type: 'text' })
  method!: PaymentMethod;

  @Field(() => String)
  @Property({ type: 'text' })
  currency!: string;

  @Field(() => DecimalText)
  @Property({ ...AMOUNT })
  exchangeRate!: string;

  @MoneyField()
  @Property({ ...AMOUNT })
  amount!: string;

  @MoneyField({ description: 'What pays bills.' })
  @Property({ ...AMOUNT, default: '0' })
  applied!: string;

  @MoneyField({ description: 'What waits to be applied.' })
  @Property({ ...AMOUNT })
  unapplied!: string;

  @Field(() => String, { nullable: true })
  @Property({ type: 'text', nullable: true })
  reference?: string | null;

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

/** Append-only: what a payment pays of a bill; taken back by a row of the opposite sign. */
@ObjectType({ description: 'What a payment pays of a bill; negative: taken back.' })
@Entity({ tableName: 'bill_allocations' })
@Index({ name: 'bill_allocations_bill', properties: ['bill', 'id'] })
@Index({ name: 'bill_allocations_payment', properties: ['payment', 'id'] })
@Check({ name: 'bill_allocations_amount_check', expression: 'amount <> 0::numeric' })
export class BillAllocation {
  @Field(() => ID)
  @PrimaryKey({ type: 'uuid' })
  id!: string;

  @ManyToOne({ entity: () => Bill, ...NO_CASCADE })
  bill!: Ref<Bill>;

  @ManyToOne({ entity: () => PaymentMade, ...NO_CASCADE })
  payment!: Ref<PaymentMade>;

  @Field(() => String)
  @Property({ type: 'text' })
  currency!: string;

  @MoneyField()
  @Property({ ...AMOUNT })
  amount!: string;

  @Field(() => DateTime)
  @Property({ ...INSTANT })
  createdAt!: Date;
}
