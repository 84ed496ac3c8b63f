import type { IncomingMessage, ServerResponse } from 'node:http';
import type { GraphQLFormattedError } from 'graphql';
import { AppError, messageOf } from '../../kernel/errors.js';
import { type Message, msg, untranslated } from '../../kernel/message.js';
import { languageOf, translate } from '../../kernel/translate.js';
import type { Language } from '../../kernel/viewer.js';
import { isConnectionFailure } from '../db/failures.js';
import { faultsExtension, localise, somethingWrong } from '../graphql/format-error.js';
import type { InputFault } from '../graphql/user-error.js';
import { graphqlMediaType } from './media-type.js';

/** The one translation of a failure to an HTTP answer, for REST routes and for GraphQL before it executes. */
export interface Failure {
  status: number;
  code: string;
  message: string;
  field?: string | undefined;
  retryAfterSeconds?: number | undefined;
  /** Of an input with more than one fault. */
  faults?: InputFault[];
}

const STATUS: Record<string, number> = {
  BAD_INPUT: 400,
  UNAUTHENTICATED: 401,
  BAD_SIGNATURE: 401,
  FORBIDDEN: 403,
  NOT_FOUND: 404,
  GONE: 410,
  STALE_VERSION: 409,
  ALREADY_RUNNING: 409,
  ILLEGAL_TRANSITION: 409,
  BODY_TOO_LARGE: 413,
  UNSUPPORTED_MEDIA_TYPE: 415,
  THROTTLED: 429,
  UNAVAILABLE: 503,
};

const readerOf = (request: IncomingMessage): Language => languageOf(request.headers['accept-language']);

export function failureOf(error: unknown, request: IncomingMessage, requestId: string): Failure {
  const language = readerOf(request);
  if (error instanceof AppError) {
    const { retryAfterSeconds } = error.details;
    return {
      status: STATUS[error.code] ?? 500,
      code: error.code,
      message: translate(error.sentence, language),
      field: error.field,
      retryAfterSeconds: typeof retryAfterSeconds === 'number' ? retryAfterSeconds : undefined,
      ...faultsExtension(error, language),
    };
  }
  const { sentence, ...failure } = failureOfServer(error, requestId);
  return { ...failure, message: translate(sentence, language) };
}

/** What the plumbing below the routes throws. */
function failureOfServer(error: unknown, requestId: string): Omit<Failure, 'message'> & { sentence: Message } {
  if (isConnectionFailure(error)) {
    const sentence = msg`The service is away for a moment. Try again.`;
    return { status: 503, code: 'UNAVAILABLE', sentence, retryAfterSeconds: 2 };
  }
  // body-parser's errors carry a status and a type.
  const { status, type, limit } = error as { status?: unknown; type?: unknown; limit?: unknown };
  if (status === 413) {
    const sentence =
      typeof limit === 'number' ? msg`The body is larger than ${limit} bytes.` : msg`The body is too large.`;
    return { status, code: 'BODY_TOO_LARGE', sentence };
  }
  if (status === 415) {
    return { status, code: 'UNSUPPORTED_MEDIA_TYPE', sentence: msg`This encoding or charset is not supported.` };
  }
  if (typeof status === 'number' && status >= 400 && status < 500) {
    const isJson = type !== 'entity.parse.failed';
    const sentence = isJson ? untranslated(messageOf(error).slice(0, 200)) : msg`The body is no JSON.`;
    return { status, code: 'BAD_REQUEST', sentence };
  }
  return { status: 500, code: 'INTERNAL_SERVER_ERROR', sentence: somethingWrong(requestId) };
}

/** Answers a refusal of a path that is no GraphQL. */
export function sendRefusal(
  request: IncomingMessage,
  response: ServerResponse,
  refused: { status: number; code: string; sentence: Message },
): void {
  const text = JSON.stringify({ code: refused.code, message: translate(refused.sentence, readerOf(request)) });
  response.statusCode = refused.status;
  response.setHeader('Content-Type', 'application/json; charset=utf-8');
  response.setHeader('Content-Length', Buffer.byteLength(text));
  response.end(text);
}

/** Answers errors before execution in the media type that the client prefers, so that GraphQL clients read them as such. */
export function sendGraphqlErrors(
  request: IncomingMessage,
  response: ServerResponse,
  status: number,
  errors: readonly GraphQLFormattedError[],
): void {
  const language = readerOf(request);
  sendErrors(
    request,
    response,
    status,
    errors.map((error) => localise(error, language)),
  );
}

function sendErrors(
  request: IncomingMessage,
  response: ServerResponse,
  status: number,
  errors: readonly GraphQLFormattedError[],
): void {
  const text = JSON.stringify({ errors });
  response.statusCode = status;
  const type = graphqlMediaType(request.headers.accept) ?? 'application/json';
  response.setHeader('Content-Type', `${type}; charset=utf-8`);
  response.setHeader('Content-Length', Buffer.byteLength(text));
  response.end(text);
}

export function sendGraphqlFailure(request: IncomingMessage, response: ServerResponse, failure: Failure): void {
  const { status, code, message, field, retryAfterSeconds, faults } = failure;
  if (retryAfterSeconds !== undefined) response.setHeader('Retry-After', String(retryAfterSeconds));
  sendErrors(request, response, status, [{ message, extensions: { code, field, retryAfterSeconds, faults } }]);
}
