import type { GraphQLResolveInfo } from 'graphql';
import { Arg, Args, Ctx, ID, Info, Mutation, Query, Resolver } from 'type-graphql';
import { StepArgs } from '../documents/line-input.entity.js';
import { defineRecorded } from '../documents/recorded.entity.js';
import type { Context } from '../platform/graphql/context.js';
import { connectionOf, type Page, PageArgs } from '../platform/read/connection.js';
import { filtered, type FilterValue } from '../platform/read/filter.js';
import { readOne, readPage } from '../platform/read/page.js';
import { childSelection, selectionOf } from '../platform/read/selection.js';
import { sortNamed } from '../platform/read/sort.js';
import { StockCount } from './stock-count.entity.js';
import { cancelStockCount, enterStockCount, postStockCount, startStockCount } from './stock-count.service.js';
import { CountedLineInput, StartStockCountInput, StockCountFilter, StockCountSort } from './warehousing.inputs.js';
import { stockCountRead, type StockCountRow } from './warehousing.queries.js';

const StockCountConnection = connectionOf(StockCount, 'StockCount');

const recorded = defineRecorded<StockCount>({
  field: 'stockCount',
  noun: 'Stock count',
  type: StockCount,
  read: (context, id, info) => readOne(context, stockCountRead, id, childSelection(selectionOf(info), 'stockCount')),
});

const started = recorded.result('StartStockCount', startStockCount.fails);
const entered = recorded.result('EnterStockCount', enterStockCount.fails);
const posted = recorded.result('PostStockCount', postStockCount.fails);
const cancelled = recorded.result('CancelStockCount', cancelStockCount.fails);

@Resolver(() => StockCount)
export class StockCountResolver {
  @Query(() => StockCountConnection)
  stockCounts(
    @Ctx() context: Context,
    @Args(() => PageArgs) args: PageArgs,
    @Arg('filter', () => StockCountFilter, { nullable: true }) filter: FilterValue | null,
    @Arg('orderBy', () => StockCountSort, { defaultValue: StockCountSort.CREATED_DESC })
    orderBy: keyof typeof StockCountSort,
    @Info() info: GraphQLResolveInfo,
  ): Promise<Page<StockCountRow>> {
    const sort = sortNamed<StockCount>(StockCountSort, orderBy);
    return readPage(context, stockCountRead, { args, info, sort, where: [filtered(StockCountFilter, filter)] });
  }

  @Query(() => StockCount, { nullable: true })
  stockCount(
    @Ctx() context: Context,
    @Arg('id', () => ID) id: string,
    @Info() info: GraphQLResolveInfo,
  ): Promise<StockCountRow | null> {
    return readOne(context, stockCountRead, id, selectionOf(info));
  }

  @Mutation(() => started.type, {
    description: 'Freezes what should be there; a warehouse is counted by one count at a time.',
  })
  startStockCount(
    @Ctx() context: Context,
    @Arg('input', () => StartStockCountInput) input: StartStockCountInput,
    @Arg('idempotencyKey', () => ID) idempotencyKey: string,
    @Info() info: GraphQLResolveInfo,
  ): Promise<object> {
    return recorded.run(started, { context, info }, (tx, documentContext) =>
      startStockCount(tx, documentContext, { ...input, idempotencyKey }),
    );
  }

  @Mutation(() => entered.type, { description: 'Enters what was counted; several people may enter at once.' })
  enterStockCount(
    @Ctx() context: Context,
    @Arg('id', () => ID) id: string,
    @Arg('lines', () => [CountedLineInput]) lines: CountedLineInput[],
    @Arg('idempotencyKey', () => ID) idempotencyKey: string,
    @Info() info: GraphQLResolveInfo,
  ): Promise<object> {
    return recorded.run(entered, { context, info }, (tx, documentContext) =>
      enterStockCount(tx, documentContext, { id, lines: lines.map((line) => ({ ...line })), idempotencyKey }),
    );
  }

  @Mutation(() => posted.type, { description: 'Posts the differences to what was frozen; what moved meanwhile stays.' })
  postStockCount(
    @Ctx() context: Context,
    @Args(() => StepArgs) step: StepArgs,
    @Info() info: GraphQLResolveInfo,
  ): Promise<object> {
    return recorded.run(posted, { context, info }, (tx, documentContext) =>
      postStockCount(tx, documentContext, { ...step }),
    );
  }

  @Mutation(() => cancelled.type, { description: 'Gives a count up; nothing is posted.' })
  cancelStockCount(
    @Ctx() context: Context,
    @Args(() => StepArgs) step: StepArgs,
    @Info() info: GraphQLResolveInfo,
  ): Promise<object> {
    return recorded.run(cancelled, { context, info }, (tx, documentContext) =>
      cancelStockCount(tx, documentContext, { ...step }),
    );
  }
}
