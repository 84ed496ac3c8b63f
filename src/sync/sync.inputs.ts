import { Field, ID, InputType, registerEnumType } from 'type-graphql';
import { filterOf, type FilterValue } from '../platform/read/filter.js';
import { sortOf } from '../platform/read/sort.js';
import { InboxEvent } from './inbox/inbox-event.entity.js';
import { SyncQueueItem } from '../platform/queue/queue-item.entity.js';
import { entitySyncs } from './entities/registry.js';
import { SyncRun } from './run.entity.js';

/** Public name -> stored entity_type, out of the registry. */
export const SyncEntityEnum: Readonly<Record<string, string>> = Object.fromEntries(
  entitySyncs.map((sync) => [sync.graphqlName, sync.name]),
);
export type SyncEntity = string;
registerEnumType(SyncEntityEnum, { name: 'SyncEntity', description: 'What is synchronised with Zoho.' });

export const WebhookEventEnum = { CREATED: 'created', EDITED: 'edited', DELETED: 'deleted' } as const;
registerEnumType(WebhookEventEnum, { name: 'WebhookEvent' });

export const SyncQueueItemSort = sortOf(SyncQueueItem, ['queuedAt']);
export const SyncQueueItemFilter = filterOf(SyncQueueItem, [
  'status',
  'kind',
  'entityType',
  'entityId',
  'remoteId',
  'runId',
  'outcome',
  'retryCount',
  'errorCode',
  'errorMessage',
  'issueId',
  'queuedAt',
  'processingCompletedAt',
]);

export const SyncRunSort = sortOf(SyncRun, ['createdAt']);
export const SyncRunFilter = filterOf(SyncRun, [
  'mode',
  'entityType',
  'status',
  'startedBy',
  'createdAt',
  'completedAt',
]);

export const InboxEventSort = sortOf(InboxEvent, ['receivedAt']);
export const InboxEventFilter = filterOf(
  InboxEvent,
  ['status', 'outcome', 'sourceType', 'entityType', 'entityId', 'eventId', 'eventType', 'receivedAt', 'processedAt'],
  { descriptions: { entityId: 'The id at Zoho.' } },
);

@InputType({ description: 'Which failed or dead items. Give ids, a filter, or both; at most 1,000 are taken a call.' })
export class SyncItemSelection {
  @Field(() => [ID], { nullable: true })
  ids?: string[] | null;

  @Field(() => SyncQueueItemFilter, { nullable: true })
  filter?: FilterValue | null;

  @Field(() => Boolean, {
    nullable: true,
    description: 'With a filter: the work of the system itself instead of that on records.',
  })
  system?: boolean | null;
}

@InputType({ description: 'A webhook that a bridge forwards: the body byte for byte as it came, with its signature.' })
export class ZohoWebhookInput {
  @Field(() => SyncEntityEnum)
  entity!: SyncEntity;

  @Field(() => WebhookEventEnum, { nullable: true, description: 'Left out: changed in some way.' })
  event?: string | null;

  @Field(() => String, { description: 'The body as it came.' })
  payload!: string;

  @Field(() => String, { nullable: true, description: 'The value of X-Zoho-Webhook-Signature.' })
  signature?: string | null;

  @Field(() => String, {
    nullable: true,
    description: 'The query string that was signed along, without the question mark.',
  })
  query?: string | null;

  @Field(() => String, { nullable: true, description: 'application/json if nothing is said.' })
  contentType?: string | null;
}
