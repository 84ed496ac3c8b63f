import type { GraphQLResolveInfo } from 'graphql';
import { Arg, Ctx, Field, FieldResolver, ID, Info, Int, ObjectType, Query, Resolver, Root } from 'type-graphql';
import { Invoice } from '../billing/invoice.entity.js';
import { invoiceRead, InvoiceSort, type InvoiceRow, isUnpaid } from '../billing/invoice.queries.js';
import { Customer } from '../customers/customer.entity.js';
import { customerRead, type CustomerRow } from '../customers/customer.queries.js';
import { addDays } from '../kernel/clock.js';
import { badInput } from '../kernel/errors.js';
import { rowScopeOf } from '../kernel/viewer.js';
import { Order, OrderStatus } from '../orders/order.entity.js';
import { isConfirmed, orderRead, OrderSort, type OrderRow } from '../orders/order.queries.js';
import type { Context } from '../platform/graphql/context.js';
import { BusinessDate, DecimalText, MoneyField } from '../platform/graphql/scalars.js';
import type { Condition, EntityRead, RowOf } from '../platform/read/definition.js';
import type { ColumnKey } from '../platform/read/entity-columns.js';
import { readOne, readPage } from '../platform/read/page.js';
import { type Selection, selectionOf } from '../platform/read/selection.js';
import { type Sort, sortNamed } from '../platform/read/sort.js';
import {
  countCustomers,
  countOrdersByStatus,
  countStock,
  countWaitingApprovals,
  rankCustomers,
  type Ranked,
  rankProducts,
  type SalesSum,
  type StockCounts,
  sumCollected,
  sumOpen,
  sumOrders,
  sumSales,
} from './dashboard.queries.js';
import { msg } from '../kernel/message.js';

@ObjectType({ description: 'Documents of one currency: how many, and what they come to.' })
export class CurrencySum implements SalesSum {
  @Field(() => String)
  currency!: string;

  @Field(() => Int)
  documents!: number;

  @MoneyField()
  total!: string;
}

@ObjectType()
export class StatusCount {
  @Field(() => OrderStatus)
  status!: string;

  @Field(() => Int)
  count!: number;
}

@ObjectType({ description: 'A customer or product by what was billed.' })
export class RankedRow implements Ranked {
  @Field(() => ID, { description: 'Of this row: another currency or period has another id.' })
  id!: string;

  @Field(() => ID, { description: 'The id of the customer or product.' })
  recordId!: string;

  @Field(() => String)
  name!: string;

  @Field(() => String, { nullable: true })
  nameAr!: string | null;

  @MoneyField()
  total!: string;

  @Field(() => DecimalText, { nullable: true, description: 'Of products.' })
  quantity!: string | null;

  currency!: string;
}

@ObjectType({ description: 'Stock of one warehouse in figures.' })
export class WarehouseOverview implements StockCounts {
  @Field(() => ID)
  warehouseId!: string;

  @Field(() => String)
  code!: string;

  @Field(() => String)
  name!: string;

  @Field(() => String)
  nameAr!: string;

  @Field(() => Int, { description: 'With stock.' })
  products!: number;

  @Field(() => Int, { description: 'Available is at or under the reorder level.' })
  low!: number;

  @Field(() => Int, { description: 'For sale, with nothing available.' })
  out!: number;

  @Field(() => Int)
  negative!: number;

  @MoneyField({ nullable: true, description: 'At cost, for who may see cost.' })
  value!: string | null;

  currency!: string;
}

/** What the dashboards are computed from: each field reads what it shows, when it is asked for. */
interface Span {
  from: string;
  to: string;
}

@ObjectType({ description: 'The company at a glance, as far as the viewer sees it.' })
export class HomeDashboard {
  @Field(() => BusinessDate, { description: 'The first day of this month.' })
  from!: string;

  @Field(() => BusinessDate, { description: 'Today.' })
  to!: string;
}

@ObjectType({ description: 'What a client bought, owes and may order again.' })
export class ClientDashboard {
  @Field(() => BusinessDate, { description: 'The first day of this month.' })
  from!: string;

  @Field(() => BusinessDate, { description: 'Today.' })
  to!: string;
}

@ObjectType({ description: 'What a salesperson sold and collected from the own customers.' })
export class SalespersonDashboard {
  @Field(() => BusinessDate)
  from!: string;

  @Field(() => BusinessDate)
  to!: string;
}

const TOP = 5;

const LATEST = 10;

const monthOf = (today: string): Span => ({ from: `${today.slice(0, 8)}01`, to: today });

/** What is asked of a list, as of the nodes of a connection; the tree of one place of a document is kept. */
const asNodes = new WeakMap<Selection, Selection>();

function nodesOf(selection: Selection): Selection {
  const known = asNodes.get(selection) ?? { fields: new Map([['nodes', selection]]) };
  asNodes.set(selection, known);
  return known;
}

async function newest<E extends object, A extends ColumnKey<E>>(
  context: Context,
  info: GraphQLResolveInfo,
  read: EntityRead<E, A>,
  { sort, where = null }: { sort: Sort<E>; where?: Condition<E> | null },
): Promise<RowOf<EntityRead<E, A>>[]> {
  const selection = nodesOf(selectionOf(info));
  return (await readPage(context, read, { args: { first: LATEST }, sort, info, selection, where: [where] })).nodes;
}

const NEWEST_ORDERS = sortNamed<Order>(OrderSort, 'CREATED_DESC');

const OLDEST_ORDERS = sortNamed<Order>(OrderSort, 'CREATED_ASC');

const FIRST_DUE = sortNamed<Invoice>(InvoiceSort, 'DUE_ASC');

@Resolver(() => HomeDashboard)
export class HomeDashboardResolver {
  @Query(() => HomeDashboard)
  homeDashboard(@Ctx() context: Context): HomeDashboard {
    return monthOf(context.today);
  }

  @Query(() => [WarehouseOverview], { description: 'By warehouse, as far as the viewer may see warehouses.' })
  inventoryOverview(@Ctx() context: Context): Promise<WarehouseOverview[]> {
    return countStock(context);
  }

  @FieldResolver(() => [CurrencySum], { description: 'Billed today, less what was credited.' })
  salesToday(@Root() span: Span, @Ctx() context: Context): Promise<SalesSum[]> {
    return sumSales(context, { from: span.to, to: span.to });
  }

  @FieldResolver(() => [CurrencySum], { description: 'Billed this month, less what was credited.' })
  salesThisMonth(@Root() span: Span, @Ctx() context: Context): Promise<SalesSum[]> {
    return sumSales(context, span);
  }

  @FieldResolver(() => [CurrencySum])
  collectedThisMonth(@Root() span: Span, @Ctx() context: Context): Promise<SalesSum[]> {
    return sumCollected(context, span);
  }

  @FieldResolver(() => [CurrencySum])
  receivables(@Root() _span: Span, @Ctx() context: Context): Promise<SalesSum[]> {
    return sumOpen(context, 'any');
  }

  @FieldResolver(() => [CurrencySum])
  overdue(@Root() _span: Span, @Ctx() context: Context): Promise<SalesSum[]> {
    return sumOpen(context, 'overdue');
  }

  @FieldResolver(() => [StatusCount])
  ordersByStatus(@Root() _span: Span, @Ctx() context: Context): Promise<StatusCount[]> {
    return countOrdersByStatus(context);
  }

  @FieldResolver(() => Int, { description: 'Drafts whose discount somebody must approve.' })
  waitingApprovals(@Root() _span: Span, @Ctx() context: Context): Promise<number> {
    return countWaitingApprovals(context);
  }

  @FieldResolver(() => [Order], { description: 'The ten newest.' })
  newestOrders(@Root() _span: Span, @Ctx() context: Context, @Info() info: GraphQLResolveInfo): Promise<OrderRow[]> {
    return newest(context, info, orderRead, { sort: NEWEST_ORDERS });
  }
}

@Resolver(() => ClientDashboard)
export class ClientDashboardResolver {
  @Query(() => ClientDashboard, { nullable: true, description: 'Null for who is no client and never ordered.' })
  clientDashboard(@Ctx() context: Context): ClientDashboard | null {
    return rowScopeOf(context.viewer).customerId === null ? null : monthOf(context.today);
  }

  @FieldResolver(() => Customer, { nullable: true, description: 'With its balances, credit and salesperson.' })
  customer(
    @Root() _span: Span,
    @Ctx() context: Context,
    @Info() info: GraphQLResolveInfo,
  ): Promise<CustomerRow | null> {
    return readOne(context, customerRead, rowScopeOf(context.viewer).customerId ?? '', selectionOf(info));
  }

  @FieldResolver(() => [CurrencySum])
  ordersThisMonth(@Root() span: Span, @Ctx() context: Context): Promise<SalesSum[]> {
    return sumOrders(context, span);
  }

  @FieldResolver(() => [CurrencySum], { description: 'Billed this month, less what was credited.' })
  spentThisMonth(@Root() span: Span, @Ctx() context: Context): Promise<SalesSum[]> {
    return sumSales(context, span);
  }

  @FieldResolver(() => [StatusCount])
  ordersByStatus(@Root() _span: Span, @Ctx() context: Context): Promise<StatusCount[]> {
    return countOrdersByStatus(context);
  }

  @FieldResolver(() => [Invoice], { description: 'The ten that are due first.' })
  openInvoices(@Root() _span: Span, @Ctx() context: Context, @Info() info: GraphQLResolveInfo): Promise<InvoiceRow[]> {
    return newest(context, info, invoiceRead, { sort: FIRST_DUE, where: isUnpaid });
  }

  @FieldResolver(() => [RankedRow], { description: 'What was bought most in 90 days, to order again.' })
  reorder(@Root() span: Span, @Ctx() context: Context): Promise<Ranked[]> {
    return rankProducts(context, { from: addDays(span.to, -90), to: span.to }, LATEST);
  }
}

const MAX_DAYS = 400;

@Resolver(() => SalespersonDashboard)
export class SalespersonDashboardResolver {
  @Query(() => SalespersonDashboard, { description: 'This month when no days are given; staff see all customers.' })
  salespersonDashboard(
    @Ctx() context: Context,
    @Arg('from', () => BusinessDate, { nullable: true }) from: string | null,
    @Arg('to', () => BusinessDate, { nullable: true }) to: string | null,
  ): SalespersonDashboard {
    const last = to ?? context.today;
    const first = from ?? monthOf(last).from;
    if (first > last) throw badInput('from', msg`The first day is after the last one.`);
    if (addDays(first, MAX_DAYS) < last) throw badInput('from', msg`At most ${MAX_DAYS} days.`);
    return { from: first, to: last };
  }

  @FieldResolver(() => [CurrencySum], { description: 'Orders that were not cancelled.' })
  orders(@Root() span: Span, @Ctx() context: Context): Promise<SalesSum[]> {
    return sumOrders(context, span);
  }

  @FieldResolver(() => [CurrencySum], { description: 'Billed, less what was credited.' })
  sales(@Root() span: Span, @Ctx() context: Context): Promise<SalesSum[]> {
    return sumSales(context, span);
  }

  @FieldResolver(() => [CurrencySum], { description: 'Payments less refunds.' })
  collected(@Root() span: Span, @Ctx() context: Context): Promise<SalesSum[]> {
    return sumCollected(context, span);
  }

  @FieldResolver(() => [RankedRow])
  topCustomers(@Root() span: Span, @Ctx() context: Context): Promise<Ranked[]> {
    return rankCustomers(context, span, TOP);
  }

  @FieldResolver(() => [RankedRow])
  topProducts(@Root() span: Span, @Ctx() context: Context): Promise<Ranked[]> {
    return rankProducts(context, span, TOP);
  }

  @FieldResolver(() => [Order], { description: 'The ten oldest that are confirmed and not shipped.' })
  pendingOrders(@Root() _span: Span, @Ctx() context: Context, @Info() info: GraphQLResolveInfo): Promise<OrderRow[]> {
    return newest(context, info, orderRead, { sort: OLDEST_ORDERS, where: isConfirmed });
  }

  @FieldResolver(() => Int)
  customerCount(@Root() _span: Span, @Ctx() context: Context): Promise<number> {
    return countCustomers(context);
  }
}
