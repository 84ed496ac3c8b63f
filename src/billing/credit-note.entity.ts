import type { Ref } from '@mikro-orm/core';
import { Check, Entity, Index, ManyToOne, PrimaryKey, Property, Unique } from '@mikro-orm/decorators/legacy';
import { Field, ID, Int, ObjectType } from 'type-graphql';
import { Product } from '../catalog/product.entity.js';
import { Customer } from '../customers/customer.entity.js';
import { Branch } from '../organisation/branch.entity.js';
import { AMOUNT, byId, DAY, INSTANT, NO_CASCADE, PERCENT, QUANTITY, WITH_OWNER } from '../platform/db/columns.js';
import { BusinessDate, DateTime, DecimalText, MoneyField } from '../platform/graphql/scalars.js';
import { Invoice, InvoiceLine } from './invoice.entity.js';

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

  @ManyToOne({ entity: () => Invoice, ...byId('invoice_id'), nullable: true })
  invoiceId?: string | null;

  @ManyToOne({ entity: () => Branch, ...byId('branch_id') })
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
  @ManyToOne({ entity: () => InvoiceLine, ...byId('invoice_line_id'), nullable: true })
  invoiceLineId?: string | null;

  @ManyToOne({ entity: () => Product, ...byId('product_id'), nullable: true })
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

@ObjectType({ description: 'The credit note as it is now, and whether the key had been used before.' })
export class CreditNoteRecorded {
  @Field(() => CreditNote)
  creditNote!: CreditNote;

  @Field(() => Boolean, { description: 'True when the key was used before: nothing was recorded again.' })
  replayed!: boolean;
}
