import type { Opt, Ref } from '@mikro-orm/core';
import { Check, Entity, Index } from '@mikro-orm/decorators/legacy';
import { ObjectType } from 'type-graphql';
import { Customer } from '../customers/customer.entity.js';
import type { PaymentMethod } from '../organisation/payment-method.entity.js';
import { CreditNote } from '../billing/credit-note.entity.js';
import { Payment } from '../billing/payment.entity.js';
import * as column from '../documents/columns.entity.js';
import * as reported from '../documents/reported.entity.js';

/** Money given back: of a payment that was not applied, or of a credit note. */
@ObjectType({ description: 'Money given back to a customer.' })
@Entity({ tableName: 'refunds' })
@Index({ name: 'refunds_customer', properties: ['customer', 'id'] })
@Index({
  name: 'refunds_not_carried',
  expression: `create index "refunds_not_carried" on "refunds" ("id") where (base_amount is null)`,
})
@Check({
  name: 'refunds_source_check',
  expression: 'amount > 0::numeric and (payment_id is null) <> (credit_note_id is null)',
})
export class Refund {
  @column.Id() id!: string;
  @column.DocumentNumber('refunds') number!: string;
  @column.ZohoId('refunds', 'refund') externalRef?: string | null;
  @reported.Posted() posted!: Opt<reported.StandingPosting[]>;
  @reported.Postings() postings!: Opt<number>;
  @column.Party(() => Customer) customer!: Ref<Customer>;
  @column.ShownReference(() => Payment, 'payment_id', { nullable: true }) paymentId?: string | null;
  @column.ShownReference(() => CreditNote, 'credit_note_id', { nullable: true }) creditNoteId?: string | null;
  @column.Method() method!: PaymentMethod;
  @column.Text() currency!: string;
  @column.Amount() amount!: string;

  /** The session of the till that gave it back. */
  @Index({ name: 'refunds_till' })
  @column.HiddenId({ nullable: true })
  tillSessionId?: string | null;
  /** The session of the till that took it back when it was voided. */
  @Index({ name: 'refunds_void_till' })
  @column.HiddenId({ nullable: true })
  voidTillSessionId?: string | null;
  @column.BusinessDay() refundedOn!: string;
  @column.OptionalText() reference?: string | null;
  @column.HiddenAmount({ nullable: true }) baseAmount?: string | null;
  @column.Moment({ nullable: true }) voidedAt?: Date | null;
  @column.VoidDay() voidedOn?: string | null;
  @column.OptionalText() voidReason?: string | null;
  @column.Text() createdBy!: string;
  @column.Version() version!: number;
  @column.Moment() createdAt!: Date;
}
