import type { Opt, Ref } from '@mikro-orm/core';
import { Check, Index } from '@mikro-orm/decorators/legacy';
import { Field } from 'type-graphql';
import { Customer } from '../customers/customer.entity.js';
import type { PaymentMethod } from '../organisation/payment-method.entity.js';
import { Branch } from '../organisation/branch.entity.js';
import * as column from '../documents/columns.entity.js';
import * as reported from '../documents/reported.entity.js';

/** Money received. It may pay several invoices; what is left stays with it, unapplied, until it is applied or refunded. */
@reported.ReportedTable('payments')
@column.DocumentTable('payments', { party: 'customer', description: 'Money received from a customer.' })
@Index({
  name: 'payments_voided',
  expression: `create index "payments_voided" on "payments" ("voided_at") where (voided_at is not null)`,
})
@Index({ name: 'payments_day', properties: ['receivedOn', 'id'] })
@Check({
  name: 'payments_sum_check',
  expression: `amount > 0::numeric and allowed >= 0::numeric and applied >= 0::numeric and refunded >= 0::numeric and unapplied >= 0::numeric and unapplied = case when voided_at is null and not draft then amount + allowed - applied - refunded else 0::numeric end`,
})
export class Payment {
  @column.Id() id!: string;
  @column.DocumentNumber('payments') number!: string;
  @column.ZohoId('payments', 'payment') externalRef?: string | null;
  @reported.Source() source!: Opt<reported.DocumentSource>;
  @reported.ReportedNumber() reportedNumber?: string | null;
  @reported.Status() reportedStatus?: reported.ReportedStatus | null;
  @reported.Draft() draft!: Opt<boolean>;
  @reported.Agrees() agrees?: boolean | null;
  @reported.Facts() reportedFacts?: reported.ReportedFacts | null;
  @reported.Computed() computedAmounts?: reported.ReportedAmounts | null;
  @reported.Posted() posted!: Opt<reported.StandingPosting[]>;
  @reported.Postings() postings!: Opt<number>;

  @Field(() => Customer, { nullable: true, description: 'As far as the viewer may see customers.' })
  @column.Party(() => Customer)
  customer!: Ref<Customer>;

  @column.HiddenReference(() => Branch, 'branch_id') branchId!: string;

  /** The session of the till that took it in. */
  @Index({ name: 'payments_till' })
  @column.HiddenId({ nullable: true })
  tillSessionId?: string | null;
  @column.BusinessDay() receivedOn!: string;
  @column.Method() method!: PaymentMethod;
  @column.Text() currency!: string;
  @column.Rate() exchangeRate!: string;
  @column.Amount() amount!: string;
  @column.Running('Discounts and withheld taxes at Zoho, which settle invoices with it and are no money.')
  allowed!: Opt<string>;
  @column.Running('What the bank kept of it, at Zoho.') bankCharges!: Opt<string>;
  @column.Running('What pays invoices.') applied!: string;
  @column.Running('What was given back.') refunded!: string;
  @column.Amount('What waits to be applied or given back.') unapplied!: string;
  @column.OptionalText() reference?: string | null;
  @column.OptionalText() notes?: string | null;
  @column.Moment({ nullable: true }) voidedAt?: Date | null;
  @column.VoidDay() voidedOn?: string | null;
  @column.OptionalText() voidReason?: string | null;
  @column.Text() createdBy!: string;
  @column.Version() version!: number;
  @column.Moment() createdAt!: Date;

  @Field(() => reported.ReportedDocument, { nullable: true, description: 'Null for what was made here.' })
  reported?: reported.ReportedDocument | null;
}
