import { Entity, Index, PrimaryKey, Property, Unique } from '@mikro-orm/decorators/legacy';
import { Field, ID, ObjectType } from 'type-graphql';
import { DateTime } from '../platform/graphql/scalars.js';

@ObjectType({
  description: 'Somebody who signed up and has not verified the address yet. No user exists until then.',
})
@Entity({ tableName: 'sign_ups' })
export class SignUp {
  @Field(() => ID)
  @PrimaryKey({ type: 'uuid' })
  id!: string;

  /** In lower case; several may wait for one address. */
  @Field(() => String)
  @Index({ name: 'sign_ups_email' })
  @Property({ type: 'text' })
  email!: string;

  @Field(() => String)
  @Property({ type: 'text' })
  name!: string;

  @Unique({ name: 'sign_ups_hash_unique' })
  @Property({ type: 'text', hidden: true })
  tokenHash!: string;

  @Field(() => DateTime)
  @Property({ type: 'datetime', columnType: 'timestamptz' })
  createdAt!: Date;

  @Field(() => DateTime)
  @Index({ name: 'sign_ups_expires' })
  @Property({ type: 'datetime', columnType: 'timestamptz' })
  expiresAt!: Date;
}
