import type { NextFunction, Request, RequestHandler, Response } from 'express';
import type { GraphQLError } from 'graphql';
import { msg } from '../../kernel/message.js';
import { inputFault } from '../../kernel/plain-text.js';
import { answerOf, type FormatError } from '../graphql/format-error.js';
import { LIMITS } from '../graphql/limits.js';
import { InvalidDocument, type Operations } from '../graphql/operations.js';
import type { Services } from '../module.js';
import { subjectOf } from '../rate-limit.js';
import { abortSignalOf } from './abort.js';
import { sendGraphqlErrors } from './failure.js';

/** What is checked between the parsed body and Apollo: text that cannot be stored, and documents that are not valid. */

/** JSON is UTF-8 (RFC 8259); another charset would be read as another text than the client meant. */
export function refuseOtherCharsets(request: Request, response: Response, next: NextFunction): void {
  const charset = /;\s*charset\s*=\s*"?([^";\s]+)/i.exec(request.get('content-type') ?? '')?.[1];
  if (charset === undefined || /^utf-?8$/i.test(charset)) return next();
  const sentence = msg`Send application/json; charset=utf-8.`;
  sendGraphqlErrors(request, response, 415, [answerOf(sentence, { code: 'UNSUPPORTED_MEDIA_TYPE' })]);
}

interface Params {
  query?: unknown;
  variables?: unknown;
  operationName?: unknown;
}

/** `variables` of a GET are JSON text; Apollo refuses what is not JSON. */
function variablesOf({ variables }: Params): unknown {
  if (typeof variables !== 'string') return variables;
  try {
    return JSON.parse(variables) as unknown;
  } catch {
    return undefined;
  }
}

/** What parsing and validating a text costs that turns out not to be valid. */
const INVALID_COST = 500;
/** A large body takes longer to look through. */
const BYTES_PER_POINT = 100;

/** Refuses what cannot be stored or is not valid, before Apollo sees it. */
export function checkGraphqlRequest(
  services: Services,
  operations: Operations,
  formatError: FormatError,
  addressOf: (request: Request) => string,
): RequestHandler {
  const refuse = (
    request: Request,
    response: Response,
    status: number,
    errors: Parameters<typeof sendGraphqlErrors>[3],
  ): void => {
    const viewer = request.viewer ?? { kind: 'anonymous' };
    const cost = INVALID_COST + Number(request.get('content-length') ?? 0) / BYTES_PER_POINT;
    services.rateLimiter.charge(viewer, addressOf(request), { cost, databaseMs: 0 });
    sendGraphqlErrors(request, response, status, errors);
  };
  return (request, response, next) => {
    const params = (request.method === 'GET' ? request.query : request.body) as Params;
    const fault = inputFault([variablesOf(params), params.operationName], {
      depth: LIMITS.inputDepth,
      values: LIMITS.inputValues,
    });
    if (fault) {
      const field = fault.path.replace(/^\[0\]\.?/, '');
      return refuse(request, response, 400, [answerOf(fault.sentence, { code: 'BAD_INPUT', field })]);
    }
    // A request without a text is left to Apollo: a persisted query, or an error.
    if (typeof params.query !== 'string' || params.query === '') return next();
    try {
      operations.documentOf(params.query);
      next();
    } catch (error) {
      if (!(error instanceof InvalidDocument)) return next(error);
      const status = error.errors[0]?.extensions['http']?.status ?? 400;
      refuse(
        request,
        response,
        status,
        error.errors.map((one: GraphQLError) => formatError(one)),
      );
    }
  };
}

/**
 * Takes one of the slots for operations and keeps it until the answer is handed over. Refused at once when the client
 * sends too much at a time or the process has more work than it can do.
 */
export function takeRequestSlot(services: Services, addressOf: (request: Request) => string): RequestHandler {
  return (request, response, next) => {
    const viewer = request.viewer ?? { kind: 'anonymous' };
    const address = addressOf(request);
    const work = (): Promise<void> =>
      new Promise((resolve) => {
        response.once('close', resolve);
        // The slot is free as soon as the answer is written: a slow reader must not hold it.
        const end = response.end.bind(response) as (...args: unknown[]) => Response;
        response.end = ((...args: unknown[]) => {
          resolve();
          return end(...args);
        }) as typeof response.end;
        next();
      });
    services.requestGate.run(subjectOf(viewer, address), abortSignalOf(response), work).catch(next);
  };
}
