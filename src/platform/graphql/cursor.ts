import { createCipheriv, createDecipheriv, createHmac, hkdfSync } from 'node:crypto';

/**
 * A cursor is the order it belongs to, the key and the id. Where the order's key is no secret the three are merely
 * encoded. An order by a column that nobody may see is sealed: its key can be neither read nor guessed by asking for
 * the rows behind a key of one's own.
 */
export type CursorParts = readonly [order: string, key: string, id: string];

export const encodeCursor = (parts: CursorParts): string => Buffer.from(JSON.stringify(parts)).toString('base64url');

/** Null for what this server never encoded. */
export function decodeCursor(cursor: string): CursorParts | null {
  return partsOf(Buffer.from(cursor, 'base64url').toString('utf8'));
}

function partsOf(text: string): CursorParts | null {
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch {
    return null;
  }
  if (!Array.isArray(parsed) || parsed.length !== 3 || !parsed.every((part) => typeof part === 'string')) return null;
  return parsed as unknown as CursorParts;
}

interface Keys {
  encryption: Buffer;
  nonce: Buffer;
}

const derived = new Map<string, Keys>();

/** The keys of a server secret; processes that share the secret read each other's cursors. */
function keysOf(secret: string): Keys {
  let keys = derived.get(secret);
  if (!keys) {
    const bytes = Buffer.from(hkdfSync('sha256', secret, '', 'cursor', 64));
    keys = { encryption: bytes.subarray(0, 32), nonce: bytes.subarray(32) };
    derived.set(secret, keys);
  }
  return keys;
}

const NONCE = 12;
const TAG = 16;

/** AES-256-GCM with a nonce that follows from the text, so that one row has one cursor and caches recognise it. */
export function sealCursor(secret: string, parts: CursorParts): string {
  const { encryption, nonce } = keysOf(secret);
  const text = JSON.stringify(parts);
  const iv = createHmac('sha256', nonce).update(text).digest().subarray(0, NONCE);
  const cipher = createCipheriv('aes-256-gcm', encryption, iv);
  const body = Buffer.concat([cipher.update(text, 'utf8'), cipher.final()]);
  return Buffer.concat([iv, cipher.getAuthTag(), body]).toString('base64url');
}

/** Null for what was not sealed under this secret. */
export function openCursor(secret: string, cursor: string): CursorParts | null {
  const bytes = Buffer.from(cursor, 'base64url');
  if (bytes.length <= NONCE + TAG) return null;
  try {
    const iv = bytes.subarray(0, NONCE);
    const decipher = createDecipheriv('aes-256-gcm', keysOf(secret).encryption, iv, { authTagLength: TAG });
    decipher.setAuthTag(bytes.subarray(NONCE, NONCE + TAG));
    return partsOf(Buffer.concat([decipher.update(bytes.subarray(NONCE + TAG)), decipher.final()]).toString('utf8'));
  } catch {
    return null;
  }
}
