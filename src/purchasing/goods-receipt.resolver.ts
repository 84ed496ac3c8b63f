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
import { GoodsReceipt } from './goods-receipt.entity.js';
import { voidGoodsReceipt } from './goods-receipt-void.service.js';
import { GoodsReceiptFilter, GoodsReceiptSort } from './purchasing.inputs.js';
import { goodsReceiptRead, type GoodsReceiptRow } from './purchasing.queries.js';

const GoodsReceiptConnection = connectionOf(GoodsReceipt, 'GoodsReceipt');

const recorded = defineRecorded<GoodsReceipt>({
  field: 'goodsReceipt',
  noun: 'Goods receipt',
  type: GoodsReceipt,
  read: (context, id, info) =>
    readOne(context, goodsReceiptRead, id, childSelection(selectionOf(info), 'goodsReceipt')),
});

const voidResult = recorded.result('VoidGoodsReceipt', voidGoodsReceipt.fails);

@Resolver(() => GoodsReceipt)
export class GoodsReceiptResolver {
  @Query(() => GoodsReceiptConnection)
  goodsReceipts(
    @Ctx() context: Context,
    @Args(() => PageArgs) args: PageArgs,
    @Arg('filter', () => GoodsReceiptFilter, { nullable: true }) filter: FilterValue | null,
    @Arg('orderBy', () => GoodsReceiptSort, { defaultValue: GoodsReceiptSort.CREATED_DESC })
    orderBy: keyof typeof GoodsReceiptSort,
    @Info() info: GraphQLResolveInfo,
  ): Promise<Page<GoodsReceiptRow>> {
    const sort = sortNamed<GoodsReceipt>(GoodsReceiptSort, orderBy);
    return readPage(context, goodsReceiptRead, { args, info, sort, where: [filtered(GoodsReceiptFilter, filter)] });
  }

  @Query(() => GoodsReceipt, { nullable: true })
  goodsReceipt(
    @Ctx() context: Context,
    @Arg('id', () => ID) id: string,
    @Info() info: GraphQLResolveInfo,
  ): Promise<GoodsReceiptRow | null> {
    return readOne(context, goodsReceiptRead, id, selectionOf(info));
  }
  @Mutation(() => voidResult.type, {
    description:
      'The goods leave today and are to come again on their order. Refused when they are billed or no longer here.',
  })
  voidGoodsReceipt(
    @Ctx() context: Context,
    @Args(() => ReasonedStepArgs) input: ReasonedStepArgs,
    @Info() info: GraphQLResolveInfo,
  ): Promise<object> {
    return recorded.run(voidResult, { context, info }, (tx, documentContext) =>
      voidGoodsReceipt(tx, documentContext, input),
    );
  }
}
