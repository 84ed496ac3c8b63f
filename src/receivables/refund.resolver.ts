import { Args, Ctx, Mutation, Resolver } from 'type-graphql';
import { transactDocument } from '../documents/document-context.service.js';
import { ReasonedStepArgs } from '../documents/line-input.entity.js';
import type { Context } from '../platform/graphql/context.js';
import { defineResult } from '../platform/graphql/user-error.js';
import { RefundVoided } from './recorded.entity.js';
import { voidRefund } from './refund-void.service.js';

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
