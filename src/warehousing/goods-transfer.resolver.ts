import type { GraphQLResolveInfo } from 'graphql';
import { Arg, Args, Ctx, ID, Info, Mutation, Query, Resolver } from 'type-graphql';
import { LineQuantityInput, ReasonedStepArgs, StepArgs } from '../documents/line-input.entity.js';
import { defineRecorded } from '../documents/recorded.entity.js';
import type { Context } from '../platform/graphql/context.js';
import { connectionOf, type Page, PageArgs } from '../platform/read/connection.js';
import { filtered, type FilterValue } from '../platform/read/filter.js';
import { readOne, readPage } from '../platform/read/page.js';
import { childSelection, selectionOf } from '../platform/read/selection.js';
import { sortNamed } from '../platform/read/sort.js';
import { GoodsTransfer } from './goods-transfer.entity.js';
import { loseGoods, receiveGoods, sendGoods } from './goods-transfer.service.js';
import { GoodsTransferFilter, GoodsTransferSort, SendGoodsInput } from './warehousing.inputs.js';
import { goodsTransferRead, type GoodsTransferRow } from './warehousing.queries.js';

const GoodsTransferConnection = connectionOf(GoodsTransfer, 'GoodsTransfer');

const recorded = defineRecorded<GoodsTransfer>({
  field: 'goodsTransfer',
  noun: 'Transfer',
  type: GoodsTransfer,
  read: (context, id, info) =>
    readOne(context, goodsTransferRead, id, childSelection(selectionOf(info), 'goodsTransfer')),
});

const sent = recorded.result('SendGoods', sendGoods.fails);
const received = recorded.result('ReceiveGoods', receiveGoods.fails);
const lost = recorded.result('LoseGoods', loseGoods.fails);

@Resolver(() => GoodsTransfer)
export class GoodsTransferResolver {
  @Query(() => GoodsTransferConnection)
  goodsTransfers(
    @Ctx() context: Context,
    @Args(() => PageArgs) args: PageArgs,
    @Arg('filter', () => GoodsTransferFilter, { nullable: true }) filter: FilterValue | null,
    @Arg('orderBy', () => GoodsTransferSort, { defaultValue: GoodsTransferSort.CREATED_DESC })
    orderBy: keyof typeof GoodsTransferSort,
    @Info() info: GraphQLResolveInfo,
  ): Promise<Page<GoodsTransferRow>> {
    const sort = sortNamed<GoodsTransfer>(GoodsTransferSort, orderBy);
    return readPage(context, goodsTransferRead, { args, info, sort, where: [filtered(GoodsTransferFilter, filter)] });
  }

  @Query(() => GoodsTransfer, { nullable: true })
  goodsTransfer(
    @Ctx() context: Context,
    @Arg('id', () => ID) id: string,
    @Info() info: GraphQLResolveInfo,
  ): Promise<GoodsTransferRow | null> {
    return readOne(context, goodsTransferRead, id, selectionOf(info));
  }

  @Mutation(() => sent.type, { description: 'Goods leave a warehouse and are on their way until they are received.' })
  sendGoods(
    @Ctx() context: Context,
    @Arg('input', () => SendGoodsInput) input: SendGoodsInput,
    @Arg('idempotencyKey', () => ID) idempotencyKey: string,
    @Info() info: GraphQLResolveInfo,
  ): Promise<object> {
    return recorded.run(sent, { context, info }, (tx, documentContext) =>
      sendGoods(tx, documentContext, { ...input, idempotencyKey }),
    );
  }

  @Mutation(() => received.type, { description: 'What came: all that is on the way, or by line.' })
  receiveGoods(
    @Ctx() context: Context,
    @Args(() => StepArgs) step: StepArgs,
    @Arg('lines', () => [LineQuantityInput], { nullable: true }) lines: LineQuantityInput[] | null,
    @Info() info: GraphQLResolveInfo,
  ): Promise<object> {
    return recorded.run(received, { context, info }, (tx, documentContext) =>
      receiveGoods(tx, documentContext, { ...step, lines }),
    );
  }

  @Mutation(() => lost.type, { description: 'What never came: all that is on the way, or by line.' })
  loseGoods(
    @Ctx() context: Context,
    @Args(() => ReasonedStepArgs) step: ReasonedStepArgs,
    @Arg('lines', () => [LineQuantityInput], { nullable: true }) lines: LineQuantityInput[] | null,
    @Info() info: GraphQLResolveInfo,
  ): Promise<object> {
    return recorded.run(lost, { context, info }, (tx, documentContext) =>
      loseGoods(tx, documentContext, { ...step, lines }),
    );
  }
}
