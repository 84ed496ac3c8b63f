import { type Noun, nounMessage } from './arabic/nouns.js';
import { type Message, msg } from './message.js';

/** Every code that an error of ours can carry: part of the public contract, so one is added here and never renamed. */
export const ERROR_CODES = [
  'ALREADY_EXISTS',
  'ALREADY_RUNNING',
  'ALREADY_TAKEN',
  'APPROVAL_NEEDED',
  'BAD_INPUT',
  'BAD_PAYLOAD',
  'BAD_SIGNATURE',
  'CREDIT_REFUSED',
  'FENCE_LOST',
  'FIELD_OWNED_ELSEWHERE',
  'FORBIDDEN',
  'IDEMPOTENCY_MISMATCH',
  'ILLEGAL_TRANSITION',
  'INSUFFICIENT_CASH',
  'INSUFFICIENT_STOCK',
  'INVALID_CREDENTIALS',
  'LIMIT_EXCEEDED',
  'NOT_FOUND',
  'PARENT_MISSING',
  'NO_DEPLOY_AGENT',
  'OUT_OF_ORDER',
  'OVERPAYMENT',
  'PERIOD_CLOSED',
  'SECOND_PERSON_NEEDED',
  'STALE_QUANTITY',
  'STALE_VERSION',
  'SUBSCRIPTION_NEEDS_WEBSOCKET',
  'THROTTLED',
  'TIMED_OUT',
  'UNAUTHENTICATED',
  'UNAVAILABLE',
  'UNSUPPORTED_MEDIA_TYPE',
  'VERIFICATION_NEEDED',
  'WEAK_PASSWORD',
  'WRONG_CURRENCY',
] as const;
export type ErrorCode = (typeof ERROR_CODES)[number];

/** One thing that is wrong with an input: where, and what, for people and for programs. */
export interface Fault {
  readonly code: ErrorCode;
  /** The path of the input: `lines.0.quantity`. */
  readonly field: string | undefined;
  readonly sentence: Message;
}

/**
 * One error class. `code` is SCREAMING_SNAKE and part of the public contract; `message` is English and safe to
 * show, and `sentence` is the same for every language; `field` names the input that caused it; `details` are safe
 * to show too; `faults` is everything that is wrong with the input, the error's own first. The cause never leaves the
 * process. Translated at three edges only: GraphQL (format-error, user-error), HTTP (server) and the worker (worker).
 */
export class AppError extends Error {
  readonly code: ErrorCode;
  readonly sentence: Message;
  readonly field: string | undefined;
  readonly details: Readonly<Record<string, unknown>>;
  readonly faults: readonly Fault[];

  constructor(
    code: ErrorCode,
    sentence: Message,
    options: { field?: string; details?: Record<string, unknown>; faults?: readonly Fault[]; cause?: unknown } = {},
  ) {
    super(sentence.toString(), { cause: options.cause });
    this.name = 'AppError';
    this.code = code;
    this.sentence = sentence;
    this.field = options.field;
    this.details = options.details ?? {};
    this.faults = options.faults ?? [{ code, field: options.field, sentence }];
  }
}

export const notFound = (noun: Noun, id: string, field = 'id'): AppError =>
  new AppError('NOT_FOUND', msg`${nounMessage(noun)} not found.`, { field, details: { noun, id } });

export const badInput = (field: string, sentence: Message, details?: Record<string, unknown>): AppError =>
  new AppError('BAD_INPUT', sentence, { field, details });

export const unauthenticated = (sentence = msg`Sign in first.`): AppError => new AppError('UNAUTHENTICATED', sentence);

export const forbidden = (sentence = msg`You are not allowed to do this.`): AppError =>
  new AppError('FORBIDDEN', sentence);

export const staleVersion = (currentVersion: number): AppError =>
  new AppError('STALE_VERSION', msg`Somebody changed this record since you read it. Read it again.`, {
    field: 'version',
    details: { currentVersion },
  });

export const unavailable = (sentence: Message, retryAfterSeconds: number, cause?: unknown): AppError =>
  new AppError('UNAVAILABLE', sentence, { details: { retryAfterSeconds }, cause });

export const hasCode = (error: unknown, code: ErrorCode): error is AppError =>
  error instanceof AppError && error.code === code;

/** The text of anything thrown, for logs and the attempts table. */
export function messageOf(error: unknown): string {
  if (error instanceof Error) return error.message;
  return typeof error === 'string' ? error : 'Unknown failure';
}

export function classOf(error: unknown): string {
  return error instanceof Error ? error.constructor.name : typeof error;
}
