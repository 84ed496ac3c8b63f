import { createHmac, timingSafeEqual } from 'node:crypto';

/**
 * Zoho's webhook signature: HMAC-SHA256 over all query and form pairs, sorted by key and concatenated as keyvalue
 * (values decoded), then the raw JSON body. A form body is signed by its pairs alone. Documented for Zoho Billing, the
 * same platform; the encoding is not stated: hex is what integrators see, base64 stands behind a setting.
 */
export interface SignedRequest {
  query: URLSearchParams;
  form: URLSearchParams | null;
  rawBody: Uint8Array;
}

function mac(secret: string, request: SignedRequest): Buffer {
  const pairs = [...request.query, ...(request.form ?? [])].sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0));
  const hmac = createHmac('sha256', secret);
  for (const [key, value] of pairs) hmac.update(key, 'utf8').update(value, 'utf8');
  if (!request.form) hmac.update(request.rawBody);
  return hmac.digest();
}

export function signWebhook(secret: string, request: SignedRequest): string {
  return mac(secret, request).toString('hex');
}

// Bytes are compared, whatever the header held; timingSafeEqual throws on unequal lengths, and a length is no secret.
function isSameText(a: string, b: string): boolean {
  const [left, right] = [Buffer.from(a), Buffer.from(b)];
  return left.length === right.length && timingSafeEqual(left, right);
}

/** Compares in constant time against the present and the previous secret. */
export function verifyWebhook(
  given: string | undefined,
  request: SignedRequest,
  secrets: readonly string[],
  acceptBase64: boolean,
): boolean {
  if (given === undefined || given === '') return false;
  let valid = false;
  for (const secret of secrets) {
    const expected = mac(secret, request);
    // No early return: the time tells neither which secret nor which encoding matched.
    if (isSameText(given.toLowerCase(), expected.toString('hex'))) valid = true;
    if (acceptBase64 && isSameText(given, expected.toString('base64'))) valid = true;
  }
  return valid;
}
