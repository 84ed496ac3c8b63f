import { type Currency, decimalText, isCurrency, parseNumber } from '../../kernel/money.js';
import type { JobWarning } from '../../platform/queue/job.js';

/** A record as it came; every field may be missing or odd. */
export type ZohoRecord = Readonly<Record<string, unknown>>;

const ARABIC_NAME_FIELDS = new Set(['cf_name_ar', 'cf_arabic_name', 'cf_name_arabic']);
const ARABIC_LABEL = /arabic|عربي|name_ar/i;

export const isRow = (value: unknown): value is ZohoRecord =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

export const rowsOf = (value: unknown): ZohoRecord[] => (Array.isArray(value) ? value.filter(isRow) : []);

/** Text, null when the source says that it is empty, undefined when it says nothing. */
export function textOf(value: unknown, limit = Infinity): string | null | undefined {
  if (value === undefined) return undefined;
  if (value === null) return null;
  if (typeof value === 'number') return String(value);
  if (typeof value !== 'string') return undefined;
  const trimmed = value.replaceAll('\u0000', '').trim();
  return trimmed === '' ? null : trimmed.slice(0, limit);
}

export const nonEmpty = (value: unknown): string | undefined => textOf(value) ?? undefined;

/** The first that is not empty; null when all that were said are empty. */
export function firstText(limit: number, ...values: unknown[]): string | null | undefined {
  const texts = values.map((value) => textOf(value, limit));
  return texts.find((one) => one != null) ?? (texts.includes(null) ? null : undefined);
}

/** The id of a record, which some of Zoho's answers write as a number. */
export function idOf(value: unknown): string | null {
  const id = typeof value === 'number' ? String(value) : value;
  return typeof id === 'string' && id !== '' ? id : null;
}

/** Zoho writes the ISO code of the yuan; the company's books say RMB. */
const CURRENCIES: Readonly<Record<string, string>> = { CNY: 'RMB' };

/** The currency of a code at Zoho; null for one in which the company does not trade. */
export function currencyOf(code: string): Currency | null {
  const known = CURRENCIES[code] ?? code;
  return isCurrency(known) ? known : null;
}

/** The custom field that holds the Arabic name, by its API name or its label. */
export function arabicNameOf(record: ZohoRecord): string | undefined {
  const field = rowsOf(record['custom_fields']).find(({ api_name: apiName, label }) => {
    const known = typeof apiName === 'string' && ARABIC_NAME_FIELDS.has(apiName);
    return known || (typeof label === 'string' && ARABIC_LABEL.test(label));
  });
  return nonEmpty(record['name_ar']) ?? nonEmpty(field?.['value']);
}

/** Reads the fields of one record, and notes what was odd or missing: such a value is left out and never becomes 0. */
export class ValueReader {
  readonly warnings: JobWarning[] = [];

  constructor(private readonly record: ZohoRecord) {}

  odd(field: string, got: unknown = this.record[field]): void {
    const shown = (typeof got === 'string' ? got : (JSON.stringify(got) ?? typeof got)).slice(0, 60);
    this.warnings.push({ code: 'ODD_VALUE', field, message: `${field} is "${shown}"; the old value stays.` });
  }

  missing(field: string): void {
    this.warnings.push({ code: 'MISSING_VALUE', field, message: `${field} is empty; the old value stays.` });
  }

  /** Decimal text; undefined when it is missing or odd, with a warning when a value was expected. */
  number(field: string, options: { decimals: number; signed?: boolean; expected?: boolean }): string | undefined {
    const parsed = parseNumber(this.record[field]);
    if (parsed.kind === 'number' && (options.signed || !parsed.value.isNegative())) {
      return decimalText(parsed.value, options.decimals);
    }
    if (parsed.kind !== 'absent') this.odd(field);
    else if (options.expected) this.missing(field);
    return undefined;
  }

  active(): boolean | undefined {
    const { status } = this.record;
    if (status === 'active') return true;
    if (status === 'inactive') return false;
    if (status !== undefined) this.odd('status');
    return undefined;
  }
}
