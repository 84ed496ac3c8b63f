import { Payment } from '../billing/payment.entity.js';
import { customerChanged } from '../customers/customer.events.js';
import { followDocument } from '../documents/document.events.js';
import { moveCustomerDocuments } from '../documents/document.queries.js';
import { permission, type Module } from '../platform/module.js';
import { AllocationReleaseResolver } from './allocation-release.resolver.js';
import { customerBalances } from './customer-balance.queries.js';
import { CustomerBalanceResolver } from './customer-balance.resolver.js';
import { OpeningBatch, OpeningDocument } from './opening.entity.js';
import { OpeningResolver } from './opening.resolver.js';
import { paymentChanged } from './payment.events.js';
import { creditNoteRefunds } from './payment.queries.js';
import { CreditNoteRefundsResolver, PaymentResolver } from './payment.resolver.js';
import { Refund } from './refund.entity.js';
import { RefundResolver } from './refund.resolver.js';
import { StatementResolver } from './statement.resolver.js';

/**
 * Receivables: money received from customers, refunds, and what each customer owes.
 *
 * - A payment settles one or several invoices; the rest stays with it, unapplied, until it is applied or refunded.
 * - One allocation can be taken back without its payment; the opposite row keeps why.
 * - Currencies are never added together: a customer has one balance and one statement for each.
 */
export const receivablesModule: Module = {
  name: 'receivables',
  entities: [Refund, OpeningBatch, OpeningDocument],
  resolvers: [
    OpeningResolver,
    PaymentResolver,
    RefundResolver,
    AllocationReleaseResolver,
    CreditNoteRefundsResolver,
    CustomerBalanceResolver,
    StatementResolver,
  ],
  permissions: {
    'Query.payments': permission('orders:read'),
    'Query.payment': permission('orders:read'),
    'Query.statementEntries': permission('orders:read'),
    'Mutation.recordPayment': permission('payments:write'),
    'Mutation.applyPayment': permission('payments:write'),
    'Mutation.voidPayment': permission('payments:void'),
    'Mutation.releaseAllocation': permission('payments:void'),
    'Mutation.recordRefund': permission('payments:void'),
    'Mutation.voidRefund': permission('payments:void'),
    'Mutation.previewOpeningBalances': permission('books:open'),
    'Mutation.recordOpeningBalances': permission('books:open'),
    'Mutation.voidOpeningBalances': permission('books:open'),
    'Customer.balances': permission('orders:read'),
    'Payment.notes': permission('notes:read'),
    'Payment.voidReason': permission('notes:read'),
    'Refund.voidReason': permission('notes:read'),
  },
  changes: { payment: followDocument(paymentChanged.eventName) },
  listeners: {
    [customerChanged.eventName]: (tx, event) => moveCustomerDocuments(tx, event, [Payment, Refund]),
  },
  extends: [customerBalances, creditNoteRefunds],
};
