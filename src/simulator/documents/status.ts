import type { Books } from './books.js';
import type { TradeDocument } from './document.js';

/** The statuses that Zoho shows; most follow from balances and from the day, without an edit. */
export function invoiceStatus(books: Books, invoice: TradeDocument): string {
  if (invoice.state !== 'open') return invoice.state;
  const balances = books.balances();
  if (balances.balance(invoice) <= 0) return 'paid';
  if (invoice.dueDate !== '' && invoice.dueDate < books.today()) return 'overdue';
  const { paid, credited } = balances.of(invoice);
  if (paid + credited > 0) return 'partially_paid';
  return invoice.viewed ? 'viewed' : 'sent';
}

export function billStatus(books: Books, bill: TradeDocument): string {
  if (bill.state !== 'open') return bill.state;
  const balances = books.balances();
  if (balances.balance(bill) <= 0) return 'paid';
  if (bill.dueDate !== '' && bill.dueDate < books.today()) return 'overdue';
  return balances.of(bill).paid > 0 ? 'partially_paid' : 'open';
}

export function creditNoteStatus(books: Books, credit: TradeDocument): string {
  if (credit.state !== 'open') return credit.state;
  return books.balances().balance(credit) <= 0 ? 'closed' : 'open';
}

/** Books and Inventory name the states of an order differently. */
export function orderStatus(books: Books, order: TradeDocument, product: 'books' | 'inventory'): string {
  if (order.state !== 'open') return order.state;
  const invoiced = order.lines.map(({ lineId }) => books.balances().invoicedOf(lineId));
  if (order.lines.every(({ quantity }, index) => (invoiced[index] as number) >= quantity)) {
    return product === 'books' ? 'invoiced' : 'fulfilled';
  }
  if (invoiced.some((quantity) => quantity > 0)) return 'partially_invoiced';
  if (product === 'inventory') return 'confirmed';
  return order.dueDate !== '' && order.dueDate < books.today() ? 'overdue' : 'open';
}
