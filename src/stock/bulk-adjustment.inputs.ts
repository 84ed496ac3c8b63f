import { Field, ID, InputType } from 'type-graphql';
import { DecimalText } from '../platform/graphql/scalars.js';

@InputType({ description: 'A change, or what the stock is from now on: one of them.' })
export class StockAdjustmentLineInput {
  @Field(() => ID)
  productId!: string;

  @Field(() => ID)
  warehouseId!: string;

  @Field(() => DecimalText, {
    nullable: true,
    description: 'By how much the stock moves; below 0 at most what is there.',
  })
  change?: string | null;

  @Field(() => DecimalText, { nullable: true, description: 'What is there from now on, 0 or more.' })
  quantity?: string | null;

  @Field(() => DecimalText, {
    nullable: true,
    description:
      'What one piece of those that are added cost, in the base currency; left out: the average. It needs catalog:cost.',
  })
  unitCost?: string | null;
}

@InputType({ description: 'All lines are booked, or none.' })
export class StockAdjustmentInput {
  @Field(() => [StockAdjustmentLineInput], { description: '1 to 500, each product of a warehouse once.' })
  lines!: StockAdjustmentLineInput[];

  @Field(() => String)
  reason!: string;

  @Field(() => Boolean, {
    nullable: true,
    description: 'The stock that the company began with: against the opening balances. It needs catalog:cost.',
  })
  opening?: boolean | null;
}
