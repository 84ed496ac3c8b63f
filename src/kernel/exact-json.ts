/**
 * Parses JSON without losing digits: a number that a double cannot hold as written (19-digit ids, long decimals) stays
 * the text that stood there. Zoho's ids are beyond 2^53, and some of its answers carry them unquoted.
 */
export function parseExactJson(text: string): unknown {
  const reviver = (_key: string, value: unknown, context?: { source?: string }): unknown => {
    if (typeof value !== 'number' || context?.source === undefined) return value;
    return String(value) === context.source ? value : context.source;
  };
  return JSON.parse(text, reviver);
}
