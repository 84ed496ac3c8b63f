import { Args, Ctx, Field, ID, Mutation, ObjectType, Resolver } from 'type-graphql';
import { transactDocument } from '../documents/document-context.service.js';
import { ReasonedStepArgs } from '../documents/line-input.entity.js';
import type { Context } from '../platform/graphql/context.js';
import { defineResult } from '../platform/graphql/user-error.js';
import { voidRefund } from './refund-void.service.js';

@ObjectType({ description: 'A refund that is void, and whether the key had been used before.' })
export class RefundVoided {
  @Field(() => ID)
  refundId!: string;

  @Field(() => Boolean, { description: 'True when the key was used before: nothing was voided again.' })
  replayed!: boolean;
}

const voidResult = defineResult<RefundVoided>(
  'VoidRefundResult',
  { type: RefundVoided, name: 'RefundVoided' },
  voidRefund.fails,
);

@Resolver()
export class RefundResolver {
  @Mutation(() => voidResult.type, {
    description: 'By a counter-entry of today: the money is back, and what it was given back of is unapplied again.',
  })
  voidRefund(@Ctx() context: Context, @Args(() => ReasonedStepArgs) input: ReasonedStepArgs): Promise<object> {
    return voidResult.run(context, async () => {
      const { answer, replayed } = await transactDocument(context, (tx, documentContext) =>
        voidRefund(tx, documentContext, input),
      );
      return { refundId: answer.id, replayed };
    });
  }
}
