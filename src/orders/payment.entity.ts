import { PaymentMethodEnum, type PaymentMethod } from '../organisation/payment-method.entity.js';
import { Check, Entity, Index, ManyToOne, PrimaryKey, Property, Unique } from '@mikro-orm/decorators/legacy';
import type { Ref } from '@mikro-orm/core';
import { Field, ID, Int, ObjectType } from 'type-graphql';
import { Customer } from '../customers/customer.entity.js';
import { AMOUNT, DAY, INSTANT, NO_CASCADE, PERCENT, QUANTITY, WITH_OWNER } from '../platform/db/columns.js';
import { BusinessDate, DateTime, DecimalText, MoneyField } from '../platform/graphql/scalars.js';
import { Invoice } from './invoice.entity.js';

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

  @Property({ type: 'uuid' })
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

/** What the company owes back: for goods that came back, or as an allowance. Applied to invoices or refunded. */
@ObjectType({ description: 'What a customer is credited.' })
@Entity({ tableName: 'credit_notes' })
@Index({ name: 'credit_notes_created_keyset', properties: ['createdAt', 'id'] })
@Index({ name: 'credit_notes_customer', properties: ['customer', 'createdAt', 'id'] })
@Index({ name: 'credit_notes_invoice', properties: ['invoiceId'] })
@Check({ name: 'credit_notes_currency_check', expression: `currency in ('IQD', 'USD', 'RMB')` })
@Check({
  name: 'credit_notes_sum_check',
  expression: `total > 0::numeric and applied >= 0::numeric and refunded >= 0::numeric and unapplied >= 0::numeric and unapplied = case when voided_at is null then total - applied - refunded else 0::numeric end`,
})
export class CreditNote {
  @Field(() => ID)
  @PrimaryKey({ type: 'uuid' })
  id!: string;

  @Field(() => String)
  @Unique({ name: 'credit_notes_number_unique' })
  @Property({ type: 'text' })
  number!: string;

  @Field(() => String, { nullable: true, description: 'The id of the credit note at Zoho.' })
  @Unique({ name: 'credit_notes_external_ref_unique' })
  @Property({ type: 'text', nullable: true })
  externalRef?: string | null;

  @ManyToOne({ entity: () => Customer, ...NO_CASCADE })
  customer!: Ref<Customer>;

  @Property({ type: 'uuid', nullable: true })
  invoiceId?: string | null;

  @Property({ type: 'uuid' })
  branchId!: string;

  @Field(() => BusinessDate)
  @Property({ ...DAY })
  issuedOn!: string;

  @Field(() => String)
  @Property({ type: 'text' })
  currency!: string;

  @Field(() => DecimalText)
  @Property({ ...AMOUNT })
  exchangeRate!: string;

  @Field(() => String)
  @Property({ type: 'text' })
  reason!: string;

  @Field(() => Boolean, { description: 'The goods went back to the warehouse.' })
  @Property({ type: 'boolean', default: false })
  restocked!: boolean;

  @MoneyField()
  @Property({ ...AMOUNT })
  total!: string;

  @MoneyField({ description: 'What settles invoices.' })
  @Property({ ...AMOUNT, default: '0' })
  applied!: string;

  @MoneyField({ description: 'What was given back in money.' })
  @Property({ ...AMOUNT, default: '0' })
  refunded!: string;

  @MoneyField({ description: 'What waits to be applied or refunded.' })
  @Property({ ...AMOUNT })
  unapplied!: string;

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

@ObjectType({ description: 'One line of a credit note.' })
@Entity({ tableName: 'credit_note_lines' })
@Index({ name: 'credit_note_lines_note', properties: ['creditNote', 'position'] })
@Index({ name: 'credit_note_lines_invoice_line', properties: ['invoiceLineId'] })
@Check({ name: 'credit_note_lines_quantity_check', expression: 'quantity > 0::numeric' })
export class CreditNoteLine {
  @Field(() => ID)
  @PrimaryKey({ type: 'uuid' })
  id!: string;

  @ManyToOne({ entity: () => CreditNote, ...WITH_OWNER })
  creditNote!: Ref<CreditNote>;

  @Property({ type: 'integer' })
  position!: number;

  @Field(() => ID, { nullable: true })
  @Property({ type: 'uuid', nullable: true })
  invoiceLineId?: string | null;

  @Property({ type: 'uuid', nullable: true })
  productId?: string | null;

  @Field(() => String)
  @Property({ type: 'text' })
  description!: string;

  @Field(() => DecimalText)
  @Property({ ...QUANTITY })
  quantity!: string;

  @Field(() => DecimalText)
  @Property({ ...PERCENT, default: '0' })
  taxPercent!: string;

  @MoneyField()
  @Property({ ...AMOUNT })
  lineTotal!: string;

  @MoneyField()
  @Property({ ...AMOUNT, default: '0' })
  discountShare!: string;

  @MoneyField()
  @Property({ ...AMOUNT, default: '0' })
  taxAmount!: string;
}

/** Append-only: what a payment or credit note settles of an invoice; taken back by a row of the opposite sign. */
@ObjectType({ description: 'What a payment or credit note settles of an invoice; negative: taken back.' })
@Entity({ tableName: 'allocations' })
@Index({ name: 'allocations_invoice', properties: ['invoice', 'id'] })
@Index({ name: 'allocations_payment', properties: ['paymentId', 'id'] })
@Index({ name: 'allocations_credit_note', properties: ['creditNoteId', 'id'] })
@Check({
  name: 'allocations_source_check',
  expression: 'amount <> 0::numeric and (payment_id is null) <> (credit_note_id is null)',
})
export class Allocation {
  @Field(() => ID)
  @PrimaryKey({ type: 'uuid' })
  id!: string;

  @ManyToOne({ entity: () => Invoice, ...NO_CASCADE })
  invoice!: Ref<Invoice>;

  @Field(() => ID, { nullable: true })
  @Property({ type: 'uuid', nullable: true })
  paymentId?: string | null;

  @Field(() => ID, { nullable: true })
  @Property({ type: 'uuid', nullable: true })
  creditNoteId?: string | null;

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

/** Money given back: of a payment that was not applied, or of a credit note. */
@ObjectType({ description: 'Money given back to a customer.' })
@Entity({ tableName: 'refunds' })
@Index({ name: 'refunds_customer', properties: ['customer', 'id'] })
@Check({
  name: 'refunds_source_check',
  expression: 'amount > 0::numeric and (payment_id is null) <> (credit_note_id is null)',
})
export class Refund {
  @Field(() => ID)
  @PrimaryKey({ type: 'uuid' })
  id!: string;

  @Field(() => String)
  @Unique({ name: 'refunds_number_unique' })
  @Property({ type: 'text' })
  number!: string;

  @ManyToOne({ entity: () => Customer, ...NO_CASCADE })
  customer!: Ref<Customer>;

  @Field(() => ID, { nullable: true })
  @Property({ type: 'uuid', nullable: true })
  paymentId?: string | null;

  @Field(() => ID, { nullable: true })
  @Property({ type: 'uuid', nullable: true })
  creditNoteId?: string | null;

  @Field(() => PaymentMethodEnum)
  @Property({ type: 'text' })
  method!: PaymentMethod;

  @Field(() => String)
  @Property({ type: 'text' })
  currency!: string;

  @MoneyField()
  @Property({ ...AMOUNT })
  amount!: string;

  /** The session of the till that gave it back. */
  @Index({ name: 'refunds_till' })
  @Property({ type: 'uuid', nullable: true })
  tillSessionId?: string | null;

  @Field(() => BusinessDate)
  @Property({ ...DAY })
  refundedOn!: string;

  @Field(() => String, { nullable: true })
  @Property({ type: 'text', nullable: true })
  reference?: string | null;

  @Field(() => String)
  @Property({ type: 'text' })
  createdBy!: string;

  @Field(() => DateTime)
  @Property({ ...INSTANT })
  createdAt!: Date;
}
