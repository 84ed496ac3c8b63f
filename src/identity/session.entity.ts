import { Entity, Index, ManyToOne, PrimaryKey, Property, Unique } from '@mikro-orm/decorators/legacy';
import type { Ref } from '@mikro-orm/core';
import { User } from './user.entity.js';

/** One sign-in and the family of refresh tokens that grew from it. */
@Entity({ tableName: 'sessions' })
export class Session {
  @PrimaryKey({ type: 'uuid' })
  id!: string;

  @Index({ name: 'sessions_user' })
  @ManyToOne({ entity: () => User, ref: true, deleteRule: 'cascade', updateRule: 'no action' })
  user!: Ref<User>;

  @Property({ type: 'datetime', columnType: 'timestamptz' })
  createdAt!: Date;

  @Property({ type: 'datetime', columnType: 'timestamptz' })
  expiresAt!: Date;

  @Property({ type: 'datetime', columnType: 'timestamptz', nullable: true })
  endedAt?: Date | null;

  /** signed_out, token_reused, password_changed or revoked. */
  @Property({ type: 'text', nullable: true })
  endReason?: string | null;
}

/** A refresh token is used once, but for a short grace; a later use ends its whole session. Only its hash is kept. */
@Entity({ tableName: 'refresh_tokens' })
export class RefreshToken {
  @PrimaryKey({ type: 'uuid' })
  id!: string;

  @Index({ name: 'refresh_tokens_session' })
  @ManyToOne({ entity: () => Session, ref: true, deleteRule: 'cascade', updateRule: 'no action' })
  session!: Ref<Session>;

  @Unique({ name: 'refresh_tokens_hash_unique' })
  @Property({ type: 'text', hidden: true })
  tokenHash!: string;

  @Property({ type: 'datetime', columnType: 'timestamptz' })
  createdAt!: Date;

  @Property({ type: 'datetime', columnType: 'timestamptz', nullable: true })
  usedAt?: Date | null;
}
