import type { Books } from './books.js';
import type { Payment, TradeDocument } from './document.js';
import { decimalsOf, round } from './money.js';

interface Settled {
  paid: number;
  credited: number;
  lastPaymentDate: string;
}

export interface ContactBalance {
  receivable: number;
  payable: number;
  /** Credit notes and payments that are not used up. */
  receivableCredits: number;
  payableCredits: number;
  documents: number;
}

const NOBODY: ContactBalance = { receivable: 0, payable: 0, receivableCredits: 0, payableCredits: 0, documents: 0 };
const UNSETTLED: Settled = { paid: 0, credited: 0, lastPaymentDate: '' };

const sumOf = (rows: readonly { amount: number }[]): number => rows.reduce((sum, { amount }) => sum + amount, 0);

/** What a payment or a credit has not been used for. */
export function unusedOf({ amount, applied, refunds, currency }: Payment): number {
  return round(amount - sumOf(applied) - sumOf(refunds), decimalsOf(currency));
}

/** Everything that follows from allocations, at one state of the books. Nothing of it is stored, as nothing of it has a time. */
export class Balances {
  private readonly settled = new Map<string, Settled>();
  private readonly contacts = new Map<string, ContactBalance>();
  /** By line of an order, how much has been invoiced. */
  private readonly invoiced = new Map<string, number>();
  private readonly committedStock = new Map<string, number>();

  constructor(private readonly books: Books) {
    for (const payment of [...books.customerpayments.alive(), ...books.vendorpayments.alive()])
      this.takePayment(payment);
    for (const credit of books.creditnotes.alive()) this.takeCredit(credit);
    for (const invoice of books.invoices.alive()) this.takeInvoice(invoice);
    for (const bill of books.bills.alive()) this.takeOpen(bill, 'payable');
    for (const order of books.salesorders.alive()) this.takeOrder(order);
  }

  of(document: TradeDocument): Settled {
    return this.settled.get(document.id) ?? UNSETTLED;
  }

  /** What is still to be paid, or still to be used of a credit note. */
  balance(document: TradeDocument): number {
    if (document.state === 'void') return 0;
    const { total } = this.books.totals(document);
    const { paid, credited } = this.of(document);
    const used = sumOf(document.applied) + sumOf(document.refunds) + paid + credited + document.writeOff;
    return round(total - used, decimalsOf(document.currency));
  }

  contact(contactId: string): ContactBalance {
    return this.contacts.get(contactId) ?? NOBODY;
  }

  invoicedOf(lineId: string): number {
    return this.invoiced.get(lineId) ?? 0;
  }

  committed(itemId: string): number {
    return this.committedStock.get(itemId) ?? 0;
  }

  private takePayment(payment: Payment): void {
    for (const { documentId, amount, date } of payment.applied) {
      const settled = this.settledOf(documentId);
      settled.paid += amount;
      if (date > settled.lastPaymentDate) settled.lastPaymentDate = date;
    }
    const unused = unusedOf(payment);
    const side = this.books.customerpayments.find(payment.id) ? 'receivableCredits' : 'payableCredits';
    this.add(payment.contactId, side, unused, payment);
  }

  private takeCredit(credit: TradeDocument): void {
    if (credit.state === 'void') return;
    for (const { documentId, amount } of credit.applied) this.settledOf(documentId).credited += amount;
    this.add(credit.contactId, 'receivableCredits', credit.state === 'draft' ? 0 : this.balance(credit), credit);
  }

  private takeInvoice(invoice: TradeDocument): void {
    this.takeOpen(invoice, 'receivable');
    if (invoice.state === 'void') return;
    for (const { sourceLineId, quantity } of invoice.lines) {
      if (sourceLineId !== '') this.invoiced.set(sourceLineId, this.invoicedOf(sourceLineId) + quantity);
    }
  }

  private takeOpen(document: TradeDocument, side: 'receivable' | 'payable'): void {
    const open = document.state === 'open' ? this.balance(document) : 0;
    this.add(document.contactId, side, open, document);
  }

  private takeOrder(order: TradeDocument): void {
    if (order.state !== 'open') return;
    for (const { itemId, lineId, quantity } of order.lines) {
      const open = quantity - this.invoicedOf(lineId);
      if (itemId !== '' && open > 0) this.committedStock.set(itemId, this.committed(itemId) + open);
    }
  }

  private settledOf(documentId: string): Settled {
    let settled = this.settled.get(documentId);
    if (!settled) this.settled.set(documentId, (settled = { ...UNSETTLED }));
    return settled;
  }

  private add(
    contactId: string,
    side: Exclude<keyof ContactBalance, 'documents'>,
    amount: number,
    { currency }: { currency: TradeDocument['currency'] },
  ): void {
    let balance = this.contacts.get(contactId);
    if (!balance) this.contacts.set(contactId, (balance = { ...NOBODY }));
    balance[side] = round(balance[side] + amount, decimalsOf(currency));
    balance.documents += 1;
  }
}
