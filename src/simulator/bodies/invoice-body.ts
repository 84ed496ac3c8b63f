import { dayOf, type Books } from '../documents/books.js';
import type { TradeDocument } from '../documents/document.js';
import { invoiceStatus } from '../documents/status.js';
import type { Totals } from '../documents/totals.js';
import { zohoTimestamp } from '../item-body.js';
import type { Body } from '../resource.js';
import {
  addressOf,
  contactOf,
  currencyName,
  currencyOf,
  customFieldsOf,
  dueText,
  inBase,
  lineOf,
  rowAddressOf,
  salespersonOf,
  sumsOf,
  taxesOf,
  termsLabel,
  timesOf,
} from './parts.js';
import { INVOICE_KEYS, INVOICE_LINE_KEYS, INVOICE_ROW_KEYS } from './sales-keys.js';

function headOf(books: Books, invoice: TradeDocument): Body {
  const balances = books.balances();
  return {
    invoice_id: invoice.id,
    invoice_number: invoice.number,
    date: invoice.date,
    due_date: invoice.dueDate,
    issued_date: invoice.state === 'draft' ? '' : invoice.date,
    ...contactOf(books, invoice, 'customer'),
    email: books.contacts.find(invoice.contactId)?.email ?? '',
    status: invoiceStatus(books, invoice),
    reference_number: invoice.reference,
    invoice_source: invoice.source === 'api' ? 'Api' : 'Client',
    balance: balances.balance(invoice),
    write_off_amount: invoice.writeOff,
    last_payment_date: balances.of(invoice).lastPaymentDate,
    shipping_charge: invoice.shipping,
    adjustment: invoice.adjustment,
    is_emailed: invoice.emailed,
    is_viewed_by_client: invoice.viewed,
    client_viewed_time: invoice.viewed ? zohoTimestamp(invoice.modifiedMs) : '',
    ...salespersonOf(books, invoice.salespersonId),
    ...currencyOf(books, invoice),
    ...customFieldsOf(invoice.customFields),
    ...timesOf(invoice),
  };
}

/** A row of the list: a summary without lines and taxes. */
export function invoiceRow(books: Books, invoice: TradeDocument): Body {
  const contact = books.contacts.find(invoice.contactId);
  const head = headOf(books, invoice);
  const open = invoice.state === 'open' && Number(head['balance']) > 0;
  return {
    ...INVOICE_ROW_KEYS,
    ...head,
    company_name: contact?.company ?? '',
    due_days: dueText(invoice.dueDate, books.today(), open),
    billing_address: rowAddressOf(contact),
    shipping_address: rowAddressOf(undefined),
    country: contact !== undefined && contact.street !== '' ? 'Iraq' : '',
    phone: contact?.phone ?? '',
    total: books.totals(invoice).total,
    updated_time: zohoTimestamp(invoice.modifiedMs),
    current_sub_status: head['status'],
  };
}

export function invoiceDetail(books: Books, invoice: TradeDocument): Body {
  const totals = books.totals(invoice);
  const { paid, credited } = books.balances().of(invoice);
  const contact = books.contacts.find(invoice.contactId);
  const order = books.salesorders.find(invoice.sourceId);
  return {
    ...INVOICE_KEYS,
    ...headOf(books, invoice),
    ...sumsOf(invoice, totals),
    ...baseSums(books, invoice, totals),
    currency_name_formatted: currencyName(invoice.currency),
    current_sub_status: '',
    payment_terms: invoice.paymentTerms,
    payment_terms_label: termsLabel(invoice.paymentTerms),
    payment_made: paid,
    credits_applied: credited,
    total_taxable_amount: totals.taxes.length === 0 ? 0 : totals.subTotal - totals.discount,
    discount_total: totals.discount,
    discount_percent: typeof invoice.discount === 'string' ? Number(invoice.discount.replace('%', '')) || 0 : 0,
    transaction_rounding_type: invoice.roundOff === 0 ? 'no_rounding' : 'round_to_incremental',
    line_items: invoice.lines.map((line, index) => lineBody(books, invoice, totals, index)),
    taxes: taxesOf(books, totals),
    salesorder_id: order?.id ?? '',
    salesorder_number: order?.number ?? '',
    salesorders: order ? [{ salesorder_id: order.id, salesorder_number: order.number, date: order.date }] : [],
    contact: {
      customer_balance: books.balances().contact(invoice.contactId).receivable,
      credit_limit: contact?.creditLimit === '' ? 0 : (contact?.creditLimit ?? 0),
      unused_customer_credits: books.balances().contact(invoice.contactId).receivableCredits,
      is_credit_limit_migration_completed: true,
    },
    notes: invoice.notes,
    terms: invoice.terms,
    billing_address: addressOf(contact),
    shipping_address: addressOf(contact),
    created_date: dayOf(invoice.createdMs),
  };
}

function baseSums(books: Books, invoice: TradeDocument, totals: Totals): Body {
  const base = inBase(books, invoice);
  return {
    bcy_shipping_charge: base(invoice.shipping),
    bcy_adjustment: base(invoice.adjustment),
    bcy_sub_total: base(totals.subTotal),
    bcy_discount_total: base(totals.discount),
    bcy_tax_total: base(totals.tax),
    bcy_total: base(totals.total),
  };
}

function lineBody(books: Books, invoice: TradeDocument, totals: Totals, index: number): Body {
  const line = invoice.lines[index] as TradeDocument['lines'][number];
  const item = books.items.find(line.itemId);
  const onHand = item ? item.stock.reduce((sum, quantity) => sum + quantity, 0) : '';
  return {
    ...INVOICE_LINE_KEYS,
    ...lineOf(books, invoice, totals, line, index),
    stock_on_hand: onHand,
    available_stock: onHand,
    item_type: item ? 'inventory' : 'sales',
    sales_rate: item?.rate ?? '',
    salesorder_item_id: line.sourceLineId,
  };
}
