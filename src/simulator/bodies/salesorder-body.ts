import type { Books } from '../documents/books.js';
import type { TradeDocument } from '../documents/document.js';
import { orderStatus } from '../documents/status.js';
import { zohoTimestamp } from '../item-body.js';
import type { Body, Product } from '../resource.js';
import {
  addressOf,
  contactOf,
  currencyOf,
  customFieldsOf,
  inBase,
  lineOf,
  locationName,
  salespersonOf,
  sumsOf,
  taxesOf,
  timesOf,
} from './parts.js';
import { ORDER_KEYS, ORDER_LINE_KEYS, ORDER_ROW_KEYS } from './sales-keys.js';

const headOf = (books: Books, order: TradeDocument, product: Product): Body => ({
  salesorder_id: order.id,
  salesorder_number: order.number,
  date: order.date,
  status: orderStatus(books, order, product),
  shipment_date: order.dueDate,
  reference_number: order.reference,
  ...contactOf(books, order, 'customer'),
  ...currencyOf(books, order),
  ...timesOf(order),
});

/** A row of the list: a summary without lines. */
export function orderRow(books: Books, order: TradeDocument, product: Product): Body {
  const { subTotal, total } = books.totals(order);
  return {
    ...ORDER_ROW_KEYS,
    ...headOf(books, order, product),
    total,
    sub_total: subTotal,
    bcy_total: inBase(books, order)(total),
    is_emailed: order.emailed,
    custom_fields: customFieldsOf(order.customFields)['custom_fields'],
  };
}

export function orderDetail(books: Books, order: TradeDocument, product: Product): Body {
  const totals = books.totals(order);
  const balances = books.balances();
  const contact = books.contacts.find(order.contactId);
  return {
    ...ORDER_KEYS,
    ...headOf(books, order, product),
    ...sumsOf(order, totals),
    discount_amount: totals.discount,
    location_id: order.locationId,
    location_name: locationName(order.locationId),
    line_items: order.lines.map((line, index) => {
      const invoiced = balances.invoicedOf(line.lineId);
      return {
        ...ORDER_LINE_KEYS,
        ...lineOf(books, order, totals, line, index),
        sku: books.items.find(line.itemId)?.sku ?? '',
        quantity_invoiced: invoiced,
        is_invoiced: invoiced >= line.quantity,
        location_id: line.locationId,
        location_name: locationName(line.locationId),
      };
    }),
    taxes: taxesOf(books, totals),
    ...salespersonOf(books, order.salespersonId),
    notes: order.notes,
    terms: order.terms,
    billing_address: addressOf(contact),
    shipping_address: addressOf(contact),
    invoices: books.invoices
      .alive()
      .filter(({ sourceId }) => sourceId === order.id)
      .map((invoice) => ({
        invoice_id: invoice.id,
        invoice_number: invoice.number,
        reference_number: invoice.reference,
        status: invoice.state,
        date: invoice.date,
        due_date: invoice.dueDate,
        total: books.totals(invoice).total,
        balance: balances.balance(invoice),
        last_modified_time: zohoTimestamp(invoice.modifiedMs),
      })),
    ...customFieldsOf(order.customFields),
  };
}
