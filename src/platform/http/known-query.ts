import type { IncomingMessage, RequestListener } from 'node:http';
import { GraphQLError, type ExecutionResult } from 'graphql';
import { languageOf } from '../../kernel/messages.js';
import type { Viewer } from '../../kernel/viewer.js';
import type { CompiledQueries } from '../graphql/compiled.js';
import { createContext } from '../graphql/context.js';
import { localise, type FormatError } from '../graphql/format-error.js';
import { LIMITS } from '../graphql/limits.js';
import type { Services } from '../module.js';
import { credentialsOf, type HttpEdge } from './edge.js';

/**
 * A query that was parsed, validated, measured and compiled before is answered here, in front of Express and Apollo,
 * which cost more than a small query itself (0.1 ms). Everything else, every refusal included, goes the long way with
 * the body that was read: this lane never says no, so there is one place that words it.
 */
export interface KnownQueryOptions {
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

interface Asked {
  query: string;
  operationName: string;
  variables: Record<string, unknown>;
}

const PLAIN_TYPES = new Set(['application/json', 'application/json; charset=utf-8', 'application/json;charset=utf-8']);
const PLAIN_ACCEPT = /^(\*\/\*|application\/json(,.*)?)$/;

/** Null for whatever is not plainly one operation: that is for Apollo to judge. */
function readAsked(body: Buffer): Asked | null {
  let parsed: unknown;
  try {
    parsed = JSON.parse(body.toString('utf8'));
  } catch {
    return null;
  }
  if (typeof parsed !== 'object' || parsed === null || Array.isArray(parsed)) return null;
  const { query, variables = null, operationName = null, extensions = null } = parsed as Record<string, unknown>;
  if (typeof query !== 'string' || extensions !== null) return null;
  if (operationName !== null && typeof operationName !== 'string') return null;
  if (typeof variables !== 'object' || Array.isArray(variables)) return null;
  return { query, operationName: operationName ?? '', variables: (variables ?? {}) as Record<string, unknown> };
}

/** A request listener that answers known queries and gives everything else to `next`. */
export function answerKnownQueries(options: KnownQueryOptions, next: RequestListener): RequestListener {
  const { services, queries, formatError, edge } = options;

  /** The text of the answer, or null when the long way should give it. */
  const answer = async (request: IncomingMessage, body: Buffer, requestId: string): Promise<string | null> => {
    const asked = readAsked(body);
    const known = asked && queries.find(asked.query, asked.operationName);
    const variables = asked && known?.coerce(asked.variables);
    if (!asked || !known || !variables) return null;
    const cost = known.costOf(variables);
    if (cost > LIMITS.cost) return null;
    const begun = performance.now();
    const viewer = await options.viewerOf(credentialsOf(request));
    const language = languageOf(request.headers['accept-language']);
    const context = createContext(services, { viewer, language, requestId, address: edge.addressOf(request) });
    let result: ExecutionResult;
    try {
      result = await known.run(context, variables);
    } catch (error) {
      result = { data: null, errors: [new GraphQLError('', { originalError: error as Error })] };
    }
    // Without data nothing ran: the variables were refused, and the ordinary execution words that better.
    if (!('data' in result) || result.data === undefined) return null;
    const errors = result.errors?.map((error) => localise(formatError(error), language));
    services.metrics.compiledRequests.inc({ door: 'lane' });
    services.metrics.graphqlSeconds.observe({ operation: known.rootField }, (performance.now() - begun) / 1000);
    const extensions = { cost: { requested: cost, limit: LIMITS.cost } };
    return JSON.stringify(errors ? { errors, data: result.data, extensions } : { data: result.data, extensions });
  };

  const isPlain = ({ method, url, headers }: IncomingMessage): boolean =>
    method === 'POST' &&
    url === '/graphql' &&
    PLAIN_TYPES.has(headers['content-type'] ?? '') &&
    headers['content-encoding'] === undefined &&
    Number(headers['content-length']) <= LIMITS.bodyBytes &&
    PLAIN_ACCEPT.test(headers.accept ?? '*/*') &&
    edge.isKnownHost(headers.host);

  return (request, response) => {
    if (!isPlain(request)) return next(request, response);
    const begun = performance.now();
    const parts: Buffer[] = [];
    request.on('data', (part: Buffer) => parts.push(part));
    request.on('end', () => {
      const body = parts.length === 1 ? (parts[0] as Buffer) : Buffer.concat(parts);
      const longWay = (): void => {
        request.readBody = body;
        next(request, response);
      };
      const requestId = edge.requestIdOf(request.headers['x-request-id']);
      const done = answer(request, body, requestId).then((text) => {
        if (text === null) return longWay();
        response.writeHead(200, {
          ...edge.headersFor(request),
          'X-Request-Id': requestId,
          'Content-Type': 'application/json; charset=utf-8',
          'Content-Length': Buffer.byteLength(text),
        });
        response.end(text);
        edge.onAnswered({ requestId, method: 'POST', path: '/graphql', status: 200, begun });
      }, longWay);
      done.catch(() => response.destroy());
    });
  };
}
