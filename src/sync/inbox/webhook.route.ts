import express, { Router, type Request } from 'express';
import { addressOf } from '../../platform/http/edge.js';
import type { Services } from '../../platform/module.js';
import type { SyncRegistry } from '../entities/registry.js';
import { receiveWebhook } from './webhook.service.js';

const MAX_BODY_BYTES = 1024 * 1024;
// Seldom useful, never secret: what a person needs to tell one delivery from another.
const KEPT_HEADERS = ['user-agent', 'content-type', 'content-length', 'x-request-id'] as const;

function keptHeaders(request: Request): Record<string, string> {
  const kept: Record<string, string> = {};
  for (const name of KEPT_HEADERS) {
    const value = request.get(name);
    if (value !== undefined) kept[name] = value.slice(0, 300).replaceAll('\u0000', '');
  }
  return kept;
}

/** The entity that a path names; a path of no entity is left for the service to refuse. */
const entityOf = (syncs: SyncRegistry, route: string): string =>
  [...syncs.values()].find((sync) => sync.route === route)?.name ?? `/${route}`;

/** POST /api/zoho/webhooks/:route, or the older /api/tds/webhooks/:route -> 202 {event_id, status} after the commit. */
export function webhookRoutes(services: Services): Router {
  const router = Router();
  router.post(
    // The guide's older paths lead to the same service.
    ['/api/zoho/webhooks/:route', '/api/tds/webhooks/:route'],
    (_request, _response, next) => {
      services.inbox.assertCapacity();
      next();
    },
    // The limit counts inflated bytes, so a gzip bomb ends at 1 MiB.
    express.raw({ limit: MAX_BODY_BYTES, type: () => true }),
    async (request, response) => {
      const body: unknown = request.body;
      const search = request.originalUrl.includes('?')
        ? request.originalUrl.slice(request.originalUrl.indexOf('?') + 1)
        : '';
      const query = new URLSearchParams(search);
      const receipt = await receiveWebhook(services, {
        source: 'webhook',
        entityType: entityOf(services.syncs, String(request.params['route'])),
        event: query.get('event') ?? undefined,
        query,
        contentType: request.get('content-type'),
        rawBody: Buffer.isBuffer(body) ? body : Buffer.alloc(0),
        signature: request.get('x-zoho-webhook-signature'),
        address: addressOf(request, services.config.trustProxy),
        headers: keptHeaders(request),
      });
      response.status(202).json({ event_id: receipt.eventId, status: receipt.status });
    },
  );
  return router;
}
