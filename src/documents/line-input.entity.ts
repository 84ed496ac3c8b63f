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

@InputType('AllocationInput')
export class AllocationGivenInput {
  @Field(() => ID)
  invoiceId!: string;

  @Field(() => DecimalText, { description: 'In the currency of the invoice, at most what is open.' })
  amount!: string;
}

@InputType()
export class CreditLineInput {
  @Field(() => ID)
  invoiceLineId!: string;

  @Field(() => DecimalText)
  quantity!: string;
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
