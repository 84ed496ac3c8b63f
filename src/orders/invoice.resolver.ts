import type { GraphQLResolveInfo } from 'graphql';
import {
  Arg,
  Args,
  Ctx,
  Field,
  FieldResolver,
  ID,
  Info,
  Int,
  Mutation,
  ObjectType,
  Query,
  Resolver,
  Root,
} from 'type-graphql';
import { badInput } from '../kernel/errors.js';
import { isCurrency } from '../kernel/money.js';
import { answered, book, type DocumentMade } from '../organisation/books.service.js';
import { Product } from '../catalog/product.entity.js';
import { Customer } from '../customers/customer.entity.js';
import type { Context } from '../platform/graphql/context.js';
import { connectionOf, PageArgs, type Page } from '../platform/read/connection.js';
import { filtered, type FilterValue } from '../platform/read/filter.js';
import { readPage } from '../platform/read/page.js';
import { sortNamed } from '../platform/read/sort.js';
import {
  defineResult,
  FieldOwnedElsewhereError,
  IdempotencyMismatchError,
  InsufficientStockError,
  InvalidInputError,
  NotFoundError,
  PeriodClosedError,
  StaleVersionError,
} from '../platform/graphql/user-error.js';
import type { Keyed } from '../platform/idempotency.js';
import { readDocument } from './booking.js';
import { CreateInvoiceInput, InvoiceFilter, InvoiceSort, InvoiceStatus } from './invoice.inputs.js';
import { Invoice, InvoiceLine } from './invoice.entity.js';
import { invoiceRead, type InvoiceRow } from './invoice.queries.js';
import { createInvoice, voidInvoice, type FreeInvoice, type InvoiceOfOrder } from './invoice.service.js';
import { Order } from './order.entity.js';
import { documentSearch } from './order.queries.js';
import { Allocation } from './payment.entity.js';

@ObjectType({ description: 'The invoice as it is now, and whether the key had been used before.' })
export class InvoiceBooked {
  @Field(() => Invoice)
  invoice!: InvoiceRow;

  @Field(() => Boolean, { description: 'True for a repetition, which books nothing.' })
  replayed!: boolean;
}

const InvoiceConnection = connectionOf(Invoice, 'Invoice');
const booked = { type: InvoiceBooked, name: 'InvoiceBooked' };
const FAILURES = [
  NotFoundError,
  InvalidInputError,
  FieldOwnedElsewhereError,
  PeriodClosedError,
  IdempotencyMismatchError,
];
const createResult = defineResult<InvoiceBooked>('CreateInvoiceResult', booked, [...FAILURES, InsufficientStockError]);
const voidResult = defineResult<InvoiceBooked>('VoidInvoiceResult', booked, [...FAILURES, StaleVersionError]);

const answer = async (
  context: Context,
  info: GraphQLResolveInfo,
  done: Promise<Keyed<DocumentMade>>,
): Promise<InvoiceBooked> => {
  const read = (id: string): Promise<InvoiceRow | null> => readDocument(context, invoiceRead, id, info, 'invoice');
  const { row, replayed } = await answered(await done, 'Invoice', read);
  return { invoice: row, replayed };
};

/** Which of the two kinds is meant; a mixture is refused. */
function kindOf(input: CreateInvoiceInput): InvoiceOfOrder | FreeInvoice {
  const { orderId, lines, customerId, currency, warehouseId, freeLines, ...head } = input;
  if (orderId != null) {
    if (customerId != null || freeLines != null)
      throw badInput('orderId', 'An invoice of an order names nothing else.');
    return { ...head, orderId, lines: lines ?? null };
  }
  if (customerId == null) throw badInput('orderId', 'Name an order, or a customer with free lines.');
  if (currency == null || !isCurrency(currency)) throw badInput('currency', 'The currency is IQD, USD or RMB.');
  if (freeLines == null) throw badInput('freeLines', 'A free invoice has lines.');
  return { ...head, customerId, currency: currency, warehouseId: warehouseId ?? null, lines: freeLines };
}

@Resolver(() => Invoice)
export class InvoiceResolver {
  @Query(() => InvoiceConnection, { description: 'Invoices that the viewer may see.' })
  invoices(
    @Ctx() context: Context,
    @Args(() => PageArgs) args: PageArgs,
    @Arg('filter', () => InvoiceFilter, { nullable: true }) filter: FilterValue | null,
    @Arg('search', () => String, { nullable: true, description: 'In the number, or words of the customer.' })
    search: string | null,
    @Arg('orderBy', () => InvoiceSort, { defaultValue: InvoiceSort.CREATED_DESC }) orderBy: keyof typeof InvoiceSort,
    @Info() info: GraphQLResolveInfo,
  ): Promise<Page<InvoiceRow>> {
    if (search != null && search.length > 200) throw badInput('search', 'At most 200 characters.');
    return readPage(context, invoiceRead, {
      args,
      info,
      sort: sortNamed<Invoice>(InvoiceSort, orderBy),
      where: [filtered(InvoiceFilter, filter), search == null ? null : documentSearch(search)],
    });
  }

  @Query(() => Invoice, { nullable: true, description: 'Null when there is none that the viewer may see.' })
  invoice(
    @Ctx() context: Context,
    @Arg('id', () => ID) id: string,
    @Info() info: GraphQLResolveInfo,
  ): Promise<InvoiceRow | null> {
    return readDocument(context, invoiceRead, id, info, null);
  }

  @Mutation(() => createResult.type, {
    description: 'Bills an order, whole or by line; or, with invoices:free, without an order.',
  })
  createInvoice(
    @Ctx() context: Context,
    @Arg('input', () => CreateInvoiceInput) input: CreateInvoiceInput,
    @Arg('idempotencyKey', () => ID) idempotencyKey: string,
    @Info() info: GraphQLResolveInfo,
  ): Promise<object> {
    return createResult.run(context, async () => {
      const given = { ...kindOf(input), idempotencyKey };
      return answer(
        context,
        info,
        book(context, (tx, booking) => createInvoice(tx, booking, given)),
      );
    });
  }

  @Mutation(() => voidResult.type, {
    description: 'By a counter-entry of today: what paid it is free again, its order can be billed anew.',
  })
  voidInvoice(
    @Ctx() context: Context,
    @Arg('id', () => ID) id: string,
    @Arg('version', () => Int) version: number,
    @Arg('reason', () => String) reason: string,
    @Arg('idempotencyKey', () => ID) idempotencyKey: string,
    @Info() info: GraphQLResolveInfo,
  ): Promise<object> {
    const input = { id, version, reason, idempotencyKey };
    return voidResult.run(context, () =>
      answer(
        context,
        info,
        book(context, (tx, booking) => voidInvoice(tx, booking, input)),
      ),
    );
  }

  @FieldResolver(() => InvoiceStatus)
  status(@Root() invoice: { status: string }): string {
    return invoice.status;
  }

  @FieldResolver(() => Customer, { nullable: true, description: 'As far as the viewer may see customers.' })
  customer(@Root() invoice: { customer?: Customer | null }): Customer | null {
    return invoice.customer ?? null;
  }

  @FieldResolver(() => Order, { nullable: true, description: 'Null for a free invoice.' })
  order(@Root() invoice: { order?: Order | null }): Order | null {
    return invoice.order ?? null;
  }

  @FieldResolver(() => [InvoiceLine])
  lines(@Root() invoice: { lines?: InvoiceLine[] }): InvoiceLine[] {
    return invoice.lines ?? [];
  }

  @FieldResolver(() => [Allocation], { description: 'What settled it; what was taken back stands with its opposite.' })
  allocations(@Root() invoice: { allocations?: Allocation[] }): Allocation[] {
    return invoice.allocations ?? [];
  }
}

@Resolver(() => InvoiceLine)
export class InvoiceLineResolver {
  @FieldResolver(() => Product, { nullable: true, description: 'As far as the viewer may see products.' })
  product(@Root() line: { product?: Product | null }): Product | null {
    return line.product ?? null;
  }
}

@Resolver(() => Order)
export class OrderInvoicesResolver {
  @FieldResolver(() => [Invoice], { description: 'Void ones too.' })
  invoices(@Root() order: { invoices?: Invoice[] }): Invoice[] {
    return order.invoices ?? [];
  }
}

@Resolver(() => Allocation)
export class AllocationResolver {
  @FieldResolver(() => ID)
  invoiceId(@Root() row: { invoiceId: string }): string {
    return row.invoiceId;
  }

  @FieldResolver(() => String)
  invoiceNumber(@Root() row: { invoiceNumber: string }): string {
    return row.invoiceNumber;
  }
}
