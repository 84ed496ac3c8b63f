import {
  Args,
  ArgsType,
  Ctx,
  Field,
  FieldResolver,
  ID,
  Int,
  ObjectType,
  Query,
  registerEnumType,
  Resolver,
  Root,
} from 'type-graphql';
import type { Context } from '../platform/graphql/context.js';
import { BusinessDate, DecimalText, MoneyField } from '../platform/graphql/scalars.js';
import {
  PeriodRowsArgs,
  readReportRows,
  readWholeReport,
  type ReportFilters,
  reportFilters,
} from '../platform/read/report.js';
import { SALES_GROUPS, type SalesGroup, salesReport, type SalesRow } from './sales.queries.js';

const SalesGroupEnum = Object.fromEntries(SALES_GROUPS.map((name) => [name, name])) as { [G in SalesGroup]: G };
registerEnumType(SalesGroupEnum, {
  name: 'SalesGroup',
  description: 'SALESPERSON: who looked after the customer on the day of the sale.',
});

@ArgsType()
export class SalesArgs extends PeriodRowsArgs {
  @Field(() => SalesGroupEnum, { defaultValue: 'DAY' })
  by!: SalesGroup;

  @Field(() => String, {
    nullable: true,
    description: 'Only documents in IQD, USD or RMB; otherwise everything, in the base currency.',
  })
  currency?: string | null;

  @Field(() => ID, { nullable: true })
  branchId?: string | null;

  @Field(() => ID, { nullable: true, description: 'Who looked after the customer on the day of the sale.' })
  salespersonId?: string | null;

  @Field(() => ID, { nullable: true })
  customerId?: string | null;

  @Field(() => ID, { nullable: true })
  productId?: string | null;

  @Field(() => ID, { nullable: true })
  categoryId?: string | null;
}

@ObjectType('SalesRow', { description: 'What was sold in one group, and came back. A void counts on its own day.' })
export class SalesReportRow implements SalesRow {
  @Field(() => ID, {
    nullable: true,
    description:
      'Of the customer, product, category, salesperson or branch. Null by day and month, and for what names none: discounts of whole documents, and what was posted before lines named their product.',
  })
  recordId!: string | null;

  @Field(() => BusinessDate, { nullable: true, description: 'The day, or the first day of the month.' })
  day!: string | null;

  @Field(() => String, { nullable: true })
  code!: string | null;

  @Field(() => String, { nullable: true })
  name!: string | null;

  @Field(() => String, { nullable: true })
  nameAr!: string | null;

  @Field(() => String)
  currency!: string;

  @Field(() => Int, { nullable: true, description: 'Invoices, less voided ones; not by product or category.' })
  documents!: number | null;

  @Field(() => DecimalText, {
    nullable: true,
    description: 'Pieces less those that came back, by product or category.',
  })
  quantity!: string | null;

  @MoneyField({ nullable: true, description: 'With tax and charges; not by product or category.' })
  billed!: string | null;

  @MoneyField({ nullable: true, description: 'With tax; not by product or category.' })
  credited!: string | null;

  @MoneyField({ description: 'Before tax, discounts of whole documents, and returns.' })
  sales!: string;

  @MoneyField()
  discounts!: string;

  @MoneyField({ description: 'Returns and allowances.' })
  returns!: string;

  @MoneyField({ description: 'Sales less discounts and returns.' })
  net!: string;

  @MoneyField({ nullable: true, description: 'Of goods sold, in the base currency; null in another one.' })
  cost!: string | null;

  @MoneyField({ nullable: true, description: 'Net sales less cost, in the base currency; null in another one.' })
  margin!: string | null;
}

@ObjectType({ description: 'What was sold in a period, as far as the viewer sees the customers.' })
export class SalesReport {
  @Field(() => BusinessDate)
  from!: string;

  @Field(() => BusinessDate)
  to!: string;

  @Field(() => [SalesReportRow], { description: 'By day and month the oldest first, otherwise the largest first.' })
  rows!: SalesRow[];

  @Field(() => Boolean, { description: 'Whether there are rows behind these; read on with `skip`.' })
  hasMore!: boolean;

  filters!: ReportFilters;
}

const MAX_DAYS = 3660;

@Resolver(() => SalesReport)
export class SalesResolver {
  @Query(() => SalesReport, { description: 'Sums of the journal; quantities are those of the documents.' })
  async sales(@Ctx() context: Context, @Args(() => SalesArgs) args: SalesArgs): Promise<SalesReport> {
    const { customerId: partyId, ...given } = args;
    const filters = reportFilters({ ...given, partyId }, context.today, { maxDays: MAX_DAYS });
    const rows = await readReportRows<SalesRow>(context, salesReport, filters, args);
    return { from: filters.from, to: filters.to, ...rows, filters };
  }

  @FieldResolver(() => SalesReportRow, { nullable: true, description: 'All of it; null when nothing was sold.' })
  async total(@Root() { filters }: SalesReport, @Ctx() context: Context): Promise<SalesRow | null> {
    const [row] = await readWholeReport<SalesRow>(context, salesReport, { ...filters, by: 'TOTAL' });
    return row ?? null;
  }
}
