import type { IncomingMessage, ServerResponse } from 'node:http';
import helmet from 'helmet';
import { newId } from '../../kernel/ids.js';
import type { Services } from '../module.js';
import { createOriginGuard } from './origins.js';

/**
 * What holds for every HTTP answer, whichever handler gives it: host, request id, headers, the line in log and metrics.
 */
export interface HttpEdge {
  isKnownHost(host: string | undefined): boolean;
  /** The caller's own id when it is short and plain, or a new one. */
  requestIdOf(given: string | string[] | undefined): string;
  /** The caller's address, for throttles. */
  addressOf(request: IncomingMessage): string;
  /** False for a page of an origin that is neither this host nor in ALLOWED_ORIGINS; that is logged. */
  isOriginAllowed(request: IncomingMessage): boolean;
  /** Security headers, and the one that lets an allowed origin read the answer. */
  headersFor(request: IncomingMessage): Readonly<Record<string, string>>;
  onAnswered(answered: { requestId: string; method: string; path: string; status: number; begun: number }): void;
}

/** The caller's address: of the connection, or what the last hop reports when there is a trusted proxy. */
export function addressOf(request: IncomingMessage, trustProxy: boolean): string {
  if (trustProxy) {
    const forwarded = request.headers['x-forwarded-for'];
    const last = (Array.isArray(forwarded) ? forwarded.at(-1) : forwarded)?.split(',').at(-1)?.trim();
    if (last) return last.slice(0, 60);
  }
  return request.socket.remoteAddress?.replace(/^::ffff:/, '') ?? 'unknown';
}

/** `Authorization`, or an API key in its own header. */
export function credentialsOf({ headers }: IncomingMessage): string | undefined {
  const key = headers['x-api-key'];
  return headers.authorization ?? (typeof key === 'string' && key !== '' ? `Bearer ${key}` : undefined);
}

// They are the same for every answer, so they are computed once.
function securityHeaders(strictTransport: boolean): Record<string, string> {
  const headers: Record<string, string> = {};
  const recorder = {
    setHeader: (name: string, value: string) => void (headers[name] = value),
    removeHeader: () => undefined,
  };
  const guard = helmet({
    contentSecurityPolicy: { directives: { 'upgrade-insecure-requests': null } },
    strictTransportSecurity: strictTransport,
  });
  guard({} as IncomingMessage, recorder as unknown as ServerResponse, () => undefined);
  return headers;
}

const ROUTES = [
  '/graphql',
  '/health',
  '/livez',
  '/readyz',
  '/metrics',
  '/docs',
  '/api/zoho/webhooks',
  '/api/zoho',
  '/api/v1',
  '/files',
  '/api/products',
  '/api/company',
  '/paper',
  '/verify',
];

/** A label per path would let anybody fill the memory. */
export function routeOf(path: string): string {
  return ROUTES.find((route) => path === route || path.startsWith(`${route}/`)) ?? 'other';
}

export function createHttpEdge({ config, log, metrics }: Services): HttpEdge {
  const hosts = new Set(config.allowedHosts);
  const origins = new Set(config.allowedOrigins);
  let hasWarned = false;
  // Health checks and metrics never ask for the address, so a balancer's probes say nothing here.
  const warnOfProxy = ({ headers }: IncomingMessage): void => {
    if (config.trustProxy || hasWarned || headers['x-forwarded-for'] === undefined) return;
    hasWarned = true;
    log.warn(
      'A request came with X-Forwarded-For, which is not believed: everybody behind a proxy counts as one address. If a proxy of yours stands in front, and nobody can go around it, set TRUST_PROXY=true.',
    );
  };
  const guard = createOriginGuard(config.allowedOrigins, log);
  const fixed = {
    ...securityHeaders(config.appEnv === 'production'),
    Vary: 'Origin',
    'Cache-Control': 'no-store',
    // By this header a deployment sees which release answers behind the proxy.
    'X-Release': config.version.replace(/[^\x21-\x7e]/g, '_'),
  };
  return {
    isKnownHost: (host = '') => hosts.size === 0 || hosts.has(host.replace(/:\d+$/, '')),
    requestIdOf: (given) => (typeof given === 'string' && /^[\w.-]{8,64}$/.test(given) ? given : newId()),
    addressOf(request) {
      warnOfProxy(request);
      return addressOf(request, config.trustProxy);
    },
    isOriginAllowed: (request) => guard.isAllowed(request),
    headersFor({ headers: { origin } }) {
      return origin !== undefined && origins.has(origin) ? { ...fixed, 'Access-Control-Allow-Origin': origin } : fixed;
    },
    onAnswered({ requestId, method, path, status, begun }) {
      const route = routeOf(path);
      metrics.httpSeconds.observe({ route, status: String(status) }, (performance.now() - begun) / 1000);
      log.debug({ requestId, method, route, status }, 'request');
    },
  };
}
