import type { IncomingMessage, ServerResponse } from 'node:http';
import type { GraphQLFormattedError } from 'graphql';
import { AppError, messageOf } from '../../kernel/errors.js';
import { languageOf, translate } from '../../kernel/translate.js';
import { isConnectionFailure } from '../db/failures.js';
import { localise } from '../graphql/format-error.js';
import { graphqlMediaType } from './media-type.js';

/** The one translation of a failure to an HTTP answer, for REST routes and for GraphQL before it executes. */
export interface Failure {
  status: number;
  code: string;
  message: string;
  field?: string | undefined;
  retryAfterSeconds?: number | undefined;
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

export function failureOf(error: unknown, request: IncomingMessage, requestId: string): Failure {
  if (error instanceof AppError) {
    const { retryAfterSeconds } = error.details;
    return {
      status: STATUS[error.code] ?? 500,
      code: error.code,
      message: translate(error.sentence, languageOf(request.headers['accept-language'])),
      field: error.field,
      retryAfterSeconds: typeof retryAfterSeconds === 'number' ? retryAfterSeconds : undefined,
    };
  }
  if (isConnectionFailure(error)) {
    return {
      status: 503,
      code: 'UNAVAILABLE',
      message: 'The service is not available for a moment. Try again.',
      retryAfterSeconds: 2,
    };
  }
  // body-parser's errors carry a status and a type.
  const { status, type } = error as { status?: unknown; type?: unknown };
  if (status === 413) return { status, code: 'BODY_TOO_LARGE', message: 'The body is too large.' };
  if (status === 415) {
    return { status, code: 'UNSUPPORTED_MEDIA_TYPE', message: 'This encoding or charset is not supported.' };
  }
  if (typeof status === 'number' && status >= 400 && status < 500) {
    const message = type === 'entity.parse.failed' ? 'The body is no JSON.' : messageOf(error).slice(0, 200);
    return { status, code: 'BAD_REQUEST', message };
  }
  return { status: 500, code: 'INTERNAL_SERVER_ERROR', message: `Something went wrong. Quote ${requestId}.` };
}

/** Answers errors before execution in the media type that the client prefers, so that GraphQL clients read them as such. */
export function sendGraphqlErrors(
  request: IncomingMessage,
  response: ServerResponse,
  status: number,
  errors: readonly GraphQLFormattedError[],
): void {
  const language = languageOf(request.headers['accept-language']);
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
  const { status, code, message, field, retryAfterSeconds } = failure;
  if (retryAfterSeconds !== undefined) response.setHeader('Retry-After', String(retryAfterSeconds));
  sendErrors(request, response, status, [{ message, extensions: { code, field, retryAfterSeconds } }]);
}
