import { unusedOf } from '../documents/balances.js';
import type { Books } from '../documents/books.js';
import type { Payment } from '../documents/document.js';
import { decimalsOf } from '../documents/money.js';
import { zohoTimestamp } from '../item-body.js';
import type { Body } from '../resource.js';
import { addressOf, contactOf, currencyOf, customFieldsOf, inBase, timesOf } from './parts.js';
import { PAID_INVOICE_KEYS, PAYMENT_KEYS, PAYMENT_ROW_KEYS } from './payment-keys.js';

const MODES: Readonly<Record<string, string>> = {
  cash: 'Cash',
  check: 'Check',
  creditcard: 'Credit Card',
  banktransfer: 'Bank Transfer',
  bankremittance: 'Bank Remittance',
  autotransaction: 'Auto Transaction',
  others: 'Others',
};

const sumOf = (rows: readonly { amount: number }[]): number => rows.reduce((sum, { amount }) => sum + amount, 0);

const headOf = (payment: Payment): Body => ({
  payment_id: payment.id,
  payment_number: payment.number,
  payment_mode: payment.mode,
  date: payment.date,
  reference_number: payment.reference,
  description: payment.description,
  amount: payment.amount,
});

/** A row of the list: a summary without allocations. */
export function paymentRow(books: Books, payment: Payment): Body {
  const base = inBase(books, payment);
  const unused = unusedOf(payment);
  const numbers = payment.applied.map(({ documentId }) => books.invoices.find(documentId)?.number ?? '');
  return {
    ...PAYMENT_ROW_KEYS,
    ...headOf(payment),
    payment_mode_formatted: MODES[payment.mode] ?? payment.mode,
    invoice_numbers: numbers.join(', '),
    bcy_amount: base(payment.amount),
    unused_amount: unused,
    bcy_unused_amount: base(unused),
    bcy_refunded_amount: base(sumOf(payment.refunds)),
    account_id: payment.accountId,
    account_name: payment.accountName,
    ...contactOf(books, payment, 'customer'),
    ...timesOf(payment),
    applied_invoices: [],
    payment_type: payment.applied.length === 0 ? 'Customer Advance' : 'Invoice Payment',
  };
}

/** Here the time of the last change is `updated_time`. */
export function paymentDetail(books: Books, payment: Payment): Body {
  const { created_time: created } = timesOf(payment);
  return {
    ...PAYMENT_KEYS,
    ...headOf(payment),
    payment_number_suffix: payment.number,
    created_time: created,
    updated_time: zohoTimestamp(payment.modifiedMs),
    ...contactOf(books, payment, 'customer'),
    ...currencyOf(books, payment),
    account_id: payment.accountId,
    account_name: payment.accountName,
    unused_amount: unusedOf(payment),
    bank_charges: payment.bankCharges,
    invoices: payment.applied.map(({ allocationId, documentId, amount, date }) => {
      const invoice = books.invoices.find(documentId);
      return {
        ...PAID_INVOICE_KEYS,
        invoice_number: invoice?.number ?? '',
        invoice_payment_id: allocationId,
        invoice_id: documentId,
        amount_applied: amount,
        total: invoice ? books.totals(invoice).total : 0,
        balance: invoice ? books.balances().balance(invoice) : 0,
        date: invoice?.date ?? '',
        due_date: invoice?.dueDate ?? '',
        price_precision: decimalsOf(payment.currency),
        apply_date: date,
      };
    }),
    payment_refunds: payment.refunds.map(({ refundId, date, mode, reference, amount, description }) => ({
      payment_refund_id: refundId,
      payment_id: payment.id,
      date,
      refund_mode: mode,
      reference_number: reference,
      description,
      amount_bcy: inBase(books, payment)(amount),
      amount_fcy: amount,
    })),
    ...customFieldsOf(payment.customFields),
  };
}

/** Payments made: shapes of the OpenAPI file of Books, not seen live. */
export function vendorPaymentRow(books: Books, payment: Payment): Body {
  const base = inBase(books, payment);
  const unused = unusedOf(payment);
  const numbers = payment.applied.map(({ documentId }) => books.bills.find(documentId)?.number ?? '');
  return {
    ...headOf(payment),
    ...contactOf(books, payment, 'vendor'),
    bill_numbers: numbers.join(','),
    exchange_rate: books.exchangeRate(payment),
    bcy_amount: base(payment.amount),
    paid_through_account_id: payment.accountId,
    paid_through_account_name: payment.accountName,
    balance: unused,
    bcy_balance: base(unused),
    ...timesOf(payment),
    is_paid_via_print_check: false,
    has_attachment: false,
    is_ach_payment: false,
    ach_payment_status: '',
    ach_gw_transaction_id: '',
    check_details: [],
  };
}

export function vendorPaymentDetail(books: Books, payment: Payment): Body {
  return {
    ...headOf(payment),
    ...contactOf(books, payment, 'vendor'),
    ...currencyOf(books, payment),
    tax_account_name: '',
    tax_amount_withheld: 0,
    balance: unusedOf(payment),
    ...timesOf(payment),
    paid_through_account_id: payment.accountId,
    paid_through_account_name: payment.accountName,
    paid_through_account_type: 'cash',
    is_paid_via_print_check: false,
    is_ach_payment: false,
    ach_payment_status: '',
    check_details: {},
    billing_address: addressOf(books.contacts.find(payment.contactId)),
    comments: [],
    vendorpayment_refunds: payment.refunds.map(({ refundId, date, mode, reference, amount, description }) => ({
      vendorpayment_refund_id: refundId,
      payment_id: payment.id,
      date,
      refund_mode: mode,
      reference_number: reference,
      description,
      amount_bcy: inBase(books, payment)(amount),
      amount_fcy: amount,
    })),
    bills: payment.applied.map(({ allocationId, documentId, amount }) => {
      const bill = books.bills.find(documentId);
      return {
        bill_payment_id: allocationId,
        bill_id: documentId,
        bill_number: bill?.number ?? '',
        date: bill?.date ?? '',
        due_date: bill?.dueDate ?? '',
        amount_applied: amount,
        tax_amount_withheld: 0,
        total: bill ? books.totals(bill).total : 0,
        balance: bill ? books.balances().balance(bill) : 0,
        price_precision: decimalsOf(payment.currency),
      };
    }),
    location_id: '',
    location_name: '',
    documents: [],
    ...customFieldsOf(payment.customFields),
  };
}
