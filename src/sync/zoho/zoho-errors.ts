/** What Zoho's answers mean for a job. */

/** A limit was met, ours or theirs: wait, no try is spent. */
export class ZohoThrottled extends Error {
  constructor(
    readonly delayMs: number,
    readonly reason: string,
  ) {
    super(`Zoho is not to be called for ${Math.ceil(delayMs / 1000)} s: ${reason}.`);
    this.name = 'ZohoThrottled';
  }
}

/** The refresh token or client is not accepted: somebody must connect again. Retrying sooner does not help. */
export class ZohoReconnectNeeded extends Error {
  constructor(readonly reason: string) {
    super(`Zoho refuses our credentials (${reason}). Connect again in the settings.`);
    this.name = 'ZohoReconnectNeeded';
  }
}

/** Zoho answered with an error, or with something that is no answer. */
export class ZohoFailure extends Error {
  constructor(
    readonly status: number,
    readonly zohoCode: number | null,
    message: string,
  ) {
    super(message);
    this.name = 'ZohoFailure';
  }
}

/** A write went out, and nobody knows whether Zoho did it: look before it is sent again. */
export class ZohoOutcomeUnknown extends Error {
  constructor(seen: string, options: ErrorOptions) {
    super(`Zoho may have done it or not: ${seen}.`, options);
    this.name = 'ZohoOutcomeUnknown';
  }
}

/** A file is larger than what is taken; it was not read to its end. */
export class ZohoFileTooLarge extends Error {
  constructor(readonly maxBytes: number) {
    super(`The file at Zoho has more than ${maxBytes} bytes.`);
    this.name = 'ZohoFileTooLarge';
  }
}

/** An answer that is no JSON object: cut off on the way, or from something that stands before Zoho. */
export class UnreadableAnswer extends ZohoFailure {
  constructor(status: number) {
    super(status, null, `Zoho answers ${status} with a body that is no JSON object.`);
    this.name = 'UnreadableAnswer';
  }
}

const NOT_FOUND_CODES = new Set([1002, 2006]);

/** Whether the record is gone; 404 or 400 for a missing record is unconfirmed, the code is what both carry. */
export function isGone(error: unknown): boolean {
  return (
    error instanceof ZohoFailure &&
    (error.status === 404 || error.status === 400) &&
    NOT_FOUND_CODES.has(error.zohoCode ?? 0)
  );
}

/** Zoho has understood the call and refuses it: the same call is refused again. */
export const isRefusal = (error: unknown): boolean =>
  error instanceof ZohoFailure && error.status >= 400 && error.status < 500 && ![401, 408, 429].includes(error.status);

const MINUTE_MS = 60_000;

/** 44 minute, 45 day, 1070 concurrency. Retry-After is honoured where it comes. */
export function throttleDelayMs(
  zohoCode: number | null,
  headers: { retryAfter: number | null; resetSeconds: number | null },
  random: () => number,
): number {
  if (headers.retryAfter !== null) return headers.retryAfter * 1000;
  if (zohoCode === 45) return Math.max(MINUTE_MS, (headers.resetSeconds ?? 3600) * 1000);
  if (zohoCode === 1070) return 1000 + random() * 9000;
  return MINUTE_MS + random() * 5000;
}
