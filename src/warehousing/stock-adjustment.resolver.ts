import type { GraphQLResolveInfo } from 'graphql';
import { Arg, Args, Ctx, ID, Info, Query, Resolver } from 'type-graphql';
import type { Context } from '../platform/graphql/context.js';
import { connectionOf, type Page, PageArgs } from '../platform/read/connection.js';
import { filtered, type FilterValue } from '../platform/read/filter.js';
import { readOne, readPage } from '../platform/read/page.js';
import { selectionOf } from '../platform/read/selection.js';
import { sortNamed } from '../platform/read/sort.js';
import { StockAdjustment } from './stock-adjustment.entity.js';
import { StockAdjustmentFilter, StockAdjustmentSort } from './warehousing.inputs.js';
import { stockAdjustmentRead, type StockAdjustmentRow } from './warehousing.queries.js';

const StockAdjustmentConnection = connectionOf(StockAdjustment, 'StockAdjustment');

@Resolver(() => StockAdjustment)
export class StockAdjustmentResolver {
  @Query(() => StockAdjustmentConnection, {
    description:
      'What was changed of stock at Zoho by hand. An inventory manager sees those of the assigned warehouses.',
  })
  stockAdjustments(
    @Ctx() context: Context,
    @Args(() => PageArgs) args: PageArgs,
    @Arg('filter', () => StockAdjustmentFilter, { nullable: true }) filter: FilterValue | null,
    @Arg('orderBy', () => StockAdjustmentSort, { defaultValue: StockAdjustmentSort.CREATED_DESC })
    orderBy: keyof typeof StockAdjustmentSort,
    @Info() info: GraphQLResolveInfo,
  ): Promise<Page<StockAdjustmentRow>> {
    const sort = sortNamed<StockAdjustment>(StockAdjustmentSort, orderBy);
    return readPage(context, stockAdjustmentRead, {
      args,
      info,
      sort,
      where: [filtered(StockAdjustmentFilter, filter)],
    });
  }

  @Query(() => StockAdjustment, { nullable: true })
  stockAdjustment(
    @Ctx() context: Context,
    @Arg('id', () => ID) id: string,
    @Info() info: GraphQLResolveInfo,
  ): Promise<StockAdjustmentRow | null> {
    return readOne(context, stockAdjustmentRead, id, selectionOf(info));
  }
}
