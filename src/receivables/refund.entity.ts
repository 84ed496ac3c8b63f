import type { Ref } from '@mikro-orm/core';
import { Check, Entity, Index, ManyToOne, PrimaryKey, Property, Unique } from '@mikro-orm/decorators/legacy';
import { Field, ID, ObjectType } from 'type-graphql';
import { CreditNote } from '../billing/credit-note.entity.js';
import { Payment } from '../billing/payment.entity.js';
import { Customer } from '../customers/customer.entity.js';
import { type PaymentMethod, PaymentMethodEnum } from '../organisation/payment-method.entity.js';
import { AMOUNT, byId, DAY, INSTANT, NO_CASCADE } from '../platform/db/columns.js';
import { BusinessDate, DateTime, MoneyField } from '../platform/graphql/scalars.js';

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
  @ManyToOne({ entity: () => Payment, ...byId('payment_id'), nullable: true })
  paymentId?: string | null;

  @Field(() => ID, { nullable: true })
  @ManyToOne({ entity: () => CreditNote, ...byId('credit_note_id'), nullable: true })
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
