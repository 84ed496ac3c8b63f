import express, { Router, type Request } from 'express';
import { badInput } from '../kernel/errors.js';
import { checkAll } from '../kernel/faults.js';
import type { Scope } from '../kernel/scopes.js';
import { actorOf, type Viewer } from '../kernel/viewer.js';
import { assertAccess } from '../platform/graphql/access.js';
import { credentialsOf } from '../platform/http/edge.js';
import { permission, type Services } from '../platform/module.js';
import { RunModeEnum } from './run.entity.js';
import { findRecentRuns } from './run.queries.js';
import { startRun } from './run.service.js';
import { readInboxStats, readSyncStats } from './queue.queries.js';
import { msg } from '../kernel/message.js';

const MODES = Object.values(RunModeEnum);

function oneOf<T extends string>(allowed: readonly T[], given: unknown, field: string): T {
  const found = allowed.find((one) => one === given);
  if (found === undefined) throw badInput(field, msg`Use one of: ${allowed.join(', ')}.`);
  return found;
}

function textsOf(given: unknown, field: string): string[] | null {
  if (given == null) return null;
  if (Array.isArray(given) && given.every((one) => typeof one === 'string')) return given;
  throw badInput(field, msg`Give a list of ids as text.`);
}

/** The REST routes that operators' scripts use; thin over the same services as GraphQL, with the same permissions. */
export function syncRoutes(services: Services): Router {
  const entityTypes = [...services.syncs.keys()];
  const router = Router();
  const viewerFor = async (request: Request, scope: Scope): Promise<Viewer> => {
    const viewer = await services.authenticator.viewerOf(credentialsOf(request));
    assertAccess(permission(scope), viewer);
    return viewer;
  };

  router.get('/api/zoho/sync/stats', async (request, response) => {
    await viewerFor(request, 'sync:read');
    const { counts, byEntity, delayAvgSeconds } = await readSyncStats(services.db);
    response.json({
      queue: counts,
      by_entity: Object.fromEntries(
        byEntity.map(({ entityType, pending, failed }) => [entityType, { pending, failed }]),
      ),
      sync_delay_avg_seconds: delayAvgSeconds === null ? null : Math.round(delayAvgSeconds * 1000) / 1000,
    });
  });

  router.get('/api/zoho/sync/runs', async (request, response) => {
    await viewerFor(request, 'sync:read');
    const limit = Number(request.query['limit'] ?? 10);
    if (!Number.isInteger(limit) || limit < 1 || limit > 100) throw badInput('limit', msg`limit is 1 to 100.`);
    const runs = await findRecentRuns(services.db, limit);
    response.json({
      runs: runs.map((run) => ({
        id: run.id,
        run_type: run.mode,
        entity_type: run.entityType,
        status: run.status,
        total_items: run.totalItems,
        processed_items: run.processedItems,
        failed_items: run.failedItems,
        started_at: run.startedAt,
        completed_at: run.completedAt,
      })),
    });
  });

  router.get('/api/zoho/webhooks/inbox/stats', async (request, response) => {
    await viewerFor(request, 'sync:read');
    const stats = await readInboxStats(services.db);
    const { total, completed, failed, pending, invalid, duplicates, refused, successRate } = stats;
    response.json({ total, completed, failed, pending, invalid, duplicates, refused, success_rate: successRate });
  });

  router.post('/api/zoho/bulk-sync', express.json({ limit: '64kb' }), async (request, response) => {
    const viewer = await viewerFor(request, 'sync:run');
    const { entity_type: entityType, mode, ids } = (request.body ?? {}) as Record<string, unknown>;
    const [entity, wanted, selected] = await checkAll(
      () => oneOf(entityTypes, entityType, 'entity_type'),
      () => oneOf(MODES, mode ?? 'incremental', 'mode'),
      () => textsOf(ids, 'ids'),
    );
    const who = { origin: 'user', actor: actorOf(viewer), requestId: request.requestId } as const;
    const run = await services.transact(who, (tx) =>
      startRun(tx, { entityType: entity, mode: wanted, ids: selected, startedBy: who.actor }),
    );
    response.status(202).json({ run_id: run.id, status: run.status });
  });

  router.post('/api/zoho/test-credentials', async (request, response) => {
    await viewerFor(request, 'sync:run');
    const begun = performance.now();
    const body = await services.zoho.get(
      '/inventory/v1/items',
      { page: '1', per_page: '1' },
      AbortSignal.timeout(20_000),
    );
    const reached = Array.isArray(body['items']);
    response.json({ ok: reached, latency_ms: Math.round(performance.now() - begun) });
  });
  return router;
}
