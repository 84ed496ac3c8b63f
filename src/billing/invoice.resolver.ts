import type { GraphQLResolveInfo } from 'graphql';
import {
  Arg,
  Args,
  Ctx,
  FieldResolver,
  ID,
  Info,
  Int,
  Mutation,
  Query,
  registerEnumType,
  Resolver,
  Root,
} from 'type-graphql';
import { Product } from '../catalog/product.entity.js';
import { Customer } from '../customers/customer.entity.js';
import { type DocumentMade, readAnswer, transactDocument } from '../documents/document-context.service.js';
import { documentSearch, readDocument } from '../documents/document.queries.js';
import { badInput } from '../kernel/errors.js';
import { isCurrency } from '../kernel/money.js';
import { Order } from '../orders/order.entity.js';
import type { Context } from '../platform/graphql/context.js';
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
import { connectionOf, type Page, PageArgs } from '../platform/read/connection.js';
import { filtered, type FilterValue } from '../platform/read/filter.js';
import { readPage } from '../platform/read/page.js';
import { sortNamed } from '../platform/read/sort.js';
import { Invoice, InvoiceLine, InvoiceRecorded } from './invoice.entity.js';
import { CreateInvoiceInput, InvoiceFilter, InvoiceStatus } from './invoice.inputs.js';
import { InvoiceSort, invoiceRead, type InvoiceRow } from './invoice.queries.js';
import { createInvoice, type FreeInvoice, type InvoiceOfOrder, voidInvoice } from './invoice.service.js';
import { Allocation } from './settlement.entity.js';

export const OrderPaymentStatus = { UNPAID: 'UNPAID', PARTIAL: 'PARTIAL', PAID: 'PAID', OVERDUE: 'OVERDUE' } as const;

registerEnumType(OrderPaymentStatus, {
  name: 'OrderPaymentStatus',
  description: 'By the invoices of the order; PAID when all of it is billed and settled. OVERDUE as of today.',
});

const InvoiceConnection = connectionOf(Invoice, 'Invoice');

const recorded = { type: InvoiceRecorded, name: 'InvoiceRecorded' };

const FAILURES = [
  NotFoundError,
  InvalidInputError,
  FieldOwnedElsewhereError,
  PeriodClosedError,
  IdempotencyMismatchError,
];

const createResult = defineResult<InvoiceRecorded>('CreateInvoiceResult', recorded, [
  ...FAILURES,
  InsufficientStockError,
]);

const voidResult = defineResult<InvoiceRecorded>('VoidInvoiceResult', recorded, [...FAILURES, StaleVersionError]);

const answer = async (
  context: Context,
  info: GraphQLResolveInfo,
  done: Promise<Keyed<DocumentMade>>,
): Promise<InvoiceRecorded> => {
  const read = (id: string): Promise<InvoiceRow | null> => readDocument(context, invoiceRead, id, info, 'invoice');
  const { row, replayed } = await readAnswer(await done, 'Invoice', read);
  return { invoice: row, replayed };
};

/** Which of the two kinds is meant; a mixture is refused. */
function kindOf(input: CreateInvoiceInput): InvoiceOfOrder | FreeInvoice {
  const { orderId, lines, customerId, currency, warehouseId, freeLines, ...head } = input;
  if (orderId != null) {
    if (customerId != null || freeLines != null)
      throw badInput('orderId', 'An invoice for an order takes no customer and no free lines.');
    return { ...head, orderId, lines: lines ?? null };
  }
  if (customerId == null) throw badInput('orderId', 'Give an order, or a customer with free lines.');
  if (currency == null || !isCurrency(currency)) throw badInput('currency', 'The currency is IQD, USD or RMB.');
  if (freeLines == null) throw badInput('freeLines', 'An invoice without an order needs lines.');
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
        transactDocument(context, (tx, documentContext) => createInvoice(tx, documentContext, given)),
      );
    });
  }

  @Mutation(() => voidResult.type, {
    description:
      'By a counter-entry of today: the payments that settled it are unapplied again, and its order can be invoiced again.',
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
        transactDocument(context, (tx, documentContext) => voidInvoice(tx, documentContext, input)),
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
  @FieldResolver(() => OrderPaymentStatus)
  paymentStatus(@Root() order: { paymentStatus: string }): string {
    return order.paymentStatus;
  }

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
