import { Field, ID, InputType, Int } from 'type-graphql';
import { BusinessDate, DecimalText } from '../platform/graphql/scalars.js';

@InputType({ description: 'Of a customer, a vendor or an account: one of them.' })
export class OpeningRowInput {
  @Field(() => ID, { nullable: true })
  customerId?: string | null;

  @Field(() => ID, { nullable: true })
  vendorId?: string | null;

  @Field(() => Int, { nullable: true, description: 'Its code. Stock is opened by product.' })
  account?: number | null;

  @Field(() => ID, { nullable: true, description: 'The box or the person, where the account names one.' })
  partyId?: string | null;

  @Field(() => String, { description: 'IQD, USD or RMB.' })
  currency!: string;

  @Field(() => DecimalText, {
    description:
      'What a customer owes, what a vendor is owed, what an account stands at (above 0 is debit); below 0 the opposite.',
  })
  amount!: string;

  @Field(() => String, { nullable: true, description: 'Number and date of the old document.' })
  reference?: string | null;

  @Field(() => BusinessDate, { nullable: true, description: 'Left out: the day of the batch.' })
  dueOn?: string | null;
}

@InputType()
export class OpeningBalancesInput {
  @Field(() => BusinessDate, { description: 'The last day before the books began.' })
  day!: string;

  @Field(() => String, { nullable: true })
  notes?: string | null;

  @Field(() => [OpeningRowInput], { description: '1 to 200.' })
  rows!: OpeningRowInput[];
}
