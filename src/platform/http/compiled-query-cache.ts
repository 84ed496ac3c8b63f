import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import { GraphQLError, type ExecutionResult } from 'graphql';
import { hasCode } from '../../kernel/errors.js';
import { msg } from '../../kernel/message.js';
import { inputFault } from '../../kernel/plain-text.js';
import { languageOf } from '../../kernel/translate.js';
import type { Language, Viewer } from '../../kernel/viewer.js';
import type { CompiledQueries } from '../graphql/compiled.js';
import { createContext } from '../graphql/context.js';
import { answerOf, localise, type FormatError } from '../graphql/format-error.js';
import { LIMITS } from '../graphql/limits.js';
import type { Services } from '../module.js';
import { operationSpan } from '../tracing/operations.js';
import { traced } from '../tracing/tracer.js';
import { subjectOf } from '../rate-limit.js';
import { abortSignalOf, ClientGone } from './abort.js';
import { credentialsOf, type HttpEdge } from './edge.js';
import { failureOf, sendGraphqlFailure } from './failure.js';
import { graphqlMediaType, type GraphqlMediaType } from './media-type.js';

/**
 * The compiled-query cache. A query that was parsed, validated, measured and compiled before is answered here, in front
 * of Express and Apollo, which cost more than a small query itself (0.1 ms). Everything else goes on to Express with
 * the body that was read, refusals too, but for the two that say "later".
 */
export interface CompiledQueryCacheOptions {
  services: Services;
  queries: CompiledQueries;
  formatError: FormatError;
  viewerOf(authorization: string | undefined): Promise<Viewer>;
  edge: HttpEdge;
}

declare module 'node:http' {
  interface IncomingMessage {
    /** The body, read already. Absent: nobody has read it. */
    readBody?: Buffer;
  }
}

interface Requested {
  query: string;
  operationName: string;
  variables: Record<string, unknown>;
}

/** A larger body is read only when its sender has been recognised and has budget left, which Express asks first. */
const BODY_BYTES = 16 * 1024;

const JSON_TYPES = new Set(['application/json', 'application/json; charset=utf-8', 'application/json;charset=utf-8']);
const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** Null for anything but one operation with its text; Apollo handles the rest. */
function operationIn(params: unknown): Requested | null {
  if (!isRecord(params)) return null;
  const { query, variables = null, operationName = null, extensions = null } = params;
  if (typeof query !== 'string') return null;
  // What clients tell of themselves (clientLibrary) changes nothing; a persisted query is looked up elsewhere.
  if (extensions !== null && (!isRecord(extensions) || 'persistedQuery' in extensions)) return null;
  if (operationName !== null && typeof operationName !== 'string') return null;
  if (variables !== null && !isRecord(variables)) return null;
  return { query, operationName: operationName ?? '', variables: variables ?? {} };
}

function operationOfBody(body: Buffer): Requested | null {
  try {
    return operationIn(JSON.parse(body.toString('utf8')));
  } catch {
    return null;
  }
}

function operationOfUrl(url: string): Requested | null {
  const given = new URLSearchParams(url.slice(url.indexOf('?') + 1));
  const params: Record<string, unknown> = {};
  for (const [name, value] of given) {
    if (name in params) return null;
    params[name] = value;
  }
  try {
    for (const name of ['variables', 'extensions']) {
      if (typeof params[name] === 'string') params[name] = JSON.parse(params[name]);
    }
  } catch {
    return null;
  }
  return operationIn(params);
}

/** Refused for the moment. Answered here, because under load there is no time to pass the request through Express. */
const isRefusal = (error: unknown): boolean => hasCode(error, 'THROTTLED') || hasCode(error, 'UNAVAILABLE');

function overloaded(language: Language): { body: string; headers: Record<string, string | number> } {
  const sentence = msg`The service has more work than it can do at the moment.`;
  const error = answerOf(sentence, { code: 'UNAVAILABLE', retryAfterSeconds: 1 });
  const body = JSON.stringify({ errors: [localise(error, language)] });
  const headers = {
    'Content-Type': 'application/json; charset=utf-8',
    'Content-Length': Buffer.byteLength(body),
    'Retry-After': '1',
    'Cache-Control': 'no-store',
  };
  return { body, headers };
}
const OVERLOADED = { en: overloaded('en'), ar: overloaded('ar') };

// A compiled query is a query; mutations take the way through Apollo.
const OF_QUERY = { attributes: { 'graphql.operation.type': 'query', 'tsh.compiled': true } };
const INPUT_LIMITS = { depth: LIMITS.inputDepth, values: LIMITS.inputValues };

/** A request listener that answers compiled queries and gives everything else to `next`. */
export function answerCompiledQueries(options: CompiledQueryCacheOptions, next: RequestListener): RequestListener {
  const { services, queries, formatError, edge } = options;

  /** The text of the answer, or null when Express should answer. */
  const answer = async (
    request: IncomingMessage,
    response: ServerResponse,
    requested: Requested,
    requestId: string,
  ): Promise<string | null> => {
    const found = queries.find(requested.query, requested.operationName);
    if (!found || inputFault(requested.variables, INPUT_LIMITS)) return null;
    const variables = found.coerce(requested.variables);
    if (!variables) return null;
    const cost = found.costOf(variables);
    if (cost > LIMITS.cost) return null;
    const begun = performance.now();
    const viewer = await options.viewerOf(credentialsOf(request));
    const address = edge.addressOf(request);
    // Throws when the budget is used up; Express answers the error.
    services.rateLimiter.assertWithin(viewer, address);
    const language = languageOf(request.headers['accept-language']);
    const signal = abortSignalOf(response);
    const context = createContext(services, { viewer, language, requestId, address, signal });
    let result: ExecutionResult;
    try {
      result = await services.requestGate.run(subjectOf(viewer, address), signal, () =>
        traced(operationSpan(found.rootField), OF_QUERY, () => found.run(context, variables)),
      );
    } catch (error) {
      if (isRefusal(error) || error instanceof ClientGone) throw error;
      result = { data: null, errors: [new GraphQLError('', { originalError: error as Error })] };
    }
    if (result.data === undefined) return null;
    const errors = result.errors?.map((error) => localise(formatError(error), language));
    services.metrics.compiledRequests.inc({ door: 'cache' });
    services.metrics.graphqlSeconds.observe({ operation: found.rootField }, (performance.now() - begun) / 1000);
    const rateLimit = services.rateLimiter.charge(viewer, address, { cost, databaseMs: context.spent.databaseMs });
    const extensions = { cost: { requested: cost, limit: LIMITS.cost }, rateLimit };
    return JSON.stringify(errors ? { errors, data: result.data, extensions } : { data: result.data, extensions });
  };

  // A preflight is no work, and without its answer a browser could not read the refusal either.
  const isOperation = ({ method, url = '' }: IncomingMessage): boolean =>
    (method === 'POST' || method === 'GET') && (url === '/graphql' || url.startsWith('/graphql?'));
  const isPost = ({ method, url, headers }: IncomingMessage): boolean =>
    method === 'POST' &&
    url === '/graphql' &&
    JSON_TYPES.has(headers['content-type'] ?? '') &&
    headers['content-encoding'] === undefined &&
    Number(headers['content-length']) <= BODY_BYTES;
  // Credentials in a header cannot come from a form of another site, so such a GET needs no preflight.
  const isGet = ({ method, url = '', headers }: IncomingMessage): boolean =>
    method === 'GET' &&
    url.startsWith('/graphql?') &&
    (headers.authorization !== undefined || headers['x-api-key'] !== undefined);

  const serve = (
    request: IncomingMessage,
    response: ServerResponse,
    type: GraphqlMediaType,
    requested: Requested | null,
  ): void => {
    const begun = performance.now();
    const goOn = (): void => next(request, response);
    if (!requested) return goOn();
    const requestId = edge.requestIdOf(request.headers['x-request-id']);
    answer(request, response, requested, requestId)
      .then((text) => {
        if (text === null) return goOn();
        if (response.destroyed) return;
        response.writeHead(200, {
          ...edge.headersFor(request),
          'X-Request-Id': requestId,
          'Content-Type': `${type}; charset=utf-8`,
          'Content-Length': Buffer.byteLength(text),
        });
        response.end(text);
        edge.onAnswered({ requestId, method: request.method ?? '', path: '/graphql', status: 200, begun });
      })
      .catch((error: unknown) => {
        if (response.headersSent || error instanceof ClientGone) return void response.destroy();
        if (!isRefusal(error)) return goOn();
        const failure = failureOf(error, request, requestId);
        response.setHeaders(new Map(Object.entries({ ...edge.headersFor(request), 'X-Request-Id': requestId })));
        sendGraphqlFailure(request, response, failure);
        const { status } = failure;
        edge.onAnswered({ requestId, method: request.method ?? '', path: '/graphql', status, begun });
      });
  };

  /**
   * Under load a refusal must cost next to nothing, or the process spends its time on refusing. So it comes before the
   * body is read and the caller is authenticated.
   */
  const refuseAtOnce = (request: IncomingMessage, response: ServerResponse): void => {
    const begun = performance.now();
    request.resume();
    const requestId = edge.requestIdOf(request.headers['x-request-id']);
    const { body, headers } = OVERLOADED[languageOf(request.headers['accept-language'])];
    response.writeHead(503, { ...edge.headersFor(request), 'X-Request-Id': requestId, ...headers });
    response.end(body);
    edge.onAnswered({ requestId, method: request.method ?? '', path: '/graphql', status: 503, begun });
  };

  return (request, response) => {
    if (isOperation(request) && services.requestGate.isFull()) return refuseAtOnce(request, response);
    const type = graphqlMediaType(request.headers.accept);
    if (type === null || !edge.isKnownHost(request.headers.host)) return next(request, response);
    if (isGet(request)) return serve(request, response, type, operationOfUrl(request.url ?? ''));
    if (!isPost(request)) return next(request, response);
    const parts: Buffer[] = [];
    request.on('data', (part: Buffer) => parts.push(part));
    request.on('end', () => {
      const body = parts.length === 1 ? (parts[0] as Buffer) : Buffer.concat(parts);
      request.readBody = body;
      serve(request, response, type, operationOfBody(body));
    });
  };
}
