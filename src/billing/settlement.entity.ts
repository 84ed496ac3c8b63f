import type { Ref } from '@mikro-orm/core';
import { Check, Entity, Index, ManyToOne, PrimaryKey, Property } from '@mikro-orm/decorators/legacy';
import { Field, ID, ObjectType } from 'type-graphql';
import { AMOUNT, byId, INSTANT, NO_CASCADE } from '../platform/db/columns.js';
import { DateTime, MoneyField } from '../platform/graphql/scalars.js';
import { CreditNote } from './credit-note.entity.js';
import { Invoice } from './invoice.entity.js';
import { Payment } from './payment.entity.js';

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
  @ManyToOne({ entity: () => Payment, ...byId('payment_id'), nullable: true })
  paymentId?: string | null;

  @Field(() => ID, { nullable: true })
  @ManyToOne({ entity: () => CreditNote, ...byId('credit_note_id'), nullable: true })
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
