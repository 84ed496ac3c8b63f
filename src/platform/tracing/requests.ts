import type { RequestListener } from 'node:http';
import { routeOf } from '../http/edge.js';
import { activeTracer } from './tracer.js';

/** They come every few seconds and would be most of what a collector keeps. */
const UNTRACED = new Set(['/health', '/livez', '/readyz', '/metrics']);

/** A span a request, from its first byte to the last of its answer, or to the end of its connection. */
export function traceRequests(listener: RequestListener): RequestListener {
  const tracer = activeTracer();
  if (tracer === null) return listener;
  return (request, response) => {
    const { method = 'GET', url = '', headers } = request;
    // The path itself stays out: signed links carry their signature there.
    const route = routeOf(url.split('?', 1)[0] as string);
    if (UNTRACED.has(route)) return listener(request, response);
    const attributes = { 'http.request.method': method, 'http.route': route };
    const span = tracer.start(`${method} ${route}`, { kind: 'server', headers, attributes });
    // Node emits the body's events outside of what the listener runs in.
    span.bind(request);
    span.bind(response);
    response.once('close', () => {
      span.set({ 'http.response.status_code': response.statusCode });
      if (!response.writableFinished) span.set({ 'tsh.http.aborted': true });
      if (response.statusCode >= 500) span.fail(String(response.statusCode));
      span.end();
    });
    span.run(() => listener(request, response));
  };
}
