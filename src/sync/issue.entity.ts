import { Check, Entity, Index, PrimaryKey, Property, Unique } from '@mikro-orm/decorators/legacy';
import { Field, ID, Int, ObjectType, registerEnumType } from 'type-graphql';
import { INSTANT, referenceFrom } from '../platform/db/columns.js';
import { DateTime } from '../platform/graphql/scalars.js';
import { SyncQueueItem } from '../platform/queue/queue-item.entity.js';

export const IssueStatusEnum = { OPEN: 'open', RESOLVED: 'resolved', IGNORED: 'ignored' } as const;
export type IssueStatus = (typeof IssueStatusEnum)[keyof typeof IssueStatusEnum];
registerEnumType(IssueStatusEnum, {
  name: 'SyncIssueStatus',
  description: 'A resolved issue that is met again is open again; an ignored one is only counted.',
});

@ObjectType({
  description: 'Equal errors of the sync: of one kind of work, entity and code, with one message but for values.',
})
@Entity({ tableName: 'sync_issues' })
@Index({ name: 'sync_issues_last_seen_keyset', properties: ['lastSeenAt', 'id'] })
@Check({ name: 'sync_issues_status_check', expression: `status in ('open', 'resolved', 'ignored')` })
export class SyncIssue {
  @Field(() => ID)
  @PrimaryKey({ type: 'uuid' })
  id!: string;

  @Unique({ name: 'sync_issues_fingerprint_unique' })
  @Property({ type: 'text' })
  fingerprint!: string;

  @Field(() => String, { description: 'pull, run, ...' })
  @Property({ type: 'text' })
  kind!: string;

  @Field(() => String, { nullable: true, description: 'products, customers, ...' })
  @Property({ type: 'text', nullable: true })
  entityType?: string | null;

  @Field(() => String)
  @Property({ type: 'text' })
  errorCode!: string;

  @Field(() => String, { description: 'As it was met last.' })
  @Property({ type: 'text' })
  errorMessage!: string;

  @Field(() => IssueStatusEnum)
  @Property({ type: 'text', default: 'open' })
  status!: IssueStatus;

  @Field(() => Int, { description: 'How many tries have met it.' })
  @Property({ type: 'integer', default: 1 })
  count!: number;

  @Field(() => DateTime)
  @Property({ ...INSTANT, defaultRaw: 'now()' })
  firstSeenAt!: Date;

  @Field(() => DateTime)
  @Property({ ...INSTANT, defaultRaw: 'now()' })
  lastSeenAt!: Date;

  @Field(() => String, { description: 'The release that ran when it was met first.' })
  @Property({ type: 'text' })
  firstSeenVersion!: string;

  @Field(() => ID, { nullable: true, description: 'The deployment that ran then, where it is known.' })
  @Property({ type: 'uuid', nullable: true })
  firstSeenDeploymentId?: string | null;

  @Field(() => Int, { description: 'Of the row; a change of the status takes it.' })
  @Property({ type: 'integer', default: 1 })
  version!: number;

  @Field(() => Int, { description: 'Items that have failed with it and are not done yet.' })
  openItems?: number;
}

referenceFrom(SyncQueueItem, 'issueId', 'issue_id', () => SyncIssue);
