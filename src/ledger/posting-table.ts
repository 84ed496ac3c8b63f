import { Decimal } from '../kernel/money.js';

/** The accounts that postings name, by their codes in the chart. */
export const ACCOUNTS = {
  tills: 1110,
  salespersonBoxes: 1120,
  safes: 1130,
  banks: 1140,
  channels: 1150,
  cashInTransit: 1180,
  conversion: 1190,
  receivables: 1210,
  staffDebts: 1230,
  revaluation: 1290,
  stock: 1310,
  payables: 2110,
  receivedNotBilled: 2120,
  taxDue: 2130,
  commissionDue: 2140,
  accruedCosts: 2150,
  capital: 3100,
  opening: 3900,
  sales: 4100,
  returns: 4110,
  discounts: 4120,
  otherIncome: 4200,
  exchangeDifference: 4810,
  unrealisedDifference: 4820,
  rounding: 4830,
  costOfGoods: 5100,
  costCorrections: 5110,
  stockDifferences: 5120,
  commission: 6200,
  badDebts: 6500,
  transferFees: 6600,
  cashDifferences: 6700,
  otherExpenses: 6900,
} as const;

/** The accounts that have a line for each product. */
const BY_PRODUCT: ReadonlySet<number> = new Set([ACCOUNTS.sales, ACCOUNTS.returns, ACCOUNTS.costOfGoods]);

/** The accounts whose lines name the customer or vendor of the document. */
const OF_PARTY: ReadonlySet<number> = new Set([ACCOUNTS.receivables, ACCOUNTS.payables]);

/** What a document says of itself to the journal, in its own currency; a figure that is left out is 0. */
export interface Figures {
  total: Decimal.Value;
  /** Of the document as a whole; that of a line is part of its price. */
  discount?: Decimal.Value | undefined;
  tax?: Decimal.Value | undefined;
  /** Shipping and adjustment. */
  charges?: Decimal.Value | undefined;
  /** What the total was rounded up by; negative: down. */
  roundedUp?: Decimal.Value | undefined;
  /** What a bank kept of the money. */
  fees?: Decimal.Value | undefined;
  /** Where the money lies. */
  box?: number | undefined;
  /** What the goods of the document come to, before its discount as a whole. */
  products?: readonly ProductFigure[] | undefined;
}

/** What the lines of one product come to. */
export interface ProductFigure {
  productId: string | null;
  amount: Decimal.Value;
}

type Figure = 'total' | 'net' | 'gross' | 'discount' | 'tax' | 'charges' | 'roundedUp' | 'received' | 'fees';
type Side = readonly (readonly [account: number | 'box', figure: Figure])[];

interface Rule {
  documentType: string;
  debit: Side;
  credit: Side;
}

const { receivables, payables, sales, returns, discounts, taxDue, otherIncome, receivedNotBilled } = ACCOUNTS;
const { badDebts, opening, rounding, costOfGoods, transferFees } = ACCOUNTS;

/** What each event of a document posts. Every other rule of posting stands in journal.service and in the database. */
export const POSTINGS = {
  INVOICE: {
    documentType: 'invoice',
    debit: [
      [receivables, 'total'],
      [discounts, 'discount'],
    ],
    credit: [
      [sales, 'gross'],
      [taxDue, 'tax'],
      [otherIncome, 'charges'],
      [rounding, 'roundedUp'],
    ],
  },
  PAYMENT: {
    documentType: 'payment',
    debit: [
      ['box', 'received'],
      [discounts, 'discount'],
      [transferFees, 'fees'],
    ],
    credit: [[receivables, 'total']],
  },
  CREDIT_NOTE: {
    documentType: 'creditNote',
    debit: [
      [returns, 'net'],
      [taxDue, 'tax'],
      [rounding, 'roundedUp'],
    ],
    credit: [[receivables, 'total']],
  },
  DEBIT_NOTE: { documentType: 'invoice', debit: [[receivables, 'total']], credit: [[otherIncome, 'total']] },
  WRITE_OFF: { documentType: 'creditNote', debit: [[badDebts, 'total']], credit: [[receivables, 'total']] },
  OPENING_DEBT: { documentType: 'invoice', debit: [[receivables, 'total']], credit: [[opening, 'total']] },
  OPENING_CREDIT: { documentType: 'creditNote', debit: [[opening, 'total']], credit: [[receivables, 'total']] },
  REFUND: { documentType: 'refund', debit: [[receivables, 'total']], credit: [['box', 'total']] },
  BILL: {
    documentType: 'bill',
    debit: [
      [receivedNotBilled, 'net'],
      [taxDue, 'tax'],
    ],
    credit: [[payables, 'total']],
  },
  PAYMENT_MADE: { documentType: 'paymentMade', debit: [[payables, 'total']], credit: [['box', 'total']] },
  // Goods whose stock is reported: their value is not on the stock account until the stock is ours (decision 52).
  REPORTED_COST: { documentType: 'invoice', debit: [[costOfGoods, 'net']], credit: [[opening, 'total']] },
} as const satisfies Record<string, Rule>;

export type PostingEvent = keyof typeof POSTINGS;

/** The events that take another one back, by its own lines negated. */
export const REVERSALS = {
  INVOICE_VOID: 'INVOICE',
  PAYMENT_VOID: 'PAYMENT',
  CREDIT_NOTE_VOID: 'CREDIT_NOTE',
  REFUND_VOID: 'REFUND',
  DEBIT_NOTE_VOID: 'DEBIT_NOTE',
  WRITE_OFF_VOID: 'WRITE_OFF',
  OPENING_DEBT_VOID: 'OPENING_DEBT',
  OPENING_CREDIT_VOID: 'OPENING_CREDIT',
  BILL_VOID: 'BILL',
  PAYMENT_MADE_VOID: 'PAYMENT_MADE',
  REPORTED_COST_VOID: 'REPORTED_COST',
} as const satisfies Record<string, PostingEvent>;

export type ReversalEvent = keyof typeof REVERSALS;

export const isReversal = (event: PostingEvent | ReversalEvent): event is ReversalEvent =>
  Object.hasOwn(REVERSALS, event);

/** Positive is debit. */
export interface DraftLine {
  account: number;
  amount: string;
  ofParty: boolean;
  productId: string | null;
}

function valuesOf(figures: Figures): Record<Figure, Decimal> {
  const { total, discount = 0, tax = 0, charges = 0, roundedUp = 0, fees = 0 } = figures;
  const net = new Decimal(total).minus(tax).minus(charges).minus(roundedUp);
  return {
    total: new Decimal(total),
    net,
    gross: net.plus(discount),
    discount: new Decimal(discount),
    tax: new Decimal(tax),
    charges: new Decimal(charges),
    roundedUp: new Decimal(roundedUp),
    received: new Decimal(total).minus(discount).minus(fees),
    fees: new Decimal(fees),
  };
}

/** A figure by product, in the order of the products' ids; what is of no product stands last. */
function partsOf(figure: Decimal, products: readonly ProductFigure[]): (readonly [string | null, Decimal])[] {
  const sums = new Map<string, Decimal>();
  let rest = figure;
  for (const { productId, amount } of products) {
    if (productId === null) continue;
    sums.set(productId, (sums.get(productId) ?? new Decimal(0)).plus(amount));
    rest = rest.minus(amount);
  }
  return [...[...sums].sort(([a], [b]) => (a < b ? -1 : 1)), [null, rest]];
}

/** The lines of an event, without those of 0. They sum to 0, whatever the figures. */
export function linesOf(event: PostingEvent, figures: Figures): DraftLine[] {
  const rule: Rule = POSTINGS[event];
  const values = valuesOf(figures);
  const line = (sign: 1 | -1, [place, figure]: Side[number]): DraftLine[] => {
    const account = place === 'box' ? figures.box : place;
    if (account === undefined) throw new Error(`${event} does not say where the money lies.`);
    const parts = BY_PRODUCT.has(account)
      ? partsOf(values[figure], figures.products ?? [])
      : [[null, values[figure]] as const];
    return parts
      .filter(([, amount]) => !amount.isZero())
      .map(([productId, amount]) => ({
        account,
        amount: amount.times(sign).toFixed(),
        ofParty: OF_PARTY.has(account),
        productId,
      }));
  };
  return [...rule.debit.flatMap((one) => line(1, one)), ...rule.credit.flatMap((one) => line(-1, one))];
}
