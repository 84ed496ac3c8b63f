import { Field, ID, InputType } from 'type-graphql';
import { AllocationGivenInput } from '../documents/line-input.entity.js';
import { BusinessDate, DecimalText } from '../platform/graphql/scalars.js';

@InputType()
class AdjustmentInput {
  @Field(() => ID)
  customerId!: string;

  @Field(() => DecimalText)
  amount!: string;

  @Field(() => String, { description: 'IQD, USD or RMB.' })
  currency!: string;

  @Field(() => String, { description: 'What for; the customer reads it.' })
  reason!: string;

  @Field(() => BusinessDate, { nullable: true })
  issuedOn?: string | null;
}

@InputType({ description: 'An allowance that belongs to no invoice.' })
export class CreateCreditNoteInput extends AdjustmentInput {
  @Field(() => [AllocationGivenInput], { nullable: true })
  allocations?: AllocationGivenInput[] | null;
}

@InputType({ description: 'What a customer owes beside goods and services.' })
export class CreateDebitNoteInput extends AdjustmentInput {
  @Field(() => BusinessDate, { nullable: true, description: 'By the terms of the customer when left out.' })
  dueOn?: string | null;
}

@InputType()
export class WriteOffInput {
  @Field(() => ID)
  invoiceId!: string;

  @Field(() => DecimalText, { nullable: true, description: 'Left out: all that is open.' })
  amount?: string | null;

  @Field(() => String)
  reason!: string;
}
