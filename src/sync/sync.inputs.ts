import { Field, ID, InputType, registerEnumType } from 'type-graphql';
import {
  DateTimeFilter,
  enumFilter,
  StringFilter,
  type EnumFilter,
  type FilterColumns,
} from '../platform/graphql/filters.js';
import type { JobStatus, Outcome } from '../platform/queue/job.js';
import { entitySyncs } from './entities/registry.js';
import type { DeliveryEvent } from './inbox/delivery.js';
import {
  InboxEventTypeEnum,
  InboxSourceEnum,
  InboxStatusEnum,
  type InboxSource,
  type InboxStatus,
} from './inbox/inbox-event.entity.js';
import { OutcomeEnum, QueueStatusEnum } from '../platform/queue/queue-item.entity.js';

/** Public name -> stored entity_type, out of the registry. */
export const SyncEntityEnum: Readonly<Record<string, string>> = Object.fromEntries(
  entitySyncs.map((sync) => [sync.graphqlName, sync.name]),
);
export type SyncEntity = string;
registerEnumType(SyncEntityEnum, { name: 'SyncEntity', description: 'What is synchronised with Zoho.' });

export const WebhookEventEnum = { CREATED: 'created', EDITED: 'edited', DELETED: 'deleted' } as const;
registerEnumType(WebhookEventEnum, { name: 'WebhookEvent' });

const QueueStatusFilter = enumFilter<JobStatus>(QueueStatusEnum, 'QueueStatus');
const SyncOutcomeFilter = enumFilter<Outcome>(OutcomeEnum, 'SyncOutcome');
const InboxStatusFilter = enumFilter<InboxStatus>(InboxStatusEnum, 'InboxStatus');
const InboxSourceFilter = enumFilter<InboxSource>(InboxSourceEnum, 'InboxSource');
const InboxEventTypeFilter = enumFilter<DeliveryEvent>(InboxEventTypeEnum, 'InboxEventType');

@InputType()
export class SyncQueueFilter {
  static readonly columns: FilterColumns = {
    id: { sql: 'q.id', type: 'uuid' },
    status: { sql: 'q.status', type: 'text' },
    kind: { sql: 'q.kind', type: 'text' },
    entityType: { sql: 'q.entity_type', type: 'text' },
    remoteId: { sql: 'q.zoho_entity_id', type: 'text' },
    outcome: { sql: 'q.outcome', type: 'text' },
    errorCode: { sql: 'q.error_code', type: 'text' },
    errorMessage: { sql: 'q.error_message', type: 'text' },
    queuedAt: { sql: 'q.queued_at', type: 'timestamptz' },
  };

  @Field(() => QueueStatusFilter, { nullable: true })
  status?: EnumFilter<JobStatus> | null;

  @Field(() => StringFilter, { nullable: true })
  kind?: StringFilter | null;

  @Field(() => StringFilter, { nullable: true, description: 'products, ...' })
  entityType?: StringFilter | null;

  @Field(() => StringFilter, { nullable: true })
  remoteId?: StringFilter | null;

  @Field(() => SyncOutcomeFilter, { nullable: true })
  outcome?: EnumFilter<Outcome> | null;

  @Field(() => StringFilter, { nullable: true })
  errorCode?: StringFilter | null;

  @Field(() => StringFilter, { nullable: true })
  errorMessage?: StringFilter | null;

  @Field(() => DateTimeFilter, { nullable: true })
  queuedAt?: DateTimeFilter | null;
}

@InputType({ description: 'Which failed or dead items. Give ids, a filter, or both; at most 1,000 are taken a call.' })
export class SyncItemSelection {
  @Field(() => [ID], { nullable: true })
  ids?: string[] | null;

  @Field(() => SyncQueueFilter, { nullable: true })
  filter?: SyncQueueFilter | null;

  @Field(() => Boolean, {
    nullable: true,
    description: 'With a filter: the work of the system itself instead of that on records.',
  })
  system?: boolean | null;
}

@InputType()
export class InboxEventFilter {
  static readonly columns: FilterColumns = {
    status: { sql: 'e.status', type: 'text' },
    sourceType: { sql: 'e.source_type', type: 'text' },
    entityType: { sql: 'e.entity_type', type: 'text' },
    entityId: { sql: 'e.entity_id', type: 'text' },
    eventType: { sql: 'e.event_type', type: 'text' },
    receivedAt: { sql: 'e.received_at', type: 'timestamptz' },
  };

  @Field(() => InboxStatusFilter, { nullable: true })
  status?: EnumFilter<InboxStatus> | null;

  @Field(() => InboxSourceFilter, { nullable: true })
  sourceType?: EnumFilter<InboxSource> | null;

  @Field(() => StringFilter, { nullable: true })
  entityType?: StringFilter | null;

  @Field(() => StringFilter, { nullable: true, description: 'The id at Zoho.' })
  entityId?: StringFilter | null;

  @Field(() => InboxEventTypeFilter, { nullable: true })
  eventType?: EnumFilter<DeliveryEvent> | null;

  @Field(() => DateTimeFilter, { nullable: true })
  receivedAt?: DateTimeFilter | null;
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
