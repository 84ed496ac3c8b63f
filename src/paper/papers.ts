import { decimalText } from '../kernel/money.js';
import { can } from '../kernel/viewer.js';
import type { StatementReader } from '../platform/read/sql.js';
import { type Claim, digestOf, type Period, type Subject } from './code.js';
import type { PaperKind } from './kinds.js';
import {
  findClosing,
  findCreditNote,
  findInvoice,
  findOrder,
  findPayment,
  findPaymentMade,
  findShipment,
  findStatement,
  isPaymentMade,
  seesCustomer,
  seesDocument,
} from './paper.queries.js';
import type {
  PricedLine,
  PrintedCreditNote,
  PrintedInvoice,
  PrintedOrder,
  PrintedPayment,
  PrintedShipment,
} from './printed.js';
import type { DocumentOf } from './print-job.js';
import { closingOf } from './sheets.js';

/** What a paper says of its document, and all that a stranger who holds the paper learns. */
export interface Said {
  number: string;
  day: string;
  /** Null where a paper has no prices. */
  total: { amount: string; currency: string } | null;
  isVoid: boolean;
  digest: string;
}

/** A document that is ready to be printed. */
export interface Printable<Kind extends PaperKind = PaperKind> {
  said: Said;
  document: DocumentOf<Kind>;
}

const plain = (amount: string): string => decimalText(amount);
const pricedParts = (lines: readonly PricedLine[]): string[] =>
  lines.flatMap(({ description, quantity, unitPrice, lineTotal }) => [
    description,
    plain(quantity),
    plain(unitPrice),
    plain(lineTotal),
  ]);

function said(
  { number, day, isVoid }: Pick<Said, 'number' | 'day' | 'isVoid'>,
  { amount, currency }: { amount: string; currency: string },
  parts: readonly string[],
): Said {
  const total = { amount: plain(amount), currency };
  return { number, day, isVoid, total, digest: digestOf([number, day, currency, total.amount, ...parts]) };
}

const saidByInvoice = (invoice: PrintedInvoice): Said =>
  said(
    { number: invoice.number, day: invoice.issuedOn, isVoid: invoice.voidedAt !== null },
    { amount: invoice.total, currency: invoice.currency },
    pricedParts(invoice.lines),
  );

const saidByOrder = (order: PrintedOrder): Said =>
  said(
    { number: order.number, day: order.orderedOn, isVoid: order.status === 'CANCELLED' },
    { amount: order.total, currency: order.currency },
    pricedParts(order.lines),
  );

function saidByShipment({ number, shippedOn: day, voidedAt, lines }: PrintedShipment): Said {
  const parts = lines.flatMap(({ description, quantity }) => [description, plain(quantity)]);
  return { number, day, total: null, isVoid: voidedAt !== null, digest: digestOf([number, day, ...parts]) };
}

const saidByCreditNote = (note: PrintedCreditNote): Said =>
  said(
    { number: note.number, day: note.issuedOn, isVoid: note.voidedAt !== null },
    { amount: note.total, currency: note.currency },
    note.lines.flatMap(({ description, quantity, lineTotal }) => [description, plain(quantity), plain(lineTotal)]),
  );

const saidByPayment = ({ number, day, voidedAt, amount, currency, method }: PrintedPayment): Said =>
  said({ number, day, isVoid: voidedAt !== null }, { amount, currency }, [method]);

/** By the closing balance: an entry that was dated back since changes it. */
const saidByStatement = (code: string, closing: string, { currency, from, to }: Period): Said =>
  said({ number: code, day: to, isVoid: false }, { amount: closing, currency }, [from ?? '']);

interface Paper<Kind extends PaperKind> {
  sees(reader: StatementReader, id: string): Promise<boolean>;
  find(reader: StatementReader, subject: Subject): Promise<Printable<Kind> | null>;
}

type Sees = Paper<PaperKind>['sees'];

function paper<Kind extends PaperKind>(
  sees: Sees,
  find: (reader: StatementReader, id: string) => Promise<DocumentOf<Kind> | null>,
  saidBy: (document: DocumentOf<Kind>) => Said,
): Paper<Kind> {
  return {
    sees,
    async find(reader, { id }) {
      const document = await find(reader, id);
      return document && { said: saidBy(document), document };
    },
  };
}

type Seen = Parameters<typeof seesDocument>[1];
const seen =
  (of: Seen): Sees =>
  (reader, id) =>
    seesDocument(reader, of, id);

const statement: Paper<'CUSTOMER_STATEMENT'> = {
  sees: seesCustomer,
  async find(reader, { id, period }) {
    const found = period && (await findStatement(reader, id, period));
    return found && { said: saidByStatement(found.customer.code, closingOf(found), period), document: found };
  },
};

const PAPERS: { [Kind in PaperKind]: Paper<Kind> } = {
  INVOICE: paper(seen('invoice'), findInvoice, saidByInvoice),
  SALE_RECEIPT: paper(seen('invoice'), findInvoice, saidByInvoice),
  CREDIT_NOTE: paper(seen('creditNote'), findCreditNote, saidByCreditNote),
  PAYMENT_RECEIPT: paper(seen('payment'), findPayment, saidByPayment),
  ORDER: paper(seen('order'), findOrder, saidByOrder),
  DELIVERY_NOTE: paper(seen('shipment'), findShipment, saidByShipment),
  CUSTOMER_STATEMENT: statement,
  PAYMENT_VOUCHER: paper(
    async (reader, id) => can(reader.viewer, 'purchasing:read') && isPaymentMade(reader, id),
    findPaymentMade,
    saidByPayment,
  ),
};

/** Whether the viewer may have this paper: who sees a document may print it. */
export const seesPaper = (reader: StatementReader, { kind, id }: Subject): Promise<boolean> =>
  PAPERS[kind].sees(reader, id);

export const findPrintable = (reader: StatementReader, subject: Subject): Promise<Printable | null> =>
  PAPERS[subject.kind].find(reader, subject);

/** What the document of a paper says now; null when it is not there any more. A statement is not read line by line. */
export async function findSaid(reader: StatementReader, claim: Claim): Promise<Said | null> {
  const { kind, id, period } = claim;
  if (kind !== 'CUSTOMER_STATEMENT') return (await findPrintable(reader, claim))?.said ?? null;
  const found = period && (await findClosing(reader, id, period));
  return found && saidByStatement(found.code, found.closing, period);
}
