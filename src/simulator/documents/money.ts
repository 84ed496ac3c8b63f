/** Zoho's ISO codes; the company's own books may say RMB where Zoho says CNY. */
export type Currency = 'IQD' | 'USD' | 'CNY';

export const CURRENCIES: Readonly<Record<Currency, { id: string; name: string; decimals: number; format: string }>> = {
  IQD: { id: '5270413000000000099', name: 'Iraqi Dinar', decimals: 0, format: '1,234,567' },
  USD: { id: '5270413000000000097', name: 'US Dollar', decimals: 2, format: '1,234,567.89' },
  CNY: { id: '5270413000000000101', name: 'Yuan Renminbi', decimals: 2, format: '1,234,567.89' },
};

/** Dinars for one of each, as of the day when the company's facts were collected. */
const DINARS: Readonly<Record<Currency, number>> = { IQD: 1, USD: 1310, CNY: 182 };

export const isCurrency = (code: unknown): code is Currency =>
  typeof code === 'string' && Object.hasOwn(CURRENCIES, code);

interface CurrencyFacts {
  id: string;
  name: string;
  decimals: number;
  format: string;
}

/** What is known of a currency; tests make contacts of currencies that nobody knows. */
export const currencyFacts = (code: Currency): CurrencyFacts =>
  isCurrency(code) ? CURRENCIES[code] : { ...CURRENCIES.USD, id: '5270413000000000999', name: String(code) };

export const decimalsOf = (currency: Currency): number => currencyFacts(currency).decimals;

/** What binary fractions may lack of a half: 1.005 is a little less than it says. */
const SLACK = 2 ** -50;

/** Half away from zero, so that 1.005 becomes 1.01 as in Zoho. */
export function round(value: number, decimals: number): number {
  const factor = 10 ** decimals;
  const scaled = Math.abs(value) * factor;
  const magnitude = Math.round(scaled * (1 + SLACK)) / factor;
  return value < 0 && magnitude !== 0 ? -magnitude : magnitude;
}

export const RATE_DECIMALS = 6;

/** How much of the base currency one unit of `currency` is worth; Zoho keeps six decimals. */
export const exchangeRate = (currency: Currency, base: Currency): number =>
  round((DINARS[currency] ?? 1) / DINARS[base], RATE_DECIMALS);

/** A discount is an amount or a percentage as text. */
export function discountOf(discount: number | string, amount: number, decimals: number): number {
  if (typeof discount === 'number') return round(discount, decimals);
  const percent = /^\s*(-?\d+(?:\.\d+)?)\s*%\s*$/.exec(discount)?.[1];
  return round(percent === undefined ? Number(discount) || 0 : (amount * Number(percent)) / 100, decimals);
}
