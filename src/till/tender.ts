import { assertCurrency, assertPositiveAmount, knownCurrency } from '../kernel/document-values.js';
import { badInput } from '../kernel/errors.js';
import { assertAll } from '../kernel/faults.js';
import { msg } from '../kernel/message.js';
import { type Currency, Decimal, decimalText, roundMoney, toNearest, wholeUnits } from '../kernel/money.js';

/** The smallest note that is given as change in dinars. */
export const SMALLEST_NOTE = 250;

export interface Cash {
  currency: string;
  amount: string;
}

/** What a customer hands over, in one or several currencies, and what goes back. */
export interface Tender {
  tendered: readonly Cash[];
  /** Left out: what is due, in `changeIn`. */
  change?: readonly Cash[] | null | undefined;
  changeIn?: string | null | undefined;
}

export interface Settled {
  change: readonly Cash[];
  /** What stays in the drawer, by currency; negative came out of it. */
  kept: readonly Cash[];
  /** What was rounded off, in the currency of what was due; positive is lost. */
  rounding: string;
}

/** IQD for one unit of each currency. */
export type Rates = ReadonlyMap<string, Decimal>;

function assertCash(list: readonly Cash[], field: string): void {
  assertAll(
    () => {
      if (new Set(list.map(({ currency }) => currency)).size < list.length)
        throw badInput(field, msg`The same currency is counted twice.`);
    },
    ...list.flatMap(({ currency, amount }, index) => [
      () => assertCurrency(currency, `${field}.${index}.currency`),
      () => assertPositiveAmount(amount, knownCurrency(currency), `${field}.${index}.amount`),
    ]),
  );
}

/** What can be said of a tender while what is due is not known. Throws BAD_INPUT. */
export function assertTender({ tendered, change, changeIn }: Tender): void {
  assertAll(
    () => {
      if (tendered.length === 0) throw badInput('cash.tendered', msg`Say what was handed over.`);
    },
    () => assertCash(tendered, 'cash.tendered'),
    () => assertCash(change ?? [], 'cash.change'),
    () => changeIn != null && assertCurrency(changeIn, 'cash.changeIn'),
  );
}

export const currenciesOf = ({ tendered, change, changeIn }: Tender): string[] => [
  ...new Set(['IQD', ...[...tendered, ...(change ?? [])].map(({ currency }) => currency), changeIn ?? 'IQD']),
];

const rateOf = (rates: Rates, currency: string): Decimal => rates.get(currency) ?? new Decimal(1);

const inDinars = (list: readonly Cash[], rates: Rates): Decimal =>
  list.reduce((sum, { currency, amount }) => sum.plus(rateOf(rates, currency).times(amount)), new Decimal(0));

/** What is handed over, in one currency. */
export const valueIn = (list: readonly Cash[], currency: Currency, rates: Rates): string =>
  roundMoney(inDinars(list, rates).dividedBy(rateOf(rates, currency)), currency);

/** Whole units of a foreign currency first; the rest in dinars, to the nearest note. */
function changeOf(dinars: Decimal, changeIn: string, rates: Rates): Cash[] {
  const whole =
    changeIn === 'IQD' ? new Decimal(0) : wholeUnits(Decimal.max(dinars, 0).dividedBy(rateOf(rates, changeIn)));
  const rest = dinars.minus(whole.times(rateOf(rates, changeIn)));
  const notes = toNearest(rest, SMALLEST_NOTE);
  return [
    { currency: changeIn, amount: whole },
    { currency: 'IQD', amount: notes },
  ]
    .filter(({ amount }) => !amount.isZero())
    .map(({ currency, amount }) => ({ currency, amount: amount.toFixed() }));
}

function keptOf(tendered: readonly Cash[], change: readonly Cash[]): Cash[] {
  const kept = new Map<string, Decimal>();
  for (const { currency, amount } of tendered) kept.set(currency, (kept.get(currency) ?? new Decimal(0)).plus(amount));
  for (const { currency, amount } of change) kept.set(currency, (kept.get(currency) ?? new Decimal(0)).minus(amount));
  return [...kept]
    .filter(([, amount]) => !amount.isZero())
    .map(([currency, amount]) => ({ currency, amount: amount.toFixed() }));
}

/**
 * What stays in the drawer when this is handed over for what is due. Change that nobody named is what is due, to the
 * nearest note of 250 dinars; what a person gives may differ from what is due by such a note at most. Throws BAD_INPUT.
 */
export function settleTender(due: string, currency: Currency, tender: Tender, rates: Rates): Settled {
  const dueInDinars = rateOf(rates, currency).times(due);
  const excess = inDinars(tender.tendered, rates).minus(dueInDinars);
  const change = tender.change ?? changeOf(excess, tender.changeIn ?? 'IQD', rates);
  if (change.some(({ amount }) => new Decimal(amount).isNegative())) {
    const short = decimalText(excess.negated().dividedBy(rateOf(rates, currency)), 2);
    throw badInput('cash.tendered', msg`${short} ${currency} are missing.`);
  }
  const off = excess.minus(inDinars(change, rates));
  if (off.abs().greaterThan(SMALLEST_NOTE)) {
    throw badInput('cash.change', msg`The change differs from what is due by ${decimalText(off.abs(), 0)} IQD.`);
  }
  const rounding = roundMoney(off.negated().dividedBy(rateOf(rates, currency)), currency);
  return { change, kept: keptOf(tender.tendered, change), rounding };
}
