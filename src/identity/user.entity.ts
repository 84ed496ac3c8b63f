import { Entity, PrimaryKey, Property, Unique } from '@mikro-orm/decorators/legacy';
import { Field, ID, Int, ObjectType, registerEnumType } from 'type-graphql';
import { ROLES, type Role } from '../kernel/viewer.js';
import { DateTime } from '../platform/graphql/scalars.js';

export const RoleEnum = Object.fromEntries(ROLES.map((role) => [role, role])) as { [R in Role]: R };
registerEnumType(RoleEnum, { name: 'Role', description: 'What a person does in the company.' });

@ObjectType({ description: 'A person who can sign in.' })
@Entity({ tableName: 'users' })
export class User {
  @Field(() => ID)
  @PrimaryKey({ type: 'uuid' })
  id!: string;

  /** Stored in lower case. */
  @Field(() => String)
  @Unique({ name: 'users_email_unique' })
  @Property({ type: 'text' })
  email!: string;

  @Field(() => String)
  @Property({ type: 'text' })
  name!: string;

  @Field(() => RoleEnum)
  @Property({ type: 'text' })
  role!: Role;

  /** Null until an invitation is accepted: nobody can sign in with it. */
  @Property({ type: 'text', hidden: true, nullable: true })
  passwordHash?: string | null;

  /** Null after an open sign-up: nobody has shown that the address is theirs, and an invitation takes the user over. */
  @Property({ type: 'datetime', columnType: 'timestamptz', nullable: true, defaultRaw: 'now()' })
  emailVerifiedAt?: Date | null;

  /** The id of the person at the source. */
  @Unique({ name: 'users_external_ref_unique' })
  @Property({ type: 'text', nullable: true })
  externalRef?: string | null;

  @Field(() => Boolean)
  @Property({ type: 'boolean', default: true })
  active!: boolean;

  @Field(() => Int)
  @Property({ type: 'integer', version: true, default: 1 })
  version!: number;

  @Field(() => DateTime)
  @Property({ type: 'datetime', columnType: 'timestamptz' })
  createdAt!: Date;
}
