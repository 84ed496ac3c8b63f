import { Entity, Index, PrimaryKey, Property, Unique } from '@mikro-orm/decorators/legacy';

/** Somebody who asks for an account and has not shown yet that the address is theirs. It occupies nothing. */
@Entity({ tableName: 'sign_ups' })
export class SignUp {
  @PrimaryKey({ type: 'uuid' })
  id!: string;

  /** In lower case; several may wait for one address. */
  @Index({ name: 'sign_ups_email' })
  @Property({ type: 'text' })
  email!: string;

  @Property({ type: 'text' })
  name!: string;

  @Unique({ name: 'sign_ups_hash_unique' })
  @Property({ type: 'text', hidden: true })
  tokenHash!: string;

  @Property({ type: 'datetime', columnType: 'timestamptz' })
  createdAt!: Date;

  @Index({ name: 'sign_ups_expires' })
  @Property({ type: 'datetime', columnType: 'timestamptz' })
  expiresAt!: Date;
}
