import { Entity, ManyToOne, PrimaryKey, Property, Unique } from '@mikro-orm/decorators/legacy';
import { Field, ID, ObjectType } from 'type-graphql';
import { byId } from '../platform/db/columns.js';
import { DateTime } from '../platform/graphql/scalars.js';
import { User } from './user.entity.js';

@ObjectType({ description: 'A key of a program. Its secret is shown once, when it is made; only a hash is kept.' })
@Entity({ tableName: 'api_keys' })
export class ApiKey {
  @Field(() => ID)
  @PrimaryKey({ type: 'uuid' })
  id!: string;

  @Field(() => String)
  @Property({ type: 'text' })
  name!: string;

  @Unique({ name: 'api_keys_hash_unique' })
  @Property({ type: 'text', hidden: true })
  keyHash!: string;

  @Field(() => [String], { description: 'The permissions that the key grants, such as catalog:read.' })
  @Property({ type: 'json', columnType: 'jsonb' })
  scopes!: string[];

  @ManyToOne({ entity: () => User, ...byId('created_by'), nullable: true })
  createdBy?: string | null;

  @Field(() => DateTime)
  @Property({ type: 'datetime', columnType: 'timestamptz' })
  createdAt!: Date;

  @Field(() => DateTime, { nullable: true })
  @Property({ type: 'datetime', columnType: 'timestamptz', nullable: true })
  expiresAt?: Date | null;

  @Field(() => DateTime, { nullable: true, description: 'Kept to the minute.' })
  @Property({ type: 'datetime', columnType: 'timestamptz', nullable: true })
  lastUsedAt?: Date | null;

  @Field(() => DateTime, { nullable: true })
  @Property({ type: 'datetime', columnType: 'timestamptz', nullable: true })
  revokedAt?: Date | null;
}
