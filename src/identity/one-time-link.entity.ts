import { Check, Entity, Index, ManyToOne, PrimaryKey, Property, Unique } from '@mikro-orm/decorators/legacy';
import type { Ref } from '@mikro-orm/core';
import { User } from './user.entity.js';

/** An invitation or a reset of a password: works once, for a while; only its hash is kept. */
@Entity({ tableName: 'one_time_links' })
@Check({ name: 'one_time_links_purpose_check', expression: `purpose in ('invite', 'reset')` })
export class OneTimeLink {
  @PrimaryKey({ type: 'uuid' })
  id!: string;

  @Index({ name: 'one_time_links_user' })
  @ManyToOne({ entity: () => User, ref: true, deleteRule: 'cascade', updateRule: 'no action' })
  user!: Ref<User>;

  @Property({ type: 'text' })
  purpose!: 'invite' | 'reset';

  @Unique({ name: 'one_time_links_hash_unique' })
  @Property({ type: 'text', hidden: true })
  tokenHash!: string;

  @Property({ type: 'datetime', columnType: 'timestamptz' })
  createdAt!: Date;

  @Property({ type: 'datetime', columnType: 'timestamptz' })
  expiresAt!: Date;

  @Property({ type: 'datetime', columnType: 'timestamptz', nullable: true })
  usedAt?: Date | null;
}
