import { CURRENCY_DECIMALS, Decimal, isCurrency } from '../kernel/money.js';
import type { Language } from '../kernel/viewer.js';
import { isolated } from './bidi-text.js';

/** How figures stand on paper. Nothing is rounded here: what the document says is printed to its last digit. */
export interface FigureStyle {
  language: Language;
  /** Digits 0-9 or ٠-٩; the latter on Arabic paper only. */
  digits: 'LATIN' | 'ARABIC_INDIC';
}

const ARABIC_ZERO = 0x0660;
const ARABIC_SIGNS: Readonly<Record<string, string>> = { ',': '\u066c', '.': '\u066b', '%': '\u066a' };

/** Figures in the digits of the style, kept together from left to right. */
function inStyle(text: string, { language, digits }: FigureStyle): string {
  if (language === 'en') return text;
  if (digits === 'LATIN') return isolated(text);
  const arabic = text
    .replace(/\d/g, (digit) => String.fromCharCode(ARABIC_ZERO + Number(digit)))
    .replace(/[,.%]/g, (sign) => ARABIC_SIGNS[sign] ?? sign);
  return isolated(arabic);
}

/** Canonical decimal text, with at least so many decimals and the thousands apart. */
function grouped(value: string, decimals: number): string {
  const text = new Decimal(value).toFixed();
  const [whole = '0', fraction = ''] = text.replace('-', '').split('.');
  const thousands: string[] = [];
  for (let end = whole.length; end > 0; end -= 3) thousands.unshift(whole.slice(Math.max(0, end - 3), end));
  const shown = fraction.padEnd(decimals, '0');
  const sign = new Decimal(value).isNegative() && !new Decimal(value).isZero() ? '-' : '';
  return `${sign}${thousands.join(',')}${shown === '' ? '' : `.${shown}`}`;
}

const decimalsOf = (currency: string): number => (isCurrency(currency) ? CURRENCY_DECIMALS[currency] : 2);

/** An amount without its currency, for a column whose head names it. */
export const amountText = (amount: string, currency: string, style: FigureStyle): string =>
  inStyle(grouped(amount, decimalsOf(currency)), style);

/** An amount with its currency: IQD 1,250,000, $12.50; in Arabic 1,250,000 د.ع. */
export function moneyText(amount: string, currency: string, style: FigureStyle): string {
  const figure = grouped(amount, decimalsOf(currency));
  if (currency === 'USD') return inStyle(figure.startsWith('-') ? `-$${figure.slice(1)}` : `$${figure}`, style);
  return style.language === 'en'
    ? `${currency} ${figure}`
    : `${inStyle(figure, style)} ${currencyName(currency, style.language)}`;
}

const ARABIC_CURRENCIES: Readonly<Record<string, string>> = { IQD: 'د.ع', USD: '$', RMB: 'يوان' };

/** What the head of a column of amounts calls the currency. */
export const currencyName = (currency: string, language: Language): string =>
  language === 'ar' ? (ARABIC_CURRENCIES[currency] ?? currency) : currency === 'USD' ? '$' : currency;

export const quantityText = (quantity: string, style: FigureStyle): string => inStyle(grouped(quantity, 0), style);

export const percentText = (percent: string, style: FigureStyle): string => inStyle(`${grouped(percent, 0)}%`, style);

export const countText = (count: number, style: FigureStyle): string => inStyle(String(count), style);

/** A business day: 2026-11-22, and 2026/11/22 in Arabic. */
export const dayText = (day: string, style: FigureStyle): string =>
  style.language === 'en' ? day : inStyle(day.replaceAll('-', '/'), style);

export const isZero = (value: string): boolean => new Decimal(value).isZero();
