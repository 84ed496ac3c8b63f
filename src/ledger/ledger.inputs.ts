import { Field, ID, InputType, Int } from 'type-graphql';
import { CURRENCY_ENUM } from '../organisation/currency-code.entity.js';
import { BusinessDate, DecimalText } from '../platform/graphql/scalars.js';
import { filterOf } from '../platform/read/filter.js';
import { sortOf } from '../platform/read/sort.js';
import { IntFilter } from '../platform/read/value-filters.js';
import { BalanceAssertion } from './balance-assertion.entity.js';
import { JournalEntry } from './journal.entity.js';

export const JournalEntrySort = sortOf(JournalEntry, ['id', 'day']);

export const JournalEntryFilter = filterOf(JournalEntry, [
  'day',
  'event',
  'documentType',
  'documentId',
  'reason',
  'actor',
  'createdAt',
]);

export const BalanceAssertionSort = sortOf(BalanceAssertion, ['on']);

export const BalanceAssertionFilter = filterOf(
  BalanceAssertion,
  ['partyId', 'currency', 'on', 'balance', 'createdBy', 'createdAt'],
  {
    enums: { currency: CURRENCY_ENUM },
    also: { account: { of: IntFilter, type: 'integer', sql: (assertion) => assertion.account } },
  },
);

@InputType()
export class CreateAccountInput {
  @Field(() => Int, {
    description: '4 or 5 digits. The first one says the kind: 1 asset, 2 liability, 3 equity, 4 income, else expense.',
  })
  code!: number;

  @Field(() => String)
  name!: string;

  @Field(() => String)
  nameAr!: string;

  @Field(() => String, { nullable: true, description: 'The code of the unified accounting system.' })
  unifiedCode?: string | null;
}

@InputType({ description: 'A field that is left out stays.' })
export class UpdateAccountInput {
  @Field(() => Int)
  code!: number;

  @Field(() => Int)
  version!: number;

  @Field(() => String, { nullable: true })
  name?: string;

  @Field(() => String, { nullable: true })
  nameAr?: string;

  @Field(() => String, { nullable: true, description: 'Null empties it.' })
  unifiedCode?: string | null;

  @Field(() => Boolean, { nullable: true, description: 'False takes it out of use; its entries stay.' })
  active?: boolean;
}

@InputType('JournalLineInput')
export class JournalLineGivenInput {
  @Field(() => Int, { description: 'The code of the account; not of one that only documents post to.' })
  account!: number;

  @Field(() => ID, { nullable: true, description: 'The user or box, where the account asks for one.' })
  partyId?: string | null;

  @Field(() => ID, { nullable: true })
  branchId?: string | null;

  @Field(() => String, { description: 'IQD, USD or RMB.' })
  currency!: string;

  @Field(() => DecimalText, { nullable: true, description: 'This or a credit, above 0.' })
  debit?: string | null;

  @Field(() => DecimalText, { nullable: true, description: 'This or a debit, above 0.' })
  credit?: string | null;
}

@InputType()
export class PostJournalEntryInput {
  @Field(() => BusinessDate, { nullable: true, description: 'Today when left out; never in closed books.' })
  day?: string | null;

  @Field(() => String)
  reason!: string;

  @Field(() => [JournalLineGivenInput], {
    description:
      '2 to 200; debit and credit are equal in each currency. Base amounts are those of the rate of the day.',
  })
  lines!: JournalLineGivenInput[];
}

@InputType()
export class AssertBalanceInput {
  @Field(() => Int, { description: 'The code of the account.' })
  account!: number;

  @Field(() => ID, { nullable: true, description: 'A customer, vendor, user or box in it.' })
  partyId?: string | null;

  @Field(() => String, { description: 'IQD, USD or RMB.' })
  currency!: string;

  @Field(() => BusinessDate)
  on!: string;

  @Field(() => DecimalText, { description: 'At the end of the day; positive is debit.' })
  balance!: string;

  @Field(() => String, { nullable: true })
  notes?: string | null;
}
