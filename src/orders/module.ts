import { can } from '../kernel/viewer.js';
import { customerChanged } from '../customers/customer.events.js';
import { permission, type Module } from '../platform/module.js';
import type { ChangeRule } from '../platform/graphql/entity-change.js';
import { CustomerAccountResolver } from './account.resolver.js';
import { customerAccountsOf } from './account.queries.js';
import { documentOwners } from './account.service.js';
import { AllocationResolver, InvoiceLineResolver, InvoiceResolver, OrderInvoicesResolver } from './invoice.resolver.js';
import {
  ClientDashboardResolver,
  HomeDashboardResolver,
  SalespersonDashboardResolver,
  WarehouseOverviewResolver,
} from './dashboard.resolver.js';
import { Invoice, InvoiceLine } from './invoice.entity.js';
import { orderInvoices } from './invoice.queries.js';
import { creditNoteChanged, invoiceChanged, orderChanged, paymentChanged, tillChanged } from './order.events.js';
import { moveMergedDocuments } from './merge.listener.js';
import { Order, OrderLine } from './order.entity.js';
import { customerOrders } from './order.queries.js';
import { CustomerOrdersResolver, OrderChangeResolver, OrderLineResolver, OrderResolver } from './order.resolver.js';
import { Allocation, CreditNote, CreditNoteLine, Payment, Refund } from './payment.entity.js';
import { popularityJob, popularitySchedule } from './popularity.job.js';
import { ReportResolver } from './report.resolver.js';
import { TillCount, TillSession } from './till.entity.js';
import { TillResolver } from './till.resolver.js';
import { CreditNoteLineResolver, CreditNoteResolver, PaymentResolver } from './payment.resolver.js';

/** Staff follow every document; others those of the account they are, or of the customers they look after. */
const follow = (event: string): ChangeRule => ({
  event,
  permission: 'orders:read',
  perPerson: true,
  everything: 'orders:all',
  accepts: ({ data }, viewer) =>
    viewer.kind === 'user' &&
    ((viewer.account.customerId !== null && viewer.account.customerId === data['customerId']) ||
      (can(viewer, 'customers:read') && viewer.userId === data['salespersonId'])),
});

/**
 * Orders: what was agreed, billed and paid.
 *
 *   DRAFT -> CONFIRMED (reserves) -> SHIPPED (all lines have left) -> DELIVERED;  CANCELLED until it is delivered
 *
 * - Prices are the server's. Everything that is rounded is rounded in totals.ts, and the parts of a line sum to it.
 * - The account (one row a customer and currency) is locked before any document that moves money, documents before stock
 *   levels; numbers SO, CN, BILL are taken before levels, INV, PAY, RF after; so nothing waits in a circle and credit is exact.
 * - Documents never change what they said: they are voided by counter-entries of today. Entries of the account,
 *   allocations and stock movements are append-only; balances are kept beside them and checked by the database.
 * - In the parallel phase Zoho owns the documents; nobody books here.
 */
export const ordersModule: Module = {
  name: 'orders',
  entities: [
    Order,
    OrderLine,
    Invoice,
    InvoiceLine,
    Payment,
    CreditNote,
    CreditNoteLine,
    Allocation,
    Refund,
    TillSession,
    TillCount,
  ],
  // What lines say stands in their document; a hundred audit rows an order would hide it.
  unaudited: [OrderLine, InvoiceLine, CreditNoteLine, Allocation],
  resolvers: [
    OrderResolver,
    OrderLineResolver,
    CustomerOrdersResolver,
    OrderChangeResolver,
    InvoiceResolver,
    InvoiceLineResolver,
    OrderInvoicesResolver,
    AllocationResolver,
    PaymentResolver,
    CreditNoteResolver,
    CreditNoteLineResolver,
    CustomerAccountResolver,
    TillResolver,
    ReportResolver,
    HomeDashboardResolver,
    ClientDashboardResolver,
    SalespersonDashboardResolver,
    WarehouseOverviewResolver,
  ],
  // Each reads the documents of a period: some 5 to 50 ms, against 5 for a page of a list.
  costs: {
    'Query.report': 3000,
    'Query.homeDashboard': 500,
    'Query.salespersonDashboard': 500,
    'Query.clientDashboard': 200,
    'Query.inventoryOverview': 500,
  },
  permissions: {
    'Query.orders': permission('orders:read'),
    'Query.order': permission('orders:read'),
    'Query.invoices': permission('orders:read'),
    'Query.invoice': permission('orders:read'),
    'Query.payments': permission('orders:read'),
    'Query.payment': permission('orders:read'),
    'Query.creditNotes': permission('orders:read'),
    'Query.creditNote': permission('orders:read'),
    'Query.accountEntries': permission('orders:read'),
    'Mutation.createOrder': permission('orders:place'),
    'Mutation.updateOrder': permission('orders:place'),
    'Mutation.cancelOrder': permission('orders:place'),
    'Mutation.approveOrder': permission('orders:approve'),
    'Mutation.confirmOrder': permission('orders:write'),
    'Mutation.shipOrder': permission('orders:ship'),
    'Mutation.deliverOrder': permission('orders:ship'),
    'Mutation.createInvoice': permission('invoices:write'),
    'Mutation.voidInvoice': permission('invoices:free'),
    'Mutation.recordPayment': permission('payments:write'),
    'Mutation.applyPayment': permission('payments:write'),
    'Mutation.voidPayment': permission('payments:void'),
    'Mutation.recordRefund': permission('payments:void'),
    'Mutation.issueCreditNote': permission('invoices:free'),
    'Mutation.applyCreditNote': permission('payments:write'),
    'Mutation.voidCreditNote': permission('invoices:free'),
    'Mutation.closeBooks': permission('books:close'),
    'Query.report': permission('reports:read'),
    'Query.homeDashboard': permission('reports:read'),
    'Query.salespersonDashboard': permission('reports:read'),
    'Query.clientDashboard': permission('orders:read'),
    'Query.inventoryOverview': permission('stock:read'),
    'Query.tillSessions': permission('till:use'),
    'Query.tillSession': permission('till:use'),
    'Mutation.openTill': permission('till:use'),
    'Mutation.closeTill': permission('till:use'),
    'Mutation.sellAtTill': permission('till:use'),
    'Mutation.returnAtTill': permission('till:use'),
    'Customer.accounts': permission('orders:read'),
    'Customer.orders': permission('orders:read'),
    'Order.notes': permission('notes:read'),
    'Order.cancelReason': permission('notes:read'),
    'Invoice.notes': permission('notes:read'),
    'Invoice.voidReason': permission('notes:read'),
    'Payment.notes': permission('notes:read'),
    'Payment.voidReason': permission('notes:read'),
    'CreditNote.voidReason': permission('notes:read'),
    'WarehouseOverview.value': permission('catalog:cost'),
  },
  changes: {
    order: follow(orderChanged.eventName),
    invoice: follow(invoiceChanged.eventName),
    payment: follow(paymentChanged.eventName),
    creditNote: follow(creditNoteChanged.eventName),
    tillSession: {
      event: tillChanged.eventName,
      permission: 'till:use',
      perPerson: true,
      everything: 'till:all',
      accepts: (event, viewer) => viewer.kind === 'user' && viewer.userId === event.data['userId'],
    },
  },
  ownership: { Document: documentOwners },
  listeners: { [customerChanged.eventName]: moveMergedDocuments },
  jobs: (services) => [popularityJob(services)],
  schedules: [popularitySchedule],
  extends: [customerOrders, customerAccountsOf, orderInvoices],
};
