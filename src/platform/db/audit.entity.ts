import { Entity, Index, PrimaryKey, Property } from '@mikro-orm/decorators/legacy';
import { Field, ID, ObjectType } from 'type-graphql';
import { DateTime, JsonObject } from '../graphql/scalars.js';

/** Written by transact.ts for every write of a managed entity, in the same commit; append-only. */
@ObjectType({ description: 'Who changed what, field by field.' })
@Entity({ tableName: 'audit_log' })
@Index({ name: 'audit_log_record', properties: ['entityType', 'entityId', 'at'] })
export class AuditEntry {
  @Field(() => ID)
  @PrimaryKey({ type: 'uuid' })
  id!: string;

  @Field(() => DateTime)
  @Index({ name: 'audit_log_at' })
  @Property({ type: 'datetime', columnType: 'timestamptz' })
  at!: Date;

  @Field(() => String, { description: 'user:<id>, key:<id>, zoho-sync or system.' })
  @Property({ type: 'text' })
  actor!: string;

  @Field(() => String, { description: 'user, zoho or system.' })
  @Property({ type: 'text' })
  origin!: string;

  @Field(() => String)
  @Property({ type: 'text' })
  entityType!: string;

  @Field(() => String)
  @Property({ type: 'text' })
  entityId!: string;

  @Field(() => String, { description: 'create, update, delete or refuse.' })
  @Property({ type: 'text' })
  action!: string;

  @Field(() => JsonObject, { description: 'For each changed field [before, after]; secrets are left out.' })
  @Property({ type: 'json', columnType: 'jsonb' })
  changes!: Record<string, [unknown, unknown]>;

  @Field(() => String, { nullable: true })
  @Property({ type: 'text', nullable: true })
  requestId?: string | null;
}
