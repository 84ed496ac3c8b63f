import { listOf, objectOf, oneOfTexts, orNull, text, whole, type RestRoute } from '../platform/http/openapi.js';
import { entitySyncs } from './entities/registry.js';
import { RunModeEnum, RunStatusEnum } from './run.entity.js';

const entityTypes = entitySyncs.map(({ name }) => name);
const webhookRoutes = entitySyncs.map(({ route }) => route);
const modes = Object.values(RunModeEnum);
const statuses = Object.values(RunStatusEnum);
const instant = { type: 'string', format: 'date-time' };
const number = { type: 'number' };
const counts = objectOf({ pending: whole, failed: whole });

const webhook = (path: string, summary: string): RestRoute => ({
  method: 'post',
  path,
  summary,
  scope: null,
  path_parameters: { route: oneOfTexts(webhookRoutes) },
  query: { event: oneOfTexts(['created', 'edited', 'deleted']) },
  body: { type: 'object', description: 'As Zoho sends it: JSON, a form, or a form with JSONString.' },
  answer: { status: 202, schema: objectOf({ event_id: text, status: oneOfTexts(['accepted', 'duplicate']) }) },
  refuses: [400, 401, 404, 413, 415, 503],
});

/** The REST routes of the sync, as /openapi.json describes them; sync.route and webhook.route serve them. */
export const syncRest: readonly RestRoute[] = [
  webhook('/api/zoho/webhooks/{route}', 'Takes a signed webhook in; answers after the commit.'),
  webhook('/api/tds/webhooks/{route}', 'The older path of the same.'),
  {
    method: 'get',
    path: '/api/zoho/sync/stats',
    summary: 'The queue at a glance, without the work of the system itself.',
    scope: 'sync:read',
    answer: {
      status: 200,
      schema: objectOf({
        queue: objectOf({ pending: whole, processing: whole, completed: whole, failed: whole, dead_letter: whole }),
        by_entity: { type: 'object', additionalProperties: counts },
        sync_delay_avg_seconds: orNull(number),
      }),
    },
    refuses: [401, 403],
  },
  {
    method: 'get',
    path: '/api/zoho/sync/runs',
    summary: 'The latest runs, newest first.',
    scope: 'sync:read',
    query: { limit: { type: 'integer', minimum: 1, maximum: 100, default: 10 } },
    answer: {
      status: 200,
      schema: objectOf({
        runs: listOf(
          objectOf({
            id: text,
            run_type: oneOfTexts(modes),
            entity_type: oneOfTexts(entityTypes),
            status: oneOfTexts(statuses),
            total_items: whole,
            processed_items: whole,
            failed_items: whole,
            started_at: orNull(instant),
            completed_at: orNull(instant),
          }),
        ),
      }),
    },
    refuses: [400, 401, 403],
  },
  {
    method: 'get',
    path: '/api/zoho/webhooks/inbox/stats',
    summary: 'Deliveries of the last 24 hours.',
    scope: 'sync:read',
    answer: {
      status: 200,
      schema: objectOf({
        total: whole,
        completed: whole,
        failed: whole,
        pending: whole,
        invalid: whole,
        duplicates: whole,
        refused: whole,
        success_rate: orNull(number),
      }),
    },
    refuses: [401, 403],
  },
  {
    method: 'post',
    path: '/api/zoho/bulk-sync',
    summary: 'Starts a run of an entity; a selective one fetches the records whose ids are given.',
    scope: 'sync:run',
    body: objectOf(
      {
        entity_type: oneOfTexts(entityTypes),
        mode: { ...oneOfTexts(modes), default: 'incremental' },
        ids: { ...listOf(text), maxItems: 1000, description: 'Of a selective run: the ids at Zoho.' },
      },
      ['entity_type'],
    ),
    answer: { status: 202, schema: objectOf({ run_id: text, status: oneOfTexts(statuses) }) },
    refuses: [400, 401, 403, 409],
  },
  {
    method: 'post',
    path: '/api/zoho/test-credentials',
    summary: 'Asks Zoho for one item.',
    scope: 'sync:run',
    answer: { status: 200, schema: objectOf({ ok: { type: 'boolean' }, latency_ms: whole }) },
    refuses: [401, 403],
  },
];
