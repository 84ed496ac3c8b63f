import { ArgsType, Field, ID, InputType, Int } from 'type-graphql';
import { DecimalText } from '../platform/graphql/scalars.js';

@InputType('OrderLineInput', {
  description:
    'What is ordered. The price is the server’s: the list of the customer, at this quantity, but for what staff negotiate.',
})
export class OrderLineGivenInput {
  @Field(() => ID)
  productId!: string;

  @Field(() => DecimalText)
  quantity!: string;

  @Field(() => DecimalText, {
    nullable: true,
    description:
      'For staff: negotiated, down to 5 % below the list, and with prices:override down to the lowest list of the currency.',
  })
  unitPrice?: string | null;

  @Field(() => DecimalText, { nullable: true, description: 'For staff; above the limit somebody must approve.' })
  discountPercent?: string | null;

  @Field(() => ID, { nullable: true, description: 'For staff.' })
  taxId?: string | null;
}

@InputType()
export class LineQuantityInput {
  @Field(() => ID)
  lineId!: string;

  @Field(() => DecimalText)
  quantity!: string;
}

/** How much of a document is settled, and at which rate when what settles it is in another currency. */
@InputType()
export class SettlingInput {
  @Field(() => DecimalText, { description: 'In the currency of the document, at most what is open.' })
  amount!: string;

  @Field(() => DecimalText, {
    nullable: true,
    description:
      'Of a payment in another currency: units of the weaker currency (RMB is weaker than USD, IQD than both) for one of the stronger, at most 5 % from that of the day.',
  })
  rate?: string | null;

  @Field(() => Boolean, { nullable: true, description: 'Of a payment in another currency: at the rate of the day.' })
  atDayRate?: boolean | null;

  @Field(() => Boolean, { nullable: true, description: 'What is then still open, at most 250 IQD, is written off.' })
  writeOffRest?: boolean | null;
}

@InputType('AllocationInput')
export class AllocationGivenInput extends SettlingInput {
  @Field(() => ID)
  invoiceId!: string;
}

@InputType()
export class CreditLineInput {
  @Field(() => ID)
  invoiceLineId!: string;

  @Field(() => DecimalText)
  quantity!: string;

  @Field(() => Boolean, {
    nullable: true,
    description: 'Of goods that come back: they go into the warehouse for damaged goods of the branch.',
  })
  damaged?: boolean | null;
}

@ArgsType()
export class StepArgs {
  @Field(() => ID)
  id!: string;

  @Field(() => Int)
  version!: number;

  @Field(() => ID)
  idempotencyKey!: string;
}

@ArgsType()
export class ReasonedStepArgs extends StepArgs {
  @Field(() => String)
  reason!: string;
}

@ArgsType()
export class ApplyArgs {
  @Field(() => ID)
  id!: string;

  @Field(() => [AllocationGivenInput])
  allocations!: AllocationGivenInput[];

  @Field(() => ID)
  idempotencyKey!: string;
}
