import type { Books } from '../documents/books.js';
import type { Refund, TradeDocument } from '../documents/document.js';
import { creditNoteStatus } from '../documents/status.js';
import type { Body } from '../resource.js';
import {
  addressOf,
  contactOf,
  currencyName,
  currencyOf,
  customFieldsOf,
  inBase,
  lineOf,
  salespersonOf,
  sumsOf,
  taxesOf,
  timesOf,
} from './parts.js';
import { CREDIT_LINE_KEYS, CREDIT_NOTE_KEYS, CREDIT_ROW_KEYS } from './sales-keys.js';

function headOf(books: Books, credit: TradeDocument): Body {
  const status = creditNoteStatus(books, credit);
  return {
    creditnote_id: credit.id,
    creditnote_number: credit.number,
    status,
    current_sub_status: status,
    date: credit.date,
    issued_date: credit.state === 'draft' ? '' : credit.date,
    reference_number: credit.reference,
    ...contactOf(books, credit, 'customer'),
    balance: books.balances().balance(credit),
    is_emailed: credit.emailed,
    ...currencyOf(books, credit),
    ...timesOf(credit),
  };
}

export function creditNoteRow(books: Books, credit: TradeDocument): Body {
  const numbers = credit.applied.map(({ documentId }) => books.invoices.find(documentId)?.number ?? '');
  // Nobody is `-1` here, and empty in the record itself.
  const nobody = credit.salespersonId === '';
  return {
    ...CREDIT_ROW_KEYS,
    ...headOf(books, credit),
    total: books.totals(credit).total,
    applied_invoices: numbers.join(', '),
    ...(nobody ? { salesperson_id: '-1', salesperson_name: 'Others' } : salespersonOf(books, credit.salespersonId)),
  };
}

export const refundRow = (books: Books, credit: TradeDocument, refund: Refund): Body => ({
  creditnote_refund_id: refund.refundId,
  creditnote_id: credit.id,
  date: refund.date,
  refund_mode: refund.mode,
  reference_number: refund.reference,
  creditnote_number: credit.number,
  customer_name: contactOf(books, credit, 'customer')['customer_name'],
  description: refund.description,
  amount_bcy: inBase(books, credit)(refund.amount),
  amount_fcy: refund.amount,
});

export function appliedRows(books: Books, credit: TradeDocument): Body[] {
  return credit.applied.map(({ allocationId, documentId, amount, date }) => {
    const invoice = books.invoices.find(documentId);
    return {
      creditnote_id: credit.id,
      invoice_id: documentId,
      creditnotes_invoice_id: allocationId,
      creditnote_invoice_id: allocationId,
      date,
      invoice_number: invoice?.number ?? '',
      invoice_date: invoice?.date ?? '',
      creditnote_number: credit.number,
      amount_applied: amount,
      credited_amount: amount,
    };
  });
}

const sumOf = (rows: readonly { amount: number }[]): number => rows.reduce((sum, { amount }) => sum + amount, 0);

export function creditNoteDetail(books: Books, credit: TradeDocument): Body {
  const totals = books.totals(credit);
  const contact = books.contacts.find(credit.contactId);
  return {
    ...CREDIT_NOTE_KEYS,
    ...headOf(books, credit),
    ...sumsOf(credit, totals),
    notes: credit.notes,
    terms: credit.terms,
    invoice_id: credit.sourceId,
    invoices_credited: appliedRows(books, credit),
    ...salespersonOf(books, credit.salespersonId),
    currency_name_formatted: currencyName(credit.currency),
    line_items: credit.lines.map((line, index) => ({
      ...CREDIT_LINE_KEYS,
      ...lineOf(books, credit, totals, line, index),
      invoice_id: credit.sourceId,
      invoice_item_id: line.sourceLineId,
      item_type: books.items.find(line.itemId) ? 'inventory' : 'sales',
    })),
    total_credits_used: sumOf(credit.applied),
    total_refunded_amount: sumOf(credit.refunds),
    taxes: taxesOf(books, totals),
    creditnote_refunds: credit.refunds.map((refund) => refundRow(books, credit, refund)),
    billing_address: addressOf(contact),
    shipping_address: addressOf(contact),
    ...customFieldsOf(credit.customFields),
  };
}
