const NUMBER = /^-?\d+(\.\d+)?$/;

/** What a spreadsheet takes for the beginning of a formula, in the width of Latin and of Chinese text. */
const FORMULA_SIGN = '[=+\\-@\uFF1D\uFF0B\uFF0D\uFF20]';

/** Where a cell begins for any reader: some take a semicolon, a tab or a line within quotes for the next cell. */
const FORMULA = new RegExp(`(^|[;\\t\\r\\n])([ \\u00A0\\u3000]*)(?=${FORMULA_SIGN})`, 'g');

const LEADING_CONTROL = /^(?=[\t\r\n])/;

/**
 * Puts an apostrophe before every formula in a text, so that a spreadsheet does not execute a customer's name. Numbers
 * stay as they are.
 */
export function neutraliseFormulas(text: string): string {
  if (NUMBER.test(text)) return text;
  return text.replace(FORMULA, "$1$2'").replace(LEADING_CONTROL, "'");
}

function cell(value: string | null): string {
  if (value === null) return '';
  const text = neutraliseFormulas(value);
  return /[",;\t\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

/** With it, spreadsheets read Arabic. */
export const ENCODING_MARK = '\uFEFF';

export const csvLine = (cells: readonly (string | null)[]): string => `${cells.map(cell).join(',')}\r\n`;

/** RFC 4180, with a mark of the encoding in front. */
export const toCsv = (columns: readonly string[], rows: readonly (readonly (string | null)[])[]): string =>
  `${ENCODING_MARK}${[columns, ...rows].map(csvLine).join('')}`;
