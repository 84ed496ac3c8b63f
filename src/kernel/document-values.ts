import { badInput } from './errors.js';
import { type Currency, CURRENCY_DECIMALS, Decimal, isCurrency } from './money.js';
import { msg } from './message.js';

/** What a value of a document may look like; each throws BAD_INPUT with the field. */
const MAX_TEXT = 2000;
/** A barcode scanned into a quantity has 12 or 13 digits; nobody ships a million of anything. */
export const MAX_QUANTITY = 1_000_000;
/** 100 billion: about 76 million dollars in dinars, and a sum of many such still fits numeric(18,6). */
export const MAX_MONEY = 100_000_000_000;
const QUANTITY = /^\d{1,12}(\.\d{1,3})?$/;
const PERCENT = /^\d{1,3}(\.\d{1,3})?$/;
const AMOUNT = /^-?\d{1,12}(\.\d{1,6})?$/;

export function assertQuantity(value: string, field: string): void {
  if (!QUANTITY.test(value) || new Decimal(value).isZero()) {
    throw badInput(field, msg`The quantity must be above 0, with at most 3 decimals.`);
  }
  if (new Decimal(value).greaterThan(MAX_QUANTITY)) {
    throw badInput(field, msg`The quantity is above ${MAX_QUANTITY}. Was a barcode scanned into it?`);
  }
}

export function assertPercent(value: string, field: string): void {
  if (!PERCENT.test(value) || new Decimal(value).greaterThan(100)) {
    throw badInput(field, msg`A percentage is 0 to 100, with at most 3 decimals.`);
  }
}

/** While the currency is not known (null), its decimals are not checked. */
export function assertAmount(value: string, currency: Currency | null, field: string): void {
  if (!AMOUNT.test(value)) throw badInput(field, msg`Not a valid amount.`);
  const amount = new Decimal(value);
  if (currency !== null && amount.decimalPlaces() > CURRENCY_DECIMALS[currency]) {
    throw badInput(field, msg`${currency} has ${CURRENCY_DECIMALS[currency]} decimals.`);
  }
  if (amount.isNegative()) throw badInput(field, msg`It cannot be negative.`);
  if (amount.greaterThan(MAX_MONEY)) throw badInput(field, msg`The amount is above ${MAX_MONEY}.`);
}

/** An amount above 0, which somebody hands over or settles. */
export function assertPositiveAmount(value: string, currency: Currency | null, field: string): void {
  assertAmount(value, currency, field);
  if (new Decimal(value).isZero()) throw badInput(field, msg`The amount must be above 0.`);
}

export function assertText(value: string | null | undefined, field: string): void {
  if (value == null) return;
  if (value.length > MAX_TEXT) throw badInput(field, msg`At most ${MAX_TEXT} characters.`);
}

export function assertReason(reason: string): void {
  if (reason.trim() === '') throw badInput('reason', msg`Give a reason.`);
  assertText(reason, 'reason');
}

export function assertCurrency(given: string | null | undefined, field = 'currency'): asserts given is Currency {
  if (knownCurrency(given) === null) throw badInput(field, msg`The currency is IQD, USD or RMB.`);
}

/** The currency if it is one of the company's. */
export const knownCurrency = (given: string | null | undefined): Currency | null =>
  given != null && isCurrency(given) ? given : null;
