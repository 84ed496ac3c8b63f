import { Decimal } from 'decimal.js';

/**
 * Money and quantities: `numeric` in Postgres, Decimal in code, decimal text at every edge, never a float.
 * Code rounds here alone. The statements that must round use Postgres' round(), which treats a half of a numeric the same
 * way; the oracle of test/catalog/prices.test.ts compares the two.
 */
export const CURRENCY_DECIMALS = { IQD: 0, USD: 2, RMB: 2 } as const;
export type Currency = keyof typeof CURRENCY_DECIMALS;
/** Of own names only: `toString` is no currency. */
export const isCurrency = (value: string): value is Currency => Object.hasOwn(CURRENCY_DECIMALS, value);

export const QUANTITY_DECIMALS = 3;
/** Widest value that our numeric(18,6) columns hold. */
const LIMIT = new Decimal('999999999999');

const PLAIN = /^(0|[1-9]\d*)(?:\.(\d+))?$/;

/** The text of an amount that needs no rounding, without a Decimal: nearly every price of a list is such. */
function withoutRounding(amount: string, decimals: number): string | null {
  const match = PLAIN.exec(amount);
  if (!match) return null;
  const [, whole = '', fraction = ''] = match;
  if (/[1-9]/.test(fraction.slice(decimals))) return null;
  return decimals === 0 ? whole : `${whole}.${fraction.slice(0, decimals).padEnd(decimals, '0')}`;
}

/** Rounds half away from zero, as Zoho's `round_half_up` does for documents. */
export function roundMoney(amount: Decimal.Value, currency: Currency): string {
  const decimals = CURRENCY_DECIMALS[currency];
  const plain = typeof amount === 'string' ? withoutRounding(amount, decimals) : null;
  if (plain !== null) return plain;
  const rounded = new Decimal(amount).toDecimalPlaces(decimals, Decimal.ROUND_HALF_UP);
  // There is no minus zero in money.
  return (rounded.isZero() ? new Decimal(0) : rounded).toFixed(decimals);
}

/** The nearest multiple of a note or coin, half away from zero. */
export const toNearest = (amount: Decimal, step: number): Decimal =>
  amount.dividedBy(step).toDecimalPlaces(0, Decimal.ROUND_HALF_UP).times(step);

/** Whole units, towards zero. */
export const wholeUnits = (amount: Decimal): Decimal => amount.truncated();

export type Parsed = { kind: 'absent' } | { kind: 'odd'; text: string } | { kind: 'number'; value: Decimal };

const NUMBER = /^[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:e[+-]?\d{1,3})?$/i;
const GROUPED = /^[+-]?\d{1,3}(?:,\d{3})+(?:\.\d+)?$/;
const NOTHING = new Set(['', 'none', 'null', 'nil', 'undefined', 'n/a', '-']);
const ARABIC_DIGITS = /[\u0660-\u0669\u06F0-\u06F9]/g;

/**
 * Reads a number as the outside world writes it: JSON number, "1,234.50", "12.5", Arabic digits. "", null, "None" are
 * absent; anything else that is not a number is invalid. Neither ever becomes 0, because a guessed 0 wipes a price or a
 * stock silently.
 */
export function parseNumber(value: unknown): Parsed {
  if (value === null || value === undefined) return { kind: 'absent' };
  if (typeof value === 'number') {
    return Number.isFinite(value) ? bounded(new Decimal(value), String(value)) : odd(value);
  }
  if (typeof value !== 'string') return odd(value);
  const text = value
    .trim()
    .replace(ARABIC_DIGITS, (digit) => String(digit.charCodeAt(0) & 0xf))
    .replace('\u066B', '.');
  if (NOTHING.has(text.toLowerCase())) return { kind: 'absent' };
  if (NUMBER.test(text)) return bounded(new Decimal(text), value);
  if (GROUPED.test(text)) return bounded(new Decimal(text.replaceAll(',', '')), value);
  return odd(value);
}

function bounded(value: Decimal, original: string): Parsed {
  return value.abs().greaterThan(LIMIT) ? odd(original) : { kind: 'number', value };
}

function odd(value: unknown): Parsed {
  const text = typeof value === 'string' ? value : (JSON.stringify(value) ?? typeof value);
  return { kind: 'odd', text: text.slice(0, 80) };
}

/** Canonical decimal text: no exponent, no trailing zeros; equal amounts give equal text, so it can be hashed. */
export function decimalText(value: Decimal.Value, maxDecimals = 6): string {
  const text = new Decimal(value).toDecimalPlaces(maxDecimals, Decimal.ROUND_HALF_UP).toFixed();
  return text === '-0' ? '0' : text;
}

export { Decimal };
