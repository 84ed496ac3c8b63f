import { paymentDetail, paymentRow, vendorPaymentDetail, vendorPaymentRow } from '../bodies/payment-body.js';
import { nameOf } from '../bodies/parts.js';
import type { Books } from '../documents/books.js';
import type { Payment } from '../documents/document.js';
import type { RecordStore } from '../records.js';
import type { Resource } from '../resource.js';
import { customerPaymentWrites, vendorPaymentWrites } from '../writes/payment-writes.js';

const FILTERS = ['payment_mode', 'payment_number', 'reference_number', 'date', 'amount', 'description'];

/** Neither list can be sorted by the time of the last change; there is a filter by mode instead of one by status. */
function paymentResource(
  books: Books,
  store: RecordStore<Payment>,
): Pick<Resource<Payment>, 'alive' | 'find' | 'idOf' | 'sortKey' | 'defaultSort' | 'defaultFilter' | 'hasStatus'> {
  return {
    alive: () => store.alive(),
    find: (id) => store.find(id),
    idOf: ({ id }) => id,
    sortKey: (payment, column) => {
      if (/^(customer|vendor)_name$/.test(column)) return nameOf(books, payment.contactId);
      if (column === 'amount') return payment.amount;
      if (column === 'reference_number') return payment.reference;
      return payment.date;
    },
    defaultSort: ['date', 'D'],
    defaultFilter: 'PaymentMode.All',
    hasStatus: ({ mode }, filter) => {
      const wanted = filter.replace(/^PaymentMode\./, '').toLowerCase();
      return filter.startsWith('Status.') || wanted === 'all' || wanted === mode;
    },
  };
}

export const customerPaymentResource = (books: Books): Resource<Payment> => ({
  ...paymentResource(books, books.customerpayments),
  name: 'customerpayments',
  writes: customerPaymentWrites(books),
  // The one module whose record has another name than its list.
  object: 'payment',
  report: 'Payments Received',
  missing: 'Payment does not exist.',
  products: ['books', 'inventory'],
  filters: ['customer_id', 'customer_name', ...FILTERS],
  knowsSince: () => false,
  listRow: (payment) => paymentRow(books, payment),
  detail: (payment) => paymentDetail(books, payment),
});

export const vendorPaymentResource = (books: Books): Resource<Payment> => ({
  ...paymentResource(books, books.vendorpayments),
  name: 'vendorpayments',
  writes: vendorPaymentWrites(books),
  object: 'vendorpayment',
  report: 'Payments Made',
  missing: 'Payment does not exist.',
  products: ['books'],
  filters: ['vendor_id', 'vendor_name', ...FILTERS],
  // The OpenAPI file of Books lists the parameter for payments made.
  knowsSince: () => true,
  listRow: (payment) => vendorPaymentRow(books, payment),
  detail: (payment) => vendorPaymentDetail(books, payment),
});
