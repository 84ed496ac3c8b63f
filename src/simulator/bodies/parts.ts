import type { SimulatedContact } from '../company-contacts.js';
import { LOCATIONS } from '../company.js';
import type { Books } from '../documents/books.js';
import type { DocumentLine, TradeDocument } from '../documents/document.js';
import { currencyFacts, decimalsOf, discountOf, round, type Currency } from '../documents/money.js';
import type { Totals } from '../documents/totals.js';
import { zohoTimestamp } from '../item-body.js';
import type { Body } from '../resource.js';

/** Parts that the bodies of all documents share. */
interface InCurrency {
  currency: Currency;
  exchangeRate: number | null;
}

export const currencyOf = (books: Books, document: InCurrency): Body => ({
  currency_id: currencyFacts(document.currency).id,
  currency_code: document.currency,
  currency_symbol: document.currency,
  exchange_rate: books.exchangeRate(document),
  price_precision: decimalsOf(document.currency),
});

export const currencyName = (currency: Currency): string => `${currency}- ${currencyFacts(currency).name}`;

/** In the base currency, as the keys that begin with `bcy_`. */
export function inBase(books: Books, document: InCurrency): (amount: number) => number {
  const rate = books.exchangeRate(document);
  return (amount) => round(amount * rate, 2);
}

export const timesOf = ({ createdMs, modifiedMs }: { createdMs: number; modifiedMs: number }): Body => ({
  created_time: zohoTimestamp(createdMs),
  last_modified_time: zohoTimestamp(modifiedMs),
});

export const nameOf = (books: Books, contactId: string): string => books.contacts.find(contactId)?.name ?? '';

export function contactOf(books: Books, document: { contactId: string }, as: 'customer' | 'vendor'): Body {
  return { [`${as}_id`]: document.contactId, [`${as}_name`]: nameOf(books, document.contactId) };
}

export const locationName = (locationId: string): string => LOCATIONS.find(({ id }) => id === locationId)?.name ?? '';

export const termsLabel = (days: number): string => (days === 0 ? 'Due on Receipt' : `Net ${days}`);

export function addressOf(contact: SimulatedContact | undefined): Body {
  const filled = contact !== undefined && contact.street !== '';
  const street = filled ? contact.street : '';
  return {
    street,
    address: street,
    street2: '',
    city: contact?.city ?? '',
    state: filled ? contact.city : '',
    zip: '',
    country: filled ? 'Iraq' : '',
    country_code: filled ? 'IQ' : '',
    fax: '',
    phone: '',
    attention: '',
  };
}

/** In lists of invoices the key is `zipcode`. */
export function rowAddressOf(contact: SimulatedContact | undefined): Body {
  const { zip, street: _street, country_code: _code, ...rest } = addressOf(contact);
  return { ...rest, zipcode: zip };
}

export function customFieldsOf(fields: Readonly<Record<string, string>>): Body {
  const rows = Object.entries(fields).map(([name, value], index) => ({
    customfield_id: `52704130000000701${String(index).padStart(2, '0')}`,
    index: index + 1,
    label: name.replace(/^cf_/, '').replaceAll('_', ' '),
    api_name: name,
    data_type: 'string',
    value,
  }));
  return { custom_fields: rows, custom_field_hash: { ...fields } };
}

export function salespersonOf(books: Books, salespersonId: string): Body {
  return { salesperson_id: salespersonId, salesperson_name: books.users.find(salespersonId)?.name ?? '' };
}

/** What every line of every document says. */
export function lineOf(books: Books, document: TradeDocument, totals: Totals, line: DocumentLine, index: number): Body {
  const decimals = decimalsOf(document.currency);
  const amount = totals.lines[index] as number;
  const gross = line.quantity * line.rate;
  return {
    line_item_id: line.lineId,
    item_id: line.itemId,
    item_order: index + 1,
    name: line.name,
    description: line.description,
    unit: line.unit,
    quantity: line.quantity,
    rate: line.rate,
    bcy_rate: inBase(books, document)(line.rate),
    discount: line.discount,
    discount_amount: discountOf(line.discount, gross, decimals),
    ...taxOf(books, line.taxId),
    line_item_taxes: taxRows(books, line.taxId === '' ? [] : [{ taxId: line.taxId, base: amount }], decimals),
    item_total: amount,
  };
}

function taxOf(books: Books, taxId: string): Body {
  const tax = books.taxes.find(taxId);
  if (!tax) return { tax_id: '', tax_name: '', tax_type: '', tax_percentage: '' };
  return { tax_id: tax.id, tax_name: tax.name, tax_type: 'tax', tax_percentage: tax.percentage };
}

function taxRows(books: Books, bases: readonly { taxId: string; base: number }[], decimals: number): Body[] {
  return bases.map(({ taxId, base }) => {
    const tax = books.taxes.find(taxId);
    return {
      tax_id: taxId,
      tax_name: tax ? `${tax.name} (${tax.percentage}%)` : '',
      tax_percentage: tax?.percentage ?? 0,
      tax_amount: round((base * (tax?.percentage ?? 0)) / 100, decimals),
      tax_specific_type: 'tax',
    };
  });
}

/** The taxes of a whole document. */
export const taxesOf = (books: Books, totals: Totals): Body[] =>
  totals.taxes.map(({ taxId, amount }) => {
    const tax = books.taxes.find(taxId);
    return { tax_id: taxId, tax_name: tax ? `${tax.name} (${tax.percentage}%)` : '', tax_amount: amount };
  });

/** Discount, sums and what is added to them. */
export const sumsOf = (document: TradeDocument, totals: Totals): Body => ({
  discount: document.discount,
  discount_applied_on_amount: totals.discount === 0 ? 0 : totals.subTotal,
  discount_type: totals.discount === 0 ? 'item_level' : 'entity_level',
  shipping_charge: document.shipping,
  shipping_charge_exclusive_of_tax: document.shipping,
  shipping_charge_inclusive_of_tax: document.shipping,
  adjustment: document.adjustment,
  adjustment_description: document.adjustmentText,
  roundoff_value: document.roundOff,
  sub_total: totals.subTotal,
  tax_total: totals.tax,
  total: totals.total,
});

const DAY_MS = 86_400_000;

const daysBetween = (from: string, to: string): number => Math.round((Date.parse(to) - Date.parse(from)) / DAY_MS);

/** `Due in 29 days`, `Overdue by 3 days`, or empty. */
export function dueText(dueDate: string, today: string, open: boolean): string {
  if (dueDate === '' || !open) return '';
  const days = daysBetween(today, dueDate);
  return days > 0 ? `Due in ${days} days` : days === 0 ? 'Due Today' : `Overdue by ${-days} days`;
}

export const dueInDays = (dueDate: string, today: string): number | '' =>
  dueDate === '' ? '' : daysBetween(today, dueDate);
