import { Router } from 'express';
import { permission, type Module } from '../platform/module.js';
import { QUEUE_EVENTS, workerChanged } from '../platform/queue/queue.events.js';
import { entitySyncs } from './entities/registry.js';
import { InboxEvent } from './inbox/inbox-event.entity.js';
import { inboxRetention } from './inbox/inbox.queries.js';
import { webhookRoutes } from './inbox/webhook.route.js';
import { itemImagesJob, itemImagesSchedule } from './item-images.job.js';
import { pullJob } from './pull.job.js';
import { syncParts } from './sync-parts.js';
import { alertFollower } from './alert-follower.js';
import { SyncAlert } from './alert.entity.js';
import { syncAlertChanged } from './alert.events.js';
import { SyncAlertResolver } from './alert.resolver.js';
import { SyncIssue } from './issue.entity.js';
import { SyncIssueResolver } from './issue.resolver.js';
import { SyncReplayPreviewResolver } from './preview.resolver.js';
import { SyncReplay } from './replay.entity.js';
import { replayJob } from './replay.job.js';
import { SyncReplayResolver } from './replay.resolver.js';
import { EntityTimelineResolver } from './timeline.resolver.js';
import { SyncRun } from './run.entity.js';
import { runJob } from './run.job.js';
import { runScheduleJobs, syncSchedules } from './run-schedule.job.js';
import { syncRunUpdated } from './run.events.js';
import { SyncLink } from './sync-link.entity.js';
import { InboxResolver } from './inbox/inbox.resolver.js';
import { SyncQueueEventResolver } from './queue-event.resolver.js';
import { SyncQueueResolver } from './queue.resolver.js';
import { SyncStatsResolver } from './stats.resolver.js';
import { RecordSyncResolver, SyncRunResolver, syncFieldOf } from './run.resolver.js';
import { syncPauseChanged } from './pause.events.js';
import { SyncPauseResolver } from './pause.resolver.js';
import { SyncScheduleResolver } from './schedule.resolver.js';
import { syncRest } from './sync-rest.js';
import { syncRoutes } from './sync.route.js';
import { SyncWorkerResolver } from './worker.resolver.js';
import { callRetention, zohoBudgetChanged } from './zoho/budget.queries.js';
import { ZohoBudgetResolver } from './zoho/budget.resolver.js';
import { zohoTables } from './zoho/zoho.entity.js';

/**
 * Sync: what comes in from Zoho.
 *
 *   webhook | bridge | run --> inbox (bytes kept) --> queue (a job key a record) --> pull --> fetch? --> map --> upsert
 *                                                                                  \--> stale | unchanged | applied
 *
 * - 2xx only after the commit; an equal delivery is a duplicate; what is signed and unreadable is kept as invalid.
 * - A pull brings a record up to date: all its open deliveries are read, the greatest source time wins, ties are
 *   fetched.
 * - Effect, link, inbox rows and queue row are one commit under the lease token; a worker that lost its lease writes
 *   nothing.
 * - Only zoho/zoho-client calls Zoho; only the inbox writer writes outside of a Tx.
 * - Handlers and mappers know nothing of all this; see entities/entity-sync.ts for their one shape. A new entity is a
 *   handler, a mapper, a line in entities/registry.ts and a recorded payload.
 */
export const syncModule: Module = {
  name: 'sync',
  entities: [InboxEvent, SyncRun, SyncLink, SyncIssue, SyncReplay, SyncAlert, ...zohoTables],
  // Replays are audited by their commands, without the ids of all items.
  unaudited: [InboxEvent, SyncRun, SyncLink, SyncReplay],
  resolvers: [
    RecordSyncResolver,
    SyncStatsResolver,
    SyncQueueResolver,
    SyncQueueEventResolver,
    InboxResolver,
    SyncRunResolver,
    SyncWorkerResolver,
    SyncScheduleResolver,
    SyncIssueResolver,
    SyncReplayResolver,
    SyncReplayPreviewResolver,
    EntityTimelineResolver,
    SyncAlertResolver,
    SyncPauseResolver,
    ZohoBudgetResolver,
    ...entitySyncs.map((sync) => syncFieldOf(sync.local.class)),
  ],
  extends: entitySyncs.map(({ local }) => local.sync),
  permissions: {
    'Query.syncStats': permission('sync:read'),
    'Query.inboxStats': permission('sync:read'),
    'Query.syncWorkers': permission('sync:read'),
    'Query.syncQueue': permission('sync:read'),
    'Query.syncQueueItem': permission('sync:read'),
    'Query.inboxEvents': permission('sync:read'),
    'Query.inboxEvent': permission('sync:read'),
    'InboxEvent.payload': permission('sync:payload'),
    // It quotes the invalid value, which may be a purchase price.
    'SyncWarning.message': permission('sync:payload'),
    'Query.syncRuns': permission('sync:read'),
    'Query.syncRun': permission('sync:read'),
    'Query.zohoBudget': permission('sync:read'),
    'Query.syncSchedules': permission('sync:read'),
    'Query.syncIssues': permission('sync:read'),
    'Query.syncIssue': permission('sync:read'),
    'Query.syncReplays': permission('sync:read'),
    'Query.syncReplay': permission('sync:read'),
    'Query.syncAlerts': permission('sync:read'),
    'Query.syncAlertRules': permission('sync:read'),
    // They show bodies, which hold purchase prices.
    'Query.entityTimeline': permission('sync:payload'),
    'Query.syncReplayPreview': permission('sync:payload'),
    'Mutation.updateSyncIssue': permission('sync:run'),
    'Mutation.startSyncReplay': permission('sync:run'),
    'Mutation.cancelSyncReplay': permission('sync:run'),
    'Mutation.acknowledgeAlert': permission('sync:run'),
    'Mutation.resolveAlert': permission('sync:run'),
    'Mutation.updateSyncAlertRule': permission('sync:manage'),
    'Query.syncPauses': permission('sync:read'),
    'Mutation.updateSyncSchedule': permission('sync:manage'),
    'Mutation.pauseSync': permission('sync:manage'),
    'Mutation.resumeSync': permission('sync:manage'),
    'Mutation.receiveZohoWebhook': permission('sync:ingest'),
    'Mutation.startSyncRun': permission('sync:run'),
    'Mutation.cancelSyncRun': permission('sync:run'),
    'Mutation.retrySyncItems': permission('sync:run'),
    'Mutation.discardSyncItems': permission('sync:run'),
    'Subscription.syncQueueEvents': permission('sync:read'),
    'Subscription.syncStatsUpdated': permission('sync:read'),
    'Subscription.syncWorkersUpdated': permission('sync:read'),
    'Subscription.syncRunUpdated': permission('sync:read'),
    'Subscription.alertRaised': permission('sync:read'),
    'Subscription.zohoBudgetUpdated': permission('sync:read'),
  },
  live: {
    syncQueueEvents: {
      delivery: 'log',
      events: QUEUE_EVENTS,
      accepts: (_args, event) => event.data['system'] !== true,
    },
    syncStatsUpdated: { delivery: 'state', events: [...QUEUE_EVENTS, syncPauseChanged.eventName] },
    syncWorkersUpdated: { delivery: 'state', events: [...QUEUE_EVENTS, workerChanged.eventName] },
    syncRunUpdated: {
      delivery: 'log',
      events: [syncRunUpdated.eventName],
      accepts: (args, event) => event.entityId === args['id'],
    },
    alertRaised: { delivery: 'log', events: [syncAlertChanged.eventName] },
    zohoBudgetUpdated: { delivery: 'state', events: [zohoBudgetChanged] },
  },
  routes(services) {
    return Router().use(webhookRoutes(services)).use(syncRoutes(services));
  },
  rest: syncRest,
  jobs: (services) => [
    pullJob(services, services.syncs),
    runJob(services, services.syncs),
    replayJob(),
    ...runScheduleJobs(services, services.syncs),
    itemImagesJob(services),
  ],
  schedules: [...syncSchedules, itemImagesSchedule],
  services: syncParts,
  followers: (services) => [alertFollower(services)],
  retention: [...inboxRetention, callRetention],
};
