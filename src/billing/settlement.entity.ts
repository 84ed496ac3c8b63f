import type { Ref } from '@mikro-orm/core';
import { Check, Entity, Index, Unique } from '@mikro-orm/decorators/legacy';
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
@Index({
  name: 'allocations_not_carried',
  expression: `create index "allocations_not_carried" on "allocations" ("id") where (base is null)`,
})
@Check({
  name: 'allocations_source_check',
  expression: 'amount <> 0::numeric and (payment_id is null) <> (credit_note_id is null)',
})
export class Allocation {
  @column.Id() id!: string;
  @column.Party(() => Invoice) invoice!: Ref<Invoice>;
  @column.ShownReference(() => Payment, 'payment_id', { nullable: true }) paymentId?: string | null;
  @column.ShownReference(() => CreditNote, 'credit_note_id', { nullable: true }) creditNoteId?: string | null;
  @column.BusinessDay({ description: 'From this day on the invoice is settled by it.' }) day!: string;
  @column.Text() currency!: string;
  @column.Amount('In the currency of the invoice.') amount!: string;
  @column.Text({ description: 'The currency of the payment or credit note.' }) sourceCurrency!: string;
  @column.Rate('What it takes of the payment or credit note, in the currency of that one.') sourceAmount!: string;
  @column.SettlementRate() rate?: string | null;
  @column.Running('The part of the amount that was written off as a rest.') rounded!: string;
  @column.Excess() excess!: string;
  @column.OptionalText('Why a rest was written off, or why it was taken back.') reason?: string | null;
  @column.HiddenAmount({ nullable: true }) base?: string | null;
  @column.HiddenAmount({ nullable: true }) sourceBase?: string | null;

  /** The allocation that this one takes back. */
  @Unique({ name: 'allocations_releases_id_unique' })
  @column.HiddenReference(() => Allocation, 'releases_id', { nullable: true })
  releasesId?: string | null;
  @column.Moment() createdAt!: Date;

  @Field(() => ID)
  invoiceId?: string;

  @Field(() => String)
  invoiceNumber?: string;
}
