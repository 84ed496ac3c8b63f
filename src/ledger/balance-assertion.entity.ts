import { Check, Entity, Index, ManyToOne, PrimaryKey, Property } from '@mikro-orm/decorators/legacy';
import { Field, ID, Int, ObjectType } from 'type-graphql';
import { AMOUNT, DAY, INSTANT } from '../platform/db/columns.js';
import { BusinessDate, DateTime, Money, MoneyField } from '../platform/graphql/scalars.js';
import { Account } from './account.entity.js';

@ObjectType({
  description:
    'What somebody counted, or read on the paper of a bank: closing the books refuses a day on which it is not so.',
})
@Entity({ tableName: 'balance_assertions' })
@Index({ name: 'balance_assertions_on', properties: ['on', 'id'] })
@Check({ name: 'balance_assertions_currency', expression: `currency in ('IQD', 'USD', 'RMB')` })
export class BalanceAssertion {
  @Field(() => ID)
  @PrimaryKey({ type: 'uuid' })
  id!: string;

  @Field(() => Int, { description: 'The code of the account.' })
  @ManyToOne({
    entity: () => Account,
    fieldName: 'account',
    mapToPk: true,
    deleteRule: 'no action',
    updateRule: 'no action',
    foreignKeyName: 'balance_assertions_account_fkey',
  })
  account!: number;

  @Field(() => ID, { nullable: true, description: 'The customer, vendor, user or box; null: the whole account.' })
  @Property({ type: 'uuid', nullable: true })
  partyId?: string | null;

  @Property({ type: 'text' })
  currency!: string;

  @Field(() => BusinessDate)
  @Property({ ...DAY })
  on!: string;

  @MoneyField({ description: 'At the end of the day, as stated; positive is debit.' })
  @Property({ ...AMOUNT })
  balance!: string;

  @Field(() => Money, { description: 'What the journal says of that day now.' })
  actual?: Money;

  @Field(() => String, { nullable: true })
  @Property({ type: 'text', nullable: true })
  notes?: string | null;

  @Field(() => String, { description: 'user:<id> or key:<id>.' })
  @Property({ type: 'text' })
  createdBy!: string;

  @Field(() => DateTime)
  @Property({ ...INSTANT })
  createdAt!: Date;
}
