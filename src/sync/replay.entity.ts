import { Check, Entity, Index, ManyToOne, PrimaryKey, Property } from '@mikro-orm/decorators/legacy';
import { Field, ID, Int, ObjectType, registerEnumType } from 'type-graphql';
import { byId, INSTANT } from '../platform/db/columns.js';
import { DateTime } from '../platform/graphql/scalars.js';
import { SyncIssue } from './issue.entity.js';

export const ReplayStatusEnum = {
  RUNNING: 'running',
  COMPLETED: 'completed',
  STOPPED: 'stopped',
  CANCELLED: 'cancelled',
} as const;
export type ReplayStatus = (typeof ReplayStatusEnum)[keyof typeof ReplayStatusEnum];
registerEnumType(ReplayStatusEnum, {
  name: 'SyncReplayStatus',
  description: 'STOPPED: an item died of an error of which items had died before; the rest was left alone.',
});

@ObjectType({ description: 'Failed items that are put back by stages: one, then ten, then the rest.' })
@Entity({ tableName: 'sync_replays' })
@Index({ name: 'sync_replays_keyset', properties: ['createdAt', 'id'] })
@Check({
  name: 'sync_replays_status_check',
  expression: `status in ('running', 'completed', 'stopped', 'cancelled')`,
})
export class SyncReplay {
  @Field(() => ID)
  @PrimaryKey({ type: 'uuid' })
  id!: string;

  @Field(() => ReplayStatusEnum)
  @Property({ type: 'text' })
  status!: ReplayStatus;

  @Field(() => String)
  @Property({ type: 'text' })
  reason!: string;

  @Field(() => String, { description: 'user:<id> or key:<id>.' })
  @Property({ type: 'text' })
  startedBy!: string;

  @Property({ type: 'array', columnType: 'uuid[]' })
  itemIds!: string[];

  /** Of which the items had died. */
  @Property({ type: 'array', columnType: 'uuid[]' })
  issueIds!: string[];

  @Field(() => Int, { description: 'Items that were put back so far.' })
  @Property({ type: 'integer', default: 0 })
  reached!: number;

  @Field(() => Int)
  @Property({ type: 'integer' })
  totalItems!: number;

  @Field(() => Int, { description: 'Items that are done since.' })
  @Property({ type: 'integer', default: 0 })
  doneItems!: number;

  @Field(() => Int, { description: 'Items that have died again.' })
  @Property({ type: 'integer', default: 0 })
  failedItems!: number;

  @Field(() => ID, { nullable: true, description: 'The issue that was met again.' })
  @ManyToOne({ entity: () => SyncIssue, ...byId('stopped_by'), nullable: true })
  stoppedBy?: string | null;

  @Field(() => DateTime)
  @Property({ ...INSTANT, defaultRaw: 'now()' })
  createdAt!: Date;

  @Field(() => DateTime, { nullable: true })
  @Property({ ...INSTANT, nullable: true })
  completedAt?: Date | null;
}
