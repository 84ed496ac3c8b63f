import type { GraphQLResolveInfo } from 'graphql';
import {
  Arg,
  Args,
  Ctx,
  FieldResolver,
  ID,
  Info,
  Mutation,
  Query,
  registerEnumType,
  Resolver,
  Root,
} from 'type-graphql';
import { Customer } from '../customers/customer.entity.js';
import { Salesperson } from '../customers/customer.queries.js';
import { documentSearch, readDocument } from '../documents/document.queries.js';
import { ReasonedStepArgs } from '../documents/line-input.entity.js';
import { Order } from '../orders/order.entity.js';
import type { Context } from '../platform/graphql/context.js';
import { CreditNote } from './credit-note.entity.js';
import { Invoice } from './invoice.entity.js';
import { Payment } from './payment.entity.js';
import { connectionOf, type Page, PageArgs } from '../platform/read/connection.js';
import { filtered, type FilterValue } from '../platform/read/filter.js';
import { readPage } from '../platform/read/page.js';
import { sortNamed } from '../platform/read/sort.js';
import { CreateInvoiceInput, InvoiceFilter } from './invoice.inputs.js';
import { InvoiceSort, invoiceRead, type InvoiceRow } from './invoice.queries.js';
import { createInvoice } from './invoice.service.js';
import { voidInvoice } from './invoice-void.service.js';
import { recordedInvoice } from './recorded.entity.js';
import { Allocation } from './settlement.entity.js';

export const OrderPaymentStatus = { UNPAID: 'UNPAID', PARTIAL: 'PARTIAL', PAID: 'PAID', OVERDUE: 'OVERDUE' } as const;

registerEnumType(OrderPaymentStatus, {
  name: 'OrderPaymentStatus',
  description: 'By the invoices of the order; PAID when all of it is billed and settled. OVERDUE as of today.',
});

const InvoiceConnection = connectionOf(Invoice, 'Invoice');

const createResult = recordedInvoice.result('CreateInvoice', createInvoice.fails);
const voidResult = recordedInvoice.result('VoidInvoice', voidInvoice.fails);

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
    return recordedInvoice.run(createResult, { context, info }, (tx, documentContext) =>
      createInvoice(tx, documentContext, { ...input, idempotencyKey }),
    );
  }

  @Mutation(() => voidResult.type, {
    description:
      'By a counter-entry of today: the payments that settled it are unapplied again, and its order can be invoiced again.',
  })
  voidInvoice(
    @Ctx() context: Context,
    @Args(() => ReasonedStepArgs) input: ReasonedStepArgs,
    @Info() info: GraphQLResolveInfo,
  ): Promise<object> {
    return recordedInvoice.run(voidResult, { context, info }, (tx, documentContext) =>
      voidInvoice(tx, documentContext, input),
    );
  }

  @FieldResolver(() => [CreditNote], { description: 'Void ones too.' })
  creditNotes(@Root() invoice: { creditNotes?: CreditNote[] }): CreditNote[] {
    return invoice.creditNotes ?? [];
  }

  @FieldResolver(() => Salesperson, {
    nullable: true,
    description: 'Who looked after the customer on the day of the invoice.',
  })
  salesperson(@Root() invoice: { salesperson?: Salesperson | null }): Salesperson | null {
    return invoice.salesperson ?? null;
  }

  @FieldResolver(() => [Allocation], { description: 'What settled it; what was taken back stands with its opposite.' })
  allocations(@Root() invoice: { allocations?: Allocation[] }): Allocation[] {
    return invoice.allocations ?? [];
  }
}

@Resolver(() => Customer)
export class CustomerInvoicesResolver {
  @FieldResolver(() => [Invoice], { description: 'The last ten.' })
  invoices(@Root() customer: { invoices?: Invoice[] }): Invoice[] {
    return customer.invoices ?? [];
  }

  @FieldResolver(() => [Payment], { description: 'The last ten.' })
  payments(@Root() customer: { payments?: Payment[] }): Payment[] {
    return customer.payments ?? [];
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
