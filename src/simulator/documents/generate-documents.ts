import type { SimulatedContact } from '../company-contacts.js';
import { LOCATIONS, seededRandom, type SimulatedItem } from '../company.js';
import type { BookRecords } from './book-records.js';
import { addDays, dayOf, idOf } from './books.js';
import type { DocumentLine, Payment, TradeDocument } from './document.js';
import { dinarsOf } from './generate-masters.js';
import { decimalsOf, round, type Currency } from './money.js';
import { emptyDocument, emptyPayment } from './new-document.js';
import { totalsOf } from './totals.js';

export interface GeneratedCompany {
  items: readonly SimulatedItem[];
  contacts: readonly SimulatedContact[];
  records: BookRecords;
}

const DAY_MS = 86_400_000;
const OPENING_MS = 9 * 3_600_000;
const SHOP_DAY_MS = 9 * 3_600_000;
/** The company's documents of this many days. */
const SPAN_DAYS = 180;
const YUAN_PER_DOLLAR = 7.2;

/** Shares of the real company, per invoice: 24,000 invoices, 20,000 orders, 1 % of the money open. */
const SHARES = {
  ordered: 0.75,
  orderOnly: 0.08,
  draft: 0.012,
  void: 0.015,
  credited: 0.03,
  billed: 0.06,
  adjusted: 0.04,
  taxed: 0.03,
  freeText: 0.01,
  vanished: 0.005,
  percentOff: 0.06,
} as const;

/** Adds documents to the records of a company. Deterministic: the same seed, count and day give the same documents. */
export function generateDocuments(company: GeneratedCompany, count: number, endMs: number, seed = 20_251_123): void {
  new Generator(company, seededRandom(seed)).run(count, endMs);
}

class Generator {
  private readonly sellable: SimulatedItem[];
  private readonly customers: SimulatedContact[];
  private readonly vendors: SimulatedContact[];
  /** Unpaid invoices of a customer, oldest first. */
  private readonly waiting = new Map<string, TradeDocument[]>();

  constructor(
    private readonly company: GeneratedCompany,
    private readonly random: () => number,
  ) {
    this.sellable = company.items.filter(({ active, rate }) => active && rate > 0);
    this.customers = company.contacts.filter(({ type }) => type === 'customer');
    this.vendors = company.contacts.filter(({ type }) => type === 'vendor');
  }

  run(count: number, endMs: number): void {
    if (this.sellable.length === 0 || this.customers.length === 0) return;
    this.givePricebooks();
    const beginMs = Math.floor(endMs / DAY_MS) * DAY_MS - SPAN_DAYS * DAY_MS;
    for (let index = 0; index < count; index += 1) {
      const day = beginMs + Math.floor((index * SPAN_DAYS) / count) * DAY_MS;
      const atMs = day + OPENING_MS + Math.floor(this.random() * SHOP_DAY_MS);
      this.sell(Math.min(atMs, endMs), index / count);
      if (this.random() < SHARES.billed && this.vendors.length > 0) this.buy(Math.min(atMs, endMs));
      if (this.random() < SHARES.adjusted) this.adjust(Math.min(atMs, endMs));
    }
  }

  private givePricebooks(): void {
    const { pricebooks } = this.company.records;
    for (const customer of this.customers) {
      const fitting = pricebooks.filter(({ currency, items }) => currency === customer.currency && items.length > 0);
      if (fitting.length > 0 && customer.pricebookId === '') customer.pricebookId = this.pick(fitting).id;
    }
  }

  private pick<One>(list: readonly One[]): One {
    return list[Math.floor(this.random() * list.length)] as One;
  }

  private nextId(): string {
    return idOf((this.company.records.lastId += 1));
  }

  private sell(atMs: number, age: number): void {
    const { records } = this.company;
    // Few customers buy most.
    const customer = this.customers[Math.floor(this.random() ** 2 * this.customers.length)] as SimulatedContact;
    const retail = this.random() < 0.45;
    const ordered = this.random() < SHARES.ordered;
    const order = ordered || this.random() < SHARES.orderOnly ? this.order(customer, retail, atMs, age) : null;
    if (order && (!ordered || order.state !== 'open')) return;
    const invoice = this.invoice(customer, retail, order, atMs);
    const young = age > 0.97;
    if (young && this.random() < SHARES.draft * 10) invoice.state = 'draft';
    else if (this.random() < SHARES.void) invoice.state = 'void';
    records.invoices.push(invoice);
    if (invoice.state !== 'open') return;
    const waiting = this.waiting.get(customer.contactId) ?? [];
    waiting.push(invoice);
    this.waiting.set(customer.contactId, waiting);
    if (this.random() < SHARES.credited) this.credit(invoice, atMs);
    if (retail || this.random() < (young ? 0.35 : 0.75)) this.pay(customer, waiting, atMs, retail);
  }

  private order(customer: SimulatedContact, retail: boolean, atMs: number, age: number): TradeDocument {
    const { salesorders } = this.company.records;
    const order: TradeDocument = {
      ...this.document(customer, atMs, `SO-${String(salesorders.length + 1).padStart(5, '0')}`),
      dueDate: addDays(dayOf(atMs), 2),
      lines: this.lines(customer.currency, retail),
    };
    if (age > 0.97 && this.random() < 0.1) order.state = 'draft';
    else if (this.random() < SHARES.void) order.state = 'void';
    salesorders.push(order);
    return order;
  }

  private invoice(
    customer: SimulatedContact,
    retail: boolean,
    order: TradeDocument | null,
    atMs: number,
  ): TradeDocument {
    const { invoices } = this.company.records;
    const number = `INV-${String(invoices.length + 1).padStart(6, '0')}`;
    const document = this.document(customer, atMs, number);
    const dinars = customer.currency === 'IQD';
    return {
      ...document,
      // Invoices name no place; their lines' goods leave the primary one.
      locationId: '',
      dueDate: addDays(document.date, document.paymentTerms),
      reference: order?.number ?? '',
      sourceId: order?.id ?? '',
      salespersonId: order?.salespersonId ?? document.salespersonId,
      lines: order
        ? order.lines.map((line) => ({ ...line, lineId: this.nextId(), sourceLineId: line.lineId, locationId: '' }))
        : this.lines(customer.currency, retail),
      discount: this.random() < SHARES.percentOff ? '5%' : 0,
      shipping: !retail && this.random() < 0.05 ? (dinars ? 5000 : 5) : 0,
      adjustment: this.random() < 0.02 ? (dinars ? -250 : -0.25) : 0,
      viewed: this.random() < 0.1,
    };
  }

  private document(contact: SimulatedContact, atMs: number, number: string): TradeDocument {
    const sellers = this.company.records.users.filter(({ role }) => role === 'salesperson');
    return {
      ...emptyDocument({ id: this.nextId(), number, contactId: contact.contactId, currency: contact.currency, atMs }),
      paymentTerms: contact.paymentTerms,
      locationId: this.pick(LOCATIONS).id,
      salespersonId: sellers.length > 0 && this.random() < 0.6 ? this.pick(sellers).id : '',
    };
  }

  private lines(currency: Currency, retail: boolean): DocumentLine[] {
    const count = 1 + Math.floor(this.random() * (retail ? 3 : 8));
    return Array.from({ length: count }, () => this.line(currency, retail));
  }

  private line(currency: Currency, retail: boolean): DocumentLine {
    const item = this.pick(this.sellable);
    const dollars = item.rate * (retail ? 1.3 : 1.1);
    const dice = this.random();
    const vanished = dice < SHARES.vanished;
    const freeText = !vanished && dice < SHARES.vanished + SHARES.freeText;
    const { records } = this.company;
    return {
      lineId: this.nextId(),
      itemId: freeText ? '' : vanished ? this.nextId() : item.itemId,
      name: freeText ? 'Installation' : item.name,
      description: '',
      unit: item.unit,
      quantity: 1 + Math.floor(this.random() ** 2 * (retail ? 3 : 40)),
      rate: currency === 'IQD' ? dinarsOf(dollars) : round(currency === 'CNY' ? dollars * YUAN_PER_DOLLAR : dollars, 2),
      discount: !retail && this.random() < SHARES.percentOff ? '10%' : 0,
      taxId: this.random() < SHARES.taxed ? (records.taxes.at(-1)?.id ?? '') : '',
      locationId: this.pick(LOCATIONS).id,
      sourceLineId: '',
    };
  }

  private openAmount(document: TradeDocument): number {
    const { records } = this.company;
    const total = totalsOf(document, (id) => records.taxes.find((tax) => tax.id === id)?.percentage ?? 0).total;
    return round(total - document.writeOff - this.settledOf(document), decimalsOf(document.currency));
  }

  private readonly settled = new Map<string, number>();

  private settledOf({ id }: TradeDocument): number {
    return this.settled.get(id) ?? 0;
  }

  private settle(document: TradeDocument, amount: number, atMs: number): Payment['applied'][number] {
    this.settled.set(document.id, this.settledOf(document) + amount);
    document.modifiedMs = atMs;
    return { allocationId: this.nextId(), documentId: document.id, amount, date: dayOf(atMs) };
  }

  /** A payment settles the oldest invoices, at times only a part of the last one, and at times it is more than is owed. */
  private pay(customer: SimulatedContact, waiting: TradeDocument[], atMs: number, retail: boolean): void {
    const chosen = retail ? waiting.slice(-1) : waiting.slice(0, 3);
    const partial = !retail && this.random() < 0.08;
    const applied = chosen.flatMap((invoice, index) => {
      const open = this.openAmount(invoice);
      const part = partial && index === chosen.length - 1;
      const amount = part ? round(open / 2, decimalsOf(invoice.currency)) : open;
      return amount > 0 ? [this.settle(invoice, amount, atMs)] : [];
    });
    const left = waiting.filter((invoice) => this.openAmount(invoice) > 0);
    waiting.splice(0, waiting.length, ...left);
    const sum = applied.reduce((total, { amount }) => total + amount, 0);
    const excess = !retail && this.random() < 0.03 ? (customer.currency === 'IQD' ? 10_000 : 10) : 0;
    if (sum + excess <= 0) return;
    const { customerpayments } = this.company.records;
    customerpayments.push({
      ...this.payment(customer, atMs, String(customerpayments.length + 1)),
      mode: retail || this.random() < 0.7 ? 'cash' : 'banktransfer',
      amount: round(sum + excess, decimalsOf(customer.currency)),
      applied,
    });
  }

  private payment(contact: SimulatedContact, atMs: number, number: string): Payment {
    return emptyPayment({ id: this.nextId(), number, contactId: contact.contactId, currency: contact.currency, atMs });
  }

  /** A return: set off against the invoice, paid out, or left open. */
  private credit(invoice: TradeDocument, atMs: number): void {
    const { creditnotes } = this.company.records;
    const [first] = invoice.lines as [DocumentLine];
    const credit: TradeDocument = {
      ...emptyDocument({
        id: this.nextId(),
        number: `CN-${String(creditnotes.length + 1).padStart(5, '0')}`,
        contactId: invoice.contactId,
        currency: invoice.currency,
        atMs,
      }),
      reference: invoice.number,
      sourceId: invoice.id,
      lines: [{ ...first, lineId: this.nextId(), sourceLineId: first.lineId, quantity: 1 }],
    };
    creditnotes.push(credit);
    const amount = Math.min(this.openAmount(credit), this.openAmount(invoice));
    const dice = this.random();
    if (dice < 0.6 && amount > 0) credit.applied.push(this.settle(invoice, amount, atMs));
    else if (dice < 0.8) {
      const date = dayOf(atMs);
      const refund = { refundId: this.nextId(), date, mode: 'cash', reference: '', description: '' };
      credit.refunds.push({ ...refund, amount: this.openAmount(credit) });
    }
  }

  private buy(atMs: number): void {
    const { bills, vendorpayments } = this.company.records;
    const vendor = this.pick(this.vendors);
    const bill: TradeDocument = {
      ...this.document(vendor, atMs, `V${bills.length + 1}-${1000 + Math.floor(this.random() * 9000)}`),
      dueDate: addDays(dayOf(atMs), vendor.paymentTerms),
      salespersonId: '',
      lines: this.lines(vendor.currency, false).map((line) => ({
        ...line,
        discount: 0,
        taxId: '',
        quantity: line.quantity * 10,
        rate: round(line.rate * 0.6, decimalsOf(vendor.currency)),
      })),
    };
    bills.push(bill);
    if (this.random() > 0.7) return;
    const open = this.openAmount(bill);
    const amount = this.random() < 0.8 ? open : round(open / 2, decimalsOf(vendor.currency));
    if (amount <= 0) return;
    vendorpayments.push({
      ...this.payment(vendor, atMs, String(vendorpayments.length + 1)),
      mode: 'banktransfer',
      amount,
      applied: [this.settle(bill, amount, atMs)],
    });
  }

  private adjust(atMs: number): void {
    const item = this.pick(this.sellable);
    const location = this.pick(LOCATIONS);
    const quantity = this.random() < 0.7 ? -1 - Math.floor(this.random() * 3) : 1 + Math.floor(this.random() * 5);
    this.company.records.inventoryadjustments.push({
      id: this.nextId(),
      date: dayOf(atMs),
      reason: this.random() < 0.6 ? 'Stocktaking results' : 'Damaged goods',
      description: '',
      reference: '',
      type: 'quantity',
      status: 'adjusted',
      locationId: location.id,
      lines: [
        {
          lineId: this.nextId(),
          itemId: item.itemId,
          name: item.name,
          unit: item.unit,
          quantity,
          value: round(quantity * item.purchaseRate, 2),
          locationId: location.id,
        },
      ],
      active: true,
      createdMs: atMs,
      modifiedMs: atMs,
      deleted: false,
    });
  }
}
