import { Check, Entity, Index, PrimaryKey, Property } from '@mikro-orm/decorators/legacy';
import { Field, ID, Int, ObjectType, registerEnumType } from 'type-graphql';
import { DateTime } from '../platform/graphql/scalars.js';

export const EXPORT_STATUSES = ['PENDING', 'RUNNING', 'COMPLETED', 'FAILED', 'CANCELLED'] as const;
export type ExportStatus = (typeof EXPORT_STATUSES)[number];
export const ExportStatusEnum = Object.fromEntries(EXPORT_STATUSES.map((status) => [status, status])) as {
  [S in ExportStatus]: S;
};
registerEnumType(ExportStatusEnum, { name: 'ExportStatus' });

@ObjectType({ description: 'A connection written as JSONL, one node a line, with the rights of who asked.' })
@Entity({ tableName: 'exports' })
@Index({ name: 'exports_actor', properties: ['actor', 'createdAt', 'id'] })
@Check({
  name: 'exports_status_check',
  expression: `status in ('PENDING', 'RUNNING', 'COMPLETED', 'FAILED', 'CANCELLED')`,
})
export class Export {
  @Field(() => ID)
  @PrimaryKey({ type: 'uuid' })
  id!: string;

  @Property({ type: 'text' })
  actor!: string;

  /** The operation, as it was checked when it was given. */
  @Property({ type: 'text' })
  query!: string;

  @Property({ type: 'json', columnType: 'jsonb' })
  variables!: Record<string, unknown>;

  @Field(() => String, { description: 'The connection, such as products.' })
  @Property({ type: 'text' })
  connection!: string;

  @Field(() => ExportStatusEnum)
  @Property({ type: 'text' })
  status!: ExportStatus;

  @Field(() => Int, { description: 'Lines that are written.' })
  @Property({ type: 'integer', default: 0 })
  objectCount!: number;

  @Field(() => Int, {
    nullable: true,
    description: 'Lines to come in all; null when the query asks for no totalCount.',
  })
  @Property({ type: 'integer', nullable: true })
  totalCount?: number | null;

  /** Of the last page that is written. */
  @Property({ type: 'text', nullable: true })
  cursor?: string | null;

  @Field(() => String, { nullable: true })
  @Property({ type: 'text', nullable: true })
  errorMessage?: string | null;

  @Field(() => DateTime)
  @Property({ type: 'datetime', columnType: 'timestamptz' })
  createdAt!: Date;

  @Field(() => DateTime, { nullable: true })
  @Property({ type: 'datetime', columnType: 'timestamptz', nullable: true })
  completedAt?: Date | null;

  @Field(() => DateTime, { description: 'Kept until then.' })
  @Property({ type: 'datetime', columnType: 'timestamptz' })
  expiresAt!: Date;
}
