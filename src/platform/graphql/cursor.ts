/**
 * A cursor is the order it belongs to, the key and the id; opaque to clients, checked when it comes back. Where the key is
 * not for the reader it is left out, and the statement finds it by the id.
 */
export type CursorParts = readonly [order: string, key: string, id: string];

export const HIDDEN_KEY = '';

export const encodeCursor = (parts: CursorParts): string => Buffer.from(JSON.stringify(parts)).toString('base64url');

/** Null for what this server never encoded. */
export function decodeCursor(cursor: string): CursorParts | null {
  let parsed: unknown;
  try {
    parsed = JSON.parse(Buffer.from(cursor, 'base64url').toString('utf8'));
  } catch {
    return null;
  }
  if (!Array.isArray(parsed) || parsed.length !== 3 || !parsed.every((part) => typeof part === 'string')) return null;
  return parsed as unknown as CursorParts;
}
