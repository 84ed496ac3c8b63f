import { Field, ID, ObjectType } from 'type-graphql';
import { DateTime } from '../platform/graphql/scalars.js';
import { describeTable } from '../platform/read/entity-columns.js';

@ObjectType({ description: 'One sign-in of a person, until it is ended or too old.' })
export class SessionInfo {
  @Field(() => ID)
  id!: string;

  @Field(() => ID)
  userId!: string;

  @Field(() => DateTime)
  createdAt!: Date;

  @Field(() => DateTime)
  expiresAt!: Date;

  @Field(() => DateTime, { nullable: true })
  endedAt?: Date | null;

  @Field(() => String, { nullable: true, description: 'signed_out, token_reused, password_changed or revoked.' })
  endReason?: string | null;
}

describeTable(SessionInfo, 'sessions', {
  id: 'uuid',
  userId: 'uuid',
  createdAt: 'timestamptz',
  expiresAt: 'timestamptz',
  endedAt: 'timestamptz?',
  endReason: 'text?',
});
