import type { ErrorCode } from '../kernel/errors.js';

const KEYED = ['NOT_FOUND', 'BAD_INPUT', 'IDEMPOTENCY_MISMATCH'] as const satisfies readonly ErrorCode[];
const DOCUMENT = [...KEYED, 'FIELD_OWNED_ELSEWHERE'] as const;
const DATED = [...DOCUMENT, 'PERIOD_CLOSED'] as const;

/** The failures of the kinds of commands of documents; a command adds its own. */
export const failuresOf = {
  /** Of what has a key and is no document, such as a till session. */
  keyed: KEYED,
  /** What changes a document and has a key but no date. */
  changing: [...DOCUMENT, 'STALE_VERSION'],
  stepping: [...DOCUMENT, 'STALE_VERSION', 'ILLEGAL_TRANSITION'],
  settling: [...DOCUMENT, 'OVERPAYMENT', 'WRONG_CURRENCY'],
  making: DATED,
  voiding: [...DATED, 'STALE_VERSION'],
} as const;
