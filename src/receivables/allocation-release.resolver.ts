import type { GraphQLResolveInfo } from 'graphql';
import { Args, Ctx, Info, Mutation, Resolver } from 'type-graphql';
import { recordedInvoice } from '../billing/recorded.entity.js';
import { ReleaseArgs } from '../documents/line-input.entity.js';
import type { Context } from '../platform/graphql/context.js';
import { releaseAllocation } from './allocation-release.service.js';

const releaseResult = recordedInvoice.result('ReleaseAllocation', releaseAllocation.fails);

@Resolver()
export class AllocationReleaseResolver {
  @Mutation(() => releaseResult.type, {
    description:
      'Takes one allocation of a payment or credit note back, by a counter-entry of today: its invoice is open again, and what it took is unapplied again.',
  })
  releaseAllocation(
    @Ctx() context: Context,
    @Args(() => ReleaseArgs) input: ReleaseArgs,
    @Info() info: GraphQLResolveInfo,
  ): Promise<object> {
    return recordedInvoice.run(releaseResult, { context, info }, (tx, documentContext) =>
      releaseAllocation(tx, documentContext, input),
    );
  }
}
