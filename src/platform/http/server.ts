import { createServer, type RequestListener, type Server } from 'node:http';
import { expressMiddleware } from '@as-integrations/express5';
import type { ApolloServer } from '@apollo/server';
import cors from 'cors';
import express, { type NextFunction, type Request, type Response } from 'express';
import { forbidden, unauthenticated } from '../../kernel/errors.js';
import { msg } from '../../kernel/message.js';
import { languageOf } from '../../kernel/translate.js';
import { can, type Viewer } from '../../kernel/viewer.js';
import { createContext, type Context } from '../graphql/context.js';
import type { FormatError } from '../graphql/format-error.js';
import { LIMITS } from '../graphql/limits.js';
import type { Operations } from '../graphql/operations.js';
import type { Module, Services } from '../module.js';
import { traceRequests } from '../tracing/requests.js';
import { traceOperation } from '../tracing/operations.js';
import { abortSignalOf, ClientGone } from './abort.js';
import { serveDocs } from './docs.js';
import { openApiOf } from './openapi.js';
import { createMetricsReader } from './cluster-metrics.js';
import { addressOf, credentialsOf, type HttpEdge } from './edge.js';
import { failureOf, sendGraphqlFailure, sendRefusal } from './failure.js';
import { checkGraphqlRequest, refuseOtherCharsets, takeRequestSlot } from './graphql-request.js';
import type { HealthProbe } from './health.js';
import type { Listening } from './listen.js';

/** HTTP at the edge: headers, hosts, origins, limits of size, and the translation of errors to statuses. */
export interface HttpOptions {
  services: Services;
  modules: readonly Module[];
  apollo: ApolloServer<Context>;
  operations: Operations;
  formatError: FormatError;
  schemaText: string;
  health: HealthProbe;
  edge: HttpEdge;
  viewerOf(authorization: string | undefined): Promise<Viewer>;
}

declare module 'express-serve-static-core' {
  interface Request {
    /** Set by the first middleware. */
    requestId: string;
    viewer?: Viewer;
  }
}

// A proxy on this machine connects from loopback too; it says for whom it asks.
const FORWARDING_HEADERS = ['x-forwarded-for', 'x-forwarded-host', 'x-real-ip', 'forwarded', 'via'];

export function createHttpApp(options: HttpOptions): express.Express {
  const { services, health, edge } = options;
  const { config, log, metrics } = services;
  const readMetrics = createMetricsReader(metrics.registry);
  const app = express();
  app.disable('x-powered-by');
  app.set('etag', false);

  app.use((request, response, next) => {
    request.requestId = edge.requestIdOf(request.headers['x-request-id']);
    response.set({ ...edge.headersFor(request), 'X-Request-Id': request.requestId });
    const begun = performance.now();
    const { requestId, method, path } = request;
    response.on('finish', () => edge.onAnswered({ requestId, method, path, status: response.statusCode, begun }));
    if (edge.isKnownHost(request.get('host'))) return next();
    const sentence = msg`This host name is not served here.`;
    sendRefusal(request, response, { status: 421, code: 'UNKNOWN_HOST', sentence });
  });
  app.use((request, response, next) => {
    // Other requests of a foreign page are answered without the header that would let the page read the answer.
    if (edge.isOriginAllowed(request) || request.method !== 'OPTIONS') return next();
    const sentence = msg`Pages of this origin may not call. The setting ALLOWED_ORIGINS names those that may.`;
    sendRefusal(request, response, { status: 403, code: 'FORBIDDEN', sentence });
  });
  app.options('*path', cors({ origin: [...config.allowedOrigins], credentials: false, maxAge: 600 }));

  app.get('/livez', (_request, response) => void response.json({ alive: true }));
  app.get('/readyz', async (_request, response) => {
    const { ok, body } = await health.ready();
    response.status(ok ? 200 : 503).json(body);
  });
  app.get('/health', async (request, response) => {
    const viewer = await viewerOrNull(request);
    const detailed = viewer !== null && can(viewer, 'ops:read');
    const { ok, body } = await (detailed ? health.full() : health.short());
    response.status(ok ? 200 : 503).json(body);
  });
  app.get('/metrics', async (request, response) => {
    if (!isLoopback(request) || FORWARDING_HEADERS.some((name) => request.get(name) !== undefined)) {
      const viewer = await viewerOrNull(request);
      if (!viewer || !can(viewer, 'ops:read')) {
        const sentence = msg`Metrics are read from inside, or with a token.`;
        return sendRefusal(request, response, { status: 403, code: 'FORBIDDEN', sentence });
      }
    }
    response.type(metrics.registry.contentType).send(await readMetrics());
  });

  const open = async (request: Request, response: Response, next: NextFunction): Promise<void> => {
    // Where they are closed, staff and the smoke test of a deployment read them with a token.
    const viewer = config.docsOpen ? null : await viewerOrNull(request);
    if (config.docsOpen || (viewer && (can(viewer, 'schema:read') || can(viewer, 'deploy:read')))) return next();
    if (viewer === null) response.setHeader('WWW-Authenticate', 'Bearer');
    throw viewer === null ? unauthenticated() : forbidden();
  };
  app.get('/docs', open, serveDocs);
  app.get('/schema.graphql', open, (_request, response) => void response.type('text/plain').send(options.schemaText));
  const openApi = openApiOf(
    options.modules.flatMap((module) => module.rest ?? []),
    config.version,
  );
  app.get('/openapi.json', open, (_request, response) => void response.json(openApi));
  app.get('/', (_request, response) => {
    response.json({
      name: 'TSH ERP API',
      version: config.version,
      graphql: '/graphql',
      docs: config.docsOpen ? '/docs' : undefined,
      health: '/health',
    });
  });

  for (const module of options.modules) {
    const router = module.routes?.(services);
    if (router) app.use(router);
  }

  app.use('/graphql', async (request, _response, next) => {
    request.viewer = await options.viewerOf(credentialsOf(request));
    // Before the body is read: who has used up the budget must not cost more than this.
    services.rateLimiter.assertWithin(request.viewer, edge.addressOf(request));
    next();
  });
  app.use(
    '/graphql',
    takeReadBody,
    refuseOtherCharsets,
    express.json({ limit: LIMITS.bodyBytes, type: ['application/json', 'application/graphql+json'] }),
    (request: Request & { body?: unknown }, _response, next) => {
      // Apollo expects a parsed object; without one it answers a plain 400 of its own.
      request.body ??= {};
      next();
    },
    checkGraphqlRequest(services, options.operations, options.formatError, edge.addressOf),
    takeRequestSlot(services, edge.addressOf),
    traceOperation,
    expressMiddleware(options.apollo, {
      context: ({ req, res }) =>
        Promise.resolve(
          createContext(services, {
            viewer: req.viewer ?? { kind: 'anonymous' },
            language: languageOf(req.get('accept-language')),
            requestId: req.requestId,
            address: edge.addressOf(req),
            signal: abortSignalOf(res),
          }),
        ),
    }),
  );

  app.use('/api/v1', (request, response) => {
    const sentence = msg`The REST API has ended. Use GraphQL: products, customers, orders, signIn; see /docs.`;
    sendRefusal(request, response, { status: 410, code: 'GONE', sentence });
  });
  app.use((request, response) => {
    sendRefusal(request, response, { status: 404, code: 'NOT_FOUND', sentence: msg`No such path.` });
  });
  app.use((error: unknown, request: Request, response: Response, next: NextFunction) => {
    if (response.headersSent) return next(error);
    // Nobody is there to read an answer.
    if (error instanceof ClientGone) return void response.destroy();
    const failure = failureOf(error, request, request.requestId);
    const { status, code, message, field, retryAfterSeconds, faults } = failure;
    if (status === 500) log.error({ err: error, requestId: request.requestId }, 'request failed');
    if (request.path === '/graphql') return sendGraphqlFailure(request, response, failure);
    if (retryAfterSeconds !== undefined) response.setHeader('Retry-After', String(retryAfterSeconds));
    response.status(status).json({ code, message, field, faults });
  });
  return app;

  async function viewerOrNull(request: Request): Promise<Viewer | null> {
    const viewer = await options.viewerOf(credentialsOf(request)).catch(() => null);
    return viewer?.kind === 'anonymous' ? null : viewer;
  }
}

/** A body that the compiled-query cache has read; the parser of Express steps aside for a request that is complete. */
function takeReadBody(request: Request & { body?: unknown }, _response: Response, next: NextFunction): void {
  const { readBody } = request;
  if (readBody === undefined) return next();
  try {
    request.body = JSON.parse(readBody.toString('utf8')) as unknown;
    next();
  } catch {
    next(Object.assign(new Error('The body is no JSON.'), { status: 400, type: 'entity.parse.failed' }));
  }
}

function isLoopback(request: Request): boolean {
  const address = addressOf(request, false);
  return address === '127.0.0.1' || address === '::1';
}

export function createHttpServer(listener: RequestListener): Server {
  // Above the proxy's keep-alive of 60 s, so that the proxy never writes into a closing connection.
  return createServer(
    { keepAliveTimeout: 65_000, headersTimeout: 20_000, requestTimeout: 30_000 },
    traceRequests(listener),
  );
}

/** Whoever has not taken an answer by then is cut off; what comes after the server needs the rest of the 15 s. */
const CLOSE_MS = 7000;

/** Stops accepting, lets requests end, closes idle connections again and again until none is left. */
export async function closeHttpServer(server: Server, listening: Listening): Promise<void> {
  // A client that is told so opens its next connection elsewhere; without it, its next request meets a closed socket.
  server.prependListener('request', (_request, response) => void response.setHeader('Connection', 'close'));
  const closed = listening.close();
  const sweep = setInterval(() => server.closeIdleConnections(), 100);
  const force = setTimeout(() => server.closeAllConnections(), CLOSE_MS);
  server.closeIdleConnections();
  await closed;
  clearInterval(sweep);
  clearTimeout(force);
}
