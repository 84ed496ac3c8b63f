import { Args, ArgsType, Ctx, Field, ID, ObjectType, Query, registerEnumType, Resolver } from 'type-graphql';
import { PaymentMethodEnum } from '../organisation/payment-method.entity.js';
import { OrderStatus } from '../orders/order.entity.js';
import type { Context } from '../platform/graphql/context.js';
import { BusinessDate, DecimalText, MoneyField } from '../platform/graphql/scalars.js';
import { PeriodRowsArgs, readReport, reportFilters, reportOf, type ReportPage } from '../platform/read/report.js';
import { COLLECTION_KINDS, type CollectionKind, type CollectionRow, collectionsReport } from './collection.queries.js';
import { EVER, type OrderBookRow, orderBookReport } from './order-book.queries.js';
import { type ShiftRow, tillShiftsReport } from './shift-sum.queries.js';
import { TAX_SIDES, type TaxRow, type TaxSide, taxesReport } from './tax-sum.queries.js';

const CollectionKindEnum = Object.fromEntries(COLLECTION_KINDS.map((name) => [name, name])) as {
  [K in CollectionKind]: K;
};
registerEnumType(CollectionKindEnum, { name: 'CollectionKind' });

const TaxSideEnum = Object.fromEntries(TAX_SIDES.map((name) => [name, name])) as { [S in TaxSide]: S };
registerEnumType(TaxSideEnum, { name: 'TaxSide' });

@ArgsType()
export class DocumentReportArgs extends PeriodRowsArgs {
  @Field(() => String, { nullable: true, description: 'Only documents in IQD, USD or RMB.' })
  currency?: string | null;

  @Field(() => ID, { nullable: true })
  branchId?: string | null;

  @Field(() => ID, { nullable: true })
  customerId?: string | null;
}

@ArgsType()
export class OrderBookArgs extends DocumentReportArgs {
  @Field(() => ID, { nullable: true, description: 'Who looks after the customer now.' })
  salespersonId?: string | null;
}

@ArgsType()
export class TaxSumsArgs extends PeriodRowsArgs {
  @Field(() => String, { nullable: true, description: 'Only documents in IQD, USD or RMB.' })
  currency?: string | null;

  @Field(() => ID, { nullable: true })
  branchId?: string | null;
}

@ArgsType()
export class TillShiftsArgs extends PeriodRowsArgs {
  @Field(() => String, { nullable: true, description: 'Only cash in IQD, USD or RMB.' })
  currency?: string | null;

  @Field(() => ID, { nullable: true })
  warehouseId?: string | null;
}

@ObjectType('CollectionRow', { description: 'Money of a customer on the day on which it came or went.' })
export class CollectionReportRow implements CollectionRow {
  @Field(() => BusinessDate)
  day!: string;

  @Field(() => CollectionKindEnum)
  kind!: CollectionKind;

  @Field(() => String)
  number!: string;

  @Field(() => ID)
  customerId!: string;

  @Field(() => String)
  customerName!: string;

  @Field(() => String)
  customerNameAr!: string;

  @Field(() => PaymentMethodEnum)
  method!: string;

  @Field(() => String)
  currency!: string;

  @MoneyField({ description: 'Negative: given back, or voided.' })
  amount!: string;

  @MoneyField({ nullable: true, description: 'Of the payment, today.' })
  applied!: string | null;

  @MoneyField({ nullable: true, description: 'Of the payment, today.' })
  refunded!: string | null;

  @MoneyField({ nullable: true, description: 'Of the payment, today.' })
  unapplied!: string | null;
}

@ObjectType('OrderBookRow', { description: 'An order of which something is still to be shipped or billed.' })
export class OrderBookReportRow implements OrderBookRow {
  @Field(() => ID)
  orderId!: string;

  @Field(() => String)
  number!: string;

  @Field(() => BusinessDate)
  day!: string;

  @Field(() => ID)
  customerId!: string;

  @Field(() => String)
  customerName!: string;

  @Field(() => String)
  customerNameAr!: string;

  @Field(() => OrderStatus)
  status!: string;

  @Field(() => String)
  currency!: string;

  @MoneyField()
  total!: string;

  @MoneyField()
  toShip!: string;

  @MoneyField()
  toBill!: string;

  @MoneyField({ description: 'Shipped and not billed yet.' })
  unbilled!: string;
}

@ObjectType('TaxSum', { description: 'Tax of one rate and currency; what is credited or paid to vendors is negative.' })
export class TaxSumRow implements TaxRow {
  @Field(() => TaxSideEnum)
  side!: TaxSide;

  @Field(() => DecimalText)
  percent!: string;

  @Field(() => String)
  currency!: string;

  @MoneyField()
  taxable!: string;

  @MoneyField()
  tax!: string;
}

@ObjectType('TillShiftRow', { description: 'The cash of one currency in a shift at the till.' })
export class TillShiftReportRow implements ShiftRow {
  @Field(() => ID)
  sessionId!: string;

  @Field(() => BusinessDate, { description: 'On which it was opened.' })
  day!: string;

  @Field(() => String)
  userName!: string;

  @Field(() => String, { description: 'The code of the warehouse.' })
  warehouse!: string;

  @Field(() => String)
  currency!: string;

  @MoneyField()
  opening!: string;

  @MoneyField({ nullable: true, description: 'Null while it is open.' })
  expected!: string | null;

  @MoneyField({ nullable: true })
  counted!: string | null;

  @MoneyField({ nullable: true, description: 'Counted less expected.' })
  difference!: string | null;
}

const Collections = reportOf(CollectionReportRow, 'CollectionReport', 'What customers paid and were given back.');
const OrderBook = reportOf(OrderBookReportRow, 'OrderBookReport', 'Orders that are not finished, the oldest first.');
const TaxSums = reportOf(TaxSumRow, 'TaxReport', 'Tax by rate; a void counts on its own day.');
const TillShifts = reportOf(TillShiftReportRow, 'TillShiftReport', 'Shifts at the till, the oldest first.');

@Resolver()
export class DocumentReportsResolver {
  @Query(() => Collections, { description: 'As far as the viewer sees the customers.' })
  collections(
    @Ctx() context: Context,
    @Args(() => DocumentReportArgs) { customerId: partyId, ...args }: DocumentReportArgs,
  ): Promise<ReportPage<CollectionRow>> {
    return readReport(context, collectionsReport, reportFilters({ ...args, partyId }, context.today), args);
  }

  @Query(() => OrderBook, { description: 'As far as the viewer sees the customers; of all days when none is given.' })
  orderBook(
    @Ctx() context: Context,
    @Args(() => OrderBookArgs) { customerId: partyId, from, ...args }: OrderBookArgs,
  ): Promise<ReportPage<OrderBookRow>> {
    const filters = reportFilters({ ...args, from: from ?? EVER, partyId }, context.today);
    return readReport(context, orderBookReport, filters, args);
  }

  @Query(() => TaxSums)
  taxSums(@Ctx() context: Context, @Args(() => TaxSumsArgs) args: TaxSumsArgs): Promise<ReportPage<TaxRow>> {
    return readReport(context, taxesReport, reportFilters({ ...args }, context.today), args);
  }

  @Query(() => TillShifts, { description: 'One’s own; with till:all those of everybody.' })
  tillShifts(@Ctx() context: Context, @Args(() => TillShiftsArgs) args: TillShiftsArgs): Promise<ReportPage<ShiftRow>> {
    return readReport(context, tillShiftsReport, reportFilters({ ...args }, context.today), args);
  }
}
