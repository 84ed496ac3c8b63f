import { Entity, ManyToOne, PrimaryKey, Property, Unique } from '@mikro-orm/decorators/legacy';
import type { Ref } from '@mikro-orm/core';
import { User } from './user.entity.js';

/** A network that a user has signed in from; only a keyed hash is kept, ten for each user, for 90 days. */
@Entity({ tableName: 'known_networks' })
@Unique({ name: 'known_networks_unique', properties: ['user', 'networkHash'] })
export class KnownNetwork {
  @PrimaryKey({ type: 'uuid' })
  id!: string;

  @ManyToOne({ entity: () => User, ref: true, deleteRule: 'cascade', updateRule: 'no action', index: false })
  user!: Ref<User>;

  @Property({ type: 'text', hidden: true })
  networkHash!: string;

  @Property({ type: 'datetime', columnType: 'timestamptz' })
  seenAt!: Date;
}
