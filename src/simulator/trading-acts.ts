import type { SimulatedContact } from './company-contacts.js';
import { LOCATIONS, type SimulatedItem } from './company.js';
import type { Books } from './documents/books.js';
import type { TradeDocument } from './documents/document.js';
import { dinarsOf } from './documents/generate-masters.js';
import { decimalsOf, round, type Currency } from './documents/money.js';
import type { Body } from './resource.js';
import type { SimulatorWrites } from './simulator-writes.js';

/** The single things that people of a trading company do at the screens of Zoho. Chance decides the rest. */
export class TradingActs {
  constructor(
    private readonly books: Books,
    private readonly writes: SimulatorWrites,
    private readonly random: () => number,
  ) {}

  /** An order of a wholesale customer, confirmed at once. */
  takeOrder(): string {
    const customer = this.customer();
    const id = this.writes.create('salesorders', {
      customer_id: customer.contactId,
      date: this.books.today(),
      location_id: this.pick(LOCATIONS).id,
      line_items: this.lines(customer.currency, 1.1, 1 + Math.floor(this.random() * 6), 30),
    });
    this.writes.act('salesorders', id, 'status/open');
    return id;
  }

  /** Bills the whole of an order. */
  invoiceOrder(orderId: string): string {
    const order = this.books.salesorders.get(orderId);
    const id = this.writes.create('invoices', {
      customer_id: order.contactId,
      salesorder_id: order.id,
      reference_number: order.number,
      date: this.books.today(),
      line_items: order.lines.map(({ lineId, itemId, name, quantity, rate, discount }) => ({
        salesorder_item_id: lineId,
        item_id: itemId,
        name,
        quantity,
        rate,
        discount,
      })),
    });
    this.writes.act('invoices', id, 'status/sent');
    return id;
  }

  /** Bills the oldest open order, when there is one. */
  invoiceOldestOrder(): string | null {
    const balances = this.books.balances();
    const order = this.books.salesorders
      .alive()
      .find(({ state, lines }) => state === 'open' && lines.every(({ lineId }) => balances.invoicedOf(lineId) === 0));
    return order && order.lines.every(({ itemId }) => this.isSold(itemId)) ? this.invoiceOrder(order.id) : null;
  }

  /** A sale over the counter, paid in cash. */
  sellRetail(): string {
    const customer = this.customer();
    const id = this.writes.create('invoices', {
      customer_id: customer.contactId,
      date: this.books.today(),
      payment_terms: 0,
      line_items: this.lines(customer.currency, 1.3, 1 + Math.floor(this.random() * 3), 3),
    });
    this.writes.act('invoices', id, 'status/sent');
    this.pay(this.books.invoices.get(id), 1);
    return id;
  }

  /** Money for the oldest open invoice of somebody: all of it, or a half. */
  receivePayment(): string | null {
    const open = this.openInvoices();
    return open.length === 0 ? null : this.pay(this.pick(open.slice(0, 20)), this.random() < 0.8 ? 1 : 0.5);
  }

  /** One piece comes back; its credit is set off against the invoice, paid out, or left. */
  takeBack(): string | null {
    const open = this.openInvoices();
    if (open.length === 0) return null;
    const invoice = this.pick(open.slice(-20));
    const [line] = invoice.lines as [TradeDocument['lines'][number]];
    const id = this.writes.create('creditnotes', {
      customer_id: invoice.contactId,
      invoice_id: invoice.id,
      reference_number: invoice.number,
      line_items: [
        { item_id: line.itemId, name: line.name, quantity: 1, rate: line.rate, invoice_item_id: line.lineId },
      ],
    });
    this.writes.act('creditnotes', id, 'status/open');
    this.useCredit(id, invoice);
    return id;
  }

  buy(): string | null {
    const vendors = this.books.contacts.alive().filter(({ type, active }) => type === 'vendor' && active);
    if (vendors.length === 0) return null;
    const vendor = this.pick(vendors);
    const id = this.writes.create('bills', {
      vendor_id: vendor.contactId,
      bill_number: `D${this.books.bills.all().length + 1}-${1000 + Math.floor(this.random() * 9000)}`,
      date: this.books.today(),
      line_items: this.lines(vendor.currency, 0.65, 1 + Math.floor(this.random() * 4), 100),
    });
    if (this.random() < 0.6) this.payVendor(this.books.bills.get(id));
    return id;
  }

  adjustStock(): string {
    const location = this.pick(LOCATIONS).id;
    const quantity = this.random() < 0.7 ? -1 - Math.floor(this.random() * 3) : 1 + Math.floor(this.random() * 5);
    return this.writes.create('inventoryadjustments', {
      date: this.books.today(),
      reason: this.random() < 0.6 ? 'Stocktaking results' : 'Damaged goods',
      location_id: location,
      line_items: [{ item_id: this.pick(this.sellable()).itemId, quantity_adjusted: quantity, location_id: location }],
    });
  }

  changePrice(): string {
    const item = this.pick(this.sellable());
    const rate = Math.max(0.25, round(item.rate * (0.95 + this.random() * 0.1) + 0.01, 2));
    this.writes.update('items', item.itemId, { rate });
    return item.itemId;
  }

  /** A price list is saved as a whole: some prices move, and one item vanishes from it. */
  changePriceList(): string | null {
    const lists = this.books.pricebooks.alive().filter(({ items }) => items.length > 1);
    if (lists.length === 0) return null;
    const { id, currency, items } = this.pick(lists);
    const gone = Math.floor(this.random() * items.length);
    const moved = (rate: number): number => (this.random() < 0.05 ? round(rate * 1.02, decimalsOf(currency)) : rate);
    this.writes.update('pricebooks', id, {
      pricebook_items: items
        .filter((_price, index) => index !== gone)
        .map(({ itemId, rate, brackets }) => ({
          item_id: itemId,
          pricebook_rate: moved(rate),
          price_brackets: brackets.map((bracket) => ({
            start_quantity: bracket.from,
            end_quantity: bracket.to ?? '',
            pricebook_rate: bracket.rate,
          })),
        })),
    });
    return id;
  }

  editContact(): string {
    const contact = this.customer();
    this.writes.update('contacts', contact.contactId, { payment_terms: this.pick([0, 7, 15, 30, 60]) });
    return contact.contactId;
  }

  newContact(): string {
    const number = this.books.contacts.all().length + 1;
    return this.writes.create('contacts', {
      contact_name: `Walk-in Customer ${number}`,
      contact_type: 'customer',
      currency_code: this.pick(['IQD', 'USD']),
    });
  }

  newItem(): string {
    const number = this.books.items.all().length + 1;
    const rate = round(1 + this.random() * 40, 2);
    return this.writes.create('items', { name: `New Arrival ${number}`, rate, purchase_rate: round(rate * 0.6, 2) });
  }

  /** An invoice was a mistake. */
  voidInvoice(): string | null {
    const balances = this.books.balances();
    const untouched = this.openInvoices().filter((invoice) => {
      const { paid, credited } = balances.of(invoice);
      return paid + credited === 0;
    });
    if (untouched.length === 0) return null;
    const { id } = this.pick(untouched.slice(-20));
    this.writes.act('invoices', id, 'status/void');
    return id;
  }

  private pay(invoice: TradeDocument, share: number): string | null {
    const amount = round(this.books.balances().balance(invoice) * share, decimalsOf(invoice.currency));
    if (amount <= 0) return null;
    return this.writes.create('customerpayments', {
      customer_id: invoice.contactId,
      payment_mode: this.random() < 0.8 ? 'cash' : 'banktransfer',
      date: this.books.today(),
      amount,
      invoices: [{ invoice_id: invoice.id, amount_applied: amount }],
    });
  }

  private payVendor(bill: TradeDocument): void {
    const amount = this.books.balances().balance(bill);
    if (amount <= 0) return;
    this.writes.create('vendorpayments', {
      vendor_id: bill.contactId,
      payment_mode: 'banktransfer',
      date: this.books.today(),
      amount,
      bills: [{ bill_id: bill.id, amount_applied: amount }],
    });
  }

  private useCredit(creditId: string, invoice: TradeDocument): void {
    const balances = this.books.balances();
    const balance = balances.balance(this.books.creditnotes.get(creditId));
    const amount = Math.min(balance, balances.balance(invoice));
    const dice = this.random();
    if (amount > 0 && dice < 0.6) {
      const invoices = [{ invoice_id: invoice.id, amount_applied: amount }];
      this.writes.act('creditnotes', creditId, 'invoices', { invoices });
    } else if (balance > 0 && dice < 0.8) {
      this.writes.act('creditnotes', creditId, 'refunds', { amount: balance, refund_mode: 'cash' });
    }
  }

  private openInvoices(): TradeDocument[] {
    const balances = this.books.balances();
    return this.books.invoices
      .alive()
      .filter((invoice) => invoice.state === 'open' && balances.balance(invoice) > 0)
      .filter(({ lines }) => lines.every(({ itemId }) => itemId === '' || this.isSold(itemId)));
  }

  private isSold(itemId: string): boolean {
    const item = this.books.items.find(itemId);
    return item !== undefined && !item.deleted;
  }

  private customer(): SimulatedContact {
    const customers = this.books.contacts.alive().filter(({ type, active }) => type === 'customer' && active);
    if (customers.length === 0) throw new Error('Nobody buys: the company has no customer.');
    return customers[Math.floor(this.random() ** 2 * customers.length)] as SimulatedContact;
  }

  private sellable(): SimulatedItem[] {
    return this.books.items.alive().filter(({ active, rate }) => active && rate > 0);
  }

  private lines(currency: Currency, factor: number, count: number, most: number): Body[] {
    const items = this.sellable();
    return Array.from({ length: count }, () => {
      const { itemId, rate } = this.pick(items);
      const price = rate * factor * (currency === 'CNY' ? 7.2 : 1);
      return {
        item_id: itemId,
        quantity: 1 + Math.floor(this.random() ** 2 * most),
        rate: currency === 'IQD' ? dinarsOf(price) : round(price, 2),
      };
    });
  }

  private pick<One>(list: readonly One[]): One {
    return list[Math.floor(this.random() * list.length)] as One;
  }
}
