import { customerChanged } from '../customers/customer.events.js';
import { followDocument } from '../documents/document.events.js';
import { moveCustomerDocuments } from '../documents/document.queries.js';
import { permission, type Module } from '../platform/module.js';
import { AdjustmentResolver } from './adjustment.resolver.js';
import { creditNoteChanged, invoiceChanged } from './billing.events.js';
import { CreditNote, CreditNoteLine } from './credit-note.entity.js';
import { CreditNoteResolver } from './credit-note.resolver.js';
import { Invoice, InvoiceLine } from './invoice.entity.js';
import { customerInvoices, orderInvoices } from './invoice.queries.js';
import { CustomerInvoicesResolver, InvoiceResolver, OrderInvoicesResolver } from './invoice.resolver.js';
import { Payment } from './payment.entity.js';
import { ReportedAllocation } from './reported-allocation.entity.js';
import { Allocation } from './settlement.entity.js';

/**
 * Billing: invoices, credit notes, and how both are settled.
 *
 * - Parts of an order line that are billed, and parts of an invoice line that are credited, sum to the line.
 * - An invoice is voided by a counter-entry of today: the payments that settled it are unapplied again, and its order
 *   can be invoiced again.
 * - Allocations are append-only and released by a row of the opposite sign. What is paid, credited and open is kept on
 *   the invoice, and checked by the database.
 * - Payments and allocations stand here, though receivables records payments: voiding an invoice unapplies the payments
 *   that settled it, and a module imports only from earlier ones.
 */
export const billingModule: Module = {
  name: 'billing',
  entities: [Invoice, InvoiceLine, Payment, CreditNote, CreditNoteLine, Allocation, ReportedAllocation],
  // The document shows its lines; a hundred audit rows for each would hide everything else.
  unaudited: [InvoiceLine, CreditNoteLine, Allocation, ReportedAllocation],
  resolvers: [AdjustmentResolver, InvoiceResolver, OrderInvoicesResolver, CustomerInvoicesResolver, CreditNoteResolver],
  permissions: {
    'Query.invoices': permission('orders:read'),
    'Query.invoice': permission('orders:read'),
    'Query.creditNotes': permission('orders:read'),
    'Query.creditNote': permission('orders:read'),
    'Mutation.createInvoice': permission('invoices:write'),
    'Mutation.voidInvoice': permission('invoices:free'),
    'Mutation.issueCreditNote': permission('invoices:free'),
    'Mutation.createCreditNote': permission('invoices:free'),
    'Mutation.createDebitNote': permission('invoices:free'),
    'Mutation.writeOff': permission('debts:waive'),
    'Mutation.applyCreditNote': permission('payments:write'),
    'Mutation.voidCreditNote': permission('invoices:free'),
    'Customer.invoices': permission('orders:read'),
    'Customer.payments': permission('orders:read'),
    'Invoice.notes': permission('notes:read'),
    'Invoice.voidReason': permission('notes:read'),
    'CreditNote.voidReason': permission('notes:read'),
    'Allocation.reason': permission('notes:read'),
  },
  changes: {
    invoice: followDocument(invoiceChanged.eventName),
    creditNote: followDocument(creditNoteChanged.eventName),
  },
  listeners: {
    [customerChanged.eventName]: (tx, event) => moveCustomerDocuments(tx, event, [Invoice, CreditNote]),
  },
  extends: [orderInvoices, customerInvoices],
};
