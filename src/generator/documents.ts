import { addDays, fromMs, parseInstant } from '../kernel/clock.js';
import { type Currency, Decimal, roundMoney } from '../kernel/money.js';
import { computeTotals } from '../kernel/totals.js';
import { seededRandom } from '../simulator/company.js';
import type { Documents, Reference } from './document-rows.js';
import { type Buyer, DAYS, type DocumentSource, FIRST_DAY, type PricedProduct } from './document-source.js';

const SEED = 20_251_121;

interface Line extends PricedProduct {
  quantity: number;
  lineTotal: string;
}

type BilledLine = Line & { orderLineId: string | null };

interface Billed {
  customer: Buyer;
  lines: readonly BilledLine[];
  total: string;
  orderId: string | null;
}

/** A document that stands in the customer ledger. */
interface Posted {
  id: string;
  number: string;
  customer: Buyer;
  day: string;
  at: Date;
}

/** Which document moves goods, and when. */
interface Moved {
  key: string;
  of: Reference;
  /** The document of the entry that posts their cost; that of the movement itself when nothing is said. */
  document?: Reference;
  /** What let the goods go that come back. */
  soldBy?: Reference;
  customerId: string;
  day: string;
  at: Date;
}

/** What becomes of an invoice as a whole: its goods, and who bought them. */
interface Credited {
  amount: string;
  /** The line that comes back; nothing for an allowance. */
  returned: BilledLine | undefined;
  soldBy: Reference;
}

const ZERO = '0';

/** One run: what was made so far, and the stream of random numbers that makes it the same each time. */
class Trade {
  readonly made: Documents = {
    orders: [],
    orderLines: [],
    invoices: [],
    invoiceLines: [],
    shipments: [],
    shipmentLines: [],
    payments: [],
    creditNotes: [],
    creditNoteLines: [],
    allocations: [],
    entries: [],
    balances: [],
    movements: [],
    sold: new Map(),
    returned: new Map(),
    reserved: new Map(),
    numbers: { SO: 0, SH: 0, INV: 0, PAY: 0, CN: 0 },
  };
  private readonly balances = new Map<string, Decimal>();
  private readonly random = seededRandom(SEED);

  constructor(private readonly source: DocumentSource) {}

  private pick<T>(list: readonly T[]): T {
    return list[Math.floor(this.random() * list.length)] as T;
  }

  private numberOf(type: string): string {
    const next = (this.made.numbers[type] ?? 0) + 1;
    this.made.numbers[type] = next;
    return `${type}-${this.source.branch.code}-${String(next).padStart(6, '0')}`;
  }

  private rateOf({ currency }: Buyer): number {
    return currency === 'IQD' ? 1 : this.source.iqdPerUsd;
  }

  private post(kind: string, { id, number, customer, day, at }: Posted, amount: Decimal.Value): void {
    const { currency } = customer;
    const text = new Decimal(amount).toFixed();
    const entryId = this.source.idOf(`entry ${kind}`, id);
    this.made.entries.push([entryId, customer.id, currency, kind, id, number, day, text, at]);
    const key = `${customer.id} ${currency}`;
    this.balances.set(key, (this.balances.get(key) ?? new Decimal(0)).plus(amount));
  }

  private linesOf({ list, currency }: Buyer, count: number): { lines: Line[]; total: string } {
    const shelf = this.source.priced.get(list) ?? [];
    const drawn = Array.from({ length: count }, () => ({
      ...this.pick(shelf),
      quantity: 1 + Math.floor(this.random() * 10),
    }));
    const totals = computeTotals({
      currency,
      lines: drawn.map(({ quantity, price }) => ({
        quantity: String(quantity),
        unitPrice: price,
        discountPercent: ZERO,
        taxPercent: ZERO,
      })),
      discountPercent: ZERO,
      shipping: ZERO,
      adjustment: ZERO,
    });
    const lines = drawn.map((line, index) => ({ ...line, lineTotal: totals.lines[index]?.lineTotal ?? ZERO }));
    return { lines, total: totals.document.total };
  }

  private move(line: Line, type: 'SALE' | 'RETURN' | 'RESERVATION', moved: Moved): void {
    const { key, of, document = of, soldBy = null, customerId, day, at } = moved;
    const { productId } = line;
    const { sold, returned, reserved } = this.made;
    const into = { SALE: sold, RETURN: returned, RESERVATION: reserved }[type];
    into.set(productId, (into.get(productId) ?? 0) + line.quantity);
    const quantity = { SALE: -line.quantity, RETURN: line.quantity, RESERVATION: 0 }[type];
    const promised = type === 'RESERVATION' ? line.quantity : 0;
    const said = { reference: of, document, soldBy, customerId, day, at };
    const id = this.source.idOf('movement', key);
    this.made.movements.push({ id, productId, type, quantity, reserved: promised, ...said });
  }

  /** An invoice, and how it was settled: nearly all is paid, a little credited, the newest are open. */
  private bill(key: string, { customer, lines, total, orderId }: Billed, { day, at }: { day: number; at: Date }): void {
    const { branch, warehouseId, idOf } = this.source;
    const { currency } = customer;
    const date = addDays(FIRST_DAY, day);
    const open = day > DAYS - 25 ? this.random() < 0.5 : this.random() < 0.004;
    const invoiceId = idOf('invoice', key);
    const soldBy: Reference = orderId === null ? ['invoice', invoiceId] : ['order', orderId];
    const credit = this.creditOf(lines, total, { currency, soldBy });
    const credited = credit?.amount ?? ZERO;
    const paid = open ? ZERO : new Decimal(total).minus(credited).toFixed();
    const invoice = { id: invoiceId, number: this.numberOf('INV'), customer, day: date, at };
    const balance = new Decimal(total).minus(paid).minus(credited).toFixed();
    const places = [customer.id, orderId, branch.id, warehouseId];
    const days = [date, addDays(date, customer.termsDays)];
    const sums = [total, 0, 0, 0, 0, total, paid, credited, balance];
    this.made.invoices.push([
      ...[invoice.id, invoice.number, ...places, ...days],
      ...[currency, this.rateOf(customer), ...sums, 'system', at],
    ]);
    if (orderId === null) this.ship(key, { customer, lines, day, at }, { orderId, invoiceId });
    lines.forEach((line, position) => {
      const { orderLineId, productId, name, quantity, price, lineTotal } = line;
      const lineId = idOf('invoiceLine', `${key} ${position}`);
      const billed = [orderLineId, productId, name, quantity, price, lineTotal, orderLineId === null];
      this.made.invoiceLines.push([lineId, invoice.id, position, ...billed, credit?.returned === line ? quantity : 0]);
      if (orderLineId === null) {
        const moved = { of: soldBy, customerId: customer.id, day: date, at };
        this.move(line, 'SALE', { key: `invoice ${key} ${position}`, ...moved });
      }
    });
    this.post('INVOICE', invoice, total);
    const later = { ...invoice, at: fromMs(at.getTime() + 60_000) };
    if (credit) this.credit(key, later, credit);
    if (!new Decimal(paid).isZero()) this.pay(key, later, paid, day);
  }

  /** What is credited of an invoice, if anything: in turn a tenth of it, and its first line, whose goods come back. */
  private creditOf(
    lines: readonly BilledLine[],
    total: string,
    { currency, soldBy }: { currency: Currency; soldBy: Reference },
  ): Credited | null {
    if (this.random() >= 0.02) return null;
    const returned = (this.made.numbers['CN'] ?? 0) % 2 === 0 ? lines[0] : undefined;
    const amount = returned?.lineTotal ?? roundMoney(new Decimal(total).dividedBy(10), currency);
    return new Decimal(amount).isZero() ? null : { amount, returned, soldBy };
  }

  private credit(key: string, invoice: Posted, { amount, returned, soldBy }: Credited): void {
    const { branch, idOf } = this.source;
    const { customer, day, at } = invoice;
    const { currency } = customer;
    const note = { ...invoice, id: idOf('creditNote', key), number: this.numberOf('CN') };
    const reason = returned ? 'إرجاع' : 'خصم';
    const sums = [amount, amount, 0];
    this.made.creditNotes.push([
      ...[note.id, note.number, customer.id, invoice.id, branch.id, day],
      ...[currency, this.rateOf(customer), reason, returned !== undefined, ...sums, 'system', at],
    ]);
    const goods = returned
      ? [idOf('invoiceLine', `${key} 0`), returned.productId, returned.name, returned.quantity]
      : [null, null, reason, 1];
    this.made.creditNoteLines.push([idOf('creditNoteLine', key), note.id, 0, ...goods, amount]);
    if (returned) {
      const of: Reference = ['creditNote', note.id];
      this.move(returned, 'RETURN', { key: `return ${key}`, of, soldBy, customerId: customer.id, day, at });
    }
    this.made.allocations.push([idOf('allocation cn', key), invoice.id, null, note.id, day, currency, amount, at]);
    this.post('CREDIT_NOTE', note, new Decimal(amount).negated());
  }

  private pay(key: string, invoice: Posted, paid: string, day: number): void {
    const { branch, idOf } = this.source;
    const { customer, at } = invoice;
    const { currency, termsDays } = customer;
    const paidOn = Math.min(day + Math.floor(this.random() * (termsDays + 1)), DAYS - 1);
    const payment = {
      ...invoice,
      id: idOf('payment', key),
      number: this.numberOf('PAY'),
      day: addDays(FIRST_DAY, paidOn),
    };
    // A few pay somewhat more than they owe; it stays with the payment.
    const over = this.random() < 0.005 ? roundMoney(new Decimal(paid).dividedBy(20), currency) : ZERO;
    const amount = new Decimal(paid).plus(over).toFixed();
    const method = this.random() < 0.85 ? 'CASH' : 'BANK_TRANSFER';
    const sums = [amount, paid, over];
    this.made.payments.push([
      ...[payment.id, payment.number, customer.id, branch.id, payment.day, method],
      ...[currency, this.rateOf(customer), ...sums, 'system', at],
    ]);
    this.made.allocations.push([
      idOf('allocation', key),
      invoice.id,
      payment.id,
      null,
      payment.day,
      currency,
      paid,
      at,
    ]);
    this.post('PAYMENT', payment, new Decimal(amount).negated());
  }

  private statusOf(day: number): string {
    const fate = this.random();
    if (day > DAYS - 4) return fate < 0.3 ? 'DRAFT' : fate < 0.6 ? 'CONFIRMED' : 'SHIPPED';
    return fate < 0.05 ? 'CANCELLED' : 'DELIVERED';
  }

  /** Takes what the lines need from the free stock; false, and nothing taken, when there is not enough. */
  private reserve(lines: readonly Line[]): boolean {
    const { free } = this.source;
    const wanted = new Map<string, number>();
    for (const line of lines) wanted.set(line.productId, (wanted.get(line.productId) ?? 0) + line.quantity);
    if (![...wanted].every(([id, quantity]) => (free.get(id) ?? 0) >= quantity)) return false;
    for (const [id, quantity] of wanted) free.set(id, (free.get(id) ?? 0) - quantity);
    return true;
  }

  order(index: number, day: number, at: Date): void {
    const { branch, warehouseId, idOf, customers } = this.source;
    const customer = this.pick(customers);
    const drawn = this.statusOf(day);
    const { lines, total } = this.linesOf(customer, 1 + Math.floor(this.random() * 7));
    const status = drawn === 'CONFIRMED' && !this.reserve(lines) ? 'DRAFT' : drawn;
    const id = idOf('order', index);
    const left = status === 'SHIPPED' || status === 'DELIVERED';
    const method = customer.termsDays > 0 ? 'CREDIT' : 'CASH';
    const confirmedAt = status === 'DRAFT' || status === 'CANCELLED' ? null : at;
    const sums = [total, 0, 0, 0, 0, total];
    this.made.orders.push([
      ...[id, this.numberOf('SO'), customer.id, warehouseId, branch.id, status, addDays(FIRST_DAY, day)],
      ...[customer.currency, this.rateOf(customer), method, ...sums, 'system', at, at, confirmedAt],
    ]);
    const billed = lines.map((line, position) => ({ ...line, orderLineId: idOf('orderLine', `${index} ${position}`) }));
    const document: Reference = ['shipment', idOf('shipment', `order ${index}`)];
    const sold = { customerId: customer.id, day: addDays(FIRST_DAY, day), at };
    billed.forEach((line, position) => {
      const { orderLineId, productId, name, quantity, price, lineTotal } = line;
      const done = left ? quantity : 0;
      this.made.orderLines.push([orderLineId, id, position, productId, name, quantity, price, lineTotal, done, done]);
      const moved: Moved = { key: `order ${index} ${position}`, of: ['order', id], document, ...sold };
      if (left) this.move(line, 'SALE', moved);
      if (status === 'CONFIRMED') this.move(line, 'RESERVATION', moved);
    });
    if (left) this.ship(`order ${index}`, { customer, lines: billed, day, at }, { orderId: id, invoiceId: null });
    if (left) this.bill(`order ${index}`, { customer, lines: billed, total, orderId: id }, { day, at });
  }

  private ship(
    key: string,
    { customer, lines, day, at }: { customer: Buyer; lines: Billed['lines']; day: number; at: Date },
    { orderId, invoiceId }: { orderId: string | null; invoiceId: string | null },
  ): void {
    const { branch, warehouseId, idOf } = this.source;
    const id = idOf('shipment', key);
    const places = [customer.id, orderId, invoiceId, warehouseId, branch.id];
    this.made.shipments.push([id, this.numberOf('SH'), ...places, addDays(FIRST_DAY, day), 'system', at]);
    lines.forEach(({ orderLineId, productId, name, quantity }, position) => {
      const lineId = idOf('shipmentLine', `${key} ${position}`);
      this.made.shipmentLines.push([lineId, id, position, orderLineId, productId, name, quantity]);
    });
  }

  /** An invoice without an order. */
  billFreely(index: number, day: number, at: Date): void {
    const customer = this.pick(this.source.customers);
    const { lines, total } = this.linesOf(customer, 1 + Math.floor(this.random() * 4));
    const billed = lines.map((line) => ({ ...line, orderLineId: null }));
    this.bill(`free ${index}`, { customer, lines: billed, total, orderId: null }, { day, at });
  }

  finish(): Documents {
    for (const [key, amount] of this.balances) this.made.balances.push([...key.split(' '), amount.toFixed()]);
    return this.made;
  }
}

/**
 * The documents of a generated company: orders with their lines, the invoices, payments and credit notes that follow from
 * them, and the movements of stock and accounts that they posted.
 * Amounts are those of kernel/totals.ts, so the same invariants hold as for documents that commands recorded.
 */
export function generateDocuments(source: DocumentSource): Documents {
  const trade = new Trade(source);
  const startMs = (parseInstant(`${FIRST_DAY}T06:00:00Z`) as Date).getTime();
  // The company billed about a fifth without an order.
  const between = Math.max(1, Math.floor(source.orders / source.freeInvoices));
  for (let index = 0; index < source.orders; index += 1) {
    const day = Math.floor((index / source.orders) * DAYS);
    const at = fromMs(startMs + day * 86_400_000 + (index % 36_000) * 1000);
    trade.order(index, day, at);
    if (index % between === 0) trade.billFreely(index, day, fromMs(at.getTime() + 500));
  }
  return trade.finish();
}
