import { addDays, fromMs, parseInstant } from '../kernel/clock.js';
import { seededRandom } from '../simulator/company.js';

/**
 * The documents of a generated company: orders with their lines, the invoices, payments and credit notes that follow from
 * them, and the movements of stock and accounts that they booked. Amounts are whole cents (or dinars), so sums are exact;
 * the same invariants hold as for documents that were booked by commands.
 */
export interface DocumentSource {
  customers: readonly { id: string; list: string; currency: string; termsDays: number }[];
  /** By list: products that it prices, with the price of one unit in cents or dinars. */
  priced: ReadonlyMap<string, readonly { productId: string; name: string; cents: number; cost: number }[]>;
  branch: { id: string; code: string };
  /** The primary one; everything leaves from there. */
  warehouseId: string;
  /** Free stock by product, for orders that are still to be shipped. */
  free: Map<string, number>;
  orders: number;
  freeInvoices: number;
  idOf(kind: string, key: string | number): string;
  iqdPerUsd: number;
}

export type Row = readonly unknown[];

export interface Documents {
  orders: Row[];
  orderLines: Row[];
  invoices: Row[];
  invoiceLines: Row[];
  payments: Row[];
  creditNotes: Row[];
  creditNoteLines: Row[];
  allocations: Row[];
  entries: Row[];
  balances: Row[];
  /** In the order of time; what is on hand after each is for the caller to fill, who knows the opening. */
  movements: {
    id: string;
    productId: string;
    type: string;
    quantity: number;
    reserved: number;
    cost: number;
    reference: [string, string];
    at: Date;
  }[];
  sold: Map<string, number>;
  reserved: Map<string, number>;
  numbers: Record<string, number>;
}

const DAYS = 600;

export const FIRST_DAY = '2025-03-01';

const SEED = 20_251_121;

export const DOCUMENT_COLUMNS = {
  orders:
    'id uuid, number text, customer_id uuid, warehouse_id uuid, branch_id uuid, status text, ordered_on date, currency text, exchange_rate numeric, payment_method text, subtotal numeric, discount_total numeric, tax_total numeric, shipping numeric, adjustment numeric, total numeric, created_by text, created_at timestamptz, updated_at timestamptz, confirmed_at timestamptz',
  order_lines:
    'id uuid, order_id uuid, position int, product_id uuid, description text, quantity numeric, unit_price numeric, line_total numeric, shipped numeric, invoiced numeric',
  invoices:
    'id uuid, number text, customer_id uuid, order_id uuid, branch_id uuid, warehouse_id uuid, issued_on date, due_on date, currency text, exchange_rate numeric, subtotal numeric, discount_total numeric, tax_total numeric, shipping numeric, adjustment numeric, total numeric, paid numeric, credited numeric, balance numeric, created_by text, created_at timestamptz',
  invoice_lines:
    'id uuid, invoice_id uuid, position int, order_line_id uuid, product_id uuid, description text, quantity numeric, unit_price numeric, line_total numeric, moved_stock boolean',
  payments:
    'id uuid, number text, customer_id uuid, branch_id uuid, received_on date, method text, currency text, exchange_rate numeric, amount numeric, applied numeric, unapplied numeric, created_by text, created_at timestamptz',
  credit_notes:
    'id uuid, number text, customer_id uuid, invoice_id uuid, branch_id uuid, issued_on date, currency text, exchange_rate numeric, reason text, total numeric, applied numeric, unapplied numeric, created_by text, created_at timestamptz',
  credit_note_lines:
    'id uuid, credit_note_id uuid, position int, description text, quantity numeric, line_total numeric',
  allocations:
    'id uuid, invoice_id uuid, payment_id uuid, credit_note_id uuid, currency text, amount numeric, created_at timestamptz',
  account_entries:
    'id uuid, customer_id uuid, currency text, kind text, document_id uuid, number text, entered_on date, amount numeric, created_at timestamptz',
  customer_balances: 'customer_id uuid, currency text, balance numeric',
} as const;

export function generateDocuments(source: DocumentSource): Documents {
  const { idOf, branch, warehouseId } = source;
  const random = seededRandom(SEED);
  const pick = <T>(list: readonly T[]): T => list[Math.floor(random() * list.length)] as T;
  const made: Documents = {
    orders: [],
    orderLines: [],
    invoices: [],
    invoiceLines: [],
    payments: [],
    creditNotes: [],
    creditNoteLines: [],
    allocations: [],
    entries: [],
    balances: [],
    movements: [],
    sold: new Map(),
    reserved: new Map(),
    numbers: { SO: 0, INV: 0, PAY: 0, CN: 0 },
  };
  const balances = new Map<string, number>();
  const numberOf = (type: string): string => {
    const next = (made.numbers[type] ?? 0) + 1;
    made.numbers[type] = next;
    return `${type}-${branch.code}-${String(next).padStart(6, '0')}`;
  };
  const money = (cents: number, currency: string): string =>
    currency === 'IQD' ? String(cents) : (cents / 100).toFixed(2);
  const rate = (currency: string): number => (currency === 'IQD' ? 1 : source.iqdPerUsd);
  const entry = (
    kind: string,
    document: { id: string; number: string; customerId: string; currency: string; day: string; at: Date },
    cents: number,
  ): void => {
    const { id, number, customerId, currency, day, at } = document;
    made.entries.push([
      idOf(`entry ${kind}`, id),
      customerId,
      currency,
      kind,
      id,
      number,
      day,
      money(cents, currency),
      at,
    ]);
    const key = `${customerId} ${currency}`;
    balances.set(key, (balances.get(key) ?? 0) + cents);
  };

  interface Line {
    productId: string;
    name: string;
    quantity: number;
    cents: number;
    cost: number;
  }
  const linesOf = (list: string, count: number): Line[] => {
    const shelf = source.priced.get(list) ?? [];
    return Array.from({ length: count }, () => ({ ...pick(shelf), quantity: 1 + Math.floor(random() * 10) }));
  };
  const total = (lines: readonly Line[]): number => lines.reduce((sum, line) => sum + line.quantity * line.cents, 0);
  const move = (line: Line, type: string, key: string, reference: [string, string], at: Date): void => {
    const leaves = type === 'SALE';
    const into = leaves ? made.sold : made.reserved;
    into.set(line.productId, (into.get(line.productId) ?? 0) + line.quantity);
    made.movements.push({
      id: idOf('movement', key),
      productId: line.productId,
      type,
      quantity: leaves ? -line.quantity : 0,
      reserved: leaves ? 0 : line.quantity,
      cost: line.cost,
      reference,
      at,
    });
  };

  /** An invoice, and how it was settled: nearly all is paid, a little credited, the newest are open. */
  const bill = (
    key: string,
    customer: DocumentSource['customers'][number],
    lines: readonly (Line & { orderLineId: string | null })[],
    orderId: string | null,
    day: number,
    at: Date,
  ): void => {
    const { currency } = customer;
    const id = idOf('invoice', key);
    const number = numberOf('INV');
    const cents = total(lines);
    const date = addDays(FIRST_DAY, day);
    const due = addDays(date, customer.termsDays);
    const open = day > DAYS - 25 ? random() < 0.5 : random() < 0.004;
    const credited = random() < 0.02 ? Math.floor(cents / 10) : 0;
    const paid = open ? 0 : cents - credited;
    const document = { id, number, customerId: customer.id, currency, day: date, at };
    made.invoices.push([
      id,
      number,
      customer.id,
      orderId,
      branch.id,
      warehouseId,
      date,
      due,
      currency,
      rate(currency),
      money(cents, currency),
      0,
      0,
      0,
      0,
      money(cents, currency),
      money(paid, currency),
      money(credited, currency),
      money(cents - paid - credited, currency),
      'system',
      at,
    ]);
    lines.forEach((line, position) => {
      made.invoiceLines.push([
        idOf('invoiceLine', `${key} ${position}`),
        id,
        position,
        line.orderLineId,
        line.productId,
        line.name,
        line.quantity,
        money(line.cents, currency),
        money(line.quantity * line.cents, currency),
        line.orderLineId === null,
      ]);
      if (line.orderLineId === null) move(line, 'SALE', `invoice ${key} ${position}`, ['invoice', id], at);
    });
    entry('INVOICE', document, cents);
    const later = fromMs(at.getTime() + 60_000);
    if (credited > 0) {
      const note = { ...document, id: idOf('creditNote', key), number: numberOf('CN'), at: later };
      made.creditNotes.push([
        note.id,
        note.number,
        customer.id,
        id,
        branch.id,
        date,
        currency,
        rate(currency),
        'خصم',
        money(credited, currency),
        money(credited, currency),
        0,
        'system',
        later,
      ]);
      made.creditNoteLines.push([idOf('creditNoteLine', key), note.id, 0, 'خصم', 1, money(credited, currency)]);
      made.allocations.push([
        idOf('allocation cn', key),
        id,
        null,
        note.id,
        currency,
        money(credited, currency),
        later,
      ]);
      entry('CREDIT_NOTE', note, -credited);
    }
    if (paid > 0) {
      const paidOn = Math.min(day + Math.floor(random() * (customer.termsDays + 1)), DAYS - 1);
      const payment = {
        ...document,
        id: idOf('payment', key),
        number: numberOf('PAY'),
        day: addDays(FIRST_DAY, paidOn),
        at: later,
      };
      // A few pay somewhat more than they owe; it stays with the payment.
      const over = random() < 0.005 ? Math.ceil(paid / 20) : 0;
      made.payments.push([
        payment.id,
        payment.number,
        customer.id,
        branch.id,
        payment.day,
        random() < 0.85 ? 'CASH' : 'BANK_TRANSFER',
        currency,
        rate(currency),
        money(paid + over, currency),
        money(paid, currency),
        money(over, currency),
        'system',
        later,
      ]);
      made.allocations.push([idOf('allocation', key), id, payment.id, null, currency, money(paid, currency), later]);
      entry('PAYMENT', payment, -(paid + over));
    }
  };

  const startMs = (parseInstant(`${FIRST_DAY}T06:00:00Z`) as Date).getTime();
  for (let index = 0; index < source.orders; index += 1) {
    const day = Math.floor((index / source.orders) * DAYS);
    const at = fromMs(startMs + day * 86_400_000 + (index % 36_000) * 1000);
    const customer = pick(source.customers);
    const fate = random();
    const recent = day > DAYS - 4;
    let status = recent
      ? fate < 0.3
        ? 'DRAFT'
        : fate < 0.6
          ? 'CONFIRMED'
          : 'SHIPPED'
      : fate < 0.05
        ? 'CANCELLED'
        : 'DELIVERED';
    const lines = linesOf(customer.list, 1 + Math.floor(random() * 7));
    if (status === 'CONFIRMED') {
      const wanted = new Map<string, number>();
      for (const line of lines) wanted.set(line.productId, (wanted.get(line.productId) ?? 0) + line.quantity);
      if ([...wanted].every(([id, quantity]) => (source.free.get(id) ?? 0) >= quantity)) {
        for (const [id, quantity] of wanted) source.free.set(id, (source.free.get(id) ?? 0) - quantity);
      } else status = 'DRAFT';
    }
    const id = idOf('order', index);
    const { currency } = customer;
    const cents = total(lines);
    const left = status === 'SHIPPED' || status === 'DELIVERED';
    made.orders.push([
      id,
      numberOf('SO'),
      customer.id,
      warehouseId,
      branch.id,
      status,
      addDays(FIRST_DAY, day),
      currency,
      rate(currency),
      customer.termsDays > 0 ? 'CREDIT' : 'CASH',
      money(cents, currency),
      0,
      0,
      0,
      0,
      money(cents, currency),
      'system',
      at,
      at,
      status === 'DRAFT' || status === 'CANCELLED' ? null : at,
    ]);
    const billed = lines.map((line, position) => ({ ...line, orderLineId: idOf('orderLine', `${index} ${position}`) }));
    billed.forEach((line, position) => {
      made.orderLines.push([
        line.orderLineId,
        id,
        position,
        line.productId,
        line.name,
        line.quantity,
        money(line.cents, currency),
        money(line.quantity * line.cents, currency),
        left ? line.quantity : 0,
        left ? line.quantity : 0,
      ]);
      if (left) move(line, 'SALE', `order ${index} ${position}`, ['order', id], at);
      if (status === 'CONFIRMED') move(line, 'RESERVATION', `order ${index} ${position}`, ['order', id], at);
    });
    if (left) bill(`order ${index}`, customer, billed, id, day, at);
    // The company billed about a fifth without an order.
    if (index % Math.max(1, Math.floor(source.orders / source.freeInvoices)) === 0) {
      const other = pick(source.customers);
      const free = linesOf(other.list, 1 + Math.floor(random() * 4)).map((line) => ({ ...line, orderLineId: null }));
      bill(`free ${index}`, other, free, null, day, fromMs(at.getTime() + 500));
    }
  }
  for (const [key, cents] of balances) {
    const [customerId = '', currency = ''] = key.split(' ');
    made.balances.push([customerId, currency, money(cents, currency)]);
  }
  return made;
}
