import type { GraphQLResolveInfo } from 'graphql';
import { Arg, Args, Ctx, ID, Info, Mutation, Query, Resolver } from 'type-graphql';
import { ReasonedStepArgs } from '../documents/line-input.entity.js';
import { defineRecorded } from '../documents/recorded.entity.js';
import type { Context } from '../platform/graphql/context.js';
import { connectionOf, type Page, PageArgs } from '../platform/read/connection.js';
import { filtered, type FilterValue } from '../platform/read/filter.js';
import { readOne, readPage } from '../platform/read/page.js';
import { childSelection, selectionOf } from '../platform/read/selection.js';
import { sortNamed } from '../platform/read/sort.js';
import { applyVendorCredit, issueVendorCredit, voidVendorCredit } from './vendor-credit.service.js';
import { VendorCredit } from './vendor-credit.entity.js';
import {
  BillAllocationGivenInput,
  IssueVendorCreditInput,
  VendorCreditFilter,
  VendorCreditSort,
} from './purchasing.inputs.js';
import { vendorCreditRead, type VendorCreditRow } from './purchasing.queries.js';

const VendorCreditConnection = connectionOf(VendorCredit, 'VendorCredit');

const recorded = defineRecorded<VendorCredit>({
  field: 'vendorCredit',
  noun: 'Vendor credit',
  type: VendorCredit,
  read: (context, id, info) =>
    readOne(context, vendorCreditRead, id, childSelection(selectionOf(info), 'vendorCredit')),
});

const issued = recorded.result('IssueVendorCredit', issueVendorCredit.fails);
const applied = recorded.result('ApplyVendorCredit', applyVendorCredit.fails);
const voided = recorded.result('VoidVendorCredit', voidVendorCredit.fails);

@Resolver(() => VendorCredit)
export class VendorCreditResolver {
  @Query(() => VendorCreditConnection)
  vendorCredits(
    @Ctx() context: Context,
    @Args(() => PageArgs) args: PageArgs,
    @Arg('filter', () => VendorCreditFilter, { nullable: true }) filter: FilterValue | null,
    @Arg('orderBy', () => VendorCreditSort, { defaultValue: VendorCreditSort.CREATED_DESC })
    orderBy: keyof typeof VendorCreditSort,
    @Info() info: GraphQLResolveInfo,
  ): Promise<Page<VendorCreditRow>> {
    const sort = sortNamed<VendorCredit>(VendorCreditSort, orderBy);
    return readPage(context, vendorCreditRead, { args, info, sort, where: [filtered(VendorCreditFilter, filter)] });
  }

  @Query(() => VendorCredit, { nullable: true })
  vendorCredit(
    @Ctx() context: Context,
    @Arg('id', () => ID) id: string,
    @Info() info: GraphQLResolveInfo,
  ): Promise<VendorCreditRow | null> {
    return readOne(context, vendorCreditRead, id, selectionOf(info));
  }

  @Mutation(() => issued.type, {
    description: 'Goods of a bill go back to the vendor, or an allowance; what is open on the bill is settled.',
  })
  issueVendorCredit(
    @Ctx() context: Context,
    @Arg('input', () => IssueVendorCreditInput) input: IssueVendorCreditInput,
    @Arg('idempotencyKey', () => ID) idempotencyKey: string,
    @Info() info: GraphQLResolveInfo,
  ): Promise<object> {
    return recorded.run(issued, { context, info }, (tx, documentContext) =>
      issueVendorCredit(tx, documentContext, { ...input, idempotencyKey }),
    );
  }

  @Mutation(() => applied.type, { description: 'Settles bills with what is left of a credit.' })
  applyVendorCredit(
    @Ctx() context: Context,
    @Arg('id', () => ID) id: string,
    @Arg('allocations', () => [BillAllocationGivenInput]) allocations: BillAllocationGivenInput[],
    @Arg('idempotencyKey', () => ID) idempotencyKey: string,
    @Info() info: GraphQLResolveInfo,
  ): Promise<object> {
    return recorded.run(applied, { context, info }, (tx, documentContext) =>
      applyVendorCredit(tx, documentContext, { id, allocations, idempotencyKey }),
    );
  }

  @Mutation(() => voided.type, { description: 'Of an allowance; goods that went back forbid it.' })
  voidVendorCredit(
    @Ctx() context: Context,
    @Args(() => ReasonedStepArgs) step: ReasonedStepArgs,
    @Info() info: GraphQLResolveInfo,
  ): Promise<object> {
    return recorded.run(voided, { context, info }, (tx, documentContext) =>
      voidVendorCredit(tx, documentContext, { ...step }),
    );
  }
}
