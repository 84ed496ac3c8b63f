import { creditNoteRead } from '../billing/credit-note.queries.js';
import { invoiceRead } from '../billing/invoice.queries.js';
import { customerRead } from '../customers/customer.queries.js';
import { addDays } from '../kernel/clock.js';
import { badInput } from '../kernel/errors.js';
import { msg } from '../kernel/message.js';
import { Decimal } from '../kernel/money.js';
import { orderRead } from '../orders/order.queries.js';
import { shipmentRead } from '../orders/shipment.queries.js';
import { MAX_PAGE, type PageArgs } from '../platform/read/connection.js';
import { readOne, readPage } from '../platform/read/page.js';
import type { Info, Selection } from '../platform/read/selection.js';
import type { StatementReader } from '../platform/read/sql.js';
import { paymentMadeRead } from '../purchasing/purchasing.queries.js';
import { paymentRead } from '../receivables/payment.queries.js';
import {
  BY_ENTRY,
  enteredFrom,
  enteredUntil,
  ofCustomer,
  statementEntryRead,
} from '../receivables/statement.queries.js';
import type { Period } from './code.js';
import type {
  PrintedCreditNote,
  PrintedInvoice,
  PrintedOrder,
  PrintedParty,
  PrintedPayment,
  PrintedShipment,
  PrintedStatement,
  StatementLine,
} from './printed.js';

/** What papers show of the documents, by the reads of their modules. What is not named here is never printed. */
const select = (...fields: (string | readonly [string, Selection])[]): Selection => ({
  fields: new Map(fields.map((field) => (typeof field === 'string' ? [field, select()] : field))),
});

const PARTY = ['code', 'name', 'nameAr', 'phone'] as const;
const CUSTOMER = ['customer', select(...PARTY, 'city', 'taxNumber')] as const;
const PRODUCT = ['product', select('sku', 'name', 'nameAr')] as const;
const SUMS = ['currency', 'exchangeRate', 'subtotal', 'discountTotal', 'taxTotal', 'shipping', 'adjustment', 'total'];
const PRICED = ['description', 'quantity', 'unitPrice', 'discountPercent', 'taxPercent', 'lineTotal', PRODUCT] as const;

const INVOICE = select(
  ...['number', 'issuedOn', 'dueOn', 'paid', 'credited', 'balance', 'voidedAt', ...SUMS],
  CUSTOMER,
  ['order', select('number')],
  ['lines', select(...PRICED)],
);
const ORDER = select(
  ...['number', 'status', 'orderedOn', 'expectedOn', 'validUntil', 'deliveryAddress', ...SUMS],
  CUSTOMER,
  ['lines', select(...PRICED)],
);
const SHIPMENT = select(
  ...['number', 'shippedOn', 'voidedAt'],
  CUSTOMER,
  ['order', select('number', 'deliveryAddress')],
  ['lines', select('description', 'quantity', PRODUCT)],
);
const CREDIT_NOTE = select(
  ...['number', 'issuedOn', 'currency', 'reason', 'total', 'voidedAt'],
  CUSTOMER,
  ['invoice', select('number')],
  ['lines', select('description', 'quantity', 'lineTotal', 'taxPercent', 'taxAmount', 'discountShare', PRODUCT)],
);
const PAYMENT = ['number', 'method', 'currency', 'amount', 'unapplied', 'reference', 'voidedAt'];
const RECEIVED = select(...PAYMENT, 'receivedOn', CUSTOMER, [
  'allocations',
  select('currency', 'amount', 'invoiceNumber'),
]);
const MADE = select(
  ...PAYMENT,
  'paidOn',
  ['vendor', select(...PARTY)],
  ['allocations', select('currency', 'amount', 'billNumber')],
);

// The statements are made of the selections above, which is what these types say.
export const findInvoice = (reader: StatementReader, id: string): Promise<PrintedInvoice | null> =>
  readOne(reader, invoiceRead, id, INVOICE) as Promise<unknown> as Promise<PrintedInvoice | null>;

export const findOrder = (reader: StatementReader, id: string): Promise<PrintedOrder | null> =>
  readOne(reader, orderRead, id, ORDER) as Promise<unknown> as Promise<PrintedOrder | null>;

export const findShipment = (reader: StatementReader, id: string): Promise<PrintedShipment | null> =>
  readOne(reader, shipmentRead, id, SHIPMENT) as Promise<unknown> as Promise<PrintedShipment | null>;

export const findCreditNote = (reader: StatementReader, id: string): Promise<PrintedCreditNote | null> =>
  readOne(reader, creditNoteRead, id, CREDIT_NOTE) as Promise<unknown> as Promise<PrintedCreditNote | null>;

interface Settled {
  currency: string;
  amount: string;
  number: string;
}

/** What a payment settles, by document: what was taken back is gone with its opposite. */
function settles(allocations: readonly Settled[]): Settled[] {
  const sums = new Map<string, { currency: string; number: string; amount: Decimal }>();
  for (const { number, currency, amount } of allocations) {
    const key = `${number} ${currency}`;
    sums.set(key, { number, currency, amount: (sums.get(key)?.amount ?? new Decimal(0)).plus(amount) });
  }
  return [...sums.values()]
    .filter(({ amount }) => !amount.isZero())
    .map((sum) => ({ ...sum, amount: sum.amount.toFixed() }));
}

type RowOfPayment = Omit<PrintedPayment, 'party' | 'day' | 'settles'>;

export async function findPayment(reader: StatementReader, id: string): Promise<PrintedPayment | null> {
  const row = (await readOne(reader, paymentRead, id, RECEIVED)) as unknown as
    | (RowOfPayment & {
        customer: PrintedParty;
        receivedOn: string;
        allocations: { currency: string; amount: string; invoiceNumber: string }[];
      })
    | null;
  if (!row) return null;
  const { customer: party, receivedOn: day, allocations, ...payment } = row;
  const named = allocations.map(({ invoiceNumber: number, ...rest }) => ({ ...rest, number }));
  return { ...payment, party, day, settles: settles(named) };
}

export async function findPaymentMade(reader: StatementReader, id: string): Promise<PrintedPayment | null> {
  const row = (await readOne(reader, paymentMadeRead, id, MADE)) as unknown as
    | (RowOfPayment & {
        vendor: PrintedParty;
        paidOn: string;
        allocations: { currency: string; amount: string; billNumber: string }[];
      })
    | null;
  if (!row) return null;
  const { vendor: party, paidOn: day, allocations, ...payment } = row;
  const named = allocations.map(({ billNumber: number, ...rest }) => ({ ...rest, number }));
  return { ...payment, party, day, settles: settles(named) };
}

const ID_ONLY = select();
const READS = {
  invoice: invoiceRead,
  order: orderRead,
  shipment: shipmentRead,
  creditNote: creditNoteRead,
  payment: paymentRead,
} as const;

/** Whether the reader's viewer may see the document: by the row scope of its module. */
export async function seesDocument(reader: StatementReader, of: keyof typeof READS, id: string): Promise<boolean> {
  switch (of) {
    case 'invoice':
      return (await readOne(reader, READS.invoice, id, ID_ONLY)) !== null;
    case 'order':
      return (await readOne(reader, READS.order, id, ID_ONLY)) !== null;
    case 'shipment':
      return (await readOne(reader, READS.shipment, id, ID_ONLY)) !== null;
    case 'creditNote':
      return (await readOne(reader, READS.creditNote, id, ID_ONLY)) !== null;
    case 'payment':
      return (await readOne(reader, READS.payment, id, ID_ONLY)) !== null;
  }
}

export const seesCustomer = async (reader: StatementReader, id: string): Promise<boolean> =>
  (await readOne(reader, customerRead, id, ID_ONLY)) !== null;

export const isPaymentMade = async (reader: StatementReader, id: string): Promise<boolean> =>
  (await readOne(reader, paymentMadeRead, id, ID_ONLY)) !== null;

/** A longer statement is asked for in parts: this one has about 150 pages. */
export const MAX_ENTRIES = 5_000;
const NO_INFO: Info = { fieldNodes: [], fragments: {} };
const BALANCE = select(['nodes', select('balanceAfter')]);
const ENTRIES = select(
  ['nodes', select('enteredOn', 'kind', 'number', 'amount')],
  ['pageInfo', select('endCursor', 'hasNextPage')],
);
const CUSTOMER_FIELDS = CUSTOMER[1];

/** What a customer owed at the end of a day. */
async function balanceAt(
  reader: StatementReader,
  id: string,
  { currency, day }: { currency: string; day: string },
): Promise<string> {
  const where = [ofCustomer(id, currency), enteredUntil(day)];
  const query = { args: { last: 1 }, sort: BY_ENTRY, info: NO_INFO, selection: BALANCE, where };
  const { nodes } = await readPage(reader, statementEntryRead, query);
  const [last] = nodes as unknown as { balanceAfter: string }[];
  return last?.balanceAfter ?? '0';
}

async function listEntries(
  reader: StatementReader,
  id: string,
  { currency, from, to }: Period,
): Promise<StatementLine[]> {
  const where = [ofCustomer(id, currency), enteredUntil(to), from === null ? null : enteredFrom(from)];
  const entries: StatementLine[] = [];
  const query = { sort: BY_ENTRY, info: NO_INFO, selection: ENTRIES, where };
  let after: string | null = null;
  for (;;) {
    const args: PageArgs = { first: MAX_PAGE, after };
    const page = await readPage(reader, statementEntryRead, { ...query, args });
    entries.push(...(page.nodes as unknown as StatementLine[]));
    if (entries.length > MAX_ENTRIES) {
      throw badInput('from', msg`A printed statement has at most ${MAX_ENTRIES} lines. Choose a shorter period.`);
    }
    if (!page.pageInfo.hasNextPage) return entries;
    after = page.pageInfo.endCursor ?? null;
  }
}

const findParty = (reader: StatementReader, id: string): Promise<PrintedParty | null> =>
  readOne(reader, customerRead, id, CUSTOMER_FIELDS) as Promise<unknown> as Promise<PrintedParty | null>;

/** The statement of a customer over a period, the balance before it first. Throws BAD_INPUT when it is too long. */
export async function findStatement(
  reader: StatementReader,
  id: string,
  period: Period,
): Promise<PrintedStatement | null> {
  const customer = await findParty(reader, id);
  if (!customer) return null;
  const { currency, from } = period;
  const opening = from === null ? '0' : await balanceAt(reader, id, { currency, day: addDays(from, -1) });
  return { customer, ...period, opening, entries: await listEntries(reader, id, period) };
}

/** The customer and the closing balance of a statement, without its lines. */
export async function findClosing(
  reader: StatementReader,
  id: string,
  { currency, to }: Period,
): Promise<{ code: string; closing: string } | null> {
  const customer = await findParty(reader, id);
  return customer && { code: customer.code, closing: await balanceAt(reader, id, { currency, day: to }) };
}
