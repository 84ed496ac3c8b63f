import { Args, ArgsType, Ctx, Field, ID, ObjectType, Query, Resolver } from 'type-graphql';
import type { Context } from '../platform/graphql/context.js';
import { DecimalText, MoneyField } from '../platform/graphql/scalars.js';
import {
  DayRowsArgs,
  PeriodRowsArgs,
  readReport,
  reportFilters,
  reportOf,
  type ReportPage,
} from '../platform/read/report.js';
import {
  inventoryFlowReport,
  inventoryValueReport,
  type StockFlowRow,
  type StockValueRow,
} from './stock-value.queries.js';

@ArgsType()
export class InventoryValueArgs extends DayRowsArgs {
  @Field(() => ID, { nullable: true })
  warehouseId?: string | null;

  @Field(() => ID, { nullable: true })
  productId?: string | null;
}

@ArgsType()
export class InventoryFlowArgs extends PeriodRowsArgs {
  @Field(() => ID, { nullable: true })
  warehouseId?: string | null;

  @Field(() => ID, { nullable: true })
  productId?: string | null;
}

@ObjectType('InventoryValueRow', { description: 'A product in a warehouse at the end of a day.' })
export class InventoryValueReportRow implements StockValueRow {
  @Field(() => ID)
  productId!: string;

  @Field(() => String, { nullable: true })
  sku!: string | null;

  @Field(() => String)
  name!: string;

  @Field(() => String, { nullable: true })
  nameAr!: string | null;

  @Field(() => String, { nullable: true, description: 'The code of the warehouse; null: on the way between two.' })
  warehouse!: string | null;

  @Field(() => DecimalText)
  onHand!: string;

  @MoneyField({ nullable: true, description: 'Null where none is known.' })
  unitCost!: string | null;

  @MoneyField({ nullable: true })
  value!: string | null;

  currency!: string;
}

@ObjectType('InventoryFlowRow', { description: 'Pieces of a product in a period, over the warehouses that one sees.' })
export class InventoryFlowReportRow implements StockFlowRow {
  @Field(() => ID)
  productId!: string;

  @Field(() => String, { nullable: true })
  sku!: string | null;

  @Field(() => String)
  name!: string;

  @Field(() => String, { nullable: true })
  nameAr!: string | null;

  @Field(() => DecimalText)
  opening!: string;

  @Field(() => DecimalText)
  received!: string;

  @Field(() => DecimalText)
  issued!: string;

  @Field(() => DecimalText)
  closing!: string;
}

const Value = reportOf(InventoryValueReportRow, 'InventoryValueReport', 'Stock at cost, the most valuable first.');
const Flow = reportOf(InventoryFlowReportRow, 'InventoryFlowReport', 'What came in and went out, by SKU.');

@Resolver()
export class StockValueResolver {
  @Query(() => Value, {
    description: 'By product and warehouse at the end of a day; the sum is that of stockValuation.',
  })
  inventoryValue(
    @Ctx() context: Context,
    @Args(() => InventoryValueArgs) { on, ...args }: InventoryValueArgs,
  ): Promise<ReportPage<StockValueRow>> {
    const day = on ?? context.today;
    return readReport(
      context,
      inventoryValueReport,
      reportFilters({ ...args, from: day, to: day }, context.today),
      args,
    );
  }

  @Query(() => Flow, { description: 'Of the warehouses that the viewer may see.' })
  inventoryFlow(
    @Ctx() context: Context,
    @Args(() => InventoryFlowArgs) args: InventoryFlowArgs,
  ): Promise<ReportPage<StockFlowRow>> {
    return readReport(context, inventoryFlowReport, reportFilters({ ...args }, context.today), args);
  }
}
