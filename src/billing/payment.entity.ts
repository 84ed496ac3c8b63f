import type { Ref } from '@mikro-orm/core';
import { Check, Entity, Index, ManyToOne, PrimaryKey, Property, Unique } from '@mikro-orm/decorators/legacy';
import { Field, ID, Int, ObjectType } from 'type-graphql';
import { Customer } from '../customers/customer.entity.js';
import { Branch } from '../organisation/branch.entity.js';
import { type PaymentMethod, PaymentMethodEnum } from '../organisation/payment-method.entity.js';
import { AMOUNT, byId, DAY, INSTANT, NO_CASCADE } from '../platform/db/columns.js';
import { BusinessDate, DateTime, DecimalText, MoneyField } from '../platform/graphql/scalars.js';

/** Money received. It may pay several invoices; what is left stays with it, unapplied, until it is applied or refunded. */
@ObjectType({ description: 'Money received from a customer.' })
@Entity({ tableName: 'payments' })
@Index({ name: 'payments_created_keyset', properties: ['createdAt', 'id'] })
@Index({ name: 'payments_customer', properties: ['customer', 'createdAt', 'id'] })
@Index({ name: 'payments_day', properties: ['receivedOn', 'id'] })
@Check({ name: 'payments_currency_check', expression: `currency in ('IQD', 'USD', 'RMB')` })
@Check({
  name: 'payments_sum_check',
  expression: `amount > 0::numeric and applied >= 0::numeric and refunded >= 0::numeric and unapplied >= 0::numeric and unapplied = case when voided_at is null then amount - applied - refunded else 0::numeric end`,
})
export class Payment {
  @Field(() => ID)
  @PrimaryKey({ type: 'uuid' })
  id!: string;

  @Field(() => String)
  @Unique({ name: 'payments_number_unique' })
  @Property({ type: 'text' })
  number!: string;

  @Field(() => String, { nullable: true, description: 'The id of the payment at Zoho.' })
  @Unique({ name: 'payments_external_ref_unique' })
  @Property({ type: 'text', nullable: true })
  externalRef?: string | null;

  @ManyToOne({ entity: () => Customer, ...NO_CASCADE })
  customer!: Ref<Customer>;

  @ManyToOne({ entity: () => Branch, ...byId('branch_id') })
  branchId!: string;

  /** The session of the till that took it in. */
  @Index({ name: 'payments_till' })
  @Property({ type: 'uuid', nullable: true })
  tillSessionId?: string | null;

  @Field(() => BusinessDate)
  @Property({ ...DAY })
  receivedOn!: string;

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

  @MoneyField({ description: 'What pays invoices.' })
  @Property({ ...AMOUNT, default: '0' })
  applied!: string;

  @MoneyField({ description: 'What was given back.' })
  @Property({ ...AMOUNT, default: '0' })
  refunded!: string;

  @MoneyField({ description: 'What waits to be applied or given back.' })
  @Property({ ...AMOUNT })
  unapplied!: string;

  @Field(() => String, { nullable: true })
  @Property({ type: 'text', nullable: true })
  reference?: string | null;

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
