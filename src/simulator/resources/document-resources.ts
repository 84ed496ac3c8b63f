import { billDetail, billRow } from '../bodies/bill-body.js';
import { creditNoteDetail, creditNoteRow } from '../bodies/creditnote-body.js';
import { invoiceDetail, invoiceRow } from '../bodies/invoice-body.js';
import { orderDetail, orderRow } from '../bodies/salesorder-body.js';
import type { Books } from '../documents/books.js';
import type { TradeDocument } from '../documents/document.js';
import { billStatus, creditNoteStatus, invoiceStatus, orderStatus } from '../documents/status.js';
import { nameOf } from '../bodies/parts.js';
import type { RecordStore } from '../records.js';
import type { Product, Resource } from '../resource.js';
import type { Switches } from '../switches.js';
import { billWrites, creditNoteWrites, invoiceWrites, orderWrites } from '../writes/document-writes.js';

type StatusOf = (document: TradeDocument, product: Product) => string;

const UNPAID = ['sent', 'viewed', 'overdue', 'partially_paid', 'open'];

/** `Status.PartiallyPaid` is the status `partially_paid`. */
function hasStatus(statusOf: StatusOf): NonNullable<Resource<TradeDocument>['hasStatus']> {
  return (document, filter, product) => {
    const wanted = filter.replace(/^Status\./, '').toLowerCase();
    if (wanted === 'all') return true;
    const status = statusOf(document, product);
    return wanted === 'unpaid' ? UNPAID.includes(status) : status.replaceAll('_', '') === wanted;
  };
}

interface Sorting {
  books: Books;
  /** Whether the list can be sorted by the time of the last change; of orders in Books it can. */
  byModified: boolean;
}

function sortKey({ books, byModified }: Sorting): Resource<TradeDocument>['sortKey'] {
  return (document, column) => {
    if (/^(customer|vendor)_name$/.test(column)) return nameOf(books, document.contactId);
    if (/_number$/.test(column)) return column === 'reference_number' ? document.reference : document.number;
    if (column === 'date') return document.date;
    if (column === 'due_date' || column === 'shipment_date') return document.dueDate;
    if (column === 'total') return books.totals(document).total;
    if (column === 'balance') return books.balances().balance(document);
    if (column === 'last_modified_time' && byModified) return document.modifiedMs;
    return document.createdMs;
  };
}

/** What the lists of all documents have in common. */
function documentResource(
  store: RecordStore<TradeDocument>,
  statusOf: StatusOf,
  sorting: Sorting,
): Pick<
  Resource<TradeDocument>,
  'products' | 'alive' | 'find' | 'idOf' | 'sortKey' | 'defaultSort' | 'hasStatus' | 'knowsSince'
> {
  return {
    products: ['books', 'inventory'],
    alive: () => store.alive(),
    find: (id) => store.find(id),
    idOf: ({ id }) => id,
    sortKey: sortKey(sorting),
    defaultSort: ['created_time', 'D'],
    hasStatus: hasStatus(statusOf),
    // Documented for invoices, bills and orders of Books.
    knowsSince: (product) => product === 'books',
  };
}

const COMMON_FILTERS = [
  'customer_id',
  'customer_name',
  'reference_number',
  'date',
  'status',
  'total',
  'salesperson_id',
];

export const orderResource = (books: Books, switches: Switches): Resource<TradeDocument> => ({
  ...documentResource(books.salesorders, (order, product) => orderStatus(books, order, product), {
    books,
    byModified: true,
  }),
  name: 'salesorders',
  writes: orderWrites(books, switches),
  object: 'salesorder',
  report: 'Sales Orders',
  missing: 'Sales order does not exist.',
  filters: [...COMMON_FILTERS, 'salesorder_number', 'shipment_date'],
  listRow: (order, product) => orderRow(books, order, product),
  detail: (order, product) => orderDetail(books, order, product),
});

export const invoiceResource = (books: Books, switches: Switches): Resource<TradeDocument> => ({
  ...documentResource(books.invoices, (invoice) => invoiceStatus(books, invoice), { books, byModified: false }),
  name: 'invoices',
  writes: invoiceWrites(books, switches),
  object: 'invoice',
  report: 'Invoices',
  missing: 'Invoice does not exist.',
  filters: [...COMMON_FILTERS, 'invoice_number', 'due_date', 'balance', 'email'],
  moreContext: () => ({ seller_app_sales_channels: '' }),
  listRow: (invoice) => invoiceRow(books, invoice),
  detail: (invoice) => invoiceDetail(books, invoice),
});

export const creditNoteResource = (books: Books, switches: Switches): Resource<TradeDocument> => ({
  ...documentResource(books.creditnotes, (credit) => creditNoteStatus(books, credit), { books, byModified: false }),
  name: 'creditnotes',
  writes: creditNoteWrites(books, switches),
  object: 'creditnote',
  report: 'Credit Notes',
  missing: 'Credit note does not exist.',
  filters: [...COMMON_FILTERS, 'creditnote_number'],
  knowsSince: () => false,
  listRow: (credit) => creditNoteRow(books, credit),
  detail: (credit) => creditNoteDetail(books, credit),
});

export const billResource = (books: Books, switches: Switches): Resource<TradeDocument> => ({
  ...documentResource(books.bills, (bill) => billStatus(books, bill), { books, byModified: false }),
  name: 'bills',
  writes: billWrites(books, switches),
  object: 'bill',
  report: 'Bills',
  missing: 'Bill does not exist.',
  filters: ['vendor_id', 'vendor_name', 'bill_number', 'reference_number', 'date', 'due_date', 'status', 'total'],
  listRow: (bill) => billRow(books, bill),
  detail: (bill) => billDetail(books, bill),
});
