import { Arg, Args, Ctx, ID, Mutation, Resolver } from 'type-graphql';
import { transactDocument } from '../documents/document-context.service.js';
import { ReasonedStepArgs } from '../documents/line-input.entity.js';
import type { Context } from '../platform/graphql/context.js';
import { defineResult } from '../platform/graphql/user-error.js';
import { RefundVoided } from '../receivables/recorded.entity.js';
import { voidTillRefund } from './till-refund.service.js';

const voidResult = defineResult<RefundVoided>(
  'VoidTillRefundResult',
  { type: RefundVoided, name: 'RefundVoided' },
  voidTillRefund.fails,
);

@Resolver()
export class TillRefundResolver {
  @Mutation(() => voidResult.type, {
    description:
      'Of a refund that was given back at a till, by a counter-entry of today, in an open shift of the drawer that gave it: the money is back there, and what it was given back of is unapplied again.',
  })
  voidTillRefund(
    @Ctx() context: Context,
    @Arg('sessionId', () => ID) sessionId: string,
    @Args(() => ReasonedStepArgs) step: ReasonedStepArgs,
  ): Promise<object> {
    return voidResult.run(context, async () => {
      const { answer, replayed } = await transactDocument(context, (tx, documentContext) =>
        voidTillRefund(tx, documentContext, { ...step, sessionId }),
      );
      return { refundId: answer.id, replayed };
    });
  }
}
