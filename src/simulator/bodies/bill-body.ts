import type { Books } from '../documents/books.js';
import type { TradeDocument } from '../documents/document.js';
import { billStatus } from '../documents/status.js';
import type { Body } from '../resource.js';
import {
  addressOf,
  contactOf,
  currencyName,
  currencyOf,
  customFieldsOf,
  dueInDays,
  dueText,
  lineOf,
  sumsOf,
  taxesOf,
  termsLabel,
  timesOf,
} from './parts.js';
import { BILL_KEYS, BILL_LINE_KEYS, BILL_ROW_KEYS } from './payment-keys.js';

function headOf(books: Books, bill: TradeDocument): Body {
  const status = billStatus(books, bill);
  return {
    bill_id: bill.id,
    ...contactOf(books, bill, 'vendor'),
    status,
    current_sub_status: status,
    bill_number: bill.number,
    reference_number: bill.reference,
    date: bill.date,
    due_date: bill.dueDate,
    ...currencyOf(books, bill),
    balance: books.balances().balance(bill),
    ...timesOf(bill),
  };
}

export function billRow(books: Books, bill: TradeDocument): Body {
  const head = headOf(books, bill);
  return {
    ...BILL_ROW_KEYS,
    ...head,
    due_days: dueText(bill.dueDate, books.today(), bill.state === 'open' && Number(head['balance']) > 0),
    total: books.totals(bill).total,
    balance_due: head['balance'],
    // Seen with an id in it.
    is_opening_balance: bill.id,
  };
}

export function billDetail(books: Books, bill: TradeDocument): Body {
  const totals = books.totals(bill);
  return {
    ...BILL_KEYS,
    ...headOf(books, bill),
    ...sumsOf(bill, totals),
    source: bill.source === 'api' ? 'Api' : 'Client',
    payment_terms: bill.paymentTerms,
    payment_terms_label: termsLabel(bill.paymentTerms),
    due_in_days: dueInDays(bill.dueDate, books.today()),
    currency_name_formatted: currencyName(bill.currency),
    line_items: bill.lines.map((line, index) => ({
      ...BILL_LINE_KEYS,
      ...lineOf(books, bill, totals, line, index),
      quantity_received: 0,
      item_type: books.items.find(line.itemId) ? 'inventory' : 'purchases',
    })),
    discount_amount: totals.discount,
    discount_total: totals.discount,
    discount_percent: typeof bill.discount === 'string' ? Number(bill.discount.replace('%', '')) || 0 : 0,
    taxes: taxesOf(books, totals),
    payment_made: books.balances().of(bill).paid,
    payments: paymentsOf(books, bill),
    billing_address: addressOf(books.contacts.find(bill.contactId)),
    notes: bill.notes,
    terms: bill.terms,
    ...customFieldsOf(bill.customFields),
  };
}

const paymentsOf = (books: Books, bill: TradeDocument): Body[] =>
  books.vendorpayments.alive().flatMap((payment) =>
    payment.applied
      .filter(({ documentId }) => documentId === bill.id)
      .map(({ allocationId, amount, date }) => ({
        payment_id: payment.id,
        bill_id: bill.id,
        bill_payment_id: allocationId,
        payment_mode: payment.mode,
        payment_number: payment.number,
        description: payment.description,
        date,
        reference_number: payment.reference,
        exchange_rate: books.exchangeRate(payment),
        amount,
      })),
  );
