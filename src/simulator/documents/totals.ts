import type { DocumentLine, TradeDocument } from './document.js';
import { decimalsOf, discountOf, round } from './money.js';

export interface TaxTotal {
  taxId: string;
  amount: number;
}

export interface Totals {
  /** The line's amount after its own discount. */
  lines: number[];
  subTotal: number;
  discount: number;
  taxes: TaxTotal[];
  tax: number;
  total: number;
}

export type PercentOf = (taxId: string) => number;

/** The sums of a document as Zoho does them: each line rounded, taxes rounded once for the whole document. */
export function totalsOf(document: TradeDocument, percentOf: PercentOf): Totals {
  const decimals = decimalsOf(document.currency);
  const lines = document.lines.map((line) => lineTotal(line, decimals));
  const subTotal = round(
    lines.reduce((sum, amount) => sum + amount, 0),
    decimals,
  );
  const discount = discountOf(document.discount, subTotal, decimals);
  const share = subTotal === 0 ? 1 : (subTotal - discount) / subTotal;
  const taxed = new Map<string, number>();
  document.lines.forEach(({ taxId }, index) => {
    if (taxId !== '') taxed.set(taxId, (taxed.get(taxId) ?? 0) + (lines[index] as number) * share);
  });
  const taxes = [...taxed].map(([taxId, amount]) => ({
    taxId,
    amount: round((amount * percentOf(taxId)) / 100, decimals),
  }));
  const tax = taxes.reduce((sum, { amount }) => sum + amount, 0);
  const extras = document.shipping + document.adjustment + document.roundOff;
  return {
    lines,
    subTotal,
    discount,
    taxes,
    tax: round(tax, decimals),
    total: round(subTotal - discount + tax + extras, decimals),
  };
}

export function lineTotal({ quantity, rate, discount }: DocumentLine, decimals: number): number {
  const gross = quantity * rate;
  return round(gross - discountOf(discount, gross, decimals), decimals);
}
