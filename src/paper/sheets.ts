import { Decimal } from '../kernel/money.js';
import { isolated } from './bidi-text.js';
import {
  amountText,
  currencyName,
  dayText,
  type FigureStyle,
  isZero,
  moneyText,
  percentText,
  quantityText,
} from './figures.js';
import type {
  PricedLine,
  PrintedCreditNote,
  PrintedInvoice,
  PrintedOrder,
  PrintedParty,
  PrintedPayment,
  PrintedShipment,
  PrintedStatement,
} from './printed.js';
import type { Column, Fact, Letterhead, Row, Sheet, Total } from './sheet.js';
import { entryWord } from './statement-words.js';
import { filled, type Words, wordsOf } from './words.js';

/** What all papers of a company have in common, and on which day this one is printed. */
export interface Printing {
  style: FigureStyle;
  letterhead: Letterhead;
  footer: readonly string[];
  today: string;
  url: string;
}

/** A paper with nothing on it but what all of them have. */
function blank({ style, letterhead, footer, today, url }: Printing): Sheet {
  const words = wordsOf(style.language);
  return {
    format: 'A4',
    style,
    letterhead,
    title: '',
    number: '',
    stamp: null,
    party: null,
    facts: [],
    columns: [],
    rows: [],
    totals: [],
    remarks: [],
    signatures: [],
    verification: { url, caption: words.verify },
    footer: [...footer, filled(words.printedOn, dayText(today, style))],
  };
}

const present = (facts: readonly (Fact | null)[]): Fact[] => facts.filter((fact) => fact !== null);
const fact = (label: string, value: string | null | undefined): Fact | null =>
  value == null || value === '' ? null : { label, value };

const nameOf = ({ name, nameAr }: PrintedParty, { language }: FigureStyle): string =>
  language === 'ar' && nameAr !== '' ? nameAr : name;

function partyLines(party: PrintedParty, style: FigureStyle, words: Words): string[] {
  const labelled = (label: string, value: string | null | undefined): string | null =>
    value == null || value === '' ? null : `${label}: ${isolated(value)}`;
  return [
    nameOf(party, style),
    party.city ?? null,
    labelled(words.phone, party.phone),
    labelled(words.taxNumber, party.taxNumber),
    labelled(words.code, party.code),
  ].filter((line) => line !== null && line !== '') as string[];
}

/** What a line is called: what was written when it was sold, or the product's Arabic name where its name was written. */
function goods(
  { description, product }: Pick<PricedLine, 'description' | 'product'>,
  { language }: FigureStyle,
): readonly [string, string] {
  const inArabic =
    language === 'ar' && product?.nameAr != null && product.nameAr !== '' && product.name === description;
  return [inArabic ? (product.nameAr ?? description) : description, product?.sku == null ? '' : isolated(product.sku)];
}

interface PricedTable {
  columns: Column[];
  rows: Row[];
}

/** Lines with prices; columns of discount and tax only where a line has one. */
function pricedTable(lines: readonly PricedLine[], currency: string, style: FigureStyle): PricedTable {
  const words = wordsOf(style.language);
  const hasDiscount = lines.some(({ discountPercent }) => !isZero(discountPercent));
  const hasTax = lines.some(({ taxPercent }) => !isZero(taxPercent));
  const named = (label: string): string => `${label} (${currencyName(currency, style.language)})`;
  const columns: Column[] = [
    { label: '#', share: 5, kind: 'figure' },
    { label: words.description, share: 44 - (hasDiscount ? 6 : 0) - (hasTax ? 6 : 0), kind: 'text' },
    { label: words.quantity, share: 11, kind: 'figure' },
    { label: named(words.price), share: 18, kind: 'figure' },
    ...(hasDiscount ? [{ label: words.discount, share: 10, kind: 'figure' } as const] : []),
    ...(hasTax ? [{ label: words.tax, share: 10, kind: 'figure' } as const] : []),
    { label: named(words.lineTotal), share: 20, kind: 'figure' },
  ];
  const rows = lines.map((line, index) => ({
    cells: [
      quantityText(String(index + 1), style),
      goods(line, style),
      quantityText(line.quantity, style),
      amountText(line.unitPrice, currency, style),
      ...(hasDiscount ? [isZero(line.discountPercent) ? '' : percentText(line.discountPercent, style)] : []),
      ...(hasTax ? [isZero(line.taxPercent) ? '' : percentText(line.taxPercent, style)] : []),
      amountText(line.lineTotal, currency, style),
    ],
  }));
  return { columns, rows };
}

type Sums = Pick<
  PrintedInvoice,
  'currency' | 'subtotal' | 'discountTotal' | 'taxTotal' | 'shipping' | 'adjustment' | 'total'
>;

function documentTotals(sums: Sums, style: FigureStyle): Total[] {
  const words = wordsOf(style.language);
  const { currency } = sums;
  const money = (amount: string): string => moneyText(amount, currency, style);
  const parts: Total[] = [
    ...(isZero(sums.discountTotal)
      ? []
      : [{ label: words.discount, value: money(new Decimal(sums.discountTotal).negated().toFixed()) }]),
    ...(isZero(sums.taxTotal) ? [] : [{ label: words.tax, value: money(sums.taxTotal) }]),
    ...(isZero(sums.shipping) ? [] : [{ label: words.shipping, value: money(sums.shipping) }]),
    ...(isZero(sums.adjustment) ? [] : [{ label: words.adjustment, value: money(sums.adjustment) }]),
  ];
  return [
    ...(parts.length === 0 ? [] : [{ label: words.subtotal, value: money(sums.subtotal) }, ...parts]),
    { label: words.total, value: money(sums.total), strong: true },
  ];
}

function settlementTotals({ currency, paid, credited, balance }: PrintedInvoice, style: FigureStyle): Total[] {
  const words = wordsOf(style.language);
  const money = (amount: string): string => moneyText(amount, currency, style);
  if (isZero(paid) && isZero(credited)) return [];
  return [
    ...(isZero(paid) ? [] : [{ label: words.paid, value: money(paid) }]),
    ...(isZero(credited) ? [] : [{ label: words.credited, value: money(credited) }]),
    { label: words.balance, value: money(balance), strong: true },
  ];
}

/** IQD for one unit, on papers in another currency. */
const rateFact = (
  { currency, exchangeRate }: { currency: string; exchangeRate: string },
  style: FigureStyle,
): Fact | null =>
  currency === 'IQD' ? null : fact(wordsOf(style.language).rate, moneyText(exchangeRate, 'IQD', style));

export function invoiceSheet(invoice: PrintedInvoice, printing: Printing): Sheet {
  const { style } = printing;
  const words = wordsOf(style.language);
  return {
    ...blank(printing),
    title: words.INVOICE,
    number: invoice.number,
    stamp: invoice.voidedAt === null ? null : words.void,
    party: { heading: words.billTo, lines: partyLines(invoice.customer, style, words) },
    facts: present([
      fact(words.date, dayText(invoice.issuedOn, style)),
      fact(words.dueOn, dayText(invoice.dueOn, style)),
      fact(words.order, invoice.order && isolated(invoice.order.number)),
      rateFact(invoice, style),
    ]),
    ...pricedTable(invoice.lines, invoice.currency, style),
    totals: [...documentTotals(invoice, style), ...(invoice.voidedAt === null ? settlementTotals(invoice, style) : [])],
  };
}

/** An invoice on the roll of a receipt printer. */
export function saleReceiptSheet(invoice: PrintedInvoice, printing: Printing): Sheet {
  const { style } = printing;
  const words = wordsOf(style.language);
  const { currency } = invoice;
  return {
    ...invoiceSheet(invoice, printing),
    format: 'SLIP',
    title: words.SALE_RECEIPT,
    party: { heading: words.customer, lines: [nameOf(invoice.customer, style)] },
    facts: present([fact(words.date, dayText(invoice.issuedOn, style))]),
    rows: invoice.lines.map((line) => ({
      cells: [
        [goods(line, style)[0], slipQuantity(line, currency, style)],
        amountText(line.lineTotal, currency, style),
      ],
    })),
  };
}

function slipQuantity(line: PricedLine, currency: string, style: FigureStyle): string {
  const price = `${quantityText(line.quantity, style)} × ${amountText(line.unitPrice, currency, style)}`;
  return isZero(line.discountPercent) ? price : `${price} − ${percentText(line.discountPercent, style)}`;
}

/** A draft is an offer; later it is what was agreed. */
export function orderSheet(order: PrintedOrder, printing: Printing): Sheet {
  const { style } = printing;
  const words = wordsOf(style.language);
  const isOffer = order.status === 'DRAFT';
  return {
    ...blank(printing),
    title: isOffer ? words.QUOTE : words.SALES_ORDER,
    number: order.number,
    stamp: order.status === 'CANCELLED' ? words.cancelled : null,
    party: { heading: isOffer ? words.quoteFor : words.billTo, lines: partyLines(order.customer, style, words) },
    facts: present([
      fact(words.date, dayText(order.orderedOn, style)),
      fact(words.validUntil, isOffer ? order.validUntil && dayText(order.validUntil, style) : null),
      fact(words.expectedOn, order.expectedOn && dayText(order.expectedOn, style)),
      rateFact(order, style),
    ]),
    ...pricedTable(order.lines, order.currency, style),
    totals: documentTotals(order, style),
    remarks: present([fact(words.deliveryAddress, order.deliveryAddress)]),
  };
}

/** What has left with one shipment: goods and numbers, no prices. */
export function deliveryNoteSheet(shipment: PrintedShipment, printing: Printing): Sheet {
  const { style } = printing;
  const words = wordsOf(style.language);
  const { customer, order, lines } = shipment;
  const pieces = lines.reduce((sum, { quantity }) => sum.plus(quantity), new Decimal(0)).toFixed();
  return {
    ...blank(printing),
    title: words.DELIVERY_NOTE,
    number: shipment.number,
    stamp: shipment.voidedAt === null ? null : words.void,
    party: { heading: words.shipTo, lines: partyLines(customer, style, words) },
    facts: present([
      fact(words.date, dayText(shipment.shippedOn, style)),
      fact(words.order, order && isolated(order.number)),
    ]),
    columns: [
      { label: '#', share: 5, kind: 'figure' },
      { label: words.description, share: 75, kind: 'text' },
      { label: words.delivered, share: 20, kind: 'figure' },
    ],
    rows: lines.map((line, index) => ({
      cells: [quantityText(String(index + 1), style), goods(line, style), quantityText(line.quantity, style)],
    })),
    totals: [{ label: words.delivered, value: quantityText(pieces, style), strong: true }],
    remarks: present([fact(words.deliveryAddress, order?.deliveryAddress)]),
    signatures: [words.deliveredBy, words.receivedBy],
  };
}

export function creditNoteSheet(note: PrintedCreditNote, printing: Printing): Sheet {
  const { style } = printing;
  const words = wordsOf(style.language);
  const { currency, lines } = note;
  const sum = (of: 'lineTotal' | 'discountShare' | 'taxAmount'): string =>
    lines.reduce((total, line) => total.plus(line[of]), new Decimal(0)).toFixed();
  return {
    ...blank(printing),
    title: words.CREDIT_NOTE,
    number: note.number,
    stamp: note.voidedAt === null ? null : words.void,
    party: { heading: words.billTo, lines: partyLines(note.customer, style, words) },
    facts: present([
      fact(words.date, dayText(note.issuedOn, style)),
      fact(words.invoice, note.invoice && isolated(note.invoice.number)),
    ]),
    columns: [
      { label: '#', share: 5, kind: 'figure' },
      { label: words.description, share: 60, kind: 'text' },
      { label: words.quantity, share: 13, kind: 'figure' },
      { label: `${words.lineTotal} (${currencyName(currency, style.language)})`, share: 22, kind: 'figure' },
    ],
    rows: lines.map((line, index) => ({
      cells: [
        quantityText(String(index + 1), style),
        goods(line, style),
        quantityText(line.quantity, style),
        amountText(line.lineTotal, currency, style),
      ],
    })),
    totals: documentTotals(
      {
        currency,
        subtotal: sum('lineTotal'),
        discountTotal: sum('discountShare'),
        taxTotal: sum('taxAmount'),
        shipping: '0',
        adjustment: '0',
        total: note.total,
      },
      style,
    ),
    remarks: present([fact(words.reason, note.reason)]),
  };
}

/** The receipt of a payment, on the roll of a receipt printer. */
export function paymentReceiptSheet(payment: PrintedPayment, printing: Printing): Sheet {
  const { style } = printing;
  const words = wordsOf(style.language);
  const money = (amount: string): string => moneyText(amount, payment.currency, style);
  const left = isZero(payment.unapplied) ? [] : [{ label: words.onAccount, value: money(payment.unapplied) }];
  return {
    ...blank(printing),
    format: 'SLIP',
    title: words.PAYMENT_RECEIPT,
    number: payment.number,
    stamp: payment.voidedAt === null ? null : words.void,
    party: { heading: words.receivedFrom, lines: [nameOf(payment.party, style)] },
    facts: present([
      fact(words.date, dayText(payment.day, style)),
      fact(words.method, words[payment.method]),
      fact(words.reference, payment.reference),
    ]),
    rows: payment.settles.map(({ number, currency, amount }) => ({
      cells: [`${words.invoice} ${isolated(number)}`, moneyText(amount, currency, style)],
    })),
    totals: [...left, { label: words.amount, value: money(payment.amount), strong: true }],
  };
}

/** What was paid to a vendor, to be signed. */
export function paymentVoucherSheet(payment: PrintedPayment, printing: Printing): Sheet {
  const { style } = printing;
  const words = wordsOf(style.language);
  const money = (amount: string): string => moneyText(amount, payment.currency, style);
  const hasBills = payment.settles.length > 0;
  return {
    ...blank(printing),
    title: words.PAYMENT_VOUCHER,
    number: payment.number,
    stamp: payment.voidedAt === null ? null : words.void,
    party: { heading: words.paidTo, lines: partyLines(payment.party, style, words) },
    facts: present([
      fact(words.date, dayText(payment.day, style)),
      fact(words.method, words[payment.method]),
      fact(words.reference, payment.reference),
    ]),
    columns: hasBills
      ? [
          { label: words.bill, share: 70, kind: 'text' },
          { label: words.amount, share: 30, kind: 'figure' },
        ]
      : [],
    rows: payment.settles.map(({ number, currency, amount }) => ({
      cells: [isolated(number), moneyText(amount, currency, style)],
    })),
    totals: [
      ...(isZero(payment.unapplied) ? [] : [{ label: words.onAccount, value: money(payment.unapplied) }]),
      { label: words.amount, value: money(payment.amount), strong: true },
    ],
    signatures: [words.paidBy, words.receivedBy, words.approvedBy],
  };
}

export const closingOf = ({ opening, entries }: PrintedStatement): string =>
  entries.reduce((sum, { amount }) => sum.plus(amount), new Decimal(opening)).toFixed();

export function statementSheet(statement: PrintedStatement, printing: Printing): Sheet {
  const { style } = printing;
  const words = wordsOf(style.language);
  const { currency, from, to, opening, entries, customer } = statement;
  const amount = (value: Decimal.Value): string => amountText(new Decimal(value).toFixed(), currency, style);
  const money = (value: Decimal.Value): string => moneyText(new Decimal(value).toFixed(), currency, style);
  let balance = new Decimal(opening);
  const sums = { charges: new Decimal(0), payments: new Decimal(0) };
  const rows: Row[] = entries.map((entry) => {
    const value = new Decimal(entry.amount);
    const isCharge = value.greaterThan(0);
    balance = balance.plus(value);
    if (isCharge) sums.charges = sums.charges.plus(value);
    else sums.payments = sums.payments.plus(value.negated());
    return {
      cells: [
        dayText(entry.enteredOn, style),
        `${entryWord(entry.kind, style.language)} ${isolated(entry.number)}`,
        isCharge ? amount(value) : '',
        isCharge ? '' : amount(value.negated()),
        amount(balance),
      ],
    };
  });
  const beginning = from === null ? '' : dayText(from, style);
  return {
    ...blank(printing),
    title: words.CUSTOMER_STATEMENT,
    number: customer.code,
    party: { heading: words.customer, lines: partyLines(customer, style, words) },
    facts: present([
      fact(words.from, beginning),
      fact(words.to, dayText(to, style)),
      fact(words.currency, currencyName(currency, style.language)),
    ]),
    columns: [
      { label: words.date, share: 14, kind: 'text' },
      { label: words.entry, share: 38, kind: 'text' },
      { label: words.charge, share: 16, kind: 'figure' },
      { label: words.payment, share: 16, kind: 'figure' },
      { label: words.runningBalance, share: 18, kind: 'figure' },
    ],
    rows: [{ cells: [beginning, words.openingBalance, '', '', amount(opening)], strong: true }, ...rows],
    totals: [
      { label: words.charges, value: money(sums.charges) },
      { label: words.payments, value: money(sums.payments) },
      { label: words.closingBalance, value: money(balance), strong: true },
    ],
  };
}
