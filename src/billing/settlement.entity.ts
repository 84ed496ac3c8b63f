import type { Ref } from '@mikro-orm/core';
import { Check, Entity, Index } from '@mikro-orm/decorators/legacy';
import { Field, ID, ObjectType } from 'type-graphql';
import { Invoice } from './invoice.entity.js';
import { CreditNote } from './credit-note.entity.js';
import { Payment } from './payment.entity.js';
import * as column from '../documents/columns.entity.js';

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
  @column.Id() id!: string;
  @column.Party(() => Invoice) invoice!: Ref<Invoice>;
  @column.ShownReference(() => Payment, 'payment_id', { nullable: true }) paymentId?: string | null;
  @column.ShownReference(() => CreditNote, 'credit_note_id', { nullable: true }) creditNoteId?: string | null;
  @column.Text() currency!: string;
  @column.Amount() amount!: string;
  @column.Moment() createdAt!: Date;

  @Field(() => ID)
  invoiceId?: string;

  @Field(() => String)
  invoiceNumber?: string;
}
